"""On Kubernetes: beside the same objects created straight in a real API server with etcd."""

from api_server import ACTIONS, api_server
from processes import Peaks, pss, settle
from sender import action, pipeline, rate_of
from table import LARGER, Posts, Table

BURST = 2000
WORDS = """\
The limit is the same object created straight in the API server, seen by the same watch, from as
many connections. Execution is held (`--max-running=0`)."""


def kubernetes(rounds, brief):
    """`brief`: only what is compared with what is written."""
    table = Table("On Kubernetes", words=WORDS)
    posts = Posts("On Kubernetes: what became of each post",
                  "Times are from POST to the object seen by a watch.")
    memory = Table("On Kubernetes: memory of our processes (PSS)", "at rest",
                   "Beside what each takes at rest: the most while bursts are worked off.")
    with api_server() as server:
        server.start()
        server.apply(pipeline())
        pids = server.pids()
        rest = {name: pss(pid) for name, pid in pids.items()}
        pids["nats"] = server.services.pid("nats")
        server.post(ACTIONS, "warm", count=50)
        with Peaks(server.pids()) as peaks:
            sent = 50 + actions(server, table, posts, pids.values(), rounds, brief)
        settle(pids.values())
        stored = server.stored_actions()
        if stored != sent:
            raise AssertionError(f"{sent} events were accepted, and there are {stored} Actions")
        for name, before in rest.items():
            memory.add(f"{name} under load", "MB", [peaks.most[name]], [before])
        memory.add("all of them under load", "MB", [sum(peaks.most.values())],
                   [sum(rest.values())])
        memory.add("all of them at rest", "MB", [sum(rest.values())], target="under 60 MB")
    return [table, posts] if brief else [table, posts, memory]


def actions(server, table, posts, pids, rounds, brief):
    """Returns how many events were posted."""
    kinds = (("raw", lambda prefix, **options: server.create(ACTIONS, prefix, action, **options)),
             ("ours", lambda prefix, **options: server.post(ACTIONS, prefix, **options)))
    slow = 60 if brief else 200
    figures = {}

    def measured(kind, name, number, post, words, **options):
        settle(pids)
        result = post(f"{name}-{number}", **options)
        posts.add(f"{kind}: {words}", result)
        figures.setdefault((kind, name), []).append(result)
        return result["posted"] if kind == "ours" else 0

    sent = 0
    for number in range(rounds):
        for kind, post in kinds:
            sent += measured(kind, "slow", number, post, "one at a time, 20 a second", count=slow,
                             rate=20)
        for kind, post in kinds if not brief else ():
            sent += measured(kind, "one", number, post, "one after the other", count=300)
        for connections in (16,) if brief else (16, 64):
            for kind, post in kinds:
                sent += measured(kind, f"burst-{connections}", number, post,
                                 f"burst of {BURST:,}, {connections} connections", count=BURST,
                                 connections=connections)

    def both(name, of):
        return [[of(result) for result in figures[(kind, name)]] for kind in ("ours", "raw")]

    for part, target in (("p50", "at most 1.25"), ("p90", ""), ("p99", "at most 1.5")):
        table.add(f"POST to Action seen, {part}, 20 a second", "ms",
                  *both("slow", lambda result, part=part: result["sight"]["latency"][part]),
                  target, checked=part == "p50")
    if not brief:
        table.add("Actions a second, posted one after the other", "/s", *both("one", rate_of),
                  better=LARGER)
    table.add(f"Actions a second, burst of {BURST:,}, 16 connections", "/s",
              *both("burst-16", rate_of), "at least 0.8", LARGER, checked=True)
    if not brief:
        table.add(f"Actions a second, burst of {BURST:,}, 64 connections", "/s",
                  *both("burst-64", rate_of), better=LARGER)
    return sent
