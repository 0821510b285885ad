"""One run: a world, a load, faults meanwhile, and what the checker says in the end."""

import dataclasses
import os
import tempfile
import time

import calls
import checker
import faults
import sizes
from load import Load

# For so many seconds nothing was on the bus, nothing ran, and nothing changed: that was all.
QUIET_SECONDS = 5
# Nothing changed, whatever is on the bus or runs: it is stuck.
STUCK_SECONDS = 240
PATIENCE_SECONDS = 120
# What begin and end of a fault take, about.
SECONDS_A_FAULT = 1.0


@dataclasses.dataclass
class Plan:
    seed: int
    events: int = 1000
    faults: int = 10
    # Events a second; 0: so that they last as long as the faults.
    rate: float = 0
    # The part of the events that calls for Actions.
    active: float = 0.1
    namespaces: int = 3
    # Whether sizes are compared at the end.
    sizes: bool = True


@dataclasses.dataclass
class Result:
    plan: Plan
    world: str
    held: bool
    accepted: int = 0
    refused: int = 0
    actions: int = 0
    ran: int = 0
    done: list = dataclasses.field(default_factory=list)
    problems: list = dataclasses.field(default_factory=list)
    sizes: str = ""
    seconds: float = 0
    settled: float = 0

    def count(self, kind):
        return sum(each.kind == kind for each in self.problems)

    def words(self):
        found = ", ".join(f"{self.count(kind)} {kind}" for kind in checker.KINDS)
        return (f"{self.accepted} events accepted ({self.refused} refusals on the way), "
                f"{self.actions} Actions of which {self.ran} ran, {len(self.done)} faults: {found}")


def run(world, plan, say=print):
    """In a world that is up. Raises only where it cannot go on."""
    started = time.monotonic()
    result = Result(plan, world.name, world.held)
    namespaces = [f"chaos-{number}" for number in range(plan.namespaces)]
    for namespace in namespaces:
        world.apply(namespace, calls.pipelines(world.image, world.held))
    moments = faults.draw(plan.seed, world.targets, plan.faults)
    with tempfile.TemporaryDirectory(prefix="er-record-") as folder:
        record = os.path.join(folder, "accepted.jsonl")
        load = Load(world.door, record, plan.seed, namespaces, plan.events,
                    plan.rate or plan.events / seconds_of(moments), plan.active,
                    world.http_headers)
        happening = faults.Happening(world, say)
        load.start()
        try:
            happening.carry_out(moments)
        finally:
            load.enough()
        result.done, result.accepted, result.refused = happening.done, load.accepted, load.refused
        world.heal()
        healed = time.monotonic()
        accepted = checker.read_record(record)
    if len(accepted) != load.accepted:
        raise AssertionError(f"the record has {len(accepted)} of {load.accepted} events")
    end, result.problems = settle(world, namespaces, accepted)
    result.settled = time.monotonic() - healed
    result.actions = len(end.actions)
    result.ran = sum(bool(each.get("status", {}).get("completion")) for each in end.actions)
    say(f"{result.words()}; settled {result.settled:.0f} s after the last")
    for problem in result.problems[:20]:
        say(f"  {problem.kind}: {problem.words}")
    if plan.sizes and world.compares_sizes and not result.problems:
        result.sizes, grown = sizes.compare(world, plan, namespaces)
        say(f"sizes: {result.sizes}")
        result.problems += [checker.Problem(checker.GREW, each) for each in grown]
        result.problems += [checker.Problem(checker.CRASHED, each) for each in world.crashed()]
    result.seconds = time.monotonic() - started
    return result


def seconds_of(moments):
    """How long they take, about."""
    return sum(moment.pause + max(each.seconds for each in moment.faults) +
               SECONDS_A_FAULT for moment in moments)


def settle(world, namespaces, accepted):
    """(End, problems) once there are none, or nothing more can come."""
    changed = quiet = time.monotonic()
    before, pause = None, 0.5
    while True:
        # First, so that what is found on it is not missed by the look that follows.
        on_its_way = patiently(world.on_the_bus)
        end = patiently(look, world, namespaces)
        problems = checker.check(accepted, end, world.held)
        if not problems:
            return final(world, end, accepted)
        now, found = time.monotonic(), {each.words for each in problems}
        if found != before:
            changed, before = now, found
        if on_its_way or any(each.kind == checker.STUCK for each in problems):
            quiet = now
        if now - max(changed, quiet) > QUIET_SECONDS or now - changed > STUCK_SECONDS:
            return final(world, end, accepted)
        time.sleep(pause)
        pause = min(pause * 1.3, 3)


def final(world, end, accepted):
    """The same, with what takes longer to ask for."""
    end.left, end.dead = patiently(world.left_behind), patiently(world.dead_letters)
    end.crashed = patiently(world.crashed)
    end.logs = patiently(world.logs, [each for each in end.actions
                                      if each.get("status", {}).get("completion")])
    return end, checker.check(accepted, end, world.held)


def patiently(ask, *words):
    """What it says, once it does: a machine that is busy may not answer at first."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask(*words)
        except Exception:  # whatever it was, it is raised if it stays
            if time.monotonic() > deadline:
                raise
        time.sleep(1)


def look(world, namespaces):
    return checker.End(
        events=[each for namespace in namespaces for each in world.objects("events", namespace)],
        actions=[each for namespace in namespaces for each in world.objects("actions", namespace)])
