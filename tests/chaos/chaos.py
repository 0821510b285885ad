#!/usr/bin/python3
"""One run of chaos: events come steadily, things fail, and a checker says what became of them.

    tests/chaos/chaos.py --world one-machine --seed 7 --events 2000 --faults 15

The same seed draws the same events and the same faults; what happens in between is the machine's.
"""

import argparse
import pathlib
import random
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parent / "cluster")]

import checker  # noqa: E402
import run as runs  # noqa: E402

WORLDS = ("one-machine", "kubernetes")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", choices=WORLDS, default=WORLDS[0])
    parser.add_argument("--seed", type=int, help="drawn, and printed, if not given")
    parser.add_argument("--events", type=int, default=1000, help="accepted, at least (1000)")
    parser.add_argument("--faults", type=int, default=10, help="how many (10)")
    parser.add_argument("--active", type=float, default=0.1,
                        help="the part of the events that call for Actions (0.1)")
    parser.add_argument("--held", action="store_true", help="no Action may run: all wait")
    parser.add_argument("--no-sizes", action="store_true", help="compare no memory")
    options = parser.parse_args()
    # So that whoever ends it leaves nothing of the world.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    result = one(options.world, options.held, runs.Plan(
        seed=seed, events=options.events, faults=options.faults, active=options.active,
        sizes=not options.no_sizes))
    return 1 if result.problems else 0


def one(world, held, plan, say=None):
    """A run in a world of its own, told while it happens."""
    say = say or tell
    say(f"{world}, seed {plan.seed}")
    with make_world(world, held) as made:
        result = runs.run(made, plan, say)
    for problem in result.problems:
        if problem.kind == checker.GREW:
            say(f"  {problem.kind}: {problem.words}")
    say(f"{'FAIL' if result.problems else 'ok'}: {result.seconds:.0f} s in all")
    return result


def make_world(name, held):
    """Only that one's code is loaded, with what it needs."""
    if name == "kubernetes" and held:
        from control_plane import ControlPlane
        return ControlPlane()
    if name == "kubernetes":
        from pods import Pods
        return Pods()
    from one_machine import OneMachine
    return OneMachine(held)


def tell(words):
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
