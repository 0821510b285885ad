#!/usr/bin/python3
"""Control planes without a node: as any user, in seconds."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

from cluster_case import POD, SECONDS, ClusterCase, command, wait_for
from testcluster import health, host_traces, records
from testcluster.cluster import Cluster


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

    def test_up_again_starts_what_was_stopped_and_keeps_the_objects(self):
        self.cluster.kubectl("create", "namespace", "kept-too")
        self.run_cluster("stop", "apiserver", "--kill")
        self.run_cluster("up", "control-plane")
        self.cluster.kubectl("get", "namespace", "kept-too")

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


if __name__ == "__main__":
    unittest.main()
