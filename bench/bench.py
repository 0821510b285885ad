#!/usr/bin/python3
"""Measures Event Reactor beside the limit of the same machine, in one run: `make bench`.

    bench/bench.py [--rounds N] [--only PART] [--check]

Prints the tables of bench/RESULTS.md, and writes them there.

With --check (`make bench-check`) it writes nothing. It measures less, and fails where a ratio is
more than 30 % worse than the one that is written there. A machine that others use has moments that
no median takes away: what is worse is measured once more, all of its part, and fails if it is worse
again. What was lost or doubled fails at once.
"""

import argparse
import sys
import time

from containers import containers
from growth import growth
from kubernetes import kubernetes
from matching import matching
from one_machine import one_machine
from results import PAGE, page
from table import Posts, Table, complaints

# In the order of the page.
PARTS = {"kubernetes": kubernetes, "one-machine": one_machine, "containers": containers,
         "matching": matching, "growth": growth}
# Those that have something to compare.
CHECKED = ("kubernetes", "matching", "growth")


def measure(names, rounds, brief):
    """{part: its tables}"""
    measured = {}
    for name in names:
        started = time.monotonic()
        measured[name] = PARTS[name](rounds, brief)
        tell(f"{name} took {time.monotonic() - started:.0f} s")
    return measured


def check(names, rounds):
    """Whether nothing is worse than what is written, or only the first time."""
    written = PAGE.read_text(encoding="utf-8")
    measured = measure(names, rounds, brief=True)
    show(measured)
    worse = {part: complaints(tables_of(found), written) for part, found in measured.items()}
    suspects = [part for part, found in worse.items() if found]
    lost = lost_or_doubled(measured)
    if suspects:
        report("worse, and measured once more", worse)
        again = measure(suspects, rounds, brief=True)
        show(again)
        lost += lost_or_doubled(again)
        worse = {part: {name: words
                        for name, words in complaints(tables_of(again[part]), written).items()
                        if name in worse[part]} for part in suspects}
        report("worse again", worse)
    return not lost and not any(worse.values())


def tables_of(parts):
    return [part for part in parts if isinstance(part, Table)]


def lost_or_doubled(measured):
    count = sum(part.lost_or_doubled() for parts in measured.values() for part in parts
                if isinstance(part, Posts))
    if count:
        tell(f"{count} accepted events were lost or doubled")
    return count


def show(measured):
    for parts in measured.values():
        print("\n".join(part.text() for part in parts), flush=True)


def report(title, worse):
    for found in worse.values():
        for words in found.values():
            tell(f"{title}: {words}")


def tell(words):
    print(f"bench: {words}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, action="append",
                        help="may be given several times; the page is then not written")
    parser.add_argument("--check", action="store_true", help=", ".join(CHECKED))
    options = parser.parse_args()
    if options.check:
        return 0 if check(options.only or CHECKED, options.rounds) else 1
    measured = measure(options.only or PARTS, options.rounds, brief=False)
    show(measured)
    if not options.only:
        PAGE.write_text(page([part for parts in measured.values() for part in parts],
                             options.rounds), encoding="utf-8")
    return 1 if lost_or_doubled(measured) else 0


if __name__ == "__main__":
    sys.exit(main())
