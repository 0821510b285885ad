"""The clock of all services is stepped by an hour, forth and back, under load: nothing is lost."""

import collections
import mmap
import pathlib
import struct
import subprocess
import tempfile
import threading
import time

from harness.publisher import publish
from harness.stack import Stack
from scenarios.engine_away import Engine
from scenarios.sdk import complete

NAMESPACE = "clock"
TYPE = "com.example.tick"
HOUR = 3600.0
# One after the other, this many seconds apart; each is a step by an hour.
STEPS = (HOUR, 0.0, -HOUR, 0.0)
PAUSE = 6
# And one that is back before a clock that looks every two seconds has seen it.
SHORT = 1.3
HERE = pathlib.Path(__file__).resolve().parent


def run(long):
    pause = PAUSE * (5 if long else 1)
    with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as directory:
        clock = Clock(pathlib.Path(directory))
        with Engine() as engine, Stack(extra=["--engine", engine.address, "--max-running", "8"],
                                       environment=clock.environment) as stack:
            stack.apply(NAMESPACE, complete([
                pipeline(stack, "tick", "cat .event/id", {"event": {"type": TYPE}}),
                pipeline(stack, "chained", "cat .event/id",
                         {"pipeline": {"name": "tick", "status": "success"}}),
                pipeline(stack, "slow", f"sleep {len(STEPS) * pause + 5}; echo slept",
                         {"event": {"type": "com.example.slow"}})]))
            slow, _, _ = publish(stack, NAMESPACE, {"id": "slow", "source": "/clock",
                                                    "type": "com.example.slow"})
            stack.running_action(NAMESPACE, "slow")
            names, over = {}, threading.Event()
            publisher = threading.Thread(target=keep_publishing, args=(stack, names, over))
            publisher.start()
            try:
                for seconds in STEPS:
                    time.sleep(pause)
                    before = len(names)
                    clock.step_to(seconds)
                    wait_for_more(names, before)
                time.sleep(pause)
                clock.step_to(HOUR)
                time.sleep(SHORT)
                clock.step_to(0.0)
                wait_for_more(names, len(names))
            finally:
                over.set()
                publisher.join()
            actions = stack.settled_actions(NAMESPACE, [*names.values(), slow], timeout=180)
            check(actions, names, slow)
            left = stack.left_behind()
            assert not left, left
    return f"{len(names)} events while the clock was stepped"


class Clock:
    """The clock that the stack's processes see, by a library that is preloaded into them."""

    def __init__(self, directory):
        library, offset = directory / "stepped_clock.so", directory / "offset"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library,
                        HERE / "stepped_clock.c"], check=True)
        offset.write_bytes(struct.pack("d", 0))
        with open(offset, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(library), "ER_TEST_CLOCK": str(offset)}

    def step_to(self, seconds):
        self._map[:8] = struct.pack("d", seconds)


def pipeline(stack, name, script, trigger):
    return {"metadata": {"name": name},
            "spec": {"steps": [{"name": "run", "image": stack.image,
                                "command": ["sh", "-c", script]}],
                     "trigger": trigger}}


def keep_publishing(stack, names, over):
    while not over.is_set():
        event = {"id": f"tick-{len(names)}", "source": "/clock", "type": TYPE}
        names[event["id"]] = publish(stack, NAMESPACE, event)[0]
        time.sleep(0.3)


def wait_for_more(names, before):
    """Events are accepted with the clock as it is now."""
    deadline = time.monotonic() + 30
    while len(names) < before + 5:
        assert time.monotonic() < deadline, "nothing is accepted since the clock was stepped"
        time.sleep(0.1)


def check(actions, names, slow):
    per_event = collections.defaultdict(list)
    for action in actions:
        per_event[action["spec"]["event"]["name"]].append(action)
    for event_id, name in names.items():
        of_event = sorted(a["spec"]["pipeline"]["name"] for a in per_event[name])
        assert of_event == ["chained", "tick"], f"{event_id}: {of_event}"
    assert len(per_event[slow]) == 1, per_event[slow]
    bad = [a["status"] for a in actions if a["status"].get("completion") != "success"]
    assert not bad, f"{len(bad)} Actions did not succeed: {bad[:2]}"
