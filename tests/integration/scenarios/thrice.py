"""Each event posted three times, also across a restart of the bus, is one Event and one Action."""

import os
import signal
import time

from harness.publisher import publish, publish_all
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "thrice"
TYPE = "com.example.thrice"


def run(long):
    count = 200 if long else 30
    events = [{"id": f"e{i}", "source": "/thrice", "type": TYPE} for i in range(count)]
    with Stack() as stack:
        stack.apply(NAMESPACE, complete([{
            "metadata": {"name": "once"},
            "spec": {"steps": [{"image": stack.image, "command": ["true"]}],
                     "trigger": {"event": {"type": TYPE}}}}]))
        names = {}
        for event in events:
            answers = [publish(stack, NAMESPACE, event) for _ in range(3)]
            assert len({name for name, _, _ in answers}) == 1, answers
            assert [dup for _, _, dup in answers] == [False, True, True], answers
            names[event["id"]] = answers[0][0]
        before = stack.settled_actions(NAMESPACE, names.values(), timeout=600)
        restart_bus(stack)
        for _ in range(3):
            again = publish_all(stack, NAMESPACE, events)
            assert again == names, "an event got another name after the restart"
        # An event of its own, accepted after all those: once it is through,
        # so are they.
        last = {"id": "last", "source": "/thrice", "type": TYPE}
        name, _, _ = publish(stack, NAMESPACE, last)
        after = stack.settled_actions(NAMESPACE, [*names.values(), name], timeout=600)
        have = sorted(a["metadata"]["uid"] for a in after if a["spec"]["event"]["name"] != name)
        assert have == sorted(a["metadata"]["uid"] for a in before), "Actions changed"
        assert len(before) == count, f"{len(before)} Actions for {count} events"
        listed = stack.items("events", "list", "-n", NAMESPACE)
        assert len(listed) == count + 1, f"{len(listed)} Events for {count + 1}"
    return f"{count} events, each posted 6 times"


def restart_bus(stack):
    """Kills nats-server and waits until the supervisor has another one."""
    pid = stack.pids()["nats-server"]
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while stack.pids().get("nats-server") in (pid, None):
        assert time.monotonic() < deadline, "nats-server was not started again"
        time.sleep(0.1)
