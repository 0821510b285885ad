"""The tables of bench/RESULTS.md: figures, their ratios, and which became worse. Pure."""

import re
import statistics

# Of a ratio, the larger one is worse, or the smaller one.
SMALLER, LARGER = "smaller", "larger"
# How much worse it may be than the one that is written.
TOLERANCE = 1.3
_ROW = re.compile(r"^\| ([^|]+?) \|[^|]*\|[^|]*\| ([\d.,]+) \|[^|]*\|$", re.M)


class Table:
    """Rows of one section: a figure of ours beside another of the same run."""

    def __init__(self, title, beside="limit", words=""):
        self.title, self.beside, self.words = title, beside, words
        self.rows = []

    def add(self, name, unit, ours, beside=None, target="", better=SMALLER, checked=False):
        """`ours` and `beside` are figures of as many rounds; what counts are their medians.

        `checked`: whether a ratio that is worse than the written one is a mistake.
        """
        if "|" in name:
            raise ValueError(f"the name {name!r} has a |, which divides a row")
        if checked and not beside:
            raise ValueError(f"{name}: there is no ratio that could be checked")
        self.rows.append(Row(name, unit, ours, beside, target, better, checked))

    def text(self):
        lines = [f"## {self.title}", ""]
        lines += [self.words, ""] if self.words else []
        lines += [f"| what | ours | {self.beside} | ratio | target |", "|---|---|---|---|---|"]
        return "\n".join([*lines, *(row.text() for row in self.rows), ""])


class Row:
    """One line of a Table."""

    def __init__(self, name, unit, ours, beside, target, better, checked):
        self.name, self.unit, self.target = name, unit, target
        self.better, self.checked = better, checked
        self.ours = statistics.median(ours)
        self.beside = statistics.median(beside) if beside else None
        self.ratio = self.ours / self.beside if self.beside else None

    def text(self):
        beside = "" if self.beside is None else f"{figure(self.beside)} {self.unit}"
        ratio = "" if self.ratio is None else figure(self.ratio)
        cells = (self.name, f"{figure(self.ours)} {self.unit}", beside, ratio, self.target)
        return f"| {' | '.join(cells)} |"

    def complaint(self, written):
        """Why it is worse than the written ratios let it be; empty if it is not."""
        if not self.checked:
            return ""
        before = written.get(self.name)
        if before is None:
            return f"{self.name}: has no ratio in bench/RESULTS.md, which `make bench` writes"
        if self.better == SMALLER:
            worse, bound = self.ratio > before * TOLERANCE, before * TOLERANCE
        else:
            worse, bound = self.ratio * TOLERANCE < before, before / TOLERANCE
        words = "at most" if self.better == SMALLER else "at least"
        return (f"{self.name}: the ratio is {figure(self.ratio)}, and was {figure(before)}; "
                f"let be: {words} {figure(bound)}") if worse else ""


class Posts:
    """What became of all that was posted, summed over the rounds."""

    def __init__(self, title, words=""):
        self.title, self.words = title, words
        self._kinds = {}

    def add(self, name, result):
        """`result` is what er-bench says of one round."""
        self._kinds.setdefault(name, []).append(result)

    def accepted(self):
        return sum(result["accepted"] for results in self._kinds.values() for result in results)

    def lost_or_doubled(self):
        return sum(result["sight"]["missing"] + result["sight"]["doubled"]
                   for results in self._kinds.values() for result in results)

    def text(self):
        lines = [f"## {self.title}", ""]
        lines += [self.words, ""] if self.words else []
        lines += ["| posted | accepted | lost | doubled | p50 | p90 | p99 |",
                  "|---|---|---|---|---|---|---|"]
        for name, results in self._kinds.items():
            def total(key, results=results):
                return sum(result["sight"][key] for result in results)

            accepted = sum(result["accepted"] for result in results)
            times = [statistics.median(result["sight"]["latency"][part] for result in results)
                     for part in ("p50", "p90", "p99")]
            lines.append(f"| {name} | {accepted:,} | {total('missing')} | {total('doubled')} | "
                         f"{' | '.join(f'{figure(time)} ms' for time in times)} |")
        return "\n".join([*lines, ""])


def figure(number):
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def ratios(text):
    """{name: ratio} of all rows of a page that have one."""
    return {match.group(1): float(match.group(2).replace(",", "")) for match in _ROW.finditer(text)}


def complaints(tables, written):
    """{name: words} of the rows that are worse than the page that is written says."""
    before = ratios(written)
    found = {row.name: row.complaint(before) for table in tables for row in table.rows}
    return {name: words for name, words in found.items() if words}
