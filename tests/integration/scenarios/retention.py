"""A sweep keeps the newest, and the Event of what runs; nothing that went runs again."""

import subprocess
import time

from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "retention"
KEEP = 2
COUNT = 5
# Of a log that the status has no room for.
LINES = 8000


def run(long):
    del long
    with Stack(extra=["--max-running", "4"]) as stack:
        stack.apply(NAMESPACE, complete([
            pipeline("holds", ["sleep", "600"], stack.image),
            pipeline("quick", ["echo", "done"], stack.image)]))
        held, _, _ = publish(stack, NAMESPACE, event("held", "holds"))
        running = stack.running_action(NAMESPACE, "holds")["metadata"]["name"]
        # One after the other, so that their order is known.
        names, actions = [], []
        for number in range(COUNT):
            names.append(publish(stack, NAMESPACE, event(number, "quick"))[0])
            [action] = stack.settled_actions(NAMESPACE, names[-1:])
            actions.append(action["metadata"]["name"])

        young = stack.run("sweep", "--dry-run")
        assert young.stdout == "", f"within the minimum age: {young.stdout}"
        would_go = sweep(stack, "--dry-run")
        gone = COUNT - KEEP
        assert would_go == ([f"action {NAMESPACE}/{name}" for name in actions[:gone]] +
                            [f"event {NAMESPACE}/{name}" for name in names[:gone]]), would_go
        assert len(there(stack, "events")) == COUNT + 1, "a dry run removes nothing"
        assert sweep(stack) == would_go, "what goes is what would go"
        assert sweep(stack) == [], "a second sweep finds nothing to do"

        assert there(stack, "events") == sorted([held, *names[gone:]]), there(stack, "events")
        assert there(stack, "actions") == sorted([running, *actions[gone:]])
        refused = stack.run("actions", "logs", actions[0], "-n", NAMESPACE, check=False)
        assert refused.returncode != 0, "its log went with the Action"
        log = stack.run("actions", "logs", actions[-1], "-n", NAMESPACE).stdout
        assert log == "done\n", log

        # The bus remembers what was published for longer than an Event can be removed.
        again, _, duplicate = publish(stack, NAMESPACE, event(0, "quick"))
        assert (again, duplicate) == (names[0], True), "published again, it is the same event"
        publish(stack, NAMESPACE, event(COUNT, "quick"))
        assert names[0] not in there(stack, "events")
    logs_go_before_their_actions()
    return (f"{gone} of {COUNT} Events and their Actions went; the Event of what runs stayed; "
            "of a log the end outlives it")


def logs_go_before_their_actions():
    """Of a log that is older than its period the Action's status has the end."""
    whole = "".join(f"{number}\n" for number in range(1, LINES + 1))
    with Stack(environment={"EVENTREACTOR_LOG_RETENTION_PERIOD": "5s"}) as stack:
        stack.apply(NAMESPACE, complete([pipeline("long", ["seq", str(LINES)], stack.image)]))
        name, _, _ = publish(stack, NAMESPACE, event(0, "long"))
        [listed] = stack.settled_actions(NAMESPACE, [name])
        action = stack.json("actions", "get", listed["metadata"]["name"], "-n", NAMESPACE)
        tail = "".join(action["status"]["stepLogs"])
        assert len(tail) < len(whole) and whole.endswith(tail[-100:]), tail[-200:]
        deadline = time.monotonic() + 60
        # It goes piece by piece.
        while len(told := stack.run("actions", "logs", action["metadata"]["name"], "-n",
                                    NAMESPACE).stdout) > len(tail) + 1:
            assert time.monotonic() < deadline, "the log stays"
            time.sleep(0.3)
        assert told and tail.endswith(told[-100:]), told[:300]


def pipeline(name, command, image):
    return {"metadata": {"name": name}, "spec": {
        "steps": [{"image": image, "command": command}],
        "trigger": {"event": {"type": f"com.example.{name}"}}}}


def event(number, kind):
    return {"id": str(number), "source": "/retention", "type": f"com.example.{kind}"}


def there(stack, kind):
    return sorted(each["metadata"]["name"] for each in stack.items(kind, "list", "-n", NAMESPACE))


def sweep(stack, *flags):
    """The kinds and names that a janitor of its own says it removed, in order."""
    host, port = stack.address()
    done = subprocess.run(
        [stack.bin / "eventreactor-janitor", "--once", f"--adapter={host}:{port + 3}",
         f"--token-file={stack.directory / 'token'}", "--minimum-age=0s",
         f"--event-retention-count={KEEP}", f"--action-retention-count={KEEP}", *flags],
        capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return [" ".join(line.split()[:2]) for line in done.stdout.splitlines()]
