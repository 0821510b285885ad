"""One real stack: its processes, its command line, its HTTP door.

What differs between adapters is in a driver; a case sees only a Stack.
"""

import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from harness import engine

ROOT = pathlib.Path(__file__).resolve().parents[3]


class CommandFailed(AssertionError):
    """A command that should have worked did not."""


class Stack:
    """A running stack of the local adapter. Threads may share it."""

    image = "localhost/eventreactor/busybox:1"

    def __init__(self, directory=None, extra=()):
        self.bin = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
        self.ctl_path = str(self.bin / "reactorctl")
        if not os.access(self.ctl_path, os.X_OK):
            raise SystemExit(f"{self.ctl_path} is not there: run `make build` first")
        # Short: a unix socket's path has at most 107 characters.
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="er-", dir="/tmp"))
        self.base_port = free_base_port()
        self.extra = list(extra)
        # Set by whoever found something wrong without raising it.
        self.failed = False
        self._local = threading.local()

    # --- life

    def up(self):
        """Starts what is not running, and waits until all of it is ready."""
        self.run("up", "--detach", "--base-port", str(self.base_port), *self.extra, timeout=120)

    def down(self, cancel=True):
        return self.run("down", *(["--cancel"] if cancel else []), timeout=120)

    def make_image(self):
        subprocess.run(
            [str(ROOT / "scripts" / "build-image"), "--engine", self.status()["engine"], self.image],
            check=True, stdout=subprocess.DEVNULL)

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
        failed = self.failed or kind is not None
        if failed:
            self.explain_failure()
        if not failed or not os.environ.get("EVENTREACTOR_KEEP"):
            self.destroy()

    def explain_failure(self):
        """The last words of each process, for whoever reads the test's output."""
        for log in sorted(self.directory.glob("**/*.log")):
            lines = log.read_text(errors="replace").splitlines()[-15:]
            print(f"--- {log}", *lines, sep="\n    ", flush=True)

    # --- the command line

    def run(self, *args, stdin=None, check=True, timeout=60):
        """reactorctl with these arguments, in this stack."""
        command = [self.ctl_path, *args, "--data-dir", str(self.directory)]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout,
                              text=not isinstance(stdin, bytes))
        if check and done.returncode != 0:
            raise CommandFailed(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        return done

    def json(self, *args, **kwargs):
        return json.loads(self.run(*args, "-o", "json", **kwargs).stdout)

    def items(self, *args):
        """The objects of a list command."""
        answer = self.json(*args)
        return answer["items"] if isinstance(answer, dict) else answer

    def status(self):
        """How it is, well or not."""
        return self.json("status", check=False)

    def pids(self):
        """The id of each process of the stack that runs, by name."""
        status = self.status()
        pids = {p["name"]: p["pid"] for p in status["processes"] if p["pid"]}
        return {**pids, "supervisor": status["supervisorPid"]}

    def apply(self, namespace, manifests, check=True):
        text = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
        return self.run("pipelines", "apply", "-f", "-", "-n", namespace, stdin=text, check=check)

    # --- the HTTP door

    def request(self, method, path, headers=None, body=None, timeout=30):
        """One request on this thread's connection: (status, headers, body)."""
        for fresh in (False, True):
            connection = self._connection(timeout, fresh)
            try:
                connection.request(method, path, body=body, headers=headers or {})
                answer = connection.getresponse()
                data = answer.read()
                if answer.will_close:
                    connection.close()
                return answer.status, {k.lower(): v for k, v in answer.getheaders()}, data
            except (OSError, http.client.HTTPException) as error:
                # Whatever it was, this connection is of no more use. A kept one that the
                # server has closed meanwhile is worth another try.
                connection.close()
                if fresh or not isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError,
                                                   ConnectionResetError)):
                    raise
        raise AssertionError("unreachable")

    def _connection(self, timeout, fresh):
        connection = getattr(self._local, "connection", None)
        if connection is None or fresh:
            connection = http.client.HTTPConnection("127.0.0.1", self.base_port, timeout=timeout)
            self._local.connection = connection
        return connection

    # --- waiting

    def recorded_event(self, namespace, name, timeout=60):
        """The Event, once it is recorded."""
        deadline = time.monotonic() + timeout
        while True:
            done = self.run("events", "get", name, "-n", namespace, "-o", "json", check=False)
            if done.returncode == 0:
                return json.loads(done.stdout)
            if time.monotonic() > deadline:
                raise AssertionError(f"Event {name} was not recorded: {done.stderr}")
            time.sleep(0.1)

    def wait_dispatched(self, namespace, names, timeout=120):
        """Returns when all these Events have all their first Actions."""
        deadline, wanted = time.monotonic() + timeout, set(names)
        while True:
            there = {e["metadata"]["name"] for e in self.items("events", "list", "-n", namespace)
                     if e.get("status", {}).get("dispatchTime")}
            if wanted <= there:
                return
            assert time.monotonic() < deadline, f"not dispatched: {sorted(wanted - there)[:5]}"
            time.sleep(0.3)

    def settled_actions(self, namespace, event_names, timeout=120):
        """All Actions of these Events once nothing more can come of them.

        No guessing by time: an Event with a dispatchTime has all its first
        Actions, a finished Action with one has all that chain to it.
        """
        deadline = time.monotonic() + timeout
        wanted, pause = set(event_names), 0.1
        while True:
            events = {e["metadata"]["name"]: e for e in self.items("events", "list", "-n", namespace)}
            open_events = [n for n in wanted
                           if not events.get(n, {}).get("status", {}).get("dispatchTime")]
            actions = []
            if not open_events:
                actions = [a for a in self.items("actions", "list", "-n", namespace)
                           if a["spec"]["event"]["name"] in wanted]
                unfinished = [a["metadata"]["name"] for a in actions
                              if not a.get("status", {}).get("dispatchTime")]
                if not unfinished:
                    return actions
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"after {timeout} s: Events not dispatched: {open_events[:5]}; Actions: " +
                    json.dumps([[a["metadata"]["name"], a.get("status", {})] for a in actions
                                if not a.get("status", {}).get("dispatchTime")][:3]))
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)


def free_base_port():
    """The first of nine free loopback ports in a row."""
    start = 20000 + (os.getpid() * 10) % 10000
    for base in [*range(start, 30000, 10), *range(20000, start, 10)]:
        try:
            for port in range(base, base + 9):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
    raise SystemExit("no nine free ports in a row between 20000 and 30000")
