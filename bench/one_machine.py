"""On one machine: from POST to Action, ingest alone, and replicas of ingest."""

import concurrent.futures
import pathlib
import subprocess
import urllib.request

import sender
import tests_path  # noqa: F401
from cluster_case import wait_for
from local_services import free_ports
from local_stack import HeldStack
from processes import Peaks, paused, processor_seconds, pss, settle
from sender import UNWANTED, event_headers, pipeline, rate_of
from table import Posts, Table

# Of ingest, and how many events they share.
REPLICAS = (1, 4)
EVENTS_SPREAD = 20_000
BURST = 2000
WORDS = """\
The local adapter with SQLite. There is no limit to measure it by; that an Action is created is seen
by the feed, which is told once it is stored. The sender is on the same cores."""


def one_machine(rounds, brief):
    del brief
    table = Table("On one machine", words=WORDS)
    replicas = Table("Replicas of ingest", "of one", "What they accept is measured with the "
                     "dispatcher paused, by events that no Pipeline is for.")
    posts = Posts("On one machine: what became of each post",
                  "Times are from POST to what the feed tells.")
    memory = Table("On one machine: memory of our processes (PSS)", "at rest",
                   "Beside what each takes at rest: the most while all of this is measured.")
    figures = {}
    with HeldStack() as stack:
        stack.apply("default", [pipeline()])
        pids = stack.own_pids()
        rest = {name: pss(pid) for name, pid in pids.items()}
        with Peaks(pids) as peaks:
            for number in range(rounds):
                latency(stack, posts, figures, number)
                ingest(stack, figures, number)
                for count in REPLICAS:
                    figures.setdefault(f"cpu of {count}", []).append(
                        spread(stack, count, f"{number}-{count}"))
        accepted = posts.accepted()
        stored = len(stack.run("actions", "list", "-n", "default", "-o", "name",
                               timeout=300).stdout.splitlines())
        if stored != accepted:
            raise AssertionError(f"{accepted} events were accepted that the Pipeline is for, "
                                 f"and there are {stored} Actions")
    replicas.add(f"processor time for each event, {REPLICAS[-1]} replicas", "µs",
                 figures[f"cpu of {REPLICAS[-1]}"], figures[f"cpu of {REPLICAS[0]}"], "1")
    for part in ("p50", "p90", "p99"):
        table.add(f"one machine: POST to Action told, {part}, 20 a second", "ms", figures[part])
    for connections in (16, 64):
        table.add(f"one machine: Actions a second, burst of {BURST:,}, {connections} connections",
                  "/s", figures[f"burst {connections}"])
    table.add("ingest alone: accepted a second, 64 connections", "/s", figures["accepted"],
              target="at least 5,000")
    table.add("ingest alone: processor time for each event at that rate", "µs", figures["cpu"],
              target="at most 200: 5,000 a second on one core")
    for part in ("p50", "p90", "p99"):
        table.add(f"ingest alone: {part} at 2,500 a second", "ms", figures[f"half {part}"],
                  target="under 5 ms" if part == "p99" else "")
    for name, before in rest.items():
        memory.add(f"one machine: {name} under load", "MB", [peaks.most[name]], [before])
    memory.add("one machine: all of them under load", "MB", [sum(peaks.most.values())],
               [sum(rest.values())])
    memory.add("one machine: all of them at rest", "MB", [sum(rest.values())],
               target="under 60 MB")
    return [table, posts, replicas, memory]


def latency(stack, posts, figures, number):
    settle(stack.pids().values())
    slow = stack.post(f"slow-{number}", count=200, rate=20)
    posts.add("one at a time, 20 a second", slow)
    for part in ("p50", "p90", "p99"):
        figures.setdefault(part, []).append(slow["sight"]["latency"][part])
    for connections in (16, 64):
        settle(stack.pids().values())
        burst = stack.post(f"burst-{number}-{connections}", count=BURST, connections=connections)
        posts.add(f"burst of {BURST:,}, {connections} connections", burst)
        figures.setdefault(f"burst {connections}", []).append(rate_of(burst))


def ingest(stack, figures, number):
    """With nobody else at work."""
    pids = stack.pids()
    settle(pids.values())
    with paused(pids["dispatcher"]):
        before = processor_seconds(pids["ingest"])
        fast = stack.send(f"fast-{number}", UNWANTED, count=20_000, connections=64)
        figures.setdefault("cpu", []).append(
            (processor_seconds(pids["ingest"]) - before) / 20_000 * 1e6)
        figures.setdefault("accepted", []).append(fast["perSecond"])
        settle(pids.values())
        half = stack.send(f"half-{number}", UNWANTED, count=10_000, connections=16, rate=2500)
        for part, time in half["latency"].items():
            figures.setdefault(f"half {part}", []).append(time)


def spread(stack, count, prefix):
    """Processor time in µs for each event, with so many replicas of ingest that share them."""
    pids = stack.pids()
    words = pathlib.Path(f"/proc/{pids['ingest']}/cmdline").read_text().split("\0")[:-1]
    base = free_ports(3 * count)
    doors, replicas = [], []
    settle(pids.values())
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
            sent = [pool.submit(sender.send, door, count=EVENTS_SPREAD // count,
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
    return used / EVENTS_SPREAD * 1e6


def ready(door):
    try:
        with urllib.request.urlopen(f"{door}readyz", timeout=5):
            return True
    except OSError:
        return False
