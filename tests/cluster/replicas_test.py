#!/usr/bin/python3
"""Two of each service and a NATS cluster of three, of which one after the other is killed.

    tests/cluster/replicas_test.py [-v]
"""

import collections
import http.client
import json
import shutil
import tempfile
import threading
import time
import unittest

from barrier_test import API, ApiServer, pipeline
from cluster_case import SECONDS, command, wait_for
from local_services import LocalServices
from manifests import ROOT
from testcluster.cluster import Cluster

EVENTS = 3000
CLIENTS = 4
SERVERS, REPLICAS = 3, 2
# Every so many events there is one that a Pipeline is for.
WANTED_EVERY = 3
TYPE = "com.example.wanted"


class Client(threading.Thread):
    """Posts its share of the events, each until a replica of ingest has accepted it."""

    def __init__(self, ports, numbers):
        super().__init__()
        self._ports, self._numbers = ports, numbers
        self.accepted = {}  # Event's name -> its number
        self.problem = None

    def run(self):
        try:
            for number in self._numbers:
                self.accepted[self._post(number)] = number
                time.sleep(0.01)
        except Exception as error:  # told by the test's own thread
            self.problem = error

    def _post(self, number):
        headers = {"ce-specversion": "1.0", "ce-id": str(number), "ce-source": "/replicas",
                   "ce-type": TYPE if number % WANTED_EVERY == 0 else "com.example.other"}
        deadline = time.monotonic() + SECONDS
        for attempt in range(10**6):
            port = self._ports[(number + attempt) % len(self._ports)]
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request("POST", "/", b"x", headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 202:
                    return json.loads(body)["name"]
                if answer.status not in (429, 503):
                    raise AssertionError(f"event {number}: {answer.status} {body}")
            except OSError:
                pass
            finally:
                connection.close()
            if time.monotonic() > deadline:
                raise AssertionError(f"event {number} is not accepted")
            time.sleep(0.1)
        raise AssertionError("unreachable")


class ReplicasTest(unittest.TestCase):
    """On a control plane."""

    def setUp(self):
        directory = tempfile.mkdtemp(prefix="er-replicas-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.addCleanup(command, f"{directory}/cluster", "down", check=False)
        command(f"{directory}/cluster", "up", "control-plane")
        self.cluster = Cluster(f"{directory}/cluster")
        self.cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        self.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all",
                             f"--timeout={SECONDS}s")
        self.services = LocalServices(f"{directory}/services")
        self.addCleanup(self.services.close)
        self.services.start_nats_cluster(SERVERS)
        for replica in range(REPLICAS):
            self.services.start_adapter(self.cluster.kubeconfig, "--lease-namespace=default",
                                        "--max-running=0", f"--stream-replicas={SERVERS}",
                                        replica=replica)
            self.services.start_dispatcher(replica)
            self.services.start_ingest(replica)
        self.services.wait_until_said("kube-adapter", "] serving")
        self.services.wait_until_said("kube-adapter-1", "] serving")
        self.api = ApiServer(self.cluster)
        self.addCleanup(self.api.close)
        self.api.create(f"{API}/pipelines", pipeline("wanted", TYPE))

    def test_nothing_is_lost_or_doubled_when_any_server_is_killed(self):
        ports = [self.services.http_port(replica) for replica in range(REPLICAS)]
        clients = [Client(ports, range(share, EVENTS, CLIENTS)) for share in range(CLIENTS)]
        for client in clients:
            client.start()
        # One of them leads ER_EVENTS.
        for server in range(SERVERS):
            time.sleep(2)
            self.services.kill(f"nats-{server}")
            time.sleep(3)
            self.services.start_nats_of_cluster(server)
        self.services.kill("dispatcher-1")
        self.services.kill("ingest")
        accepted = {}
        for client in clients:
            client.join()
            if client.problem:
                raise client.problem
            accepted |= client.accepted
        self.assertEqual(len(accepted), EVENTS)
        wait_for("dispatch of all", lambda: self.dispatched() == set(accepted))
        have = collections.Counter(each["spec"]["event"]["name"]
                                   for each in self.api.list(f"{API}/actions"))
        self.assertEqual(have, collections.Counter(
            name for name, number in accepted.items() if number % WANTED_EVERY == 0))

    def dispatched(self):
        return {each["metadata"]["name"] for each in self.api.list(f"{API}/events")
                if each.get("status", {}).get("dispatchTime")}


if __name__ == "__main__":
    unittest.main()
