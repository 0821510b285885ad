#!/usr/bin/python3
"""The real thing: clusters brought up, used, broken and brought down. Needs root.

    tests/cluster/cluster_test.py [-v] [WholeClusterTest.test_...]
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from testcluster import docker_archive, health, host_traces, plan, records  # noqa: E402
from testcluster.cluster import Cluster  # noqa: E402
from testcluster.external import VARIABLE  # noqa: E402

IMAGE = "localhost/eventreactor/cluster-test:1"
SECONDS = 60
POD = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "two-steps"},
    "spec": {
        "restartPolicy": "Never",
        "initContainers": [
            {"name": "first", "image": IMAGE, "volumeMounts": [
                {"name": "shared", "mountPath": "/shared"}],
             "command": ["sh", "-c", "echo hello from the first; echo handed over > /shared/note"]},
            {"name": "second", "image": IMAGE, "volumeMounts": [
                {"name": "shared", "mountPath": "/shared"}],
             "command": ["sh", "-c", "cat /shared/note; "
                         "test -s /var/run/secrets/kubernetes.io/serviceaccount/token && "
                         "echo has a token"]}],
        "containers": [{"name": "end", "image": IMAGE, "command": ["true"]}],
        "volumes": [{"name": "shared", "emptyDir": {}}]}}
# Answers whoever connects with its name.
SERVER = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "server", "labels": {"app": "server"}},
    "spec": {"terminationGracePeriodSeconds": 0, "containers": [{
        "name": "server", "image": IMAGE,
        "command": ["sh", "-c", "mkdir /www && hostname > /www/name && "
                    "exec httpd -f -p 8080 -h /www"],
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}}]}}
SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "server"},
    "spec": {"type": "NodePort", "selector": {"app": "server"},
             "ports": [{"port": 80, "targetPort": 8080}]}}


def command(directory, *words, environment=None, check=True):
    """Runs tests/cluster/cluster."""
    env = {key: value for key, value in os.environ.items() if key != VARIABLE}
    # Whatever cluster the user has is not for tests.
    env["KUBECONFIG"] = "/nonexistent/kubeconfig"
    env.update(environment or {})
    done = subprocess.run([str(HERE / "cluster"), f"--dir={directory}", *words], env=env,
                          capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"cluster {' '.join(words)}: {done.stdout}{done.stderr}")
    return done


def wait_for(what, condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {SECONDS} s there is still no {what}")
        time.sleep(0.1)


class ClusterCase(unittest.TestCase):
    """Has a directory for a cluster, that is taken down in the end."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="er-cluster-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.addCleanup(command, self.directory, "down")
        self.cluster = Cluster(self.directory)

    def run_cluster(self, *words, **options):
        return command(self.directory, *words, **options)


class ControlPlaneTest(unittest.TestCase):
    """On one control plane."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="er-cluster-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.addClassCleanup(command, cls.directory, "down")
        command(cls.directory, "up", "control-plane")
        cls.cluster = Cluster(cls.directory)

    def run_cluster(self, *words, **options):
        return command(self.directory, *words, **options)

    def test_takes_kinds_of_our_own_and_objects_of_them(self):
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        self.cluster.kubectl("apply", "-f", "-", input=json.dumps({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "things.example.org"},
            "spec": {"group": "example.org", "scope": "Namespaced",
                     "names": {"kind": "Thing", "plural": "things"},
                     "versions": [{"name": "v1", "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": schema}}]}}))
        self.cluster.kubectl("wait", "--for=condition=Established", "crd/things.example.org",
                             f"--timeout={SECONDS}s")
        self.cluster.kubectl("apply", "-f", "-", input=json.dumps({
            "apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "one"}}))
        self.assertIn("one", self.cluster.kubectl("get", "things", "-A").stdout)

    def test_takes_pods_that_nobody_runs(self):
        self.cluster.kubectl("apply", "-f", "-", input=json.dumps(POD))
        phase = self.cluster.kubectl("get", "pod", "two-steps", "-o", "jsonpath={.status.phase}")
        self.assertEqual(phase.stdout, "Pending")

    def test_knows_the_bearer_of_the_token(self):
        token = pathlib.Path(self.directory, "admin.token").read_text(encoding="ascii")
        name = self.cluster.kubectl(
            "--kubeconfig=/dev/null", f"--server={self.cluster.plan.server}",
            f"--certificate-authority={self.directory}/pki/ca.crt", f"--token={token}",
            "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}").stdout
        self.assertEqual(name, "admin-by-token")

    def test_up_again_changes_nothing_and_another_shape_is_refused(self):
        before = self.cluster.keeper.processes()
        self.run_cluster("up", "control-plane")
        self.assertEqual(self.cluster.keeper.processes(), before)
        refused = self.run_cluster("up", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("down", refused.stderr)

    def test_keeps_its_objects_through_faults(self):
        self.cluster.kubectl("create", "namespace", "kept")
        self.run_cluster("stop", "etcd")
        self.assertEqual(self.cluster.states()["etcd"], "ended with status -15")
        self.assertFalse(health.answers(f"{self.cluster.plan.server}/readyz", self.cluster.plan))
        self.assertEqual(self.run_cluster("status", check=False).returncode, 1)
        self.run_cluster("start", "etcd")
        wait_for("API server that is ready again", lambda: health.answers(
            f"{self.cluster.plan.server}/readyz", self.cluster.plan))
        before = self.cluster.keeper.processes()["apiserver"]["pid"]
        self.run_cluster("restart", "apiserver", "--kill")
        self.assertNotEqual(self.cluster.keeper.processes()["apiserver"]["pid"], before)
        self.cluster.kubectl("get", "namespace", "kept")
        self.run_cluster("status")


class ControlPlaneEndTest(ClusterCase):
    """Each on a control plane of its own, which it takes down or breaks for good."""

    def setUp(self):
        super().setUp()
        self.run_cluster("up", "control-plane")

    def test_goes_without_a_trace(self):
        keeper = self.cluster.keeper.record
        self.run_cluster("down")
        self.assertFalse(records.is_alive(keeper))
        self.assertEqual(host_traces.processes([self.directory]), [])
        self.assertFalse(os.path.exists(self.directory))
        self.assertIn("none", self.run_cluster("down").stderr)

    def test_comes_back_after_its_keeper_was_killed(self):
        records.kill(self.cluster.keeper.record)
        self.run_cluster("up", "control-plane")
        self.run_cluster("status")

    def test_uses_the_programs_of_kubebuilder_assets(self):
        with tempfile.TemporaryDirectory(prefix="er-assets-") as assets, \
                tempfile.TemporaryDirectory(prefix="er-cache-") as cache:
            for name in ("kube-apiserver", "kubectl", "etcd"):
                shutil.copy2(self.cluster.programs.path(name), assets)
            self.run_cluster("down")
            # With an empty cache: what is missing would be built there.
            environment = {"KUBEBUILDER_ASSETS": assets, "XDG_CACHE_HOME": cache}
            self.run_cluster("up", "control-plane", environment=environment)
            # It is remembered: not everybody who breaks it has the same environment.
            self.run_cluster("restart", "apiserver", "--kill")
            used = pathlib.Path(self.directory, "processes.json").read_text(encoding="utf-8")
            for process in json.loads(used).values():
                program = os.readlink(f"/proc/{process['pid']}/exe")
                self.assertEqual(os.path.dirname(program), os.path.realpath(assets))
            self.assertEqual(os.listdir(cache), [])
            self.run_cluster("down")


class WholeClusterTest(unittest.TestCase):
    """On one cluster, in a namespace for each test."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="er-cluster-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.addClassCleanup(command, cls.directory, "down")
        command(cls.directory, "up")
        cls.cluster = Cluster(cls.directory)
        archive = os.path.join(cls.directory, "tmp", "image.tar")
        docker_archive.write_busybox(archive, IMAGE)
        command(cls.directory, "load-image", archive)

    def setUp(self):
        self.namespace = self._testMethodName.replace("_", "-")[:63].rstrip("-")
        self.cluster.kubectl("create", "namespace", self.namespace)
        # Pods are refused until the namespace has its ServiceAccount.
        wait_for("ServiceAccount", lambda: self.kubectl(
            "get", "serviceaccount", "default", "--ignore-not-found").stdout)

    def kubectl(self, *words, **options):
        return self.cluster.kubectl(f"--namespace={self.namespace}", *words, **options)

    def apply(self, *objects):
        self.kubectl("apply", "-f", "-", input="\n---\n".join(map(json.dumps, objects)))

    def serve(self):
        self.apply(SERVER, SERVICE)
        self.kubectl("wait", "--for=condition=Ready", "pod/server", f"--timeout={SECONDS}s")

    def output(self, script):
        """What a shell script says in a Pod of its own."""
        self.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client"},
                    "spec": {"restartPolicy": "Never", "containers": [
                        {"name": "client", "image": IMAGE, "command": ["sh", "-c", script]}]}})
        self.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/client",
                     f"--timeout={SECONDS}s")
        return self.kubectl("logs", "client").stdout

    def test_runs_init_containers_in_order_and_tells_their_logs(self):
        self.apply(POD)
        self.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/two-steps",
                     f"--timeout={SECONDS}s")
        self.assertEqual(self.kubectl("logs", "two-steps", "-c", "first").stdout,
                         "hello from the first\n")
        self.assertEqual(self.kubectl("logs", "two-steps", "-c", "second").stdout,
                         "handed over\nhas a token\n")

    def test_pods_find_services_by_name_and_reach_them(self):
        self.serve()
        address = self.kubectl("get", "service", "server", "-o",
                               "jsonpath={.spec.clusterIP}").stdout
        name = f"server.{self.namespace}.svc.cluster.local"
        found = self.output(
            # Until kube-proxy and CoreDNS know of what was just made.
            f"until nslookup -type=a {name} > /tmp/found; do sleep 1; done; cat /tmp/found; "
            f"until printf 'GET /name HTTP/1.0\\r\\n\\r\\n' | nc {address} 80; do sleep 1; done")
        self.assertRegex(found, rf"Name:\s+{name}\s+Address( 1)?: {address}")
        self.assertTrue(found.endswith("\nserver\n"), found)

    def test_other_names_are_unknown_at_once(self):
        said = self.output("nslookup example.org 2>&1; true")
        self.assertIn("NXDOMAIN", said)

    def test_the_host_reaches_services_through_the_node(self):
        self.serve()
        port = self.kubectl("get", "service", "server", "-o",
                            "jsonpath={.spec.ports[0].nodePort}").stdout
        url = f"http://{self.cluster.plan.node_address}:{port}/name"
        wait_for("answer on the NodePort", lambda: health.answers(url, self.cluster.plan))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=SECONDS) as response:
            self.assertEqual(response.read(), b"server\n")

    def test_the_host_reaches_pods_by_port_forward(self):
        self.serve()
        forward = subprocess.Popen(
            self.cluster.kubectl_command([f"--namespace={self.namespace}", "port-forward",
                                          "service/server", ":80"]),
            stdout=subprocess.PIPE, text=True, env=self.cluster.kubectl_environment())
        self.addCleanup(forward.wait)
        self.addCleanup(forward.stdout.close)
        self.addCleanup(forward.kill)
        port = forward.stdout.readline().split(" -> ")[0].rpartition(":")[2]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/name", timeout=SECONDS) as response:
            self.assertEqual(response.read(), b"server\n")

    def test_commands_run_in_pods(self):
        self.serve()
        self.assertEqual(self.kubectl("exec", "server", "--", "cat", "/www/name").stdout,
                         "server\n")

    def test_pods_reach_the_api_server_with_their_token(self):
        # busybox speaks no TLS that could check a certificate: reaching it is what is shown here.
        self.assertEqual(self.output(
            'nc "$KUBERNETES_SERVICE_HOST" "$KUBERNETES_SERVICE_PORT" < /dev/null && '
            "echo reached"),
            "reached\n")
        token = self.kubectl("create", "token", "default").stdout.strip()
        who = self.kubectl("--kubeconfig=/dev/null", f"--server={self.cluster.plan.server}",
                           f"--certificate-authority={self.directory}/pki/ca.crt",
                           f"--token={token}", "auth", "whoami", "-o",
                           "jsonpath={.status.userInfo.username}").stdout
        self.assertEqual(who, f"system:serviceaccount:{self.namespace}:default")

    def test_runs_pods_again_after_etcd_was_away(self):
        command(self.directory, "stop", "etcd")
        self.assertNotEqual(
            self.kubectl("create", "configmap", "lost", "--request-timeout=2s",
                         check=False).returncode, 0)
        command(self.directory, "start", "etcd")
        wait_for("API server that is ready again", lambda: health.answers(
            f"{self.cluster.plan.server}/readyz", self.cluster.plan))
        self.assertEqual(self.output("echo still here"), "still here\n")

    def test_a_kubeconfig_of_the_user_is_verified_and_left_alone(self):
        with tempfile.TemporaryDirectory(prefix="er-") as other, \
                tempfile.TemporaryDirectory(prefix="er-cache-") as cache:
            theirs = {VARIABLE: self.cluster.kubeconfig, "XDG_CACHE_HOME": cache,
                      "PATH": f"{os.path.dirname(self.cluster.programs.path('kubectl'))}:"
                              f"{os.environ['PATH']}"}
            directory = os.path.join(other, "cluster")
            said = command(directory, "up", environment=theirs).stderr
            self.assertIn("v1.35.0", said)
            self.assertEqual(command(directory, "kubeconfig", environment=theirs).stdout,
                             self.cluster.kubeconfig + "\n")
            command(directory, "down", environment=theirs)
            refused = command(directory, "stop", "etcd", environment=theirs, check=False)
            self.assertIn(VARIABLE, refused.stderr)
            self.assertEqual(os.listdir(cache), [])
            self.assertEqual(os.listdir(other), [])
        command(self.directory, "status")


class TracesTest(ClusterCase):
    """Whatever becomes of a cluster, the host is afterwards as it was before."""

    def setUp(self):
        super().setUp()
        self.before = host_traces.take()

    def assert_no_trace(self, namespaces=None):
        name = plan.cgroup_name(self.cluster.directory)
        self.assertEqual(host_traces.processes([self.cluster.directory, name]), [])
        if namespaces:
            self.assertEqual(host_traces.processes(namespace=namespaces["pid"]), [])
        self.assertFalse(os.path.exists(self.directory))
        left = {}
        # Others may do things on this host too: what is theirs will go, or is not what we left.
        for _ in range(20):
            left = host_traces.left(self.before, host_traces.take())
            if not left:
                return
            time.sleep(0.5)
        self.fail(f"left on the host: {json.dumps(left, indent=2)}")

    def machine(self):
        return host_traces.namespaces(self.cluster.keeper.record["pid"])

    def test_none_is_left_by_a_cluster_with_a_running_pod(self):
        self.run_cluster("up")
        during = host_traces.left(self.before, host_traces.take())
        self.assertEqual(sorted(during), ["addresses", "cgroups", "interfaces", "routes"])
        archive = os.path.join(self.directory, "tmp", "image.tar")
        docker_archive.write_busybox(archive, IMAGE)
        self.run_cluster("load-image", archive)
        self.cluster.kubectl("apply", "-f", "-", input="\n---\n".join(
            map(json.dumps, (SERVER, SERVICE))))
        self.cluster.kubectl("wait", "--for=condition=Ready", "pod/server",
                             f"--timeout={SECONDS}s")
        namespaces = self.machine()
        self.assertNotEqual(host_traces.processes(namespace=namespaces["pid"]), [])
        self.run_cluster("down")
        self.assert_no_trace(namespaces)

    def test_none_is_left_when_up_was_killed_at_any_point(self):
        marks = ("plan.json", "keeper.json", "log/etcd.log", "log/apiserver.log",
                 "log/kubelet.log")
        for mark in marks:
            with self.subTest(killed_after=mark):
                process = subprocess.Popen(
                    [str(HERE / "cluster"), f"--dir={self.directory}", "up"],
                    stderr=subprocess.DEVNULL, start_new_session=True)
                path = pathlib.Path(self.directory, mark)
                wait_for(mark, path.exists)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                self.run_cluster("down")
                self.assert_no_trace()

    def test_none_is_left_when_the_machine_was_killed(self):
        self.run_cluster("up")
        namespaces = self.machine()
        records.kill(self.cluster.keeper.record)
        self.run_cluster("down")
        self.assert_no_trace(namespaces)

    def test_none_is_left_when_the_directory_was_removed(self):
        self.run_cluster("up")
        namespaces = self.machine()
        keeper = self.cluster.keeper.record
        # Processes may write there until they end, and somebody who removes it has to try again.
        shutil.rmtree(self.directory, ignore_errors=True)
        wait_for("end of the keeper", lambda: not records.is_alive(keeper))
        shutil.rmtree(self.directory, ignore_errors=True)
        self.run_cluster("down")
        self.assert_no_trace(namespaces)

    def test_a_directory_that_is_not_ours_stays(self):
        kept = pathlib.Path(self.directory, "kept")
        kept.touch()
        for words in (("up",), ("down",)):
            refused = self.run_cluster(*words, check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertTrue(kept.exists())
        kept.unlink()


if __name__ == "__main__":
    unittest.main()
