#!/usr/bin/python3
"""A whole cluster, used as tests use it. Needs root.

    tests/cluster/cluster_test.py [-v] [WholeClusterTest.test_...]
"""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

from cluster_case import IMAGE, POD, SECONDS, SERVER, SERVICE, command, wait_for
from testcluster import docker_archive, health
from testcluster.cluster import Cluster
from testcluster.external import VARIABLE


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


if __name__ == "__main__":
    unittest.main()
