#!/usr/bin/python3
"""A seed decides which faults there are, and leaves none out."""

import collections
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import faults  # noqa: E402

TARGETS = {faults.PROCESS: ("a", "b"), faults.LINK: ("c",), faults.DISK: ("d",)}
# Three of each process, four of the link, one of the disk.
EACH = 11


def drawn(seed, count):
    return [fault for moment in faults.draw(seed, TARGETS, count) for fault in moment.faults]


class DrawTest(unittest.TestCase):
    def test_the_same_seed_draws_the_same(self):
        self.assertEqual(faults.draw(7, TARGETS, 30), faults.draw(7, TARGETS, 30))
        self.assertNotEqual(faults.draw(7, TARGETS, 30), faults.draw(8, TARGETS, 30))

    def test_each_fault_comes_before_any_comes_again(self):
        for seed in range(20):
            counts = collections.Counter((each.verb, each.target)
                                         for each in drawn(seed, 2 * EACH))
            self.assertEqual(len(counts), EACH)
            self.assertLessEqual(max(counts.values()), 3, "two decks, and what a pair brought up")

    def test_there_are_as_many_as_asked_for(self):
        for count in range(1, 30):
            self.assertEqual(len(drawn(count, count)), count)

    def test_pairs_are_of_two_different_things(self):
        pairs = [moment.faults for seed in range(20) for moment in faults.draw(seed, TARGETS, 20)
                 if len(moment.faults) == 2]
        self.assertGreater(len(pairs), 20)
        for one, other in pairs:
            self.assertNotEqual((one.on, one.target), (other.on, other.target))


if __name__ == "__main__":
    unittest.main()
