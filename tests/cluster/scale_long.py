#!/usr/bin/python3
"""10,000 Actions and 1,000 Pipelines: how soon kube-adapter is ready, and what it takes.

    tests/cluster/scale_long.py [-v]

A control plane alone will do, and any user. Needs `make build`.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import ssl
import tempfile
import threading
import time
import unittest

from cluster_case import SECONDS, command
from local_services import LocalServices
from manifests import ROOT
from testcluster.cluster import Cluster

GROUP = "eventreactor.summerwind.github.io"
ACTIONS, PIPELINES = 10_000, 1_000
CONNECTIONS = 8
READY_SECONDS = 5
MEMORY_MB = 100
STEPS = [{"name": f"step-{number}", "image": "registry.example.com/team/image:1.2.3",
          "command": ["sh", "-c", "make check && make install"],
          "env": [{"name": "TARGET", "value": "production"}]} for number in range(3)]


def pipeline(number):
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline",
            "metadata": {"name": f"pipeline-{number}", "labels": {"team": "red"}},
            "spec": {"steps": STEPS, "trigger": {"event": {
                "type": f"com.example.type-{number % 100}", "sourcePattern": "^/people/"}}}}


def action(number):
    name = f"action-{number:06}"
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Action",
            "metadata": {"name": name, "labels": {f"pipeline.{GROUP}/name": "pipeline-1",
                                                  f"event.{GROUP}/name": f"event-{number}"}},
            "spec": {"steps": STEPS,
                     "event": {"name": f"event-{number}", "type": "com.example.type-1",
                               "source": "/people/ada"},
                     "pipeline": {"name": "pipeline-1", "generation": 1},
                     "transaction": {"id": name, "stage": 1}}}


class Creator:
    """One connection to the API server."""

    def __init__(self, cluster):
        context = ssl.create_default_context(cafile=f"{cluster.directory}/pki/ca.crt")
        host, _, port = cluster.plan.server.removeprefix("https://").rpartition(":")
        self._connection = http.client.HTTPSConnection(host, int(port), timeout=SECONDS,
                                                       context=context)
        token = pathlib.Path(cluster.directory, "admin.token").read_text(encoding="ascii").strip()
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def create(self, kind, objects):
        with contextlib.closing(self._connection):
            self._create(kind, objects)

    def _create(self, kind, objects):
        for each in objects:
            self._connection.request(
                "POST", f"/apis/{GROUP}/v1alpha1/namespaces/default/{kind}", json.dumps(each),
                self._headers)
            answer = self._connection.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise AssertionError(f"{kind}: {answer.status} {text[:500]}")


def create_all(cluster, kind, make, count):
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(Creator(cluster).create, kind,
                                 map(make, range(first, count, CONNECTIONS)))
                     for first in range(CONNECTIONS)]:
            done.result()


class Watched:
    """What a process takes while this is entered: its memory, and the processor."""

    def __init__(self, pid):
        self._folder = pathlib.Path(f"/proc/{pid}")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.most = self.now = self.processor_seconds = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _watch(self):
        while not self._done.wait(0.05):
            rollup = (self._folder / "smaps_rollup").read_text(encoding="ascii")
            [line] = [line for line in rollup.splitlines() if line.startswith("Pss:")]
            self.now = int(line.split()[1]) / 1024
            self.most = max(self.most, self.now)
            times = (self._folder / "stat").read_text().rpartition(")")[2].split()[11:13]
            self.processor_seconds = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


class ScaleTest(unittest.TestCase):
    """None of the Actions has ended, so all of them are read and kept in mind."""

    def setUp(self):
        directory = tempfile.mkdtemp(prefix="er-scale-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.addCleanup(command, f"{directory}/cluster", "down")
        command(f"{directory}/cluster", "up", "control-plane")
        self.cluster = Cluster(f"{directory}/cluster")
        self.cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        self.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all",
                             f"--timeout={SECONDS}s")
        self.services = LocalServices(f"{directory}/services")
        self.addCleanup(self.services.close)
        self.services.start_nats()

    def test_is_ready_soon_and_stays_small(self):
        started = time.monotonic()
        create_all(self.cluster, "pipelines", pipeline, PIPELINES)
        create_all(self.cluster, "actions", action, ACTIONS)
        print(f"{ACTIONS} Actions and {PIPELINES} Pipelines made in "
              f"{time.monotonic() - started:.0f} s", flush=True)
        # The first start also completes the Pipelines, as after an installation.
        for number in range(2):
            self.start_once(number)

    def cancelled(self, name):
        """Makes an Action that is to end at once; returns how long that took."""
        started = time.monotonic()
        Creator(self.cluster).create("actions", [{
            **action(0), "metadata": {"name": name},
            "spec": {**action(0)["spec"], "status": "BuildCancelled"}}])
        while not self.cluster.kubectl(
                "get", "action", name, "--namespace=default",
                "--output=jsonpath={.status.completion}").stdout.strip():
            self.assertLess(time.monotonic() - started, SECONDS)
            time.sleep(0.2)
        return time.monotonic() - started

    def start_once(self, number):
        # Nothing runs: the Events are not recorded.
        started = time.monotonic()
        self.services.start_adapter(self.cluster.kubeconfig, "--lease-namespace=default")
        with Watched(self.services.pid("kube-adapter")) as watched:
            self.services.wait_until_said("kube-adapter", "] serving")
            ready = time.monotonic() - started
            # While the others are still being read: after their first page.
            self.services.wait_until_said("kube-adapter", "leading: the Actions are being read")
            time.sleep(1)
            new = self.cancelled(f"new-{number}")
            self.services.wait_until_said("kube-adapter", "leading: all Actions are read")
            leading = time.monotonic() - started
            # What a dispatcher and a user ask of it.
            self.services.start_dispatcher()
            listed = self.services.reactorctl("actions", "list", "-n", "default", "-o", "name")
            self.assertEqual(len(listed.stdout.splitlines()), ACTIONS + number + 1)
            time.sleep(5)
        print(f"start {number + 1}: ready after {ready:.2f} s; an Action made then ended "
              f"{new:.2f} s later; all were read after {leading:.2f} s at most; "
              f"{watched.most:.0f} MB (PSS) at most, {watched.now:.0f} MB in the end; "
              f"{watched.processor_seconds:.1f} s of a processor", flush=True)
        self.services.stop("dispatcher")
        self.services.stop("kube-adapter")
        # How soon all were read says more of the processor, and of who else uses it.
        self.assertLess(ready, READY_SECONDS)
        self.assertLess(watched.most, MEMORY_MB)


if __name__ == "__main__":
    unittest.main()
