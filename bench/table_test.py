"""Unit tests of table: a comparison that lets everything pass finds nothing."""

import unittest

from table import LARGER, Posts, Table, complaints, figure, ratios


def table_of(name="latency", ours=(1.5,), beside=(1.0,), **options):
    table = Table("title")
    table.add(name, "ms", ours, beside, **{"checked": True, **options})
    return table


def seen(accepted, missing=0, doubled=0, p50=1.0):
    return {"accepted": accepted, "sight": {"missing": missing, "doubled": doubled,
                                            "latency": {"p50": p50, "p90": 20, "p99": 300}}}


class TableTest(unittest.TestCase):
    def test_a_ratio_is_that_of_medians(self):
        [row] = table_of(ours=[9, 3, 100], beside=[2, 3, 1000]).rows
        self.assertEqual((row.ours, row.beside, row.ratio), (9, 3, 3))

    def test_what_was_written_is_read_again(self):
        table = table_of(target="at most 2")
        table.add("a, of (many): b/c", "MB", [123456], [100])
        table.add("with nothing beside", "MB", [5.0])
        self.assertEqual(ratios(f"# Results\n\n{table.text()}"),
                         {"latency": 1.5, "a, of (many): b/c": 1235})

    def test_a_row_shows_all_that_it_has(self):
        self.assertIn("\n| latency | 1.50 ms | 1.00 ms | 1.50 | at most 2 |\n",
                      table_of(target="at most 2").text())

    def test_figures_have_three_digits_that_say_something(self):
        self.assertEqual([figure(number) for number in (0.123, 1.234, 12.34, 1234.5)],
                         ["0.12", "1.23", "12.3", "1,234"])

    def test_a_name_cannot_divide_a_row(self):
        with self.assertRaisesRegex(ValueError, "divides a row"):
            table_of(name="a | b")

    def test_what_has_no_ratio_cannot_be_checked(self):
        with self.assertRaisesRegex(ValueError, "no ratio"):
            table_of(beside=None)


class ComplaintsTest(unittest.TestCase):
    def complains(self, before, ours, words, **options):
        found = complaints([table_of(ours=[ours], **options)],
                           table_of(ours=[before], **options).text())
        self.assertEqual(list(found), ["latency"] if words else [])
        self.assertIn(words, found.get("latency", ""))

    def test_a_larger_ratio_is_worse(self):
        self.complains(1.0, 1.31, "is 1.31, and was 1.00; let be: at most 1.30")
        self.complains(1.0, 1.29, "")
        self.complains(1.0, 0.1, "")

    def test_or_a_smaller_one(self):
        self.complains(1.0, 0.76, "is 0.76, and was 1.00; let be: at least 0.77", better=LARGER)
        self.complains(1.0, 0.78, "", better=LARGER)
        self.complains(1.0, 9.0, "", better=LARGER)

    def test_a_row_that_is_not_checked_may_be_anything(self):
        self.complains(1.0, 50.0, "", checked=False)

    def test_a_row_that_was_never_written_is_a_mistake(self):
        self.assertIn("has no ratio", complaints([table_of()], "# Results\n")["latency"])

    def test_rows_go_by_their_whole_name(self):
        written = table_of(name="latency of others", ours=[50]).text()
        self.assertIn("has no ratio", complaints([table_of()], written)["latency"])

    def test_all_tables_are_looked_at(self):
        written = table_of("a").text() + table_of("b").text()
        self.assertEqual(list(complaints([table_of("a"), table_of("b", ours=[9])], written)), ["b"])


class PostsTest(unittest.TestCase):
    def test_sums_what_was_lost_and_takes_the_middle_of_times(self):
        posts = Posts("title")
        for result in (seen(1000), seen(1000, missing=2, p50=3), seen(999, doubled=1, p50=9)):
            posts.add("burst", result)
        self.assertIn("| burst | 2,999 | 2 | 1 | 3.00 ms | 20.0 ms | 300 ms |", posts.text())
        self.assertEqual(posts.lost_or_doubled(), 3)

    def test_what_became_of_posts_is_no_ratio(self):
        posts = Posts("title")
        posts.add("burst", seen(1000))
        self.assertEqual(ratios(posts.text()), {})


if __name__ == "__main__":
    unittest.main()
