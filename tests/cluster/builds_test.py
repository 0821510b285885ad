#!/usr/bin/python3
"""Actions as Builds of Knative Build, each step of the way observed.

    tests/cluster/builds_test.py [-v] [BuildsTest.test_...]

On a control plane alone, as any user, with the services as processes of this machine and a
stand-in as the build controller. Needs `make build`.
"""

import http.client
import json
import shutil
import tempfile
import unittest

from build_controller import RUNNING, Api, BuildController, exited
from cluster_case import SECONDS, command, wait_for
from local_services import LocalServices
from manifests import KUSTOMIZE, ROOT
from testcluster.cluster import Cluster

GROUP = "eventreactor.summerwind.github.io"
ACTIONS = f"/apis/{GROUP}/v1alpha1/namespaces/default/actions"
PODS = "/api/v1/namespaces/default/pods"
TEMPLATE = {
    "apiVersion": "build.knative.dev/v1alpha1", "kind": "BuildTemplate",
    "metadata": {"name": "shout"},
    "spec": {"parameters": [{"name": "WHAT"}],
             "steps": [{"name": "say", "image": "busybox", "args": ["echo", "${WHAT}!"]}]}}


def pipeline(name, **spec):
    """Triggered by events whose type is its name."""
    steps = {} if "template" in spec else {"steps": [
        {"name": "first", "image": "busybox", "env": [{"name": "MINE", "value": "1"}]},
        {"image": "busybox"}]}
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline", "metadata": {"name": name},
            "spec": {"executor": "knative-build", **steps, "trigger": {"event": {"type": name}},
                     **spec}}


class BuildsTest(unittest.TestCase):
    """On one control plane; a Pipeline for each test."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="er-builds-")
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.addClassCleanup(command, f"{directory}/cluster", "down")
        command(f"{directory}/cluster", "up", "control-plane")
        cls.cluster = Cluster(f"{directory}/cluster")
        cls.cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        for kind in ("build", "buildtemplate", "clusterbuildtemplate"):
            cls.cluster.kubectl("apply", "--server-side", "-f", str(
                KUSTOMIZE / "components" / "knative-build" / f"{kind}.yaml"))
        cls.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all",
                            f"--timeout={SECONDS}s")
        # There is no controller that makes it.
        cls.cluster.kubectl("create", "serviceaccount", "default")
        cls.services = LocalServices(f"{directory}/services")
        cls.addClassCleanup(cls.services.close)
        cls.services.start_nats()
        cls.services.start_adapter(cls.cluster.kubeconfig, "--knative-build")
        cls.services.wait_until_said("kube-adapter", "] serving")
        cls.services.start_dispatcher()
        cls.services.start_ingest()
        cls.api = Api(cls.cluster)
        cls.controller = BuildController(cls.api, "default")

    def apply(self, *objects):
        self.cluster.kubectl("apply", "-f", "-", input="\n---\n".join(map(json.dumps, objects)))

    def publish(self, kind):
        connection = http.client.HTTPConnection("127.0.0.1", self.services.port(0),
                                                timeout=SECONDS)
        try:
            connection.request("POST", "/api/v1alpha1/namespaces/default/events", b"hello", {
                "ce-specversion": "1.0", "ce-id": kind, "ce-source": "/people/ada",
                "ce-type": kind, "content-type": "text/plain"})
            answer = connection.getresponse()
            text = answer.read()
            self.assertEqual(answer.status, 202, text)
            return json.loads(text)["name"]
        finally:
            connection.close()

    def run_pipeline(self, manifest):
        """Applies it and publishes an event; (the Event's name, the Action's)."""
        name = manifest["metadata"]["name"]
        self.apply(manifest)
        event = self.publish(name)
        wait_for("Action", lambda: self.actions_of(name))
        [action] = self.actions_of(name)
        return event, action["metadata"]["name"]

    def actions_of(self, name):
        selector = f"pipeline.{GROUP}%2Fname%3D{name}"
        return self.api.call("GET", f"{ACTIONS}?labelSelector={selector}")["items"]

    def action(self, name):
        return self.api.call("GET", f"{ACTIONS}/{name}")

    def builds_of(self, action):
        uid = self.action(action)["metadata"]["uid"]
        return [build for build in self.controller.builds()
                if build["metadata"]["ownerReferences"][0]["uid"] == uid]

    def build_of(self, action):
        wait_for("Build", lambda: self.builds_of(action))
        [build] = self.builds_of(action)
        return build

    def await_status(self, action, what, holds):
        """The Action's status, once it is so."""
        last = {}

        def look():
            last.update(status=self.action(action).get("status", {}))
            return holds(last["status"])
        try:
            wait_for(what, look)
        except AssertionError as error:
            raise AssertionError(f"{error}; the status is {json.dumps(last, indent=1)}\n"
                                 f"{self.services.log('kube-adapter')[-3000:]}") from None
        return last["status"]

    @staticmethod
    def succeeded(status):
        [condition] = [each for each in status["conditions"] if each["type"] == "Succeeded"]
        return condition

    def says(self, words):
        return lambda status: words in self.succeeded(status).get("message", "")

    def test_an_event_becomes_an_action_a_build_and_a_pod_and_the_status_comes_back(self):
        event, action = self.run_pipeline(pipeline("whole", serviceAccountName="builder",
                                                   timeout="30m"))
        build = self.build_of(action)
        with self.subTest("the Build is the Action's"):
            [owner] = build["metadata"]["ownerReferences"]
            self.assertEqual((owner["kind"], owner["name"]), ("Action", action))
            spec = build["spec"]
            self.assertEqual(spec["serviceAccountName"], "builder")
            self.assertEqual(spec["timeout"], "30m")
            ours, first, second = spec["steps"]
            self.assertEqual((first["name"], second["name"]), ("first", "unnamed-1"))
            env = {each["name"]: each["value"] for each in first["env"]}
            self.assertEqual((env["ER_EVENT_NAME"], env["MINE"]), (event, "1"))
        with self.subTest("its Event comes in a ConfigMap"):
            self.assertEqual(ours["args"][0], "event-files")
            [volume] = [each for each in spec["volumes"] if each["name"] == "event"]
            config_map = volume["projected"]["sources"][0]["configMap"]["name"]
            files = self.api.call("GET", f"/api/v1/namespaces/default/configmaps/{config_map}")
            self.assertIn("aGVsbG8=", files["binaryData"].values())
        with self.subTest("nobody has taken it, and the Action says so"):
            status = self.await_status(action, "word of that",
                                       self.says("no build controller has taken the Build"))
            self.assertEqual(self.succeeded(status)["status"], "Unknown")
        pod = self.controller.take(build)
        with self.subTest("the Pod's name comes back"):
            self.await_status(action, "Pod's name", lambda status: status.get(
                "cluster", {}).get("podName") == pod)
        self.controller.tell(build, "Unknown", "Building", [exited(0), RUNNING])
        with self.subTest("a running step comes back"):
            status = self.await_status(action, "running step", lambda status: any(
                "running" in step for step in status.get("stepStates", [])))
            self.assertEqual([step["name"] for step in status["stepStates"]],
                             ["build-step-first", "build-step-unnamed-1"])
            self.assertIn("build-step-first is running", self.succeeded(status)["message"])
        self.controller.tell(build, "True", "", [exited(0), exited(0), exited(0)])
        with self.subTest("the end comes back, though the Build has no completionTime"):
            status = self.await_status(action, "end", lambda status: "completion" in status)
            self.assertEqual(status["completion"], "success")
            self.assertEqual(status["stepsCompleted"],
                             ["build-step-first", "build-step-unnamed-1"])
            self.assertIn("completionTime", status)
            self.assertIn("duration", status)
            self.assertNotIn("completionTime", self.build_of(action)["status"])
        with self.subTest("the Event says what came of it"):
            wait_for("dispatch", lambda: self.api.call("GET", (
                f"/apis/{GROUP}/v1alpha1/namespaces/default/events/{event}")))

    def test_a_step_that_exits_with_78_makes_the_action_neutral(self):
        _, action = self.run_pipeline(pipeline("neutral"))
        build = self.build_of(action)
        self.controller.take(build)
        self.controller.tell(build, "False", "BuildExecuteFailed", [exited(0), exited(78)],
                             "build step exited with 78")
        status = self.await_status(action, "end", lambda status: "completion" in status)
        self.assertEqual(status["completion"], "neutral")

    def test_cancelling_the_action_cancels_the_build(self):
        _, action = self.run_pipeline(pipeline("cancel"))
        build = self.build_of(action)
        self.controller.take(build)
        self.controller.tell(build, "Unknown", "Building", [exited(0), RUNNING])
        self.await_status(action, "running step", lambda status: any(
            "running" in step for step in status.get("stepStates", [])))
        self.cluster.kubectl("patch", f"actions.{GROUP}", action, "--type=merge",
                             "-p", '{"spec":{"status":"BuildCancelled"}}')
        wait_for("cancelled Build", lambda: self.build_of(action)["spec"].get(
            "status") == "BuildCancelled")
        self.assertNotIn("completion", self.action(action)["status"])
        self.controller.tell(build, "False", "BuildCancelled", [exited(0), RUNNING])
        status = self.await_status(action, "end", lambda status: "completion" in status)
        self.assertEqual(self.succeeded(status)["reason"], "BuildCancelled")
        self.assertEqual(status["completion"], "failure")

    def test_a_build_that_nobody_takes_ends_at_its_timeout(self):
        _, action = self.run_pipeline(pipeline("untaken", timeout="2s"))
        status = self.await_status(action, "end", lambda status: "completion" in status)
        self.assertEqual(self.succeeded(status)["reason"], "BuildTimeout")
        self.assertIn("before a build controller took the Build",
                      self.succeeded(status)["message"])
        self.assertEqual(self.builds_of(action), [])

    def test_a_template_gives_the_build_its_steps(self):
        self.apply(TEMPLATE)
        _, action = self.run_pipeline(pipeline("template", template={
            "name": "shout", "arguments": [{"name": "WHAT", "value": "hey"}]}))
        build = self.build_of(action)
        self.assertEqual(build["spec"]["steps"][1]["args"], ["echo", "hey!"])
        self.assertNotIn("template", build["spec"])

    def test_a_template_that_is_not_there_fails_the_action(self):
        for executor in ("pod", "knative-build"):
            with self.subTest(executor):
                _, action = self.run_pipeline(pipeline(f"missing-{executor}", executor=executor,
                                                       template={"name": "nowhere"}))
                status = self.await_status(action, "end", lambda status: "completion" in status)
                self.assertEqual(self.succeeded(status)["reason"], "BuildValidationFailed")
                self.assertIn("there is no BuildTemplate nowhere in the namespace default",
                              self.succeeded(status)["message"])

    def test_without_a_word_of_the_pipeline_it_is_a_pod(self):
        manifest = pipeline("plain")
        del manifest["spec"]["executor"]
        _, action = self.run_pipeline(manifest)
        uid = self.action(action)["metadata"]["uid"]

        def pods():
            return [each for each in self.api.call("GET", PODS)["items"]
                    if each["metadata"].get("ownerReferences", [{}])[0].get("uid") == uid]
        wait_for("Pod", pods)
        self.assertEqual(self.builds_of(action), [])


if __name__ == "__main__":
    unittest.main()
