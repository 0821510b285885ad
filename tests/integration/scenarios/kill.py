"""kill -9 of any process while events are on their way loses nothing and runs nothing twice."""

import collections
import os
import signal
import threading
import time

from harness.publisher import publish_all
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "kill"
TYPE = "com.example.kill"


def run(long):
    with Stack() as stack:
        stack.apply(NAMESPACE, complete([
            {"metadata": {"name": "work", "labels": {"kind": "work"}},
             "spec": {"steps": [{"image": stack.image, "command": ["sh", "-c", "cat .event/id"]}],
                      "trigger": {"event": {"type": TYPE}}}},
        ]))
        victims = sorted(stack.pids())
        total = 0
        if long:
            for round_number, victim in enumerate(victims):
                events = batch(f"r{round_number}", 200)
                total += kill_during(stack, events, [victim])
        else:
            total = kill_during(stack, batch("r", 200), victims)
        left = stack.left_behind()
        assert not left, f"left in the engine: {left}"
    return f"{total} events, killed: {', '.join(victims)}"


def batch(prefix, count):
    return [{"id": f"{prefix}-{i}", "source": "/kill", "type": TYPE, "data": "x",
             "datacontenttype": "text/plain"} for i in range(count)]


def kill_during(stack, events, victims):
    """Posts the events; meanwhile kills each victim in turn and says `up` again."""
    names, failure = {}, []

    def post():
        try:
            names.update(publish_all(stack, NAMESPACE, events, jobs=2, pause=0.2))
        except Exception as error:  # told by the main thread
            failure.append(error)

    publisher = threading.Thread(target=post)
    publisher.start()
    for victim in victims:
        time.sleep(0.7)
        os.kill(stack.pids()[victim], signal.SIGKILL)
        stack.up()
    publisher.join()
    if failure:
        raise failure[0]
    actions = stack.settled_actions(NAMESPACE, names.values(), timeout=900)
    per_event = collections.Counter(a["spec"]["event"]["name"] for a in actions)
    wrong = {name: count for name, count in per_event.items() if count != 1}
    missing = set(names.values()) - set(per_event)
    assert not wrong and not missing, f"Actions per event: {wrong}; without: {missing}"
    bad = [a for a in actions if a["status"].get("completion") != "success"]
    assert not bad, f"{len(bad)} Actions did not succeed: {[a['status'] for a in bad[:3]]}"
    ids = {name: event_id for event_id, name in names.items()}
    for action in actions[:: max(1, len(actions) // 20)]:
        log = stack.run("actions", "logs", action["metadata"]["name"], "-n", NAMESPACE).stdout
        assert log.strip() == ids[action["spec"]["event"]["name"]], f"log is {log!r}"
    return len(events)
