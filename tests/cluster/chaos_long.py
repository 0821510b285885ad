#!/usr/bin/python3
"""Nothing is lost, doubled or stuck while a cluster fails. Needs root, and `make build`.

    tests/cluster/chaos_long.py [-v]

ER_CHAOS_SEED repeats what a run did, as far as the faults go; ER_CHAOS_ROUNDS (1) is how often
all of it happens.
"""

import collections
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from cluster_case import wait_for
from manifests import SYSTEM
from system import BUSYBOX, System
from testcluster.plan import cgroup_name

GROUP = "eventreactor.summerwind.github.io"
ADAPTER = "eventreactor-kube-adapter"
EVENTS = 500
# Of each ten events: one runs a Pod, and every fifth of those has another one chained to it.
WORK, CHAIN, NOTHING = "com.example.work", "com.example.chain", "com.example.nothing"
SECONDS_TO_SETTLE = 240


def pipeline(name, trigger):
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline", "metadata": {"name": name},
            "spec": {"trigger": trigger, "steps": [{
                "name": "tell", "image": BUSYBOX, "imagePullPolicy": "Never",
                "command": ["sh", "-c", 'echo "$ER_PIPELINE_NAME $(cat .event/id)"']}]}}


PIPELINES = [pipeline("work", {"event": {"type": WORK}}),
             pipeline("first", {"event": {"type": CHAIN}}),
             pipeline("second", {"pipeline": {"name": "first", "status": "success"}}),
             pipeline("idle", {"event": {"type": WORK, "sourcePattern": "^/elsewhere/"}})]
RUNS = {WORK: ["work"], CHAIN: ["first", "second"], NOTHING: []}


def type_of(number):
    if number % 10 != 0:
        return NOTHING
    return CHAIN if number % 50 == 0 else WORK


class Load(threading.Thread):
    """Posts the events one after the other over `seconds`, each until it is accepted."""

    def __init__(self, system, namespace, token, seconds):
        super().__init__()
        self.types = {}  # Event's name -> its type
        self.ids = {}  # Event's name -> its id
        self.problem = None
        self._system, self._namespace, self._token = system, namespace, token
        self._seconds = seconds

    def run(self):
        try:
            started = time.monotonic()
            for number in range(EVENTS):
                name = self._post(number)
                self.types[name], self.ids[name] = type_of(number), str(number)
                time.sleep(max(0, started + self._seconds * number / EVENTS - time.monotonic()))
        except Exception as error:  # told by the test's own thread
            self.problem = error

    def _post(self, number):
        headers = {"ce-specversion": "1.0", "ce-id": str(number), "ce-source": "/chaos",
                   "ce-type": type_of(number)}
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while True:
            try:
                status, answer = self._system.post(self._namespace, headers, b"x", self._token)
            except (OSError, http.client.HTTPException) as error:
                status, answer = 0, error
            if status == 202:
                return answer["name"]
            if status not in (0, 429, 503) or time.monotonic() > deadline:
                raise AssertionError(f"event {number}: {status} {answer}")
            time.sleep(0.2)


class Faults:
    """What goes wrong, one after the other, at times that the seed decides."""

    def __init__(self, system, seed):
        self._system = system
        self._random = random.Random(seed)

    def happen(self):
        self._pause()
        self._kill_adapter()
        self._pause()
        self._say("etcd stops for 20 s")
        self._system.cluster.stop("etcd", at_once=True)
        time.sleep(20)
        self._system.cluster.start("etcd")
        self._pause()
        self._kill_adapter()
        self._pause()
        self._say("API server is killed")
        self._system.cluster.stop("apiserver", at_once=True)
        self._pause()
        self._system.cluster.start("apiserver")
        self._pause()
        self._cut_watches()
        self._pause()
        self._kill_adapter()
        self._pause()
        self._kill_adapter()

    def _pause(self):
        time.sleep(self._random.uniform(0.5, 5))

    def _kill_adapter(self):
        """SIGKILL; another Pod follows at once, where the kubelet would wait longer each time."""
        pids = wait_for_processes(self._system.cluster)
        pid = self._random.choice(sorted(pids))
        os.kill(pid, signal.SIGKILL)
        self._say(f"{pids[pid]} is killed")
        self._system.kubectl("delete", "pod", pids[pid], f"--namespace={SYSTEM}", "--force",
                             "--grace-period=0", "--wait=false", check=False)

    def _cut_watches(self):
        """Resets the connections that kube-adapter has to the API server."""
        server = self._system.kubectl("get", "service", "kubernetes", "--namespace=default", "-o",
                                      "jsonpath={.spec.clusterIP}").stdout
        for pid, pod in wait_for_processes(self._system.cluster).items():
            inside = ["nsenter", f"--target={pid}", "--net", "ss", "--no-header", "--tcp"]
            before = run(*inside, "--numeric", "dst", server)
            run(*inside, "--kill", "dst", server)
            left = set(before) & set(run(*inside, "--numeric", "state", "established", "dst",
                                         server))
            # Not every kernel can (CONFIG_INET_DIAG_DESTROY); the API server's end cut them too.
            self._say(f"{len(before) - len(left)} of {len(before)} connections of {pod} are cut")

    @staticmethod
    def _say(words):
        print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


def run(*words):
    """Lines of the output, without what a socket's counters say."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return [" ".join(line.split()[-2:]) for line in done.stdout.splitlines()]


def adapter_processes(cluster):
    """{process id: Pod} of kube-adapter's replicas that run."""
    found = {}
    for number in os.listdir("/proc"):
        try:
            with open(f"/proc/{number}/cmdline", "rb") as file:
                if file.read().split(b"\0")[0] != ADAPTER.encode():
                    continue
            with open(f"/proc/{number}/environ", "rb") as file:
                names = dict(each.split(b"=", 1) for each in file.read().split(b"\0") if each)
            with open(f"/proc/{number}/cgroup", encoding="ascii") as file:
                if cgroup_name(cluster.directory) not in file.read():
                    continue
        except (OSError, ValueError):
            continue  # No process, or one that ended meanwhile.
        found[int(number)] = names[b"HOSTNAME"].decode()
    return found


def wait_for_processes(cluster):
    wait_for("process of kube-adapter", lambda: adapter_processes(cluster))
    return adapter_processes(cluster) or wait_for_processes(cluster)


class ChaosTest(unittest.TestCase):
    """500 events, and all that issue of a cluster which fails meanwhile."""

    def setUp(self):
        directory = tempfile.mkdtemp(prefix="er-chaos-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.system = System(directory)
        self.addCleanup(self.system.down)
        self.system.up()
        # One that leads and one that takes over.
        self.system.kubectl("scale", f"deployment/{ADAPTER}", "--replicas=2",
                            f"--namespace={SYSTEM}")
        self.system.wait_until_ready()
        self.token = self.system.secret("http-token")

    def test_nothing_is_lost_doubled_or_stuck(self):
        seed = int(os.environ.get("ER_CHAOS_SEED") or random.randrange(10**6))
        print(f"ER_CHAOS_SEED={seed}", flush=True)
        faults = Faults(self.system, seed)
        for number in range(int(os.environ.get("ER_CHAOS_ROUNDS") or 1)):
            self.round(f"round-{number}", faults)

    def round(self, namespace, faults):
        self.system.make_namespace(namespace)
        self.system.kubectl("apply", f"--namespace={namespace}", "-f", "-",
                            input="\n---\n".join(map(json.dumps, PIPELINES)))
        load = Load(self.system, namespace, self.token, seconds=60)
        load.start()
        faults.happen()
        load.join()
        if load.problem:
            raise load.problem
        self.assertEqual(len(load.types), EVENTS)
        started = time.monotonic()
        self.settle(namespace, load)
        print(f"settled {time.monotonic() - started:.0f} s after all that", flush=True)
        self.check_events(namespace, load)
        self.check_actions(namespace, load)
        self.check_pods(namespace)

    def settle(self, namespace, load):
        """Waits until nothing more can come of these events."""
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while True:
            events = self.system.items(f"events.{GROUP}", f"--namespace={namespace}")
            actions = self.system.items("actions", f"--namespace={namespace}")
            waiting = set(load.types) - {each["metadata"]["name"] for each in events
                                         if each.get("status", {}).get("dispatchTime")}
            open_ones = [each for each in actions if not each.get("status", {}).get("dispatchTime")]
            if not waiting and not open_ones:
                return
            if time.monotonic() > deadline:
                self.fail(f"Events not dispatched: {len(waiting)} of {EVENTS}, such as "
                          f"{sorted(waiting)[:3]}; Actions that are not done: {len(open_ones)}, "
                          f"such as {json.dumps(open_ones[:2])}\n{self.system.tell()}")
            time.sleep(2)

    def check_events(self, namespace, load):
        events = self.system.items(f"events.{GROUP}", f"--namespace={namespace}")
        names = collections.Counter(each["metadata"]["name"] for each in events)
        self.assertEqual(names, collections.Counter(load.types.keys()))
        for event in events:
            name = event["metadata"]["name"]
            self.assertEqual(event["spec"]["id"], load.ids[name])
            matched = [each["pipeline"] for each in event["status"].get("decisions", [])
                       if each.get("matched")]
            self.assertEqual(matched, RUNS[load.types[name]][:1], event)

    def check_actions(self, namespace, load):
        actions = self.system.items("actions", f"--namespace={namespace}")
        have = collections.Counter((each["spec"]["event"]["name"], each["spec"]["pipeline"]["name"])
                                   for each in actions)
        want = collections.Counter((name, run) for name, kind in load.types.items()
                                   for run in RUNS[kind])
        self.assertEqual(have, want)
        for action in actions:
            status = action["status"]
            self.assertEqual(status["completion"], "success", action)
            expected = (f"{action['spec']['pipeline']['name']} "
                        f"{load.ids[action['spec']['event']['name']]}\n")
            self.assertEqual(status["stepLogs"], [expected], action)

    def check_pods(self, namespace):
        """Each Action has had one, which has ended."""
        def pods():
            return self.system.items("pods", f"--namespace={namespace}")

        wait_for("end of all Pods", lambda: all(
            each["status"]["phase"] in ("Succeeded", "Failed") for each in pods()))
        owners = collections.Counter(each["metadata"]["ownerReferences"][0]["name"]
                                     for each in pods())
        self.assertEqual({count for count in owners.values()}, {1}, owners)
        # Nor was there another one of the name before: scheduler and kubelet told of each.
        uids = collections.defaultdict(set)
        for each in self.system.items("events", f"--namespace={namespace}"):
            about = each["involvedObject"]
            if about["kind"] == "Pod":
                uids[about["name"]].add(about["uid"])
        self.assertGreater(len(uids), 0)
        self.assertEqual({name: each for name, each in uids.items() if len(each) > 1}, {})


if __name__ == "__main__":
    unittest.main()
