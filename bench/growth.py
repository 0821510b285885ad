"""What ten times as many Pipelines, Actions and Events cost: processor, memory, time to start."""

import contextlib

from api_server import ACTIONS, api_server
from local_stack import HeldStack
from processes import processor_seconds, pss, settle, start_seconds
from sender import UNWANTED, pipeline
from table import Table

# What there is at first, and what it grows by.
PIPELINES, EVENTS = 100, 1_000
TENFOLD = 10
# Of memory: how many there are once buffers are as large as a burst makes them, and how many more.
WARM, MORE = 5_000, 10_000
# How many events a figure is made of.
COUNT = 1_000
KIB = 1024
PROCESSOR = """\
Processor time of all our processes for each event that makes an Action, in stacks that run side by
side and are measured in turns: one with 100 Pipelines and 1,000 Actions and Events, of the others
each with ten times as many of one. Execution is held."""
MEMORY = f"""\
What was added by {MORE:,} more Actions and their Events to {WARM:,}, which a burst had made as
well: all of them retained, and none ended, as what ended takes less."""
STARTS = f"""\
From the start of the process until it has said that all is read, with {WARM + MORE:,} Actions
beside none."""


def growth(rounds, brief):
    """`brief`: only what is compared with what is written."""
    processor = Table("Growth: processor time", "before", PROCESSOR)
    memory = Table("Growth: memory for each Action that is retained", "", MEMORY)
    starts = Table("Growth: time to start", "with none", STARTS)
    local_processor(processor, rounds)
    if brief:
        return [processor]
    local_memory(memory, starts, rounds)
    kube_memory(processor, memory, starts, rounds)
    return [processor, memory, starts]


# --- on one machine


def others(count):
    """Pipelines for types that nobody posts."""
    return [pipeline(f"other-{number}", f"com.example.other-{number}") for number in range(count)]


def local_processor(table, rounds):
    with contextlib.ExitStack() as entered:
        stacks = {name: entered.enter_context(HeldStack())
                  for name in ("before", "Pipelines", "Actions", "Events")}
        for name, stack in stacks.items():
            stack.apply("default", [pipeline(), *others(
                PIPELINES * (TENFOLD if name == "Pipelines" else 1))])
            stack.post("warm", count=EVENTS * (TENFOLD if name == "Actions" else 1),
                       connections=16)
        stacks["Events"].send("unwanted", UNWANTED, count=EVENTS * (TENFOLD - 1), connections=16)
        times = {name: [] for name in stacks}
        for stack in stacks.values():
            settle(stack.pids().values())
        for number in range(rounds):
            for name, stack in stacks.items():
                before = stack.processor_seconds()
                stack.post(f"measured-{number}", count=COUNT, connections=16)
                settle(stack.pids().values())
                times[name].append((stack.processor_seconds() - before) / COUNT * 1e6)
    for name, count in (("Pipelines", PIPELINES), ("Actions", EVENTS), ("Events", EVENTS)):
        more = " that match nothing" if name == "Events" else ""
        table.add(f"one machine: an event, with {count * TENFOLD:,} {name}{more} beside {count:,}",
                  "µs", times[name], times["before"], "1", checked=True)


def local_memory(memory, starts, rounds):
    with HeldStack() as stack:
        stack.apply("default", [pipeline()])
        none = restarts(stack, rounds)
        stack.post("warm", count=WARM, connections=16)
        settle(stack.pids().values())
        before = {name: pss(pid) for name, pid in stack.own_pids().items()}
        stack.post("more", count=MORE, connections=16)
        settle(stack.pids().values())
        add_memory(memory, "one machine: ", before,
                   {name: pss(pid) for name, pid in stack.own_pids().items()})
        starts.add("one machine: local-adapter", "s", restarts(stack, rounds), none)


def restarts(stack, rounds):
    """How long local-adapter took to start, each time."""
    seconds = []
    for _ in range(rounds):
        stack.down()
        stack.up()
        log = (stack.directory / "logs" / "local-adapter.log").read_text(errors="replace")
        seconds.append(start_seconds(stack.pids()["local-adapter"], log, "] serving"))
    return seconds


# --- on Kubernetes


def kube_memory(processor, memory, starts, rounds):
    with api_server() as server:
        server.services.start_nats()
        none = kube_starts(server, rounds)
        for start in (server.services.start_dispatcher, server.services.start_ingest,
                      server.services.start_janitor):
            start()
        server.apply(pipeline())
        server.post(ACTIONS, "first", count=EVENTS - COUNT // 2, connections=16)
        pids = server.pids()
        few = kube_processor(server, "few", COUNT // 2)
        server.post(ACTIONS, "warm", count=WARM - EVENTS, connections=16)
        settle(pids.values())
        before = {name: pss(pid) for name, pid in pids.items()}
        server.post(ACTIONS, "more", count=MORE - COUNT, connections=16)
        many = kube_processor(server, "many", COUNT)
        add_memory(memory, "Kubernetes: ", before, {name: pss(pid) for name, pid in pids.items()})
        processor.add(f"Kubernetes: an event, with {WARM + MORE:,} Actions and Events beside "
                      f"{EVENTS:,}", "µs", [many], [few], "1")
        for start in ("dispatcher", "ingest", "janitor", "kube-adapter"):
            server.services.stop(start)
        many = kube_starts(server, rounds)
    starts.add("Kubernetes: kube-adapter serves", "s", [served for served, _ in many],
               [served for served, _ in none])
    starts.add("Kubernetes: kube-adapter has read all Actions", "s", [read for _, read in many],
               [read for _, read in none])


def kube_processor(server, prefix, count):
    """Processor time of ours in µs for each of so many events."""
    pids = server.pids().values()
    settle(pids)
    before = sum(map(processor_seconds, pids))
    server.post(ACTIONS, prefix, count=count, connections=16)
    settle(pids)
    return (sum(map(processor_seconds, pids)) - before) / count * 1e6


def kube_starts(server, rounds):
    """Until it served, and until it had read all, each time; it runs in the end."""
    seconds = []
    for number in range(rounds):
        if number > 0:
            server.services.stop("kube-adapter")
        server.start_adapter()
        pid, log = server.services.pid("kube-adapter"), server.services.log("kube-adapter")
        seconds.append((start_seconds(pid, log, "] serving"),
                        start_seconds(pid, log, "leading: all Actions are read")))
    return seconds


def add_memory(table, prefix, before, after):
    for name, was in before.items():
        table.add(f"{prefix}{name}", "KiB", [(after[name] - was) * KIB / MORE])
    table.add(f"{prefix}all of them", "KiB",
              [(sum(after.values()) - sum(before.values())) * KIB / MORE],
              target="below 2 KiB")
