"""The dispatcher is suspended for some seconds, as with a laptop that sleeps, while events come."""

import os
import signal
import time

from harness.publisher import publish_all
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "suspended"
TYPE = "com.example.suspended"
ROUNDS = 4
EVENTS = 300
# Longer than a request for messages waits for an answer.
SECONDS = 5
ACK_WAIT_SECONDS = 60


def run(long):
    rounds = ROUNDS * (5 if long else 1)
    with Stack(extra=["--max-running", "0"]) as stack:
        stack.apply(NAMESPACE, complete([pipeline(stack.image)]))
        names = {}
        dispatcher = stack.pids()["dispatcher"]
        for number in range(rounds):
            os.kill(dispatcher, signal.SIGSTOP)
            try:
                names |= publish_all(stack, NAMESPACE, [
                    {"id": f"{number}-{each}", "source": "/laptop", "type": TYPE}
                    for each in range(EVENTS)], jobs=8)
                time.sleep(SECONDS)
            finally:
                os.kill(dispatcher, signal.SIGCONT)
            # Before the bus would lend them once more.
            stack.wait_dispatched(NAMESPACE, names.values(), timeout=ACK_WAIT_SECONDS / 2)
        assert stack.pids()["dispatcher"] == dispatcher, "it was started again"
    return f"{len(names)} events in {rounds} rounds, each dispatched once it went on"


def pipeline(image):
    return {"metadata": {"name": "held"},
            "spec": {"steps": [{"image": image, "command": ["true"]}],
                     "trigger": {"event": {"type": TYPE}}}}
