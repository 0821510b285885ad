#!/usr/bin/python3
"""Event Reactor in a cluster, as Pods from images of this tree. Needs root, and `make build`.

    tests/cluster/system_test.py [-v] [SystemTest.test_...]
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from cluster_case import SECONDS, wait_for
from contexts import Contexts
from manifests import ROOT, SYSTEM
from system import BUSYBOX, System

BIN = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
GROUP = "eventreactor.summerwind.github.io"
EVENT = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/people/ada",
         "ce-type": "com.example.said", "content-type": "text/plain"}


def pipeline(name, steps, **spec):
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline", "metadata": {"name": name},
            "spec": {"steps": steps, "trigger": {"event": {
                "type": EVENT["ce-type"], "sourcePattern": "^/people/"}}, **spec}}


def step(name, script):
    return {"name": name, "image": BUSYBOX, "imagePullPolicy": "Never",
            "command": ["sh", "-c", script]}


SHOUT = [step("prepare", "tr a-z A-Z < .event/data > loud"),
         step("shout", 'echo "$ER_EVENT_SOURCE says: $(cat loud)"')]


class SystemTest(unittest.TestCase):
    """On one cluster, in a namespace for each test."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="er-system-")
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.system = System(directory)
        cls.addClassCleanup(cls.system.down)
        cls.system.up()
        cls.token = cls.system.secret("http-token")

    def setUp(self):
        self.namespace = self._testMethodName.replace("_", "-")[:63].rstrip("-")
        self.system.make_namespace(self.namespace)

    def kubectl(self, *words, **options):
        return self.system.kubectl(f"--namespace={self.namespace}", *words, **options)

    def apply(self, *objects):
        self.kubectl("apply", "-f", "-", input="\n---\n".join(map(json.dumps, objects)))

    def post(self, body=b"hello", number=1):
        """The name of the Event that became of it."""
        event = {**EVENT, "ce-id": str(number)}
        status, answer = self.system.post(self.namespace, event, body, self.token)
        self.assertEqual(status, 202, answer)
        return answer["name"]

    def action(self):
        """The name of the one Action here, once it is there."""
        wait_for("Action", lambda: self.kubectl("get", "actions", "-o", "name").stdout)
        [name] = self.kubectl("get", "actions", "-o", "name").stdout.split()
        return name.split("/")[1]

    def finish(self, action):
        done = self.kubectl("wait", "--for=jsonpath={.status.completion}", f"action/{action}",
                            f"--timeout={SECONDS}s", check=False)
        if done.returncode != 0:
            raise AssertionError(self.kubectl("get", "action", action, "-o", "yaml").stdout +
                                 self.kubectl("get", "pods,events").stdout + self.system.tell())

    def contexts(self):
        folder = tempfile.mkdtemp(prefix="er-contexts-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return Contexts(self.system, folder)

    def test_reactorctl_needs_nothing_but_a_kubeconfig(self):
        contexts = self.contexts()
        contexts.run("config", "set-context", "lab", "--kubeconfig", contexts.kubeconfig,
                     "-n", self.namespace)
        contexts.run("config", "use-context", "lab")
        self.apply(pipeline("shout", SHOUT))
        event = contexts.run("events", "publish", "-t", EVENT["ce-type"], "-s", "/people/ada",
                             "-d", "hello", "--wait").strip()
        [action] = contexts.run("actions", "list", "-e", event, "-o", "name").split()
        self.assertEqual(contexts.run("actions", "wait", action).strip(), "success")
        self.assertIn("/people/ada says: HELLO", contexts.run("actions", "logs", "-f", action))
        self.assertIn("shout", contexts.run("events", "explain", event))
        status = json.loads(contexts.run("status", "-o", "json"))
        self.assertEqual([each["name"] for each in status["services"] if each["ready"]],
                         ["ingest", "dispatcher", "adapter", "janitor"])
        self.assertEqual(contexts.forwards(), [])

    def test_reactorctl_leaves_no_kubectl_behind_however_it_ends(self):
        contexts = self.contexts()
        contexts.run("config", "set-context", "lab", "--kubeconfig", contexts.kubeconfig,
                     "-n", self.namespace)
        self.apply(pipeline("slow", [step("slow", "echo begun; sleep 600")]))
        self.post()
        action = self.action()
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            follow = contexts.start("--context", "lab", "actions", "logs", "-f", action)
            self.assertIn("begun", follow.stdout.readline())
            [forward] = contexts.forwards()
            self.assertIn("service/eventreactor-kube-adapter", forward, "the one that it needs")
            follow.send_signal(end)
            follow.communicate(timeout=SECONDS)
            wait_for(f"end of kubectl after {end.name}", lambda: not contexts.forwards())
        self.kubectl("delete", "action", action)

    def test_reactorctl_says_in_words_why_it_cannot_reach_a_cluster(self):
        contexts = self.contexts()
        for name, flags, words in (
                ("elsewhere", ["--system-namespace", "none"], "not found"),
                ("nowhere", ["--kube-context", "none"], 'context "none" does not exist')):
            contexts.run("config", "set-context", name, "--kubeconfig", contexts.kubeconfig, *flags)
            errors = contexts.run("--context", name, "actions", "list", code=1)
            self.assertIn(words, errors)
            self.assertIn("\nnext: ", errors)

    def test_reactorctl_takes_addresses(self):
        contexts = self.contexts()
        token = pathlib.Path(contexts.kubeconfig).with_name("token")
        token.touch(mode=0o600)
        token.write_text(self.system.secret("token"), encoding="ascii")
        host, port = self.system.http_address()
        contexts.run("config", "set-context", "node", "--ingest", f"{host}:{port + 1}",
                     "--dispatcher", f"{host}:{port + 2}", "--adapter", f"{host}:{port + 3}",
                     "--token-file", str(token))
        self.assertIn("adapter", contexts.run("--context", "node", "status"))

    def test_a_sweep_keeps_the_newest(self):
        self.apply(pipeline("shout", SHOUT))
        events = []
        for number in range(4):
            events.append(self.post(number=number))
            wait_for("dispatch of the Action", lambda count=number + 1: self.dispatched() == count)
            # The API server counts in seconds.
            time.sleep(1.1)
        would_go = self.sweep("--dry-run")
        self.assertEqual(len(self.system.items("actions", f"--namespace={self.namespace}")), 4)
        self.assertEqual([line.split(" is ")[0] for line in self.sweep()],
                         [line.split(" is ")[0] for line in would_go])
        self.assertEqual([line.split(" is ")[0] for line in would_go if "event " in line],
                         [f"event {self.namespace}/{name}" for name in events[:2]])
        left = self.system.items("actions", f"--namespace={self.namespace}")
        self.assertEqual(sorted(each["spec"]["event"]["name"] for each in left),
                         sorted(events[2:]))
        wait_for("removal of their Pods", lambda: len(self.system.items(
            "pods", f"--namespace={self.namespace}")) <= 2)

    def dispatched(self):
        """How many Actions have triggered all that they trigger."""
        actions = self.system.items("actions", f"--namespace={self.namespace}")
        return sum("dispatchTime" in each.get("status", {}) for each in actions)

    def sweep(self, *flags):
        """What the janitor says of this namespace, of which it keeps two."""
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as token:
            token.write(self.system.secret("token"))
            token.flush()
            host, port = self.system.http_address()
            done = subprocess.run(
                [BIN / "eventreactor-janitor", "--once", f"--adapter={host}:{port + 3}",
                 f"--token-file={token.name}", "--minimum-age=0s", "--event-retention-count=2",
                 "--action-retention-count=2", *flags],
                capture_output=True, text=True, check=False, timeout=SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line for line in done.stdout.splitlines() if f" {self.namespace}/" in line]

    def test_an_event_becomes_a_pod_and_its_log_is_there_to_read(self):
        self.apply(pipeline("shout", SHOUT))
        event = self.post()
        action = self.action()
        self.finish(action)
        logs = self.system.reactorctl("--namespace", self.namespace, "actions", "logs", action)
        self.assertIn("/people/ada says: HELLO", logs.stdout)
        [pod] = json.loads(self.kubectl("get", "pods", "-o", "json").stdout)["items"]
        [owner] = pod["metadata"]["ownerReferences"]
        self.assertEqual((owner["kind"], owner["name"]), ("Action", action))
        # Its last container does nothing, and nobody waits for that.
        self.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded",
                     f"pod/{pod['metadata']['name']}", f"--timeout={SECONDS}s")
        told = self.kubectl("get", f"events.{GROUP},actions", "-o", "wide").stdout
        for word in (event, EVENT["ce-type"], EVENT["ce-source"], action, "shout", "success"):
            self.assertIn(word, told)

    def test_kube_events_tell_what_happened(self):
        self.apply(pipeline("shout", SHOUT))
        event = self.post()
        action = self.action()
        self.finish(action)
        self.await_told({("Event", event, "Dispatched"), ("Pipeline", "shout", "Triggered"),
                         ("Action", action, "Created"), ("Action", action, "Completed"),
                         ("Action", action, "Dispatched")})
        # The tenth link of a chain would be one too many.
        spec = json.loads(self.kubectl("get", "action", action, "-o", "json").stdout)["spec"]
        self.apply({"apiVersion": f"{GROUP}/v1alpha1", "kind": "Action",
                    "metadata": {"name": "ninth"},
                    "spec": {**spec, "transaction": {"id": action, "stage": 10},
                             "upstream": {"name": action, "pipeline": "shout", "status": "success",
                                          "via": [f"p{number}" for number in range(9)]}}})
        self.apply({"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline",
                    "metadata": {"name": "after"},
                    "spec": {"steps": SHOUT, "trigger": {"pipeline": {"name": "shout"}}}})
        self.finish("ninth")
        self.await_told({("Action", "ninth", "UpstreamLimitExceeded")})

    def await_told(self, wanted):
        """Waits until kube Events tell each (kind, name, reason)."""
        def told():
            events = json.loads(self.kubectl("get", "events.v1.", "-o", "json").stdout)["items"]
            return {(each["involvedObject"]["kind"], each["involvedObject"]["name"],
                     each["reason"]) for each in events}
        wait_for(f"kube Events {wanted}", lambda: wanted <= told())

    def test_publishing_takes_the_token_of_publishers(self):
        for token in (None, "guessed", self.system.secret("token")):
            status, _ = self.system.post(self.namespace, EVENT, b"hello", token)
            self.assertEqual(status, 401)

    def test_an_event_made_with_kubectl_runs_what_it_matches(self):
        self.apply(pipeline("shout", SHOUT))
        self.apply({"apiVersion": f"{GROUP}/v1alpha1", "kind": "Event",
                    "metadata": {"name": "by-hand"},
                    "spec": {"id": "1", "source": "/people/eve", "type": EVENT["ce-type"],
                             "contentType": "text/plain", "data": "psst"}})
        action = self.action()
        self.finish(action)
        logs = self.system.reactorctl("--namespace", self.namespace, "actions", "logs", action)
        self.assertIn("/people/eve says: PSST", logs.stdout)

    def test_a_namespace_of_the_restricted_level_runs_pipelines(self):
        self.system.kubectl("label", "namespace", self.namespace,
                            "pod-security.kubernetes.io/enforce=restricted")
        self.apply(pipeline("who", [step("who", "id -u; echo written > file; cat file")]))
        self.post()
        action = self.action()
        self.finish(action)
        logs = self.system.reactorctl("--namespace", self.namespace, "actions", "logs", action)
        self.assertIn("65532", logs.stdout)
        self.assertIn("written", logs.stdout)

    def test_no_process_of_the_system_was_started_twice(self):
        pods = json.loads(self.system.kubectl("get", "pods", f"--namespace={SYSTEM}", "-o",
                                              "json").stdout)["items"]
        self.assertEqual(len(pods), 5)
        for pod in pods:
            for status in pod["status"]["containerStatuses"]:
                self.assertEqual(status["restartCount"], 0, self.system.tell())


if __name__ == "__main__":
    unittest.main()
