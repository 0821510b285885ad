#!/usr/bin/python3
"""Runs the cases against one real stack: `run.py [--adapter local|kube] [CASE...]`."""

import argparse
import concurrent.futures
import pathlib
import signal
import sys
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import cases  # noqa: E402
from harness.case_runner import CaseRunner, Failed  # noqa: E402

JOBS = {"local": 4, "kube": 8}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", choices=sorted(JOBS), default="local",
                        help="what runs Actions: containers of this machine, or Pods (root)")
    parser.add_argument("--cluster", metavar="DIR", help="with kube: where a cluster of "
                        "tests/cluster is up, instead of one just for this")
    parser.add_argument("--jobs", type=int, help="cases at a time")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="file names without .yaml")
    options = parser.parse_args()
    if options.cluster and options.adapter != "kube":
        parser.error("--cluster goes with --adapter kube")
    todo = cases.load(options.cases)
    started = time.monotonic()
    # So that whoever ends it leaves nothing of the stack.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with make_stack(options) as stack:
        print(f"stack up after {time.monotonic() - started:.1f} s, {stack.where()}", flush=True)
        failed = run_all(stack, todo, options.jobs or JOBS[options.adapter])
        left = stack.left_behind()
        print(f"{'FAIL' if left else 'ok  '} nothing is left behind {left or ''}", flush=True)
        failed += bool(left)
        stack.failed = failed > 0
    print(f"{len(todo) + 1 - failed} passed, {failed} failed, in "
          f"{time.monotonic() - started:.0f} s", flush=True)
    return 1 if failed else 0


def make_stack(options):
    """Of the chosen adapter. Only that one's code is loaded, with what it needs."""
    if options.adapter == "kube":
        from harness.kube_stack import KubeStack
        return KubeStack(options.cluster)
    from harness.source_stack import SourceStack
    return SourceStack()


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
