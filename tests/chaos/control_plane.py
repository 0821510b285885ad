"""The world of a control plane: its API server and etcd, our services as processes, and no node."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request

import calls
import faults
import processes
from cluster_case import SECONDS, command, wait_for
from harness import disks
from harness.stack import CRASHES
from local_services import PROGRAMS, LocalServices
from manifests import ROOT
from one_machine import NUMBERS, waiting
from proxy import Proxy
from scenarios.clock import Clock
from testcluster import health, ports
from testcluster.cluster import Cluster

OURS = ("ingest", "dispatcher", "kube-adapter", "janitor")
NATS = "nats-server"
# In a row, before a probe has it killed.
LIVENESS_FAILURES = 3
PARTS = {"etcd": "etcd", "kube-apiserver": "apiserver"}


class KeptServices(LocalServices):
    """Processes that are started again when they end, and reach each other by other ways.

    `ways` is what to say instead of a word of a command line, for all but who listens there.
    """

    def __init__(self, folder, ways, environment):
        super().__init__(folder)
        self.ways = ways
        # Of those that ended by a signal that nobody sent.
        self.crashed = []
        self._environment = {**os.environ, **environment}
        self._commands = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._keepers = [threading.Thread(target=each) for each in (self._keep, self._probe_nats)]
        for keeper in self._keepers:
            keeper.start()

    def start_nats(self):
        program = shutil.which("nats-server", path=PROGRAMS)
        # As a stack has it: the streams reserve more than the disk of the test has.
        configuration = self.folder / "nats.conf"
        configuration.write_text(
            f"listen: 127.0.0.1:{self.port(4)}\nhttp: 127.0.0.1:{self.port(5)}\n"
            f"jetstream {{ store_dir: \"{self.folder / 'nats'}\", max_file_store: 3GB }}\n",
            encoding="ascii")
        self._start(NATS, [program, "--config", str(configuration)])
        wait_for("NATS", lambda: health.listens("127.0.0.1", self.port(4)))

    def signal(self, name, number):
        """To the one that runs now, or soon."""
        deadline = time.monotonic() + SECONDS
        while True:
            with self._lock:
                if self._processes[name].poll() is None:
                    return self._processes[name].send_signal(number)
            assert time.monotonic() < deadline, f"{name} is not started again"
            time.sleep(0.02)

    def restart(self, environment):
        """All of ours, with this beside their environment."""
        self._environment |= environment
        for name in OURS:
            before = self.pid(name)
            self.signal(name, signal.SIGTERM)
            wait_for(f"end of {name}", lambda name=name, before=before: self.pid(name) != before)

    def await_ready(self):
        for offset in (0, 1, 2, 3, 9):
            wait_for(f"answer on port {offset}", lambda offset=offset: health.listens(
                "127.0.0.1", self.port(offset)))
        url = f"http://127.0.0.1:{self.port(0)}/readyz"
        wait_for("ingest", lambda: _answers(url))
        self.reactorctl("events", "list", "-n", "default", "-o", "name")

    def close(self):
        self._closed.set()
        for keeper in self._keepers:
            keeper.join()
        super().close()

    def _keep(self):
        while not self._closed.wait(0.1):
            with self._lock:
                for name, process in list(self._processes.items()):
                    if process.poll() is not None:
                        if -process.returncode in CRASHES:
                            self.crashed.append(f"{name} ended by signal {-process.returncode}")
                        self._run(name)

    def _probe_nats(self):
        """Kills one that hangs, as nats-server 2.9 does on a full disk: the liveness probe."""
        failures = 0
        while not self._closed.wait(2):
            if NATS not in self._processes:
                continue
            well = all(_answers(f"http://127.0.0.1:{self.port(5)}/{path}")
                       for path in ("healthz", "jsz"))
            failures = 0 if well else failures + 1
            if failures == LIVENESS_FAILURES:
                self.signal(NATS, signal.SIGKILL)
                failures = 0

    def _start(self, name, command):
        ways = {} if name == NATS else self.ways
        self._commands[name] = [ways.get(str(word), str(word)) for word in command]
        with self._lock:
            return self._run(name)

    def _run(self, name):
        with open(self.folder / f"{name}.log", "a", encoding="utf-8") as log:
            self._processes[name] = subprocess.Popen(
                self._commands[name], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self._environment)
        return self._processes[name]


class ControlPlane:
    name = "kubernetes"
    # There is nobody who could run a Pod.
    held = True
    image = "localhost/none:1"
    targets = {
        faults.PROCESS: (*OURS, NATS, *PARTS),
        faults.LINK: ("client-ingest", "services-nats", "dispatcher-adapter", "adapter-api"),
        faults.DISK: ("disk of JetStream",),
        faults.CLOCK: ("clock of our processes",),
    }
    http_headers = {}
    compares_sizes = True

    # --- life

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            try:
                self._make(undo)
            except BaseException:
                self._explain()
                raise
            self._undo = undo.pop_all()
        return self

    def __exit__(self, kind, *ignored):
        if kind is not None:
            self._explain()
        self._undo.close()

    def _explain(self):
        """The last words of each process, for whoever reads the output."""
        for log in sorted(self.directory.glob("services/*.log")):
            print(f"--- {log}", *log.read_text(errors="replace").splitlines()[-15:],
                  sep="\n    ", flush=True)

    def _make(self, undo):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="er-chaos-"))
        undo.callback(shutil.rmtree, self.directory, ignore_errors=True)
        undo.callback(command, f"{self.directory}/cluster", "down", check=False)
        command(f"{self.directory}/cluster", "up", "control-plane")
        self.cluster = Cluster(f"{self.directory}/cluster")
        self.cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        self.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all",
                             f"--timeout={SECONDS}s")
        self.clock = Clock(self.directory)
        self.services = KeptServices(self.directory / "services", {}, self.clock.environment)
        undo.callback(self.services.close)
        self._disk = self.services.folder / "nats"
        disks.mount(self._disk)
        undo.callback(disks.unmount, self._disk)
        kubeconfig = self._connect(undo)
        self.services.start_nats()
        self.services.start_adapter(kubeconfig, "--lease-namespace=default", "--max-running=0")
        self.services.wait_until_said("kube-adapter", "] serving")
        self.services.start_dispatcher()
        self.services.start_ingest()
        self.services.start_janitor()
        self.services.await_ready()

    def _connect(self, undo):
        """The links; returns a kubeconfig that takes one to the API server."""
        door, bus, adapter, api = ports.free(4)
        self.door = ("127.0.0.1", door)
        port = self.services.port
        server = self.cluster.plan.server.removeprefix("https://")
        self.proxy = Proxy({
            "client-ingest": [f"127.0.0.1:{door}", f"127.0.0.1:{port(0)}"],
            "services-nats": [f"127.0.0.1:{bus}", f"127.0.0.1:{port(4)}"],
            "dispatcher-adapter": [f"127.0.0.1:{adapter}", f"127.0.0.1:{port(3)}"],
            "adapter-api": [f"127.0.0.1:{api}", server]})
        undo.callback(self.proxy.close)
        self.services.ways.update({
            f"--nats-url=nats://127.0.0.1:{port(4)}": f"--nats-url=nats://127.0.0.1:{bus}",
            f"--adapter=127.0.0.1:{port(3)}": f"--adapter=127.0.0.1:{adapter}"})
        kubeconfig = self.directory / "kubeconfig"
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(pathlib.Path(self.cluster.kubeconfig).read_text(
            encoding="ascii").replace(server, f"127.0.0.1:{api}"), encoding="ascii")
        return kubeconfig

    def apply(self, namespace, pipelines):
        self.cluster.kubectl("create", "namespace", namespace)
        self.cluster.kubectl("apply", f"--namespace={namespace}", "-f", "-",
                             input="\n---\n".join(map(json.dumps, pipelines)))

    # --- faults

    def begin(self, fault):
        if fault.on == faults.LINK:
            self.proxy.order(fault.target, fault.verb, fault.amount)
        elif fault.on == faults.DISK:
            disks.fill(self._disk)
        elif fault.on == faults.CLOCK:
            self.clock.step_to(fault.amount)
        elif fault.target in PARTS:
            processes.signal_when_there(lambda: self._part(fault.target)["pid"],
                                        NUMBERS[fault.verb], fault.target)
        else:
            self.services.signal(fault.target, NUMBERS[fault.verb])

    def end(self, fault):
        if fault.on == faults.LINK:
            self.proxy.order(fault.target, "heal")
        elif fault.on == faults.DISK:
            disks.make_room(self._disk)
        elif fault.on == faults.CLOCK:
            self.clock.step_to(0)
        elif fault.target in PARTS:
            self._end_of_part(fault)
        elif fault.verb == "stop":
            self.services.signal(fault.target, signal.SIGCONT)

    def _part(self, name):
        return self.cluster.keeper.processes()[PARTS[name]]

    def _end_of_part(self, fault):
        if fault.verb == "stop":
            return processes.signal_if_there(self._part(fault.target)["pid"], signal.SIGCONT)
        wait_for(f"end of {fault.target}", lambda: not self._part(fault.target)["running"])
        # Where both are gone, neither is ready before the other one runs.
        return self.cluster.start(PARTS[fault.target], until_ready=False)

    def heal(self):
        for name in PARTS.values():
            self.cluster.start(name)
        self.services.await_ready()

    # --- the end

    def objects(self, kind, namespace):
        # In pages, of which kubectl makes one list.
        return self._items(f"{kind}.{calls.GROUP}", f"--namespace={namespace}")

    def logs(self, actions):
        """Nothing runs."""
        assert not list(actions)
        return {}

    def left_behind(self):
        return [f"Pod {each['metadata']['name']}" for each in self._items("pods", "-A")]

    def _items(self, *words):
        return json.loads(self.cluster.kubectl("get", *words, "--output=json").stdout)["items"]

    def crashed(self):
        return self.services.crashed

    def dead_letters(self):
        letters = self.services.reactorctl("dead", "list", "-A", "-o", "json").stdout
        return [json.dumps(each) for each in json.loads(letters)]

    def on_the_bus(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.services.port(5)}/jsz"
                                    "?consumers=true&accounts=true", timeout=10) as answer:
            return waiting(json.load(answer))

    # --- size

    def restart(self, environment):
        self.services.restart(environment)
        self.services.await_ready()

    def sizes(self):
        return {name: processes.weight(self.services.pid(name)) for name in OURS}

    def idle(self):
        processes.await_idle([self.services.pid(name) for name in OURS])

    def adapter(self):
        """(its port, the file of its token)"""
        return self.services.port(3), self.services.data_dir / "token"


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False
