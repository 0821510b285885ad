"""The short form of chaos on one machine: faults at random moments, and nothing is lost."""

import subprocess
import sys

from harness.stack_client import ROOT


def run(long):
    # `make chaos` has the long form.
    del long
    done = subprocess.run([sys.executable, ROOT / "tests" / "chaos" / "chaos.py", "--world",
                           "one-machine", "--events", "1000", "--faults", "10", "--active", "0.05",
                           "--no-sizes"],
                          stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()[0].split(" ", 1)[1]
