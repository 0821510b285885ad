#!/usr/bin/python3
"""A Pipeline applied before its event is posted is never missed, and a client that retries is once.

    tests/cluster/barrier_test.py [-v]
"""

import collections
import http.client
import json
import pathlib
import shutil
import ssl
import tempfile
import threading
import unittest
import urllib.parse

from cluster_case import SECONDS, command, wait_for
from local_services import LocalServices
from manifests import ROOT
from testcluster.cluster import Cluster

GROUP = "eventreactor.summerwind.github.io"
API = f"/apis/{GROUP}/v1alpha1/namespaces/default"
COUNT = 1000
POSTS = 3
# Who writes something else into the API server meanwhile, without a pause.
WRITERS = 4


def pipeline(name, kind):
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline", "metadata": {"name": name},
            "spec": {"trigger": {"event": {"type": kind}},
                     "steps": [{"name": "never-runs", "image": "localhost/none:1"}]}}


class ApiServer:
    """One connection to it, as its administrator."""

    def __init__(self, cluster):
        where = urllib.parse.urlsplit(cluster.plan.server)
        trust = ssl.create_default_context(cafile=f"{cluster.directory}/pki/ca.crt")
        token = pathlib.Path(cluster.directory, "admin.token").read_text(encoding="ascii").strip()
        self._connection = http.client.HTTPSConnection(where.hostname, where.port, context=trust,
                                                       timeout=SECONDS)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def create(self, path, manifest):
        self._connection.request("POST", path, json.dumps(manifest), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 201, body

    def close(self):
        self._connection.close()

    def list(self, path):
        self._connection.request("GET", path, headers=self._headers)
        return json.loads(self._connection.getresponse().read())["items"]


class Writer(threading.Thread):
    """Keeps the API server busy."""

    def __init__(self, cluster, name):
        super().__init__()
        self._api, self._name = ApiServer(cluster), name
        self._stop_now = threading.Event()
        self.written = 0

    def run(self):
        while not self._stop_now.is_set():
            self._api.create("/api/v1/namespaces/default/configmaps",
                             {"apiVersion": "v1", "kind": "ConfigMap",
                              "metadata": {"name": f"{self._name}-{self.written}"},
                              "data": {"text": "x" * 1000}})
            self.written += 1

    def stop(self):
        self._stop_now.set()
        self.join()
        self._api.close()


class BarrierTest(unittest.TestCase):
    """On a control plane whose API server is kept busy."""

    def setUp(self):
        directory = tempfile.mkdtemp(prefix="er-barrier-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.addCleanup(command, f"{directory}/cluster", "down", check=False)
        command(f"{directory}/cluster", "up", "control-plane")
        self.cluster = Cluster(f"{directory}/cluster")
        self.cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        self.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all",
                             f"--timeout={SECONDS}s")
        self.services = LocalServices(f"{directory}/services")
        self.addCleanup(self.services.close)
        self.services.start_nats()
        self.services.start_adapter(self.cluster.kubeconfig, "--lease-namespace=default",
                                    "--max-running=0")
        self.services.wait_until_said("kube-adapter", "] serving")
        self.services.start_dispatcher()
        self.services.start_ingest()
        self.api = ApiServer(self.cluster)
        self.addCleanup(self.api.close)

    def test_an_event_right_after_its_pipeline_posted_thrice_is_one_action(self):
        writers = [Writer(self.cluster, f"writer-{number}") for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        try:
            wanted = self.apply_and_post()
            wait_for("dispatch of all", lambda: self.dispatched() >= COUNT)
        finally:
            for writer in writers:
                writer.stop()
        self.assertGreater(min(writer.written for writer in writers), 100, "there was no load")
        have = collections.Counter(
            (each["spec"]["event"]["name"], each["spec"]["pipeline"]["name"])
            for each in self.api.list(f"{API}/actions"))
        self.assertEqual(have, wanted)

    def apply_and_post(self):
        """What is to be there: one Action of each event and its Pipeline."""
        door = http.client.HTTPConnection("127.0.0.1", self.services.port(0), timeout=SECONDS)
        wanted = collections.Counter()
        for number in range(COUNT):
            kind = f"com.example.own.{number}"
            self.api.create(f"{API}/pipelines", pipeline(f"own-{number}", kind))
            headers = {"ce-specversion": "1.0", "ce-id": str(number), "ce-source": "/barrier",
                       "ce-type": kind}
            names = set()
            for _ in range(POSTS):
                door.request("POST", "/", b"x", headers)
                answer = door.getresponse()
                body = json.loads(answer.read())
                self.assertEqual(answer.status, 202, body)
                names.add(body["name"])
            self.assertEqual(len(names), 1)
            wanted[(names.pop(), f"own-{number}")] += 1
        door.close()
        return wanted

    def dispatched(self):
        events = self.api.list(f"{API}/events")
        return sum(1 for each in events if each.get("status", {}).get("dispatchTime"))


if __name__ == "__main__":
    unittest.main()
