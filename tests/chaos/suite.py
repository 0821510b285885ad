#!/usr/bin/python3
"""The long form of chaos: a sum of seeded runs, each in a fresh world, and a report: `make chaos`.

    tests/chaos/suite.py [--seed N] [--continue] [--only SHARE] [--report FILE]

What each run came to is kept in build/chaos.jsonl, and the report is written from that after each
run. --continue does what is not there yet, with the seed that it began with.
"""

import argparse
import dataclasses
import json
import pathlib
import random
import signal
import sys
import time

import chaos
import checker
import mutant
import report
from run import Plan

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "chaos.jsonl"


@dataclasses.dataclass(frozen=True)
class Share:
    """So many runs of one sort."""

    name: str
    world: str
    held: bool
    runs: int
    events: int
    faults: int
    active: float
    # Of how many the sizes are compared: the last ones.
    sizes: int


# Together 100,000 events, 300 faults, and 2,000 Actions that really run.
SHARES = (
    Share("one-machine", "one-machine", False,
          runs=8, events=3_000, faults=20, active=0.07, sizes=2),
    Share("one-machine-held", "one-machine", True,
          runs=6, events=9_000, faults=15, active=0.5, sizes=1),
    Share("control-plane", "kubernetes", True,
          runs=4, events=6_000, faults=15, active=0.5, sizes=1),
    Share("cluster", "kubernetes", False,
          runs=2, events=500, faults=12, active=0.1, sizes=0),
)
# A product with a fault has to be found out with one of so many seeds.
MUTANT_SEEDS = 3


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, help="of which those of the runs follow")
    parser.add_argument("--continue", action="store_true", dest="go_on")
    parser.add_argument("--only", choices=(*(each.name for each in SHARES), "mutant"))
    parser.add_argument("--report", type=pathlib.Path, default=ROOT / "docs" / "chaos.md")
    options = parser.parse_args()
    # So that whoever ends it leaves nothing of a world.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    kept = read() if options.go_on else []
    seed = options.seed
    if seed is None:
        seed = kept[0]["seed"] if kept else random.randrange(10**6)
    if not kept:
        KEPT.unlink(missing_ok=True)
    chaos.tell(f"seed {seed}")
    done = {each["run"] for each in kept}
    for name, share, work in todo(seed):
        if name not in done and options.only in (None, share):
            keep({"run": name, "seed": seed, "at": time.time(), **work()})
        report.write(options.report, read(), sum(each.runs for each in SHARES))
    return 0 if all(each["ok"] for each in read()) else 1


def todo(seed):
    """(name, of which share, what to do) of each run."""
    # In turns, so that some of each sort are done early.
    for index in range(max(share.runs for share in SHARES)):
        for number, share in enumerate(SHARES):
            if index >= share.runs:
                continue
            plan = Plan(seed=seed * 100 + 10 * number + index, events=share.events,
                        faults=share.faults, active=share.active,
                        sizes=index >= share.runs - share.sizes)
            yield (f"{number + 1}.{index + 1}", share.name,
                   lambda share=share, plan=plan: a_run(share, plan))
    yield "mutant", "mutant", lambda: find_out(seed)


def a_run(share, plan):
    return in_words(chaos.one(share.world, share.held, plan))


def find_out(seed):
    """The short form with a product that is broken: the checker must see it."""
    chaos.tell("a dispatcher that acknowledges before it stores")
    with mutant.programs():
        for number in range(MUTANT_SEEDS):
            result = chaos.one("one-machine", True, Plan(seed=seed * 100 + 90 + number, active=0.5,
                                                         sizes=False))
            if result.count(checker.LOST):
                break
    return {**in_words(result), "ok": result.count(checker.LOST) > 0}


def in_words(result):
    """What is kept of it."""
    return {"ok": not result.problems, "world": result.world, "held": result.held,
            "plan": dataclasses.asdict(result.plan), "accepted": result.accepted,
            "refused": result.refused, "actions": result.actions, "ran": result.ran,
            "faults": [f"{each.verb} {each.target}" for _, each in result.done],
            "problems": {kind: result.count(kind) for kind in checker.KINDS},
            "examples": [f"{each.kind}: {each.words}" for each in result.problems[:3]],
            "sizes": result.sizes, "settled": result.settled, "seconds": result.seconds}


def keep(entry):
    KEPT.parent.mkdir(exist_ok=True)
    with open(KEPT, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def read():
    if not KEPT.exists():
        return []
    return [json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    sys.exit(main())
