#!/usr/bin/python3
"""The short form of chaos on a control plane: nothing is lost while etcd and the rest fail.

    tests/cluster/chaos_test.py [-v]
"""

import subprocess
import sys
import unittest

from manifests import ROOT


class ChaosTest(unittest.TestCase):
    """`make chaos` has the long form."""

    def test_nothing_is_lost_doubled_or_stuck(self):
        done = subprocess.run([sys.executable, ROOT / "tests" / "chaos" / "chaos.py", "--world",
                               "kubernetes", "--held", "--events", "1000", "--faults", "10", "--active",
                               "0.3", "--no-sizes"], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
