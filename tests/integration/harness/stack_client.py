"""What a case and a scenario can do with a stack, whichever adapter it has."""

import http.client
import json
import os
import pathlib
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]


# Kinds that Pipelines refer to.
DOCUMENTS = {"ConfigMap", "Secret", "ServiceAccount", "BuildTemplate", "ClusterBuildTemplate"}


class CommandFailed(AssertionError):
    """A command that should have worked did not."""


class StackClient:
    """The command line and the HTTP door of a stack. Threads may share it.

    A driver (stack.py, kube_stack.py) starts and ends one, and sets `directory`.
    """

    image = "localhost/eventreactor/busybox:1"
    # Words before each command, such as those that make it another user's.
    run_as = ()
    # Headers of each request to the HTTP door.
    credentials = {}

    def __init__(self):
        self.bin = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
        self.ctl_path = str(self.bin / "reactorctl")
        if not os.access(self.ctl_path, os.X_OK):
            raise SystemExit(f"{self.ctl_path} is not there: run `make build` first")
        # What `reactorctl --data-dir` is given.
        self.directory = None
        # Set by whoever found something wrong without raising it.
        self.failed = False
        self._local = threading.local()
        self._lock = threading.Lock()
        self._calls = None

    # --- what a driver says

    def address(self):
        """(host, port) of the HTTP door."""
        raise NotImplementedError

    def make_namespace(self, name):
        """Called before anything is done in it; most stacks have all of them."""

    def left_behind(self):
        """What should be gone by now, or soon is, and stays: names for whoever reads them."""
        raise NotImplementedError

    # --- the command line

    def run(self, *args, stdin=None, check=True, timeout=60, environment=None):
        """reactorctl with these arguments, in this stack."""
        command = [*self.run_as, self.ctl_path, *args, "--data-dir", str(self.directory)]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout,
                              text=not isinstance(stdin, bytes),
                              env={**os.environ, **(environment or {})})
        if check and done.returncode != 0:
            raise CommandFailed(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        return done

    def json(self, *args, **kwargs):
        return json.loads(self.run(*args, "-o", "json", **kwargs).stdout)

    def items(self, *args):
        """The objects of a list command."""
        answer = self.json(*args)
        return answer["items"] if isinstance(answer, dict) else answer

    def apply(self, namespace, manifests, check=True):
        """Pipelines, and the documents that they refer to, which come first."""
        documents = [m for m in manifests if m["kind"] in DOCUMENTS]
        if documents:
            self.apply_documents(namespace, documents)
        text = _joined([m for m in manifests if m["kind"] not in DOCUMENTS])
        return self.run("pipelines", "apply", "-f", "-", "-n", namespace, stdin=text, check=check)

    def apply_documents(self, namespace, documents):
        """ConfigMaps and the like: on a cluster they are its API server's."""
        self.run("apply", "-f", "-", "-n", namespace, stdin=_joined(documents))

    # --- the HTTP door

    def request(self, method, path, headers=None, body=None, timeout=30):
        """One request on this thread's connection: (status, headers, body)."""
        for fresh in (False, True):
            connection = self._connection(timeout, fresh)
            try:
                connection.request(method, path, body=body,
                                   headers={**self.credentials, **(headers or {})})
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
            connection = http.client.HTTPConnection(*self.address(), timeout=timeout)
            self._local.connection = connection
        return connection

    # --- gRPC

    def call(self, method, request, **options):
        """What GrpcCalls.call says of a call such as IngestService/Publish."""
        with self._lock:
            if self._calls is None:
                # Only here, so that what calls nothing needs no gRPC for Python.
                from harness.grpc_calls import GrpcCalls
                self._calls = GrpcCalls(self.directory)
        return self._calls.call(method, request, **options)

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

    def running_action(self, namespace, pipeline, timeout=120):
        """The Pipeline's Action, once one of its containers runs."""
        deadline = time.monotonic() + timeout
        while True:
            actions = self.items("actions", "list", "-n", namespace, "-p", pipeline)
            for action in actions:
                if any("running" in s for s in action.get("status", {}).get("stepStates", [])):
                    return action
            assert time.monotonic() < deadline, f"of {pipeline} nothing runs: {actions}"
            time.sleep(0.2)

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


def _joined(manifests):
    return "\n---\n".join(json.dumps(manifest) for manifest in manifests)
