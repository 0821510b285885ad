#!/usr/bin/python3
"""deploy/kustomize on a real API server: what is in it, and that the server takes it.

    tests/cluster/kustomize_test.py [-v] [KustomizeTest.test_...]
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from cluster_case import command
from manifests import (KUSTOMIZE, OVERLAYS, ROOT, SYSTEM, built, let_in, named, of_kind,
                       pod_template)
from testcluster.cluster import Cluster

ADAPTER = f"system:serviceaccount:{SYSTEM}:eventreactor-kube-adapter"
BIN = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
GROUP = "eventreactor.summerwind.github.io"
LEASES = "leases.coordination.k8s.io"
# Those of overlays/namespaced.
TEAMS = ("team-a", "team-b")
NAME = "app.kubernetes.io/name"
STRANGER = {"app": "stranger"}
# (who, to whom, port): the arrows of docs/architecture.md between Pods of the system.
ARROWS = {
    ("eventreactor-dispatcher", "eventreactor-kube-adapter", "grpc"),
    ("eventreactor-janitor", "eventreactor-kube-adapter", "grpc"),
    ("eventreactor-ingest", "eventreactor-nats", "client"),
    ("eventreactor-dispatcher", "eventreactor-nats", "client"),
    ("eventreactor-kube-adapter", "eventreactor-nats", "client"),
    ("eventreactor-nats", "eventreactor-nats", "cluster"),
}
# (verb, resource): whether kube-adapter may, where Pipelines are.
RIGHTS = {
    ("create", f"actions.{GROUP}"): True,
    ("update", f"actions.{GROUP}/status"): True,
    ("update", f"pipelines.{GROUP}/status"): True,
    ("watch", f"events.{GROUP}"): True,
    ("create", "pods"): True,
    ("get", "pods/log"): True,
    ("create", "events"): True,
    ("get", "secrets"): True,
    ("patch", f"actions.{GROUP}"): False,
    ("patch", f"pipelines.{GROUP}/status"): False,
    ("update", "pods"): False,
    ("create", "pods/exec"): False,
    ("list", "secrets"): False,
    ("create", "secrets"): False,
    ("list", "configmaps"): False,
    ("create", "serviceaccounts/token"): False,
    ("update", "serviceaccounts"): False,
    ("create", "rolebindings.rbac.authorization.k8s.io"): False,
    ("get", "nodes"): False,
    ("list", "namespaces"): False,
    ("get", LEASES): False,
}


class KustomizeTest(unittest.TestCase):
    """On one control plane with our kinds and the namespaces that the overlays name."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="er-cluster-")
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.addClassCleanup(command, directory, "down")
        command(directory, "up", "control-plane")
        cls.cluster = Cluster(directory)
        cls.cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        cls.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        cls.cluster.kubectl("apply", "-f", str(KUSTOMIZE / "base" / "namespace.yaml"))
        for team in TEAMS:
            cls.cluster.kubectl("create", "namespace", team)
        cls.objects = {name: built(cls.cluster, name) for name in OVERLAYS}

    def workloads(self):
        """(where it is from, workload) of all overlays."""
        for overlay, objects in self.objects.items():
            for each in of_kind(objects, "Deployment", "StatefulSet"):
                yield f"{overlay}: {each['metadata']['name']}", each

    def may(self, questions, namespace, name=""):
        """Whether kube-adapter may, by (verb, resource)."""
        reviews = []
        for verb, resource in questions:
            plural, _, subresource = resource.partition("/")
            plural, _, group = plural.partition(".")
            reviews.append({
                "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": {"user": ADAPTER, "resourceAttributes": {
                    "verb": verb, "group": group, "resource": plural, "name": name,
                    "subresource": subresource, "namespace": namespace}}})
        answers = self.cluster.kubectl("create", "-f", "-", "-o",
                                       'jsonpath={.status.allowed}{"\\n"}',
                                       input="\n---\n".join(map(json.dumps, reviews))).stdout
        return dict(zip(questions, (word == "true" for word in answers.splitlines())))

    def apply(self, objects, *kinds):
        self.cluster.kubectl("apply", "-f", "-",
                             input="\n---\n".join(map(json.dumps, of_kind(objects, *kinds))))

    # --- what the API server says

    def test_the_api_server_takes_every_overlay(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                self.cluster.kubectl("apply", "--dry-run=server", "-k",
                                     str(KUSTOMIZE / "overlays" / overlay))

    def with_component(self, overlay, component):
        """The objects of an overlay with one component more, which the API server takes."""
        with tempfile.TemporaryDirectory(prefix="er-") as folder:
            there = os.path.relpath(KUSTOMIZE, os.path.realpath(folder))
            pathlib.Path(folder, "kustomization.yaml").write_text(json.dumps({
                "resources": [f"{there}/overlays/{overlay}"],
                "components": [f"{there}/components/{component}"]}), encoding="utf-8")
            self.cluster.kubectl("apply", "--dry-run=server", "-k", folder)
            return built(self.cluster, folder)

    def test_the_api_server_takes_every_overlay_with_knative_build(self):
        # The test overlay has it.
        for overlay in set(OVERLAYS) - {"test"}:
            with self.subTest(overlay):
                objects = self.with_component(overlay, "knative-build")
                rights = [rule for each in of_kind(objects, "ClusterRole", "Role")
                          for rule in each["rules"] if "builds" in rule["resources"]]
                self.assertTrue(rights)

    def test_ingest_is_given_the_certificate_of_a_secret(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                objects = self.with_component(overlay, "ingest-tls")
                spec = pod_template(named(objects, "Deployment", "eventreactor-ingest"))["spec"]
                [container] = spec["containers"]
                [mount] = [each for each in container["volumeMounts"] if each["name"] == "tls"]
                for option, file in (("cert", "tls.crt"), ("key", "tls.key")):
                    self.assertIn(f"--http-tls-{option}-file={mount['mountPath']}/{file}",
                                  container["args"])
                [volume] = [each for each in spec["volumes"] if each["name"] == "tls"]
                self.assertEqual(volume["secret"]["secretName"], "eventreactor-ingest-tls")
                ports = {each["name"]: each["port"] for each in
                         named(objects, "Service", "eventreactor-ingest")["spec"]["ports"]}
                self.assertEqual(ports["https"], 443)
                self.assertNotIn("http", ports)

    def test_the_api_server_takes_every_example(self):
        for path in sorted((ROOT / "examples").glob("*.yaml")):
            with self.subTest(path.name):
                self.cluster.kubectl("apply", "--dry-run=server", "-f", str(path))

    def test_the_restricted_level_lets_every_pod_in(self):
        for where, workload in self.workloads():
            with self.subTest(where):
                template = pod_template(workload)
                claims = workload["spec"].get("volumeClaimTemplates", ())
                template["spec"]["volumes"] += [
                    {"name": each["metadata"]["name"], "emptyDir": {}} for each in claims]
                pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
                       "metadata": {"name": "pod", "namespace": SYSTEM}}
                self.cluster.kubectl("create", "--dry-run=server", "-f", "-",
                                     input=json.dumps(pod))

    def test_kube_adapter_has_the_rights_it_needs_and_no_more(self):
        kinds = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
        self.apply(self.objects["dev"], *kinds)
        self.assertEqual(self.may(RIGHTS, "team-a"), RIGHTS)
        [create, get, update] = [(verb, LEASES) for verb in ("create", "get", "update")]
        self.assertTrue(self.may([create], SYSTEM)[create])
        own = self.may([get, update], SYSTEM, "eventreactor-kube-adapter")
        self.assertEqual(own, {get: True, update: True})
        self.assertFalse(self.may([update], SYSTEM, "other")[update])
        self.cluster.kubectl("delete", "clusterrole,clusterrolebinding",
                             "eventreactor-kube-adapter")
        # Where namespaces are named, in those and nowhere else.
        self.apply(self.objects["namespaced"], *kinds)
        for team in TEAMS:
            self.assertEqual(self.may(RIGHTS, team), RIGHTS)
        self.assertNotIn(True, self.may(RIGHTS, "default").values())

    # --- what is in it

    def test_every_pod_has_probes_bounds_and_a_root_that_it_cannot_write(self):
        for where, workload in self.workloads():
            with self.subTest(where):
                spec = pod_template(workload)["spec"]
                self.assertNotIn("initContainers", spec)
                self.assertTrue(spec["securityContext"]["runAsNonRoot"])
                self.assertTrue(spec["topologySpreadConstraints"])
                for container in spec["containers"]:
                    self.assertIn("readinessProbe", container)
                    self.assertIn("livenessProbe", container)
                    self.assertTrue(container["resources"]["requests"]["cpu"])
                    self.assertTrue(container["resources"]["requests"]["memory"])
                    self.assertTrue(container["resources"]["limits"]["memory"])
                    self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])

    def test_our_services_are_ready_when_their_health_says_so(self):
        for where, workload in self.workloads():
            if workload["kind"] == "Deployment":
                with self.subTest(where):
                    [container] = pod_template(workload)["spec"]["containers"]
                    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
                    self.assertEqual(container["readinessProbe"]["grpc"]["port"], ports["grpc"])
                    self.assertIn(f"--listen=0.0.0.0:{ports['grpc']}", container["args"])

    def test_every_workload_may_lose_one_pod_at_a_time(self):
        for overlay, objects in self.objects.items():
            budgets = {each["spec"]["selector"]["matchLabels"][NAME]: each["spec"]
                       for each in of_kind(objects, "PodDisruptionBudget")}
            for workload in of_kind(objects, "Deployment", "StatefulSet"):
                with self.subTest(f"{overlay}: {workload['metadata']['name']}"):
                    name = pod_template(workload)["metadata"]["labels"][NAME]
                    self.assertEqual(budgets[name]["maxUnavailable"], 1)

    def test_every_flag_is_one_of_its_program(self):
        for where, workload in self.workloads():
            [container] = pod_template(workload)["spec"]["containers"]
            program = container["command"][0]
            if not program.startswith("eventreactor-"):
                continue
            with self.subTest(where):
                told = subprocess.run([BIN / program, "--help"], capture_output=True, text=True,
                                      check=True).stdout
                known = set(re.findall(r"--[a-z][a-z-]+", told))
                flags = [word.split("=")[0] for word in container["args"]]
                flags += ["--" + each["name"].removeprefix("EVENTREACTOR_").lower()
                          .replace("_", "-") for each in container.get("env", ())]
                self.assertEqual([flag for flag in flags if flag not in known], [])

    def test_only_kube_adapter_has_rights_and_a_token(self):
        for overlay, objects in self.objects.items():
            with self.subTest(overlay):
                subjects = [subject for each in of_kind(objects, "RoleBinding",
                                                        "ClusterRoleBinding")
                            for subject in each["subjects"]]
                self.assertTrue(subjects)
                for subject in subjects:
                    self.assertEqual(subject, {"kind": "ServiceAccount", "namespace": SYSTEM,
                                               "name": "eventreactor-kube-adapter"})
                for workload in of_kind(objects, "Deployment", "StatefulSet"):
                    spec = pod_template(workload)["spec"]
                    account = named(objects, "ServiceAccount", spec["serviceAccountName"])
                    own = workload["metadata"]["name"] == "eventreactor-kube-adapter"
                    self.assertIs(spec["automountServiceAccountToken"], own)
                    self.assertIs(account["automountServiceAccountToken"], own)

    def test_a_namespace_gives_the_rights_that_the_cluster_gives(self):
        everywhere = named(self.objects["production"], "ClusterRole", "eventreactor-kube-adapter")
        for role in of_kind(self.objects["namespaced"], "Role"):
            if role["metadata"]["namespace"] != SYSTEM:
                self.assertEqual(role["rules"], everywhere["rules"])

    def test_network_policies_let_the_arrows_through_and_nothing_else(self):
        for overlay, objects in self.objects.items():
            policies = of_kind(objects, "NetworkPolicy")
            pods = {each["metadata"]["name"]: pod_template(each)
                    for each in of_kind(objects, "Deployment", "StatefulSet")}
            for name, template in pods.items():
                labels = template["metadata"]["labels"]
                for port in [each["name"] for each in template["spec"]["containers"][0]["ports"]]:
                    open_to_all = (name == "eventreactor-ingest" and port != "metrics" or
                                   overlay in ("production", "namespaced") and port == "metrics")
                    for peer, other in pods.items():
                        with self.subTest(f"{overlay}: {peer} to {port} of {name}"):
                            self.assertEqual(
                                let_in(policies, labels, port, other["metadata"]["labels"]),
                                open_to_all or (peer, name, port) in ARROWS)
                    for namespace in (SYSTEM, "elsewhere"):
                        with self.subTest(f"{overlay}: strangers to {port} of {name}"):
                            self.assertEqual(let_in(policies, labels, port, STRANGER, namespace),
                                             open_to_all)

    def test_taps_and_gateways_reach_what_they_are_for(self):
        policies = of_kind(self.objects["production"], "NetworkPolicy")
        tap, gateway = {f"{GROUP}/tap": "true"}, {f"{GROUP}/gateway": "true"}
        nats = {NAME: "eventreactor-nats"}
        adapter = {NAME: "eventreactor-kube-adapter"}
        self.assertTrue(let_in(policies, nats, "client", tap, "elsewhere"))
        self.assertFalse(let_in(policies, nats, "cluster", tap, "elsewhere"))
        self.assertFalse(let_in(policies, adapter, "grpc", tap))
        self.assertTrue(let_in(policies, adapter, "grpc", gateway))
        self.assertFalse(let_in(policies, adapter, "grpc", gateway, "elsewhere"))

    def test_no_secret_is_in_it(self):
        for objects in self.objects.values():
            self.assertEqual(of_kind(objects, "Secret"), [])

    def test_services_lead_to_ports_of_pods(self):
        for overlay, objects in self.objects.items():
            templates = [pod_template(each) for each in of_kind(objects, "Deployment",
                                                                "StatefulSet")]
            for service in of_kind(objects, "Service"):
                with self.subTest(f"{overlay}: {service['metadata']['name']}"):
                    selector = service["spec"]["selector"].items()
                    found = [each for each in templates
                             if selector <= each["metadata"]["labels"].items()]
                    self.assertTrue(found)
                    wanted = {each["targetPort"] for each in service["spec"]["ports"]}
                    for each in found:
                        ports = {port["name"] for port in each["spec"]["containers"][0]["ports"]}
                        self.assertLessEqual(wanted, ports)

    # --- what the overlays are for

    def test_production_survives_the_loss_of_a_node(self):
        objects = self.objects["production"]
        for each in of_kind(objects, "Deployment"):
            # Nothing waits for the janitor; what it did not remove, its next Pod does.
            least = 1 if each["metadata"]["name"] == "eventreactor-janitor" else 2
            self.assertGreaterEqual(each["spec"]["replicas"], least, each["metadata"]["name"])
        nats = named(objects, "StatefulSet", "eventreactor-nats")
        self.assertEqual(nats["spec"]["replicas"], 3)
        self.assertTrue(nats["spec"]["volumeClaimTemplates"])
        [spread] = pod_template(nats)["spec"]["topologySpreadConstraints"]
        self.assertEqual(spread["whenUnsatisfiable"], "DoNotSchedule")
        adapter = named(objects, "Deployment", "eventreactor-kube-adapter")
        self.assertIn("--stream-replicas=3",
                      pod_template(adapter)["spec"]["containers"][0]["args"])

    def test_dev_and_test_need_no_volumes(self):
        for overlay in ("dev", "test"):
            [nats] = of_kind(self.objects[overlay], "StatefulSet")
            self.assertNotIn("volumeClaimTemplates", nats["spec"])

    def test_images_have_the_version_of_the_project(self):
        text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        version = re.search(r"^project\(\w+ VERSION (\S+)", text, re.MULTILINE).group(1)
        for each in of_kind(self.objects["dev"], "Deployment"):
            [container] = pod_template(each)["spec"]["containers"]
            self.assertEqual(container["image"], f"localhost/eventreactor:{version}")
        adapter = named(self.objects["dev"], "Deployment", "eventreactor-kube-adapter")
        variables = pod_template(adapter)["spec"]["containers"][0]["env"]
        self.assertIn({"name": "EVENTREACTOR_TOOL_IMAGE",
                       "value": f"localhost/eventreactor-tool:{version}"}, variables)

    def test_the_test_overlay_pulls_nothing(self):
        for each in of_kind(self.objects["test"], "Deployment", "StatefulSet"):
            [container] = pod_template(each)["spec"]["containers"]
            self.assertTrue(container["image"].startswith("localhost/eventreactor"))
            self.assertTrue(container["image"].endswith(":test"))
            self.assertEqual(container["imagePullPolicy"], "Never")


if __name__ == "__main__":
    unittest.main()
