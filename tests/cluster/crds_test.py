#!/usr/bin/python3
"""The CRDs on a real API server: what they take, what they refuse, what they show.

    tests/cluster/crds_test.py [-v] [CrdsTest.test_...]
"""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
sys.path.insert(0, str(ROOT / "tests" / "cluster"))

from harness import cases  # noqa: E402
from testcluster import plan  # noqa: E402
from testcluster.cluster import Cluster  # noqa: E402

GROUP = "eventreactor.summerwind.github.io"
API_VERSION = f"{GROUP}/v1alpha1"
CRDS = ROOT / "deploy" / "crds"
KNATIVE = ROOT / "deploy" / "kustomize" / "components" / "knative-build"
BAD = sorted((ROOT / "tests" / "cluster" / "bad").glob("*.yaml"))


def documents(file):
    return [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]


def crds():
    """All of ours and those of Knative Build, by file."""
    files = [*sorted(CRDS.glob("*.yaml")), *sorted(KNATIVE.glob("*.yaml"))]
    return {file: each for file in files for each in documents(file)
            if each["kind"] == "CustomResourceDefinition"}


def schema_of(kind):
    for crd in crds().values():
        if crd["spec"]["names"]["kind"] == kind:
            return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    raise KeyError(kind)


def properties(schema, path=""):
    """(path, schema) of each property, however deep."""
    for name, below in schema.get("properties", {}).items():
        yield f"{path}.{name}", below
        yield from properties(below, f"{path}.{name}")
    if "items" in schema:
        yield from properties(schema["items"], f"{path}[]")


def expected_words(file):
    """The `# refused:` lines at the top of a bad manifest."""
    prefix = "# refused: "
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line[len(prefix):] for line in lines if line.startswith(prefix)]


class SchemaTest(unittest.TestCase):
    """What the files alone tell."""

    def test_kubectl_explain_has_words_for_each_field(self):
        for file, crd in crds().items():
            schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
            self.assertTrue(schema.get("description"), file.name)
            silent = [path for path, below in properties(schema)
                      # The API server allows none there, and has its own.
                      if path != ".metadata" and not below.get("description")]
            self.assertEqual(silent, [], file.name)

    def test_pipelines_and_actions_say_the_same_of_what_runs(self):
        pipeline = schema_of("Pipeline")["properties"]["spec"]["properties"]
        action = schema_of("Action")["properties"]["spec"]["properties"]
        build = [name for name in pipeline if name != "trigger"]
        self.assertGreaterEqual(len(build), 9)
        for name in build:
            self.assertEqual(pipeline[name], action[name], name)

    def test_all_that_a_person_writes_is_bounded(self):
        for kind in ("Event", "Pipeline", "Action"):
            for path, below in properties(schema_of(kind)["properties"]["spec"]):
                if below.get("type") == "array":
                    self.assertIn("maxItems", below, f"{kind}{path}")
                if "additionalProperties" in below:
                    self.assertIn("maxProperties", below, f"{kind}{path}")

    def test_each_bad_manifest_says_what_is_expected_of_its_refusal(self):
        self.assertGreaterEqual(len(BAD), 30)
        for file in BAD:
            self.assertTrue(expected_words(file), file.name)


class CrdsTest(unittest.TestCase):
    """On an API server of its own, in a namespace for each test."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="er-crds-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.cluster = Cluster(cls.directory)
        cls.addClassCleanup(cls.cluster.down)
        cls.cluster.up(plan.CONTROL_PLANE)
        cls.cluster.kubectl("apply", "--server-side", "-k", str(CRDS))
        # A component is no whole: its files are applied one by one.
        for file in crds():
            if file.parent == KNATIVE:
                cls.cluster.kubectl("apply", "--server-side", "-f", str(file))
        cls.names = [crd["metadata"]["name"] for crd in crds().values()]
        cls.cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s",
                            *(f"crd/{name}" for name in cls.names))

    def setUp(self):
        self.namespace = self._testMethodName.replace("_", "-")[:63].rstrip("-")
        self.cluster.kubectl("create", "namespace", self.namespace)

    def kubectl(self, *words, **options):
        return self.cluster.kubectl(f"--namespace={self.namespace}", *words, **options)

    def create(self, *objects):
        for each in objects:
            self.kubectl("create", "-f", "-", input=json.dumps(each))

    def refusal(self, *words, **options):
        """What kubectl says of what must not work."""
        done = self.kubectl(*words, check=False, **options)
        self.assertNotEqual(done.returncode, 0, f"{words} was taken: {done.stdout}")
        return done.stderr

    def patch(self, what, change, *words):
        return ("patch", what, "--type=merge", "-p", json.dumps(change), *words)

    def fields(self, what, path):
        return self.kubectl("get", what, "-o", f"jsonpath={path}").stdout

    def pipeline(self, name="one", **spec):
        return {"apiVersion": API_VERSION, "kind": "Pipeline", "metadata": {"name": name},
                "spec": {"steps": [{"image": "busybox"}], "trigger": {"event": {"type": "t"}},
                         **spec}}

    def event(self, name="one", **more):
        return {"apiVersion": API_VERSION, "kind": "Event", "metadata": {"name": name},
                "spec": {"type": "t", "source": "/s", "id": "1", **more}}

    def action(self, name="one", **spec):
        return {"apiVersion": API_VERSION, "kind": "Action", "metadata": {"name": name},
                "spec": {"steps": [{"name": "a", "image": "busybox",
                                    "resources": {"limits": {"cpu": "1"}}}],
                         "affinity": {"nodeAffinity": {"x": {"y": "z"}}},
                         "event": {"name": "e", "type": "t", "source": "/s"},
                         "pipeline": {"name": "p", "generation": 1},
                         "transaction": {"id": name, "stage": 1}, **spec}}

    def finish(self, name="one"):
        """An Action's last status."""
        self.kubectl(*self.patch(f"actions.{GROUP}/{name}", {"status": {
            "completion": "failure", "startTime": "2026-01-02T03:04:05Z",
            "completionTime": "2026-01-02T03:05:05Z", "duration": "1m",
            "conditions": [{"type": "Succeeded", "status": "False",
                            "reason": "BuildExecuteFailed", "message": "a exited with 1"}],
            "stepStates": [{"name": "build-step-a", "terminated": {"exitCode": 1}}],
            "stepsCompleted": ["build-step-a"], "stepLogs": ["tail"],
            "cluster": {"namespace": "n", "podName": "one-pod"}}}, "--subresource=status"))

    def test_schemas_are_structural_and_established(self):
        for name in self.names:
            crd = json.loads(self.cluster.kubectl("get", "crd", name, "-o", "json").stdout)
            conditions = {each["type"]: each for each in crd["status"]["conditions"]}
            self.assertEqual(conditions["Established"]["status"], "True", name)
            self.assertEqual(conditions["NamesAccepted"]["status"], "True", name)
            for warning in ("NonStructuralSchema", "KubernetesAPIApprovalPolicyConformant"):
                self.assertNotIn(warning, conditions, name)

    def test_kubectl_explain_tells_what_a_field_is(self):
        said = self.cluster.kubectl(
            "explain", f"pipelines.{GROUP}.spec.trigger.event.sourcePattern").stdout
        self.assertIn("searched for anywhere", said)
        said = self.cluster.kubectl("explain", f"actions.{GROUP}.status.stepLogs").stdout
        self.assertIn("The tail of each ended container's log", said)

    def test_examples_and_the_cases_of_the_integration_tests_are_taken(self):
        manifests = [each for file in sorted((ROOT / "examples").glob("*.yaml"))
                     for each in documents(file)]
        for case in cases.load([]):
            for step in case["steps"]:
                if "refused" not in step:
                    manifests += step.get("apply", [])
        self.assertGreater(len(manifests), 60)
        text = yaml.safe_dump_all(manifests).replace("${IMAGE}", "busybox")
        taken = self.kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server",
                             "--validate=strict", "-f", "-", input=text).stdout
        self.assertEqual(len(taken.splitlines()), len(manifests))

    def test_what_the_cases_want_refused_is_refused(self):
        # One of those that are given together is enough.
        refused = [step["apply"] for case in cases.load([]) for step in case["steps"]
                   if "refused" in step]
        self.assertGreater(len(refused), 10)
        for manifests in refused:
            text = yaml.safe_dump_all(manifests).replace("${IMAGE}", "busybox")
            self.refusal("create", "--dry-run=server", "-f", "-", input=text)

    def test_each_bad_manifest_is_refused_by_its_field(self):
        for file in BAD:
            with self.subTest(file.stem):
                said = self.refusal("create", "--dry-run=server", "-f", str(file))
                for words in expected_words(file):
                    self.assertIn(words, said)

    def test_fragments_of_kubernetes_pass_whole(self):
        step = {"name": "a", "image": "busybox", "invented": {"later": [1, "x", {"y": True}]},
                "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}
        volume = {"name": "v", "persistentVolumeClaim": {"claimName": "c"}}
        affinity = {"podAntiAffinity": {"preferred": [{"weight": 1}]}}
        self.create(self.pipeline(steps=[step], volumes=[volume], affinity=affinity,
                                  source={"custom": {"image": "a", "tty": True}}))
        spec = json.loads(self.kubectl("get", f"pipelines.{GROUP}/one", "-o", "json").stdout)["spec"]
        self.assertEqual(spec["steps"], [step])
        self.assertEqual(spec["volumes"], [volume])
        self.assertEqual(spec["affinity"], affinity)
        self.assertEqual(spec["source"]["custom"]["tty"], True)

    def test_a_field_of_null_is_a_field_left_out(self):
        self.create(self.pipeline(timeout=None, steps=[{"image": "busybox", "args": None}]))

    def test_durations_are_go_s(self):
        for number, timeout in enumerate(("", "24h", "1h30m", "1.5h", "90s", "250ms", "+5m",
                                          "1h0.5m", "5us", "5µs", ".5s")):
            self.create(self.pipeline(f"p{number}", timeout=timeout))
        for timeout in ("-5m", "24h1ns", "5", "5 m", "1d", "h", "99999999999999h", "0"):
            said = self.refusal("create", "-f", "-", input=json.dumps(
                self.pipeline("bad", timeout=timeout)))
            self.assertIn("spec.timeout", said)

    def test_a_mebibyte_of_data_is_taken_and_kept(self):
        self.create(self.event("text", data="x" * 1048576))
        self.create(self.event("bytes", dataBase64="AAAA" * 349525 + "AA=="))
        for name, field in (("text", "data"), ("bytes", "dataBase64")):
            stored = self.fields(f"events.{GROUP}/{name}", f"{{.spec.{field}}}")
            self.assertGreaterEqual(len(stored), 1048576)
            # Its rules are within the budget that an update has, too.
            self.kubectl("label", f"events.{GROUP}/{name}", "looked=yes")
        said = self.refusal("create", "-f", "-",
                            input=json.dumps(self.event("over", data="x" * 1048577)))
        self.assertIn("spec.data: Too long", said)

    def test_an_event_is_immutable_but_for_being_dispatched_once(self):
        self.create(self.event(data="a"))
        what = f"events.{GROUP}/one"
        for change in ({"data": "b"}, {"data": None}, {"subject": "new"}, {"type": "u"}):
            self.assertIn("spec: Invalid value", self.refusal(*self.patch(what, {"spec": change})))
        self.kubectl(*self.patch(what, {"metadata": {"labels": {"a": "b"}}}))
        self.kubectl(*self.patch(what, {"status": {"dispatchTime": "2026-01-02T03:04:05Z"}}))
        for change in ({"dispatchTime": "2027-01-02T03:04:05Z"}, {"dispatchTime": None}, None):
            said = self.refusal(*self.patch(what, {"status": change}))
            self.assertIn("status.dispatchTime is set once", said)

    def test_an_action_can_be_cancelled_once_and_not_changed(self):
        self.create(self.action())
        what = f"actions.{GROUP}/one"
        for field, value in (
                ("timeout", "5m"), ("steps", [{"image": "other"}]), ("event", {"name": "f"}),
                ("pipeline", {"generation": 2}), ("transaction", {"stage": 2}),
                ("transaction", None), ("volumes", [{"name": "v"}]), ("nodeSelector", {"a": "b"}),
                ("upstream", {"name": "u"}), ("serviceAccountName", "x"),
                ("source", {"git": {"url": "u"}}), ("sources", [{"name": "a", "git": {"url": "u"}}]),
                # Unknown to the schema, but not free to change.
                ("steps", [{"name": "a", "image": "busybox",
                            "resources": {"limits": {"cpu": "2"}}}]),
                ("affinity", {"nodeAffinity": {"x": {"y": "other"}}})):
            said = self.refusal(*self.patch(what, {"spec": {field: value}}))
            self.assertIn(f"spec.{field}: Invalid value", said)
            self.assertIn("is immutable", said)
        self.kubectl(*self.patch(what, {"spec": {"status": "BuildCancelled"}}))
        for value in ("", None):
            said = self.refusal(*self.patch(what, {"spec": {"status": value}}))
            self.assertIn("spec.status: Invalid value", said)

    def test_a_finished_action_stays_as_it_is_but_for_its_dispatch(self):
        self.create(self.action())
        self.finish()
        what = f"actions.{GROUP}/one"
        for field, value in (
                ("completion", "success"), ("completion", None), ("conditions", []),
                ("startTime", None), ("completionTime", "2027-01-02T03:05:05Z"),
                ("stepStates", []), ("stepsCompleted", []), ("stepLogs", ["other"]),
                ("cluster", {"podName": "other"}), ("duration", "2m")):
            said = self.refusal(*self.patch(what, {"status": {field: value}},
                                            "--subresource=status"))
            self.assertIn(f"status.{field}: Invalid value", said)
            self.assertIn("is immutable once the Action has ended", said)
        self.refusal(*self.patch(what, {"status": None}, "--subresource=status"))
        done = {"status": {"dispatchTime": "2026-01-02T03:06:05Z"}}
        self.kubectl(*self.patch(what, done, "--subresource=status"))
        later = {"status": {"dispatchTime": "2026-01-02T03:07:05Z"}}
        self.assertIn("status.dispatchTime: Invalid value",
                      self.refusal(*self.patch(what, later, "--subresource=status")))

    def test_a_large_finished_action_can_still_be_dispatched(self):
        steps = [{"name": f"s{i}", "image": "busybox", "args": ["x" * 1000]} for i in range(64)]
        self.create(self.action(steps=steps))
        what = f"actions.{GROUP}/one"
        names = [f"build-step-s{i}" for i in range(64)]
        self.kubectl(*self.patch(what, {"status": {
            "completion": "success", "stepsCompleted": names, "stepLogs": ["y" * 1024] * 64,
            "stepStates": [{"name": each, "terminated": {"exitCode": 0, "message": "m" * 500}}
                           for each in names]}}, "--subresource=status"))
        self.kubectl(*self.patch(what, {"status": {"dispatchTime": "2026-01-02T03:06:05Z"}},
                                 "--subresource=status"))

    def test_status_belongs_to_the_system_where_there_is_a_subresource(self):
        self.create({**self.pipeline(), "status": {"observedGeneration": 7}},
                    {**self.action(), "status": {"completion": "success"}},
                    {**self.event(), "status": {"dispatchTime": "2026-01-02T03:04:05Z"}})
        self.assertEqual(self.fields(f"pipelines.{GROUP}/one", "{.status}"), "")
        self.assertEqual(self.fields(f"actions.{GROUP}/one", "{.status}"), "")
        self.assertEqual(self.fields(f"events.{GROUP}/one", "{.status.dispatchTime}"),
                         "2026-01-02T03:04:05Z", "an Event is written once, status and all")

    def test_fields_select_what_is_wanted(self):
        self.create(self.action("ended"), self.action("runs"),
                    self.action("other", pipeline={"name": "q"}, event={"name": "f"}))
        self.finish("ended")
        self.create(self.event("a"), {**self.event("b"), "spec": {
            "type": "u", "source": "/s", "id": "2"}})

        def named(kind, selector):
            return self.kubectl("get", f"{kind}.{GROUP}", "-o", "name", "--field-selector",
                                selector).stdout.replace(f"{kind[:-1]}.{GROUP}/", "").split()
        self.assertEqual(named("actions", "status.completion="), ["other", "runs"])
        self.assertEqual(named("actions", "status.completion=failure"), ["ended"])
        self.assertEqual(named("actions", "spec.pipeline.name=q"), ["other"])
        self.assertEqual(named("actions", "spec.event.name=e"), ["ended", "runs"])
        self.assertEqual(named("events", "spec.type=u"), ["b"])

    def test_kubectl_get_shows_what_counts(self):
        self.create(self.action(), self.event(), self.pipeline(),
                    self.pipeline("two", trigger={"pipeline": {"name": "one",
                                                               "status": "failure"}}))
        self.finish()

        def table(*words):
            lines = self.kubectl("get", *words).stdout.splitlines()
            return lines[0].split(), [line.split() for line in lines[1:]]
        head, rows = table("era")
        self.assertEqual(head, ["NAME", "PIPELINE", "EVENT", "STATUS", "COMPLETION", "STARTED",
                                "DURATION", "ENDED", "AGE"])
        self.assertEqual(rows[0][:5], ["one", "p", "e", "BuildExecuteFailed", "failure"])
        self.assertEqual(rows[0][6], "1m")
        head, rows = table("era", "-o", "wide")
        self.assertEqual(head[9:], ["STAGE", "AFTER", "POD", "MESSAGE"])
        self.assertEqual(rows[0][9:], ["1", "one-pod", "a", "exited", "with", "1"])
        head, rows = table("erp")
        self.assertEqual(head, ["NAME", "TYPE", "AFTER", "READY", "AGE"])
        self.assertEqual([row[:2] for row in rows], [["one", "t"], ["two", "one"]])
        head, rows = table("ere")
        self.assertEqual(head, ["NAME", "TYPE", "SOURCE", "DISPATCHED", "AGE"])
        self.assertEqual(rows[0][:3], ["one", "t", "/s"])
        everything = self.kubectl("get", "eventreactor", "-o", "name").stdout
        for kind in ("event", "pipeline", "action"):
            self.assertIn(f"{kind}.{GROUP}/one", everything)

    def test_builds_of_knative_keep_what_they_are_given(self):
        spec = {"steps": [{"name": "a", "image": "busybox", "unknown": 1}], "timeout": "10m"}
        self.create({"apiVersion": "build.knative.dev/v1alpha1", "kind": "Build",
                     "metadata": {"name": "one"}, "spec": spec, "status": {"builder": "x"}})
        self.kubectl(*self.patch("builds.build.knative.dev/one", {"status": {
            "builder": "Cluster", "stepsCompleted": ["build-step-a"],
            "conditions": [{"type": "Succeeded", "status": "True"}]}}, "--subresource=status"))
        build = json.loads(self.kubectl("get", "builds.build.knative.dev/one", "-o", "json").stdout)
        self.assertEqual(build["spec"], spec)
        self.assertEqual(build["status"]["builder"], "Cluster")
        template = {"parameters": [{"name": "A", "default": "b"}], "steps": [{"image": "${A}"}]}
        self.create({"apiVersion": "build.knative.dev/v1alpha1", "kind": "BuildTemplate",
                     "metadata": {"name": "one"}, "spec": template})
        self.cluster.kubectl("create", "-f", "-", input=json.dumps(
            {"apiVersion": "build.knative.dev/v1alpha1", "kind": "ClusterBuildTemplate",
             "metadata": {"name": "one"}, "spec": template}))


if __name__ == "__main__":
    unittest.main()
