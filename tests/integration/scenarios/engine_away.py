"""An engine that is stopped, hangs, or loses a container in the middle of runs: all go on or say so."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from harness import engine
from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "engine"


def run(long):
    del long
    with Engine() as own, Stack(extra=["--engine", own.address, "--max-running", "8"]) as stack:
        stack.apply(NAMESPACE, complete([
            pipeline(stack, "slow", "echo begun; sleep 8; echo ended"),
            pipeline(stack, "quick", "echo done"),
            pipeline(stack, "endless", "sleep 3600")]))

        # Stopped: what runs goes on, what comes waits and says for what.
        slow = start(stack, "slow")
        running(stack, slow)
        own.stop()
        quick = start(stack, "quick")
        waits_for_the_engine(stack, quick)
        own.start()
        for action, log in ((slow, "begun\nended\n"), (quick, "done\n")):
            succeeds(stack, action, log)

        # Hanging: the same, without an error to be told by.
        slow = start(stack, "slow")
        running(stack, slow)
        own.signal(signal.SIGSTOP)
        quick = start(stack, "quick")
        time.sleep(3)
        own.signal(signal.SIGCONT)
        for action, log in ((slow, "begun\nended\n"), (quick, "done\n")):
            succeeds(stack, action, log)

        # A container that somebody removes.
        lost = start(stack, "endless")
        running(stack, lost)
        (container,) = [name for name in engine.held(own.address, stack.status()["id"])
                        if name.startswith("/")]
        subprocess.run(["podman", "--url", own.address, "rm", "--force", "--time", "0",
                        container.removeprefix("/")], check=True, stdout=subprocess.DEVNULL)
        done = stack.run("actions", "wait", lost, "-n", NAMESPACE, "--exit-status", check=False)
        ended = get(stack, lost)["status"]
        # podman kills it before it removes it; which of the two is seen is a matter of moments.
        assert (done.returncode, ended["completion"]) in ((1, "failure"), (2, "unknown")), ended
        assert ended["conditions"][0]["message"], ended
        left = stack.left_behind()
        assert not left, left
    return "stopped, hanging, and one container lost"


class Engine:
    """A podman of the test's own, to be stopped and started."""

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="er-", dir="/tmp"))
        self.address = f"unix://{self.directory}/engine.sock"
        self.environment = {**os.environ, **self._configuration()}
        self.process = None
        self.start()
        return self

    def __exit__(self, *ignored):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        self.process = subprocess.Popen(["podman", "system", "service", "--time=0", self.address],
                                        env=self.environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                return engine.held(self.address, "nobody")
            except OSError:
                assert time.monotonic() < deadline, "podman does not answer"
                time.sleep(0.1)

    def _configuration(self):
        """What a stack that runs a podman of its own says to it on this host."""
        with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as folder:
            stack = Stack(directory=pathlib.Path(folder) / "s")
            stack.up()
            stack.down()
            written = stack.directory / "containers.conf"
            if not written.exists():
                return {}
            return {"CONTAINERS_CONF": str(shutil.copy(written, self.directory))}

    def stop(self):
        self.process.kill()
        self.process.wait()
        (self.directory / "engine.sock").unlink(missing_ok=True)

    def signal(self, number):
        os.kill(self.process.pid, number)


def pipeline(stack, name, script):
    return {"metadata": {"name": name},
            "spec": {"steps": [{"name": "run", "image": stack.image,
                                "command": ["sh", "-c", script]}],
                     "trigger": {"event": {"type": f"com.example.{name}"}}}}


def start(stack, name):
    """The Action of a new event for that Pipeline."""
    event, _, _ = publish(stack, NAMESPACE, {"id": f"{name}-{time.monotonic_ns()}",
                                             "source": "/engine", "type": f"com.example.{name}"})
    stack.wait_dispatched(NAMESPACE, [event])
    (action,) = stack.items("actions", "list", "--event", event, "-n", NAMESPACE)
    return action["metadata"]["name"]


def get(stack, action):
    return stack.json("actions", "get", action, "-n", NAMESPACE)


def until(stack, action, holds, what):
    deadline = time.monotonic() + 60
    while not holds(get(stack, action).get("status", {})):
        assert time.monotonic() < deadline, f"{what}: {get(stack, action).get('status')}"
        time.sleep(0.1)


def running(stack, action):
    until(stack, action, lambda status: any("running" in s for s in status.get("stepStates", [])),
          "it does not run")


def waits_for_the_engine(stack, action):
    until(stack, action,
          lambda status: [c["reason"] for c in status.get("conditions", [])] == ["EngineUnavailable"],
          "it does not say that it waits for the engine")


def succeeds(stack, action, log):
    stack.run("actions", "wait", action, "-n", NAMESPACE, "--exit-status", timeout=120)
    found = stack.run("actions", "logs", action, "-n", NAMESPACE).stdout
    assert found == log, found
