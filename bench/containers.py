"""From POST to a container that runs, beside the same container started straight."""

import contextlib
import http.client
import json
import pathlib
import socket
import subprocess
import threading
import time
import urllib.parse

import tests_path  # noqa: F401
from api_server import OURS, PODS, api_server
from harness.engine import UnixConnection
from harness.stack import Stack
from processes import settle
from sender import BIN, GROUP, ROOT, TYPE, pipeline
from system import BUSYBOX
from table import Posts, Table
from testcluster import docker_archive

# Where a Pod of ours has the name of its Event.
POD_KEY = f"/metadata/labels/event.{GROUP}~1name"
COMMAND = ["sleep", "1"]
WORDS = """\
One at a time. On one machine it is podman that says when a container has started, by its own
events: the feed's `started` comes of what podman said before. In a cluster it is the kubelet, by
the Pod's status as a watch shows it. The limit is one container of the same image and command,
created and started straight in the engine, or as a Pod: with no event's files, no volumes, no
logs kept, no record of why it ran. No kubelet is there where Pods are only created, and of these
the limit is the very Pod that ours is."""


def containers(rounds, brief):
    del brief
    table, posts = Table("To a container", words=WORDS), Posts("To a Pod: what became of each post")
    with Stack() as stack:
        one_machine(stack, table, 5 * rounds)
    with api_server() as server:
        server.start(max_running=-1)
        pods(server, table, posts, rounds)
    with api_server("node") as server:
        cluster(server, table, posts, rounds)
    return [table, posts]


# --- on one machine


def one_machine(stack, table, count):
    stack.apply(OURS, [pipeline(steps=[{"image": stack.image, "command": COMMAND}])])
    status = stack.status()
    engine = status["engine"].removeprefix("unix://")
    ours, raw = [], []
    with Starts(engine) as starts:
        for number in range(count + 1):
            begin = time.monotonic()
            stack.request("POST", "/", body="x", headers={
                "ce-specversion": "1.0", "ce-source": "/bench", "ce-type": TYPE,
                "ce-id": f"container-{number}", "content-type": "text/plain"})
            ours.append(starts.await_next("eventreactor.stack", status["id"]) - begin)
            begin = time.monotonic()
            remove = start_straight(engine, stack.image, status["id"])
            raw.append(starts.await_next("bench", status["id"]) - begin)
            remove()
            idle(stack)
    # The first ones warm the engine up.
    table.add("one machine: POST to container started, p50", "ms",
              [1000 * each for each in ours[1:]], [1000 * each for each in raw[1:]])


class Starts:
    """When containers have started, as the engine's events say."""

    def __init__(self, engine):
        self._connection = UnixConnection(engine, timeout=120)
        filters = urllib.parse.quote(json.dumps({"type": ["container"], "event": ["start"]}))
        self._connection.request("GET", f"/v1.40/events?filters={filters}")
        self._socket = self._connection.sock
        # When, by name and what the engine says of it, until they are asked for.
        self._seen, self._known, self._changed = [], set(), threading.Condition()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _read(self):
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            for line in self._connection.getresponse():
                with self._changed:
                    self._seen.append((time.monotonic(), json.loads(line)["Actor"]["Attributes"]))
                    self._changed.notify()

    def await_next(self, label, value):
        """When the next one with this label did; others may use the engine as well."""
        def found():
            return next(((at, each["name"]) for at, each in self._seen
                         if each.get(label) == value and each["name"] not in self._known), None)

        with self._changed:
            if not self._changed.wait_for(found, timeout=60):
                raise AssertionError(f"no container with {label}={value} has started in 60 s")
            at, name = found()
            self._seen.clear()
            self._known.add(name)
            return at


def start_straight(engine, image, label):
    """Returns what removes it once it has ended."""
    def ask(method, path, body=None):
        connection = UnixConnection(engine)
        connection.request(method, f"/v1.40/containers/{path}", body and json.dumps(body),
                           {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {text!r}")
        return text

    made = json.loads(ask("POST", "create", {"Image": image, "Cmd": COMMAND,
                                             "Labels": {"bench": label}}))["Id"]
    ask("POST", f"{made}/start")

    def remove():
        ask("POST", f"{made}/wait")
        ask("DELETE", made)

    return remove


def idle(stack):
    """Until all its Actions have ended."""
    while any(not action.get("status", {}).get("completion")
              for action in stack.items("actions", "list", "-n", OURS)):
        time.sleep(0.1)


# --- in a cluster


def pods(server, table, posts, rounds):
    # Nobody makes it there.
    server.cluster.kubectl("create", "serviceaccount", "default", f"--namespace={OURS}")
    server.apply(pipeline())
    # Until one is there, there is none like it.
    server.post(PODS, "first", count=1, key=POD_KEY)
    [first] = server.items("pods", OURS)
    template = {key: first[key] for key in ("apiVersion", "kind", "spec")}
    pids = [*server.pids().values(), server.services.pid("nats")]
    latency = {"ours": [], "raw": []}
    for number in range(rounds):
        for kind, post in both(server, lambda name: {**template, "metadata": {"name": name}}):
            settle(pids)
            result = post(f"pod-{number}", count=50, rate=5)
            posts.add(f"{kind}: five a second, until the Pod is created", result)
            latency[kind].append(result["sight"]["latency"]["p50"])
    table.add("Kubernetes: POST to Pod created, p50", "ms", latency["ours"], latency["raw"])


def cluster(server, table, posts, rounds):
    """Of a whole cluster, with a kubelet."""
    folder = pathlib.Path(server.cluster.directory, "tmp")
    subprocess.run([ROOT / "scripts" / "build-images", "--tag=bench", f"--output={folder}",
                    f"--binaries={BIN}", "eventreactor-tool"], check=True,
                   stdout=subprocess.DEVNULL)
    docker_archive.write_busybox(folder / "busybox.tar", BUSYBOX)
    for name in ("eventreactor-tool", "busybox"):
        server.load_image(folder / f"{name}.tar")
    server.start(max_running=-1, tool_image="localhost/eventreactor-tool:bench")
    step = {"image": BUSYBOX, "command": COMMAND}
    server.apply(pipeline(steps=[step]))
    raw = {"apiVersion": "v1", "kind": "Pod", "spec": {
        "restartPolicy": "Never", "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "step", **step}]}}
    started = {"ours": "/status/initContainerStatuses/1/state/running",
               "raw": "/status/containerStatuses/0/state/running"}
    latency = {"ours": [], "raw": []}
    for number in range(rounds + 1):
        for kind, post in both(server, lambda name: {**raw, "metadata": {"name": name}}):
            result = post(f"run-{number}", count=3, rate=0.25, has=started[kind])
            if number > 0:
                posts.add(f"{kind}: every four seconds, until the container runs", result)
                latency[kind].append(result["sight"]["latency"]["p50"])
    table.add("Kubernetes: POST to container running, p50", "ms", latency["ours"], latency["raw"])


def both(server, make):
    """Who creates Pods, by name."""
    return (("raw", lambda prefix, **options: server.create(PODS, prefix, make, **options)),
            ("ours", lambda prefix, **options: server.post(PODS, prefix, key=POD_KEY, **options)))
