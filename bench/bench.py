#!/usr/bin/python3
"""Measures Event Reactor beside the limit of the same machine, in one run: `make bench`.

    bench/bench.py [--rounds N] [--only kubernetes|one-machine] [--check]

Prints the table of bench/RESULTS.md, and writes it there. With --check it writes nothing, and fails
where a ratio is more than 30 % worse than the one that is written there.
"""

import argparse
import concurrent.futures
import contextlib
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "tests" / "cluster")]

from cluster_case import SECONDS, command, wait_for  # noqa: E402
from harness.stack import Stack  # noqa: E402
from local_services import LocalServices, free_ports  # noqa: E402
from testcluster.cluster import Cluster  # noqa: E402

RESULTS = ROOT / "bench" / "RESULTS.md"
PROGRAM = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin")) / "er-bench"
GROUP = "eventreactor.summerwind.github.io"
API = f"/apis/{GROUP}/v1alpha1/namespaces"
TYPE = "com.example.bench"
# No Pipeline is for it.
UNWANTED = "com.example.unwanted"
STEPS = [{"name": "step", "image": "registry.example.com/team/image:1.2.3",
          "command": ["sh", "-c", "make check && make install"],
          "env": [{"name": "TARGET", "value": "production"}]}]
PIPELINE = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline", "metadata": {"name": "bench"},
            "spec": {"steps": STEPS, "trigger": {"event": {"type": TYPE}}}}
# Of ingest, and how many events they share.
REPLICAS = (1, 2, 4)
EVENTS_SPREAD = 20_000
# Those that are compared by --check: of these a larger figure is worse, or better.
SMALLER, LARGER = "smaller", "larger"
TOLERANCE = 1.3


def action(name):
    """As the dispatcher has them made."""
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Action",
            "metadata": {"name": name, "labels": {f"pipeline.{GROUP}/name": "bench",
                                                  f"event.{GROUP}/name": name}},
            "spec": {"steps": STEPS,
                     "event": {"name": name, "type": TYPE, "source": "/bench"},
                     "pipeline": {"name": "bench", "generation": 1},
                     "transaction": {"id": name, "stage": 1}}}


class Table:
    """Figures by name, each of as many rounds as there were."""

    def __init__(self):
        self.rows = []

    def add(self, name, unit, ours, limit=None, target=None, better=SMALLER):
        """`ours` and `limit` are lists; the ratio is that of their medians."""
        middle = statistics.median(ours)
        ratio = middle / statistics.median(limit) if limit else None
        self.rows.append((name, unit, middle, limit and statistics.median(limit), ratio, target,
                          better))

    def text(self):
        lines = ["| what | ours | limit | ratio | target |", "|---|---|---|---|---|"]
        for name, unit, ours, limit, ratio, target, _ in self.rows:
            lines.append(f"| {name} | {figure(ours)} {unit} | "
                         f"{f'{figure(limit)} {unit}' if limit else ''} | "
                         f"{f'{ratio:.2f}' if ratio else ''} | {target or ''} |")
        return "\n".join(lines)

    def worse_than(self, written):
        """What is worse than in the table that is written, in words."""
        found = []
        for name, _, _, _, ratio, _, better in self.rows:
            row = re.search(rf"^\| {re.escape(name)} \|[^|]*\|[^|]*\| ([\d.]+) \|", written, re.M)
            if ratio is None or not row:
                continue
            before = float(row.group(1))
            if (ratio > before * TOLERANCE) if better == SMALLER else (ratio * TOLERANCE < before):
                found.append(f"{name}: the ratio is {ratio:.2f}, and was {before:.2f}")
        return found


def figure(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def measure(url, *words, watch=None, headers=(), body="x", count=1000, **options):
    """What er-bench says."""
    arguments = [PROGRAM, "--url", url, "--body", body, "--count", str(count), *words]
    for header in headers:
        arguments += ["--header", header]
    if watch:
        arguments += ["--watch", watch]
    for name, value in options.items():
        arguments += [f"--{name.replace('_', '-')}", str(value)]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    result = json.loads(done.stdout)
    lost = result["refused"] or result.get("sight", {}).get("missing")
    if lost or result.get("sight", {}).get("doubled"):
        raise AssertionError(f"refused, lost or doubled: {result}")
    return result


def event_headers(prefix, kind=TYPE):
    return ["ce-specversion: 1.0", "ce-source: /bench", f"ce-type: {kind}", f"ce-id: {prefix}-{{i}}",
            "content-type: text/plain"]


def rate_of(result):
    """Seen a second, from the first post to the last sight."""
    return result["sight"]["seen"] / result["sight"]["seconds"]


def processor_seconds(pid):
    times = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def settle(pids):
    """Until what was accepted is worked off: our processes have next to nothing to do."""
    while True:
        before = sum(map(processor_seconds, pids))
        time.sleep(2)
        if sum(map(processor_seconds, pids)) - before < 0.1:
            return


@contextlib.contextmanager
def paused(pid):
    """So that what others do is measured alone; it takes up its work after."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


# --- on Kubernetes: against a real API server and etcd; nothing runs


@contextlib.contextmanager
def control_plane():
    directory = tempfile.mkdtemp(prefix="er-bench-")
    try:
        command(f"{directory}/cluster", "up", "control-plane")
        cluster = Cluster(f"{directory}/cluster")
        cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all",
                        f"--timeout={SECONDS}s")
        # Until it can be watched.
        wait_for("Actions", lambda: cluster.kubectl(
            "get", "--raw", f"{API}/default/actions?resourceVersion=0", check=False).returncode == 0)
        # Nobody but the API server is to look at what is created straight.
        cluster.kubectl("create", "namespace", "raw")
        cluster.kubectl("apply", "-f", "-", input=json.dumps(PIPELINE))
        services = LocalServices(f"{directory}/services")
        try:
            services.start_nats()
            services.start_adapter(cluster.kubeconfig, "--lease-namespace=default",
                                   "--max-running=0", "--namespaces=default")
            services.wait_until_said("kube-adapter", "] serving")
            services.start_dispatcher()
            services.start_ingest()
            yield cluster, services
        finally:
            services.close()
    finally:
        command(f"{directory}/cluster", "down", check=False)
        shutil.rmtree(directory, ignore_errors=True)


def kubernetes(table, rounds):
    figures = {name: [] for name in ("raw p50", "raw p99", "raw rate", "raw burst", "our p50",
                                     "our p99", "our rate", "our burst", "our burst 64")}
    with control_plane() as (cluster, services):
        token = pathlib.Path(cluster.directory, "admin.token").read_text(encoding="ascii").strip()
        server = cluster.plan.server
        tls = {"ca_file": f"{cluster.directory}/pki/ca.crt"}
        bearer = f"Authorization: Bearer {token}"

        def watched(namespace):
            """From now on."""
            path = f"{API}/{namespace}/actions"
            listed = json.loads(cluster.kubectl("get", "--raw", f"{path}?limit=1").stdout)
            version = listed["metadata"]["resourceVersion"]
            return f"{server}{path}?watch=1&resourceVersion={version}"

        def raw(prefix, **options):
            return measure(f"{server}{API}/raw/actions", "--by-own-name", watch=watched("raw"),
                           headers=[bearer, "Content-Type: application/json"],
                           body=json.dumps(action(f"{prefix}-{{i}}")), **tls, **options)

        def ours(prefix, **options):
            # The header is for the watch; ingest, on loopback, asks for none.
            return measure(f"http://127.0.0.1:{services.port(0)}/", watch=watched("default"),
                           headers=[bearer, *event_headers(prefix)], **tls, **options)

        pids = [services.pid(name) for name in ("nats", "kube-adapter", "dispatcher", "ingest")]
        ours("warm", count=50)
        for number in range(rounds):
            for name, post in (("raw", raw), ("our", ours)):
                settle(pids)
                slow = post(f"{name}-{number}-slow", count=200, rate=20)["sight"]["latency"]
                figures[f"{name} p50"].append(slow["p50"])
                figures[f"{name} p99"].append(slow["p99"])
                figures[f"{name} rate"].append(rate_of(post(f"{name}-{number}-one", count=300)))
                settle(pids)
                figures[f"{name} burst"].append(
                    rate_of(post(f"{name}-{number}-burst", count=2000, connections=16)))
            settle(pids)
            figures["our burst 64"].append(
                rate_of(ours(f"our-{number}-wide", count=2000, connections=64)))
            tell(f"round {number + 1} of {rounds} on Kubernetes")
    table.add("POST to Action seen, p50, 20 a second", "ms", figures["our p50"],
              figures["raw p50"], "at most 1.25")
    table.add("POST to Action seen, p99, 20 a second", "ms", figures["our p99"],
              figures["raw p99"], "at most 1.5")
    table.add("Actions a second, posted one after the other", "/s", figures["our rate"],
              figures["raw rate"], better=LARGER)
    table.add("Actions a second, burst of 2,000, 16 connections", "/s", figures["our burst"],
              figures["raw burst"], "at least 0.8", better=LARGER)
    table.add("Actions a second, burst of 2,000, 64 connections", "/s", figures["our burst 64"],
              figures["raw burst"], better=LARGER)


# --- on one machine


def one_machine(table, rounds):
    figures = {name: [] for name in ("p50", "p99", "burst", "accepted", "cpu", "half p99",
                                     *(f"cpu of {count}" for count in REPLICAS))}
    with Stack(extra=["--max-running", "0"]) as stack:
        stack.apply("default", [PIPELINE])
        door = f"http://127.0.0.1:{stack.base_port}/"
        feed = f"nats://127.0.0.1:{stack.base_port + 4}/er.feed.action.*.*.created"
        pids = stack.pids()
        idle = sum(pss(pid) for name, pid in pids.items() if name not in ("engine", "nats-server"))
        measure(door, watch=feed, headers=event_headers("warm"), count=50)
        for number in range(rounds):
            settle(pids.values())
            slow = measure(door, watch=feed, headers=event_headers(f"slow-{number}"), count=200,
                           rate=20)["sight"]["latency"]
            figures["p50"].append(slow["p50"])
            figures["p99"].append(slow["p99"])
            figures["burst"].append(rate_of(measure(
                door, watch=feed, headers=event_headers(f"burst-{number}"), count=2000,
                connections=16)))
            settle(pids.values())
            with paused(pids["dispatcher"]):
                before = processor_seconds(pids["ingest"])
                fast = measure(door, headers=event_headers(f"fast-{number}", UNWANTED),
                               count=20_000, connections=64)
                used = processor_seconds(pids["ingest"]) - before
                figures["accepted"].append(fast["perSecond"])
                figures["cpu"].append(used / 20_000 * 1e6)
                settle(pids.values())
                figures["half p99"].append(measure(
                    door, headers=event_headers(f"half-{number}", UNWANTED),
                    count=10_000, connections=16, rate=2500)["latency"]["p99"])
            for count in REPLICAS:
                figures[f"cpu of {count}"].append(spread(stack, pids, count, f"{number}-{count}"))
            tell(f"round {number + 1} of {rounds} on one machine")
    table.add("one machine: POST to Action told, p50, 20 a second", "ms", figures["p50"])
    table.add("one machine: POST to Action told, p99, 20 a second", "ms", figures["p99"])
    table.add("one machine: Actions a second, burst of 2,000, 16 connections", "/s",
              figures["burst"])
    table.add("ingest alone: accepted a second, 64 connections, the sender on the same cores", "/s",
              figures["accepted"], target="at least 5,000")
    table.add("ingest alone: processor time for each event at that rate", "µs", figures["cpu"],
              target="at most 200: 5,000 a second on one core")
    one, *_, most = (figures[f"cpu of {count}"] for count in REPLICAS)
    table.add(f"ingest: processor time for each event, {REPLICAS[-1]} replicas beside one", "µs",
              most, one, "equal")
    table.add("ingest alone: p99 at 2,500 a second", "ms", figures["half p99"], target="under 5 ms")
    table.add("one machine: our processes idle, PSS", "MB", [idle], target="under 60 MB")


def spread(stack, pids, count, prefix):
    """Processor time in µs for each event, with so many replicas of ingest that share them."""
    words = pathlib.Path(f"/proc/{pids['ingest']}/cmdline").read_text().split("\0")[:-1]
    base = free_ports(3 * count)
    doors, replicas = [], []
    try:
        for number in range(count):
            ports = {"--http-listen": 0, "--listen": 1, "--metrics-listen": 2}
            own = [f"127.0.0.1:{base + 3 * number + ports[before]}" if before in ports else word
                   for before, word in zip([None, *words], words)]
            replicas.append(subprocess.Popen(own, stderr=subprocess.DEVNULL))
            doors.append(f"http://127.0.0.1:{base + 3 * number}/")
            wait_for("ingest", lambda: ready(doors[-1]))
        with paused(pids["dispatcher"]), concurrent.futures.ThreadPoolExecutor(count) as pool:
            before = sum(processor_seconds(each.pid) for each in replicas)
            sent = [pool.submit(measure, door, count=EVENTS_SPREAD // count,
                                connections=64 // count,
                                headers=event_headers(f"spread-{prefix}-{place}", UNWANTED))
                    for place, door in enumerate(doors)]
            for each in sent:
                each.result()
            used = sum(processor_seconds(each.pid) for each in replicas) - before
    finally:
        for each in replicas:
            each.terminate()
            each.wait()
    settle(stack.pids().values())
    return used / EVENTS_SPREAD * 1e6


def ready(door):
    try:
        with urllib.request.urlopen(f"{door}readyz", timeout=5):
            return True
    except OSError:
        return False


def pss(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) / 1024


def tell(words):
    print(f"bench: {words}", file=sys.stderr, flush=True)


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    model = re.search(r"^model name\s*: (.*)$", text, re.M)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    nats = subprocess.run(["nats-server", "--version"], capture_output=True, text=True, check=True,
                          env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}).stdout
    return (f"{os.cpu_count()} cores ({model.group(1) if model else platform.machine()}), "
            f"{memory} GiB, Linux {platform.release().split('-')[0]}; {nats.strip()}; "
            f"Kubernetes 1.35 with Debian's etcd")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("kubernetes", "one-machine"))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    table = Table()
    if options.only != "one-machine":
        kubernetes(table, options.rounds)
    if options.only != "kubernetes":
        one_machine(table, options.rounds)
    text = table.text()
    print(text)
    if options.check:
        worse = table.worse_than(RESULTS.read_text(encoding="utf-8"))
        print("\n".join(worse), file=sys.stderr)
        return 1 if worse else 0
    if not options.only:
        RESULTS.write_text(HEAD.format(rounds=options.rounds, machine=machine(),
                                       day=datetime.date.today()) + text + "\n", encoding="utf-8")
    return 0


HEAD = """# Results

Written by `make bench`: medians of {rounds} rounds of one run, on {day}.

{machine}

The limit is the same Actions created straight in the API server, seen by the same watch, from as
many connections. Everything is on the same cores: the API server, etcd, our processes and whoever
sends. Execution is held (`--max-running=0`). Figures differ from machine to machine and from run to
run; the ratios are what counts.

"""

if __name__ == "__main__":
    sys.exit(main())
