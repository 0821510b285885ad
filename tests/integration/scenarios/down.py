"""`down` leaves what runs to the next `up` and lists it; `down --cancel` ends it, of its own stack."""

import json
import time

from harness import engine
from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "down"
# Long enough for the stack to go down meanwhile.
SLOW = "echo begun; sleep 15; echo ended"
LONG = "echo begun; sleep 3600"


def run(long):
    with Stack() as stack, Stack() as other:
        for each in (stack, other):
            each.apply(NAMESPACE, complete([pipeline(each, "slow", SLOW),
                                            pipeline(each, "long", LONG)]))
        bystander = start(other, "long")

        action = start(stack, "slow")
        listed = stack.down(cancel=False).stdout
        assert action in listed and "build-step-run" in listed, listed
        assert stack.run("actions", "list", check=False).returncode != 0, "the stack is not down"
        stack.up()
        stack.run("actions", "wait", action, "-n", NAMESPACE, "--exit-status")
        log = stack.run("actions", "logs", action, "-n", NAMESPACE).stdout
        assert log == "begun\nended\n", f"not once and whole: {log!r}"

        action = start(stack, "long")
        status = stack.status()
        assert engine.held(status["engine"], status["id"]), "its container is not there"
        stack.down(cancel=True)
        stack.up()
        assert not stack.left_behind(), stack.left_behind()
        ended = get(stack, action)["status"]
        assert ended["completion"] == "failure", ended
        assert ended["conditions"][0]["reason"] == "BuildCancelled", ended

        assert running(other, bystander), "a stack ended what is another's"
    return "left, taken up and ended, beside another stack"


def pipeline(stack, name, script):
    return {"metadata": {"name": name},
            "spec": {"steps": [{"name": "run", "image": stack.image,
                                "command": ["sh", "-c", script]}],
                     "trigger": {"event": {"type": f"com.example.{name}"}}}}


def start(stack, name):
    """The Action of a new event for that Pipeline, once its container runs."""
    event, _, _ = publish(stack, NAMESPACE, {"id": f"{name}-{time.monotonic_ns()}",
                                             "source": "/down", "type": f"com.example.{name}"})
    stack.wait_dispatched(NAMESPACE, [event])
    listed = stack.items("actions", "list", "--event", event, "-n", NAMESPACE)
    assert len(listed) == 1, listed
    action = listed[0]["metadata"]["name"]
    deadline = time.monotonic() + 60
    while not running(stack, action):
        assert time.monotonic() < deadline, json.dumps(get(stack, action)["status"])
        time.sleep(0.05)
    return action


def get(stack, action):
    return stack.json("actions", "get", action, "-n", NAMESPACE)


def running(stack, action):
    return any("running" in step for step in get(stack, action)["status"].get("stepStates", []))
