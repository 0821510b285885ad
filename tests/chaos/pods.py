"""The world of a whole cluster: our services are Pods, and so is what runs, on one node."""

import collections
import contextlib
import json
import pathlib
import shutil
import signal
import tempfile
import time

import calls
import faults
import processes
from cluster_case import SECONDS
from harness.stack import CRASHES
from manifests import SYSTEM
from one_machine import NUMBERS
from proxy import Proxy
from system import BUSYBOX, System
from testcluster import ports
from testcluster.plan import cgroup_name

SERVICES = ("ingest", "dispatcher", "kube-adapter", "janitor")
NATS = "nats-server"
# Processes of the cluster: our name and its own.
PARTS = {"etcd": "etcd", "kube-apiserver": "apiserver", "kubelet": "kubelet",
         "containerd": "containerd"}


class Pods:
    name = "kubernetes"
    held = False
    image = BUSYBOX
    # Its services are restarted in other Pods, all the time.
    compares_sizes = False
    targets = {faults.PROCESS: (*SERVICES, NATS, *PARTS), faults.LINK: ("client-ingest",)}

    # --- life

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            self._make(undo)
            self._undo = undo.pop_all()
        return self

    def __exit__(self, kind, *ignored):
        if kind is not None:
            print(self.system.tell(), flush=True)
        self._undo.close()

    def _make(self, undo):
        directory = tempfile.mkdtemp(prefix="er-chaos-")
        undo.callback(shutil.rmtree, directory, ignore_errors=True)
        self.system = System(directory)
        self.cluster = self.system.cluster
        undo.callback(self.system.down)
        self.system.up()
        # One that leads and one that takes over.
        self.system.kubectl("scale", "deployment/eventreactor-kube-adapter", "--replicas=2",
                            f"--namespace={SYSTEM}")
        self.system.wait_until_ready()
        self.http_headers = {"authorization": f"Bearer {self.system.secret('http-token')}"}
        [door] = ports.free(1)
        self.door = ("127.0.0.1", door)
        host, port = self.system.http_address()
        self.proxy = Proxy({"client-ingest": [f"127.0.0.1:{door}", f"{host}:{port}"]})
        undo.callback(self.proxy.close)

    def apply(self, namespace, pipelines):
        self.system.make_namespace(namespace)
        self.system.kubectl("apply", f"--namespace={namespace}", "-f", "-",
                            input="\n---\n".join(map(json.dumps, pipelines)))

    # --- faults

    def begin(self, fault):
        if fault.on == faults.LINK:
            return self.proxy.order(fault.target, fault.verb, fault.amount)
        if fault.target in PARTS and fault.verb != "stop":
            return self.cluster.stop(PARTS[fault.target], at_once=fault.verb == "kill")
        pods = {}
        if fault.target in SERVICES and fault.verb != "stop":
            pods = {pid: self._pod_of(pid) for pid in self._pids(fault.target)}
        pid = processes.signal_when_there(lambda: min(self._pids(fault.target), default=None),
                                          NUMBERS[fault.verb], fault.target)
        if pods.get(pid):
            # Another one follows at once, where the kubelet would wait longer each time.
            self.system.kubectl("delete", "pod", pods[pid], f"--namespace={SYSTEM}",
                                "--wait=false",
                                *(["--force", "--grace-period=0"] if fault.verb == "kill" else []),
                                check=False)
        return None

    def end(self, fault):
        if fault.on == faults.LINK:
            self.proxy.order(fault.target, "heal")
        elif fault.verb == "stop":
            for pid in self._pids(fault.target):
                processes.signal_if_there(pid, signal.SIGCONT)
        elif fault.target in PARTS:
            self.cluster.start(PARTS[fault.target], until_ready=False)

    def heal(self):
        for name in PARTS.values():
            self.cluster.start(name)
        self.system.wait_until_ready()

    def _pids(self, name):
        program = f"eventreactor-{name}" if name in SERVICES else name
        return processes.find_all(program, cgroup=cgroup_name(self.cluster.directory))

    @staticmethod
    def _pod_of(pid):
        """Where it says it is; empty where it has ended."""
        try:
            words = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return ""
        names = dict(each.split(b"=", 1) for each in words if b"=" in each)
        return names.get(b"HOSTNAME", b"").decode()

    # --- the end

    def objects(self, kind, namespace):
        return self.system.items(f"{kind}.{calls.GROUP}", f"--namespace={namespace}")

    def logs(self, actions):
        """Without those that the node lost: containerd 1.6, ended while a container speaks."""
        texts = {}
        for action in actions:
            key = (action["metadata"]["namespace"], action["metadata"]["name"])
            text = "".join(action["status"].get("stepLogs", []))
            if text or not self._node_lost_it(action):
                texts[key] = text
        return texts

    def _node_lost_it(self, action):
        """The Pod is there, and kubectl has no log of it either."""
        done = self.system.kubectl(
            "logs", action["status"]["cluster"]["podName"], "--all-containers",
            f"--namespace={action['metadata']['namespace']}", check=False)
        return done.returncode == 0 and not done.stdout

    def left_behind(self):
        """Pods that do not end, and second ones of an Action: each has had one, and kept it."""
        deadline = time.monotonic() + SECONDS
        while True:
            pods = [each for each in self.system.items("pods", "--all-namespaces")
                    if each["metadata"]["namespace"].startswith("chaos-")]
            left = [f"Pod {each['metadata']['name']}, {each['status']['phase']}" for each in pods
                    if each["status"]["phase"] not in ("Succeeded", "Failed")]
            if not left or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        owners = collections.Counter(each["metadata"]["ownerReferences"][0]["name"]
                                     for each in pods)
        return left + [f"{count} Pods of {name}" for name, count in owners.items() if count > 1]

    def crashed(self):
        """Of each container of the system, by what ended it last."""
        ends = {f"{pod['metadata']['name']}: {each['name']}":
                each.get("lastState", {}).get("terminated", {}).get("exitCode", 0)
                for pod in self.system.items("pods", f"--namespace={SYSTEM}")
                for each in pod["status"].get("containerStatuses", [])}
        return [f"{name} ended by signal {code - 128}" for name, code in ends.items()
                if code - 128 in CRASHES]

    def dead_letters(self):
        return [json.dumps(each) for each in json.loads(
            self.system.reactorctl("dead", "list", "-A", "-o", "json").stdout)]

    def on_the_bus(self):
        """NATS tells nobody outside of its Pod: what is missing may still come."""
        return 1
