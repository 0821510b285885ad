"""A stack of the local adapter: its processes, from `reactorctl up` to its end."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from harness import engine
from harness.stack_client import ROOT, StackClient


# Signals by which a program that has a fault ends, and how its supervisor tells of that.
CRASHES = (signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV)
CRASHED = re.compile(rf"killed by signal ({'|'.join(str(int(each)) for each in CRASHES)}) ")


class Stack(StackClient):
    """A running stack of the local adapter."""

    def __init__(self, directory=None, extra=(), environment=None):
        super().__init__()
        # Short: a unix socket's path has at most 107 characters.
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="er-", dir="/tmp"))
        self.base_port = free_base_port()
        self.extra = list(extra)
        # Of the stack's processes, beside our own.
        self.environment = environment

    def address(self):
        return "127.0.0.1", self.base_port

    def where(self):
        """For whoever reads the test's output."""
        return f"port {self.base_port}, data in {self.directory}"

    # --- life

    def up(self):
        """Starts what is not running, and waits until all of it is ready."""
        self.run("up", "--detach", "--base-port", str(self.base_port), *self.extra, timeout=120,
                 environment=self.environment)

    def down(self, cancel=True):
        return self.run("down", *(["--cancel"] if cancel else []), timeout=120)

    def make_image(self):
        subprocess.run(
            [str(ROOT / "scripts" / "build-image"), "--engine", self.status()["engine"], self.image],
            check=True, stdout=subprocess.DEVNULL)

    def lose(self, action):
        """The containers of an Action are removed as if they had never been."""
        status = self.status()
        adapter = self.pids()["local-adapter"]
        # An engine ends a container before it removes it, and that must not be seen.
        os.kill(adapter, signal.SIGSTOP)
        try:
            engine.remove(status["engine"], status["id"], action["metadata"]["uid"])
        finally:
            os.kill(adapter, signal.SIGCONT)

    def left_behind(self):
        """Names of containers and volumes that should be gone."""
        status = self.status()
        return engine.left_behind(status["engine"], status["id"])

    def destroy(self):
        """Ends the stack and removes its data; keeps them if that fails."""
        self.down()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        try:
            self.up()
            self.make_image()
        except BaseException:
            self.explain_failure()
            self.run("down", "--cancel", check=False)
            raise
        return self

    def __exit__(self, kind, value, traceback):
        crashed = self.crashed()
        failed = self.failed or kind is not None or crashed
        if failed:
            self.explain_failure()
        if not failed or not os.environ.get("EVENTREACTOR_KEEP"):
            self.destroy()
        if crashed and kind is None:
            raise AssertionError(f"{len(crashed)} processes crashed: {crashed}")

    def explain_failure(self):
        """The last words of each process, for whoever reads the test's output."""
        for log in sorted(self.directory.glob("**/*.log")):
            lines = log.read_text(errors="replace").splitlines()[-15:]
            print(f"--- {log}", *lines, sep="\n    ", flush=True)

    # --- how it is

    def crashed(self):
        """What the supervisor says of processes that ended by a signal that nobody sends."""
        log = self.directory / "logs" / "supervisor.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else ()
        return [line for line in lines if CRASHED.search(line)]

    def status(self):
        """How it is, well or not."""
        return self.json("status", check=False)

    def pids(self):
        """The id of each process of the stack that runs, by name."""
        status = self.status()
        pids = {p["name"]: p["pid"] for p in status["processes"] if p["pid"]}
        return {**pids, "supervisor": status["supervisorPid"]}


def free_base_port():
    """The first of eleven free loopback ports in a row."""
    start = 20000 + (os.getpid() * 20) % 10000
    for base in [*range(start, 30000, 20), *range(20000, start, 20)]:
        try:
            for port in range(base, base + 11):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
    raise SystemExit("no eleven free ports in a row between 20000 and 30000")
