#!/usr/bin/python3
"""Runs the cases against one real stack: `run.py [--adapter local] [CASE...]`."""

import argparse
import concurrent.futures
import pathlib
import sys
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import cases  # noqa: E402
from harness.case_runner import CaseRunner, Failed  # noqa: E402
from harness.stack import Stack  # noqa: E402

ADAPTERS = {"local": Stack}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", choices=sorted(ADAPTERS), default="local")
    parser.add_argument("--jobs", type=int, default=4, help="cases at a time")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="file names without .yaml")
    options = parser.parse_args()
    todo = cases.load(options.cases)
    started = time.monotonic()
    with ADAPTERS[options.adapter]() as stack:
        print(f"stack up after {time.monotonic() - started:.1f} s, port {stack.base_port}, "
              f"data in {stack.directory}", flush=True)
        failed = run_all(stack, todo, options.jobs)
        left = stack.left_behind()
        print(f"{'FAIL' if left else 'ok  '} nothing is left behind {left or ''}", flush=True)
        failed += bool(left)
        stack.failed = failed > 0
    print(f"{len(todo) + 1 - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def run_all(stack, todo, jobs):
    """Runs the cases, `jobs` at a time; those of one namespace one by one."""
    locks = {case["namespace"]: threading.Lock() for case in todo}
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(run_one, stack, case, locks[case["namespace"]]) for case in todo]
        for run in concurrent.futures.as_completed(runs):
            case, seconds, problem = run.result()
            print(f"{'FAIL' if problem else 'ok  '} {case['name']} ({seconds:.1f} s)", flush=True)
            if problem:
                failed += 1
                print(f"     it matters because: {case['why'].strip()}")
                print("     " + problem.rstrip().replace("\n", "\n     "), flush=True)
    return failed


def run_one(stack, case, lock):
    with lock:
        started, problem = time.monotonic(), None
        try:
            CaseRunner(stack, case).run()
        except Failed as error:
            problem = str(error)
        except Exception:  # one broken case must not hide the others
            problem = traceback.format_exc(limit=-4)
        return case, time.monotonic() - started, problem


if __name__ == "__main__":
    sys.exit(main())
