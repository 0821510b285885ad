"""A cluster on this machine: brought up, looked at, brought down."""

import os
import subprocess
import time

from testcluster import cgroups, components, control_plane, directory, health, images, keeper
from testcluster import link, node, plan as plans, ports, records
from testcluster.keeper_client import KeeperClient, ROOT_PATH
from testcluster.programs import Programs, assets
from testcluster.report import ClusterError, say

BOOTSTRAP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "bootstrap.yaml")
COMPLETE = "complete"


class Cluster:
    """The cluster of one directory, whether it is up or not."""

    def __init__(self, path):
        self.directory = os.path.realpath(path)
        self.keeper = KeeperClient(self.directory)

    @property
    def programs(self):
        """Those that it was brought up with; before that, what the environment says."""
        return Programs(self.plan.assets if self.plan else assets())

    @property
    def plan(self):
        """None where there is no cluster."""
        return plans.read(self.directory)

    @property
    def kubeconfig(self):
        return self._path("kubeconfig")

    def is_there(self):
        """Whether it was brought up and runs, ready or not."""
        return bool(self.plan) and self.keeper.is_alive()

    # --- up ---

    def up(self, shape):
        """Brings a cluster of this shape up; nothing happens where it is up already."""
        if shape == plans.NODE and os.geteuid() != 0:
            raise ClusterError("a whole cluster needs root, for namespaces and cgroups: run this "
                               "as root, or bring up the control plane alone")
        started = time.monotonic()
        with directory.locked(self.directory):
            if self._is_up_already(shape):
                # Only processes that were stopped, or ended, are started.
                for name in self._components():
                    self._run(name)
                for name in self._components():
                    self._await(name)
                say(f"{shape} was up already, at {self.plan.server}")
                return
            directory.claim(self.directory)
            self._clear()
            self.programs.ensure(shape == plans.NODE)
            started = time.monotonic()
            self._make(shape)
            records.write_atomically(self._path(COMPLETE), "")
        say(f"{shape} is up in {time.monotonic() - started:.1f} s, at {self.plan.server}")

    def _is_up_already(self, shape):
        if not self.is_there():
            return False
        if self.plan.shape != shape:
            raise ClusterError(f"in {self.directory} a {self.plan.shape} cluster is up: take it "
                               "down first, or name another directory with --dir")
        # One that never came to its end is made anew.
        return os.path.exists(self._path(COMPLETE))

    def _make(self, shape):
        whole = shape == plans.NODE
        plan = self._write_plan(shape)
        control_plane.create_credentials(plan)
        if whole:
            plan = self._start_machine(plan)
        else:
            self.keeper.launch()
        self._run("etcd")
        if whole:
            # While the API server starts.
            node.write_configuration(plan)
            self._run("containerd")
        self._run("apiserver")
        if whole:
            self._await("containerd")
            images.load_pause(self)
        self._await("etcd")
        self._await("apiserver")
        if whole:
            for name in ("controller-manager", "scheduler", "kubelet", "proxy", "coredns"):
                self._run(name)
            with open(BOOTSTRAP, encoding="utf-8") as file:
                manifest = file.read().replace("NODE_ADDRESS", plan.node_address)
            self.kubectl("apply", "--server-side", "-f", "-", input=manifest)
            for name in components.NODE:
                self._await(name)

    def _write_plan(self, shape, taken=()):
        if shape == plans.NODE:
            plan = plans.Plan(
                self.directory, shape, assets=assets(), number=link.free_number(taken),
                snapshotter=images.choose_snapshotter(self._path("tmp")),
                enabled_controllers=cgroups.missing_controllers())
        else:
            api, etcd, peer = ports.free(3)
            plan = plans.Plan(self.directory, shape, api, etcd, peer, assets=assets())
        records.write_atomically(self._path(plans.FILE), plans.to_json(plan))
        return plan

    def _start_machine(self, plan):
        cgroups.hand_down(plan.enabled_controllers, "+")
        binds = {"/var/lib/kubelet": "kubelet", "/var/lib/containerd": "containerd",
                 "/var/log": "node-log"}
        for folder in (*binds.values(), "tmp"):
            plan.path(folder).mkdir(exist_ok=True)
        plan.path("hosts").write_text(
            f"127.0.0.1 localhost\n{plan.node_address} {plans.NODE_NAME}\n"
            f"{plan.host_address} host\n", encoding="ascii")
        self.keeper.launch({
            "hostname": plans.NODE_NAME, "hosts": str(plan.path("hosts")),
            "cgroup": plans.cgroup_name(self.directory),
            "binds": {path: str(plan.path(name)) for path, name in binds.items()},
            "keep": [self.directory, *self.programs.folders()]})
        pid = self.keeper.record["pid"]
        taken = []
        while not link.connect(plan, pid):
            taken.append(plan.number)
            plan = self._write_plan(plan.shape, taken)
        return plan

    # --- processes ---

    def start(self, name, until_ready=True):
        """Starts a process that was stopped, and returns when it is ready, or at once."""
        with directory.locked(self.directory):
            self._check(name)
            self._run(name)
            if until_ready:
                self._await(name)

    def stop(self, name, at_once=False):
        """Stops a process: as its own way is, or at once with SIGKILL."""
        with directory.locked(self.directory):
            self._check(name)
            self.keeper.stop(name, grace_seconds=0 if at_once else 5)

    def states(self):
        """{component: "ready", "not ready", "ended with status N" or "not started"}."""
        processes = self.keeper.processes()
        states = {}
        for name in self._components():
            process = processes.get(name)
            if process is None:
                states[name] = "not started"
            elif not process["running"]:
                states[name] = f"ended with status {process['status']}"
            else:
                ready = components.ALL[name].is_ready(self)
                states[name] = "ready" if ready else "not ready"
        return states

    def is_running(self, name):
        return self.keeper.processes().get(name, {}).get("running", False)

    def _check(self, name):
        self.check_is_up()
        if name not in self._components():
            raise ClusterError(f"there is no {name} in this cluster, but "
                               f"{', '.join(self._components())}")

    def _components(self):
        return components.ALL if self.plan.whole else components.CONTROL_PLANE

    def check_is_up(self, shape=None):
        """Fails where no cluster is up, or not one of this shape."""
        if not self.is_there():
            raise ClusterError(f"no cluster is up in {self.directory}: run `cluster up`")
        if shape and self.plan.shape != shape:
            raise ClusterError(f"this needs a {shape}; in {self.directory} is a "
                               f"{self.plan.shape} cluster")

    def _run(self, name):
        env = {"PATH": ROOT_PATH, "HOME": self.directory, "TMPDIR": self._path("tmp")}
        os.makedirs(env["TMPDIR"], exist_ok=True)
        self.keeper.start(name, components.ALL[name].command(self.plan, self.programs), env)

    def _await(self, name):
        health.wait(name, lambda: components.ALL[name].is_ready(self), self.keeper,
                    self._path(keeper.LOGS, f"{name}.log"))

    # --- down ---

    def down(self):
        """Removes all that `up` has made, whatever came between. Returns whether there was any."""
        if not os.path.exists(self.directory):
            self._remove_cgroups()
            return False
        with directory.locked(self.directory):
            was_there = bool(os.listdir(self.directory))
            self._clear()
            directory.remove(self.directory)
        return was_there

    def _clear(self):
        """Leaves a directory with nothing in it but its mark."""
        plan = self.plan
        children = records.read(self._path(keeper.CHILDREN)) or {}
        records.kill(self.keeper.record)
        if plan is None or not plan.whole:
            for record in children.values():
                records.kill(record)  # Dying already: the kernel takes them with the keeper.
        else:
            link.disconnect(plan)
        self._remove_cgroups()
        if plan:
            cgroups.hand_down(plan.enabled_controllers, "-")
        directory.empty(self.directory)

    def _remove_cgroups(self):
        if os.geteuid() == 0:
            cgroups.remove(plans.cgroup_name(self.directory))

    # --- tools ---

    def kubectl(self, *words, check=True, **options):
        """Runs kubectl as admin; the output is text."""
        done = subprocess.run(
            self.kubectl_command(words), capture_output=True, text=True, check=False,
            env=self.kubectl_environment(), **options)
        if check and done.returncode != 0:
            raise ClusterError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done

    def kubectl_command(self, words):
        return [self.programs.path("kubectl"), f"--kubeconfig={self.kubeconfig}", *words]

    def kubectl_environment(self):
        """Ours, without the user's cluster, and past any proxy."""
        env = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
        past = [word for word in (env.get("NO_PROXY"), self.plan.node_address) if word]
        env["NO_PROXY"] = env["no_proxy"] = ",".join(past)
        # Else it keeps what it learns of a cluster in ~/.kube.
        env["KUBECACHEDIR"] = self._path("tmp", "kubectl")
        return env

    def _path(self, *parts):
        return os.path.join(self.directory, *parts)
