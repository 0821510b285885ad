#!/usr/bin/python3
"""kube-adapter with rights in two namespaces and nowhere else, as overlays/namespaced gives them.

    tests/cluster/namespaces_test.py [-v]

A control plane alone will do, and any user. Needs `make build`.
"""

import json
import pathlib
import shutil
import tempfile
import unittest

from cluster_case import SECONDS, command, wait_for
from local_services import LocalServices
from manifests import KUSTOMIZE, ROOT, SYSTEM, built, of_kind
from testcluster.cluster import Cluster

GROUP = "eventreactor.summerwind.github.io"
ACCOUNT = "eventreactor-kube-adapter"
TYPE = "com.example.said"
SERVED, OTHER = ("team-a", "team-b"), "team-c"
PIPELINE = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline", "metadata": {"name": "shout"},
            "spec": {"trigger": {"event": {"type": TYPE}},
                     "steps": [{"image": "localhost/none:1", "command": ["true"]}]}}


class NamespacesTest(unittest.TestCase):
    """The services are processes of this machine; of Pods it is seen that they are made."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="er-namespaces-")
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.addClassCleanup(command, f"{directory}/cluster", "down")
        command(f"{directory}/cluster", "up", "control-plane")
        cls.cluster = Cluster(f"{directory}/cluster")
        cls.cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        cls.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all",
                            f"--timeout={SECONDS}s")
        cls.cluster.kubectl("apply", "-f", str(KUSTOMIZE / "base" / "namespace.yaml"))
        for namespace in (*SERVED, OTHER):
            cls.cluster.kubectl("create", "namespace", namespace)
            # Nobody else makes it here.
            cls.cluster.kubectl("create", "serviceaccount", "default",
                                f"--namespace={namespace}")
        rights = of_kind(built(cls.cluster, "namespaced"), "ServiceAccount", "ClusterRole",
                         "ClusterRoleBinding", "Role", "RoleBinding")
        cls.cluster.kubectl("apply", "-f", "-", input="\n---\n".join(map(json.dumps, rights)))
        cls.services = LocalServices(f"{directory}/services")
        cls.addClassCleanup(cls.services.close)
        cls.services.start_nats()
        cls.services.start_adapter(
            cls.kubeconfig(pathlib.Path(directory)), f"--namespaces={','.join(SERVED)}",
            f"--lease-namespace={SYSTEM}", f"--lease-name={ACCOUNT}")
        cls.services.wait_until_said("kube-adapter", "leading: all Actions are read")
        cls.services.start_dispatcher()
        cls.services.start_ingest()

    @classmethod
    def kubeconfig(cls, folder):
        """Of kube-adapter's ServiceAccount."""
        token = cls.cluster.kubectl("create", "token", ACCOUNT, f"--namespace={SYSTEM}").stdout
        path = folder / "restricted.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                "server": cls.cluster.plan.server,
                "certificate-authority": f"{cls.cluster.directory}/pki/ca.crt"}}],
            "users": [{"name": "test", "user": {"token": token.strip()}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}),
            encoding="utf-8")
        return path

    def apply(self, namespace, manifest):
        self.cluster.kubectl("apply", f"--namespace={namespace}", "-f", "-",
                             input=json.dumps(manifest))

    def get(self, kind, namespace, *words):
        return json.loads(self.cluster.kubectl("get", kind, f"--namespace={namespace}", "-o",
                                               "json", *words).stdout)["items"]

    def publish(self, namespace, event_id):
        self.services.reactorctl("events", "publish", "-n", namespace, "-t", TYPE, "-s", "/ada",
                                 "--id", event_id)

    def test_each_of_them_is_served_and_no_other(self):
        for namespace in (*SERVED, OTHER):
            self.apply(namespace, PIPELINE)
        for namespace in SERVED:
            # The keeper's work, the dispatcher's, and the executor's.
            wait_for("condition of the Pipeline", lambda namespace=namespace: self.get(
                "pipelines", namespace)[0].get("status", {}).get("conditions"))
            self.publish(namespace, "1")
            wait_for("Pod", lambda namespace=namespace: self.get("pods", namespace))
        self.publish(OTHER, "1")
        wait_for("dead letter", lambda: "ER_DEAD: NAMESPACE_NOT_FOUND" in
                 self.services.log("dispatcher"))
        for kind in (f"events.{GROUP}", "actions", "pods"):
            self.assertEqual(self.get(kind, OTHER), [])
        for kind in ("events", "actions", "pipelines"):
            listed = self.services.reactorctl(kind, "list", "-A", "-o", "json").stdout
            items = json.loads(listed)["items"]
            self.assertEqual(sorted(each["metadata"]["namespace"] for each in items),
                             sorted(SERVED))

    def test_an_event_made_with_kubectl_is_dispatched(self):
        for namespace in SERVED:
            self.apply(namespace, {
                "apiVersion": f"{GROUP}/v1alpha1", "kind": "Event",
                "metadata": {"name": "by-hand"},
                "spec": {"id": "2", "source": "/eve", "type": "com.example.other"}})
            wait_for("dispatch time", lambda namespace=namespace: self.cluster.kubectl(
                "get", f"events.{GROUP}", "by-hand", f"--namespace={namespace}", "-o",
                "jsonpath={.status.dispatchTime}").stdout)
            self.cluster.kubectl("delete", f"events.{GROUP}", "by-hand",
                                 f"--namespace={namespace}")

    def tearDown(self):
        # It never asks for what its Roles do not allow.
        for words in ("cannot ", "NOT_PERMITTED", "orbidden"):
            self.assertNotIn(words, self.services.log("kube-adapter"))


if __name__ == "__main__":
    unittest.main()
