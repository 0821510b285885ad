#!/usr/bin/python3
"""The report has the sums of what was kept, and says what was not done."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import checker  # noqa: E402
import report  # noqa: E402


def entry(run, accepted, faults, lost=0):
    return {"run": run, "seed": 6, "at": 0, "ok": not lost, "world": "one-machine", "held": False,
            "plan": {"seed": 600}, "accepted": accepted, "refused": 1, "actions": 2, "ran": 2,
            "faults": faults, "problems": {**dict.fromkeys(checker.KINDS, 0), "lost": lost},
            "examples": ["lost: it"] * lost, "sizes": "", "settled": 1, "seconds": 2}


class ReportTest(unittest.TestCase):
    def test_sums_up_and_counts_faults_by_kind(self):
        text = report.text([entry("1.2", 3000, ["kill ingest", "cut client-ingest"]),
                            entry("1.1", 2000, ["kill ingest"])], 3, "a machine")
        self.assertIn("| runs, of 3 | 2 |", text)
        self.assertIn("| accepted events | 5,000 |", text)
        self.assertIn("| faults | 3 |", text)
        self.assertIn("| ingest |  | 2 |", text)
        self.assertLess(text.index("| 1.1 |"), text.index("| 1.2 |"))
        self.assertIn("Not run.", text)

    def test_tells_problems_and_what_the_broken_product_came_to(self):
        text = report.text([entry("1.1", 10, [], lost=1), entry("mutant", 20, ["kill dispatcher"],
                                                                lost=1)], 1, "a machine")
        self.assertIn("| lost | 1 |", text)
        self.assertIn("- run 1.1: lost: it", text)
        self.assertIn("20 events accepted, 1 faults: 1 lost", text)


if __name__ == "__main__":
    unittest.main()
