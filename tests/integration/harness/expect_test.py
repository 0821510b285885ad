"""Unit tests of expect: a comparison that lets everything pass hides every bug."""

import unittest

from harness.expect import differences


class DifferencesTest(unittest.TestCase):
    def fits(self, expected, actual):
        self.assertEqual(differences(expected, actual), [])

    def differs(self, expected, actual, words):
        found = differences(expected, actual)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_a_mapping_may_have_more_than_expected(self):
        self.fits({"a": 1}, {"a": 1, "b": 2})

    def test_a_missing_key_is_named_by_its_path(self):
        self.differs({"a": {"b": 1}}, {"a": {}}, "a.b: is not there")

    def test_every_difference_is_told(self):
        self.assertEqual(len(differences({"a": 1, "b": 2}, {"a": 2, "b": 3})), 2)

    def test_types_matter(self):
        self.differs({"a": 1}, {"a": True}, "a: is True")
        self.differs({"a": "1"}, {"a": 1}, "a: is 1")

    def test_lists_have_the_same_length_and_order(self):
        self.fits([1, 2], [1, 2])
        self.differs([1], [1, 2], "has 2 items")
        self.assertEqual(len(differences([1, 2], [2, 1])), 2)

    def test_contains_asks_for_parts_in_order(self):
        self.fits({"$contains": ["b", "d"]}, "abcd")
        self.differs({"$contains": ["d", "b"]}, "abcd", "lacks 'b'")
        self.differs({"$contains": "x"}, 5, "expected text")

    def test_matches_searches(self):
        self.fits({"$matches": "^a.c"}, "abcd")
        self.differs({"$matches": "^b"}, "abcd", "does not match")

    def test_sha256_compares_the_whole(self):
        self.fits({"$sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}, "a")
        self.differs({"$sha256": "ca97"}, "a", "has the hash ca978112")

    def test_absent_means_no_key_or_nothing_in_it(self):
        self.fits({"a": {"$absent": True}}, {})
        self.fits({"a": {"$absent": True}}, {"a": ""})
        self.differs({"a": {"$absent": True}}, {"a": 0.5}, "is there")

    def test_any_asks_for_the_key(self):
        self.fits({"a": {"$any": True}}, {"a": None})
        self.differs({"a": {"$any": True}}, {}, "is not there")

    def test_unordered_pairs_each_item_once(self):
        self.fits({"$unordered": [1, 2]}, [2, 1])
        self.differs({"$unordered": [1, 1]}, [1, 2], "nothing in")
        self.differs({"$unordered": [1]}, [1, 2], "more than expected")

    def test_keys_are_exact(self):
        self.fits({"$keys": ["a", "b"]}, {"b": 1, "a": 2})
        self.differs({"$keys": ["a"]}, {"a": 1, "b": 2}, "expected exactly")

    def test_an_unknown_operator_is_an_error(self):
        with self.assertRaises(ValueError):
            differences({"$contain": "x"}, "x")


if __name__ == "__main__":
    unittest.main()
