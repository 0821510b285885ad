"""How long an Event takes to match, by the number of Pipelines that it does not match."""

import json
import subprocess

from sender import BIN
from table import Table

COUNTS = (10, 100, 1_000, 10_000)
TITLE = "Matching"
WORDS = """\
Processor time of the matcher for one event, which 10 Pipelines match, beside more that do not:
those that wait for other types are not looked at, those that want another source are asked."""


def matching(rounds, brief):
    del brief
    table = Table(TITLE, f"{COUNTS[0]} of them", WORDS)
    times = measured(rounds)
    for name, words, one in (("OtherTypes", "of other types", True),
                             ("OtherSources", "of other sources", False)):
        for count in COUNTS[1:]:
            # So many patterns are more than the processor's caches hold: that is noise.
            table.add(f"an event beside {count:,} Pipelines {words}", "µs",
                      times[f"{name}/{count}"], times[f"{name}/{COUNTS[0]}"],
                      target="1" if one else "", checked=one or count < COUNTS[-1])
    return [table]


def measured(rounds):
    """Times in µs of each round, by name; the rounds of all are mixed, so that noise hits all."""
    done = subprocess.run(
        [BIN / "er-bench-matching", "--benchmark_format=json", "--benchmark_min_time=0.05",
         f"--benchmark_repetitions={rounds}", "--benchmark_enable_random_interleaving=true"],
        stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    times = {}
    for each in json.loads(done.stdout)["benchmarks"]:
        if each.get("error_occurred"):
            raise AssertionError(f"{each['name']}: {each['error_message']}")
        if each["run_type"] == "iteration":
            times.setdefault(each["run_name"], []).append(each["cpu_time"] / 1000)
    return times
