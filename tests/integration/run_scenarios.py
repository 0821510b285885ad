#!/usr/bin/python3
"""Runs the scenarios, each with stacks of its own: `run_scenarios.py [--long] [NAME...]`."""

import argparse
import importlib
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

NAMES = ["sdk", "integrators", "thrice", "barrier", "kill", "suspended", "down", "engine_away",
         "disk_full", "clock", "chaos", "git_source", "engines", "registry", "places", "documents",
         "tls", "beyond", "refused", "quotas", "alerts", "malformed", "memory", "installed", "readme",
         "docs", "retention", "terminal"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="more events, more kills")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    todo, failed = options.names or NAMES, 0
    for name in todo:
        scenario = importlib.import_module(f"scenarios.{name}")
        print(f"...  {name}: {scenario.__doc__.splitlines()[0]}", flush=True)
        started = time.monotonic()
        try:
            result = scenario.run(options.long)
            print(f"ok   {name} ({time.monotonic() - started:.1f} s): {result}", flush=True)
        except Exception:  # the others are still worth knowing
            failed += 1
            print(f"FAIL {name} ({time.monotonic() - started:.1f} s)", flush=True)
            traceback.print_exc(file=sys.stdout)
    print(f"{len(todo) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
