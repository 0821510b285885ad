"""Writes docs/chaos.md: what the long form came to. Pure, but for what it says of the machine."""

import collections
import datetime
import os
import platform
import re
import subprocess

import checker

INTRODUCTION = """# What chaos came to

Written by `make chaos` (`tests/chaos/suite.py`); [its README](../tests/chaos/README.md) says what a
run is, what can fail in it, and what the checker looks at. Each run is in a world of its own, and
drawn from its seed, which `tests/chaos/chaos.py --seed` takes as well.
"""
COLUMNS = ("run", "world", "seed", "accepted", "refused", "Actions", "that ran", "faults",
           *checker.KINDS, "settled after")


def write(path, entries, planned):
    """`planned` is how many runs there are to be, the one of a broken product apart."""
    if entries:
        path.write_text(text(entries, planned, machine()), encoding="utf-8")


def text(entries, planned, where):
    entries = sorted(entries, key=lambda each: each["run"])
    runs = [each for each in entries if each["run"] != "mutant"]
    parts = [INTRODUCTION, f"{_day(entries)}, {where}. Seed {entries[0]['seed']}.\n",
             "## In all\n", _sum(runs, planned), "## Each run\n", _runs(runs), _examples(runs),
             "## Faults\n", _faults(runs), "## Sizes\n", _sizes(runs), "## A check that can fail\n",
             _mutant(entries)]
    return "\n".join(each for each in parts if each)


def machine():
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    told = [f"{os.cpu_count()} CPUs, {memory:.0f} GiB, Linux {platform.release().split('-')[0]}"]
    for program, word in (("/usr/sbin/nats-server", "--version"), ("podman", "--version")):
        done = subprocess.run([program, word], capture_output=True, text=True, check=False)
        number = re.search(r"\d+\.\d+\.\d+", done.stdout)
        told.append(f"{os.path.basename(program)} {number.group() if number else 'of no version'}")
    return ", ".join(told)


def _day(entries):
    latest = max(each["at"] for each in entries)
    return datetime.datetime.fromtimestamp(latest, datetime.UTC).strftime("%Y-%m-%d")


def _sum(runs, planned):
    rows = [(f"runs, of {planned}", len(runs)),
            ("accepted events", sum(each["accepted"] for each in runs)),
            ("refusals on the way, each tried again", sum(each["refused"] for each in runs)),
            ("Actions", sum(each["actions"] for each in runs)),
            ("of them run", sum(each["ran"] for each in runs)),
            ("faults", sum(len(each["faults"]) for each in runs))]
    rows += [(kind, sum(each["problems"][kind] for each in runs)) for kind in checker.KINDS]
    return _table(("what", "count"), ((name, f"{count:,}") for name, count in rows))


def _runs(runs):
    return _table(COLUMNS, ((
        each["run"], f"{each['world']}{', held' if each['held'] else ''}", each["plan"]["seed"],
        each["accepted"], each["refused"], each["actions"], each["ran"], len(each["faults"]),
        *(each["problems"][kind] for kind in checker.KINDS), f"{each['settled']:.0f} s")
        for each in runs))


def _examples(runs):
    found = [f"- run {each['run']}: {words}" for each in runs for words in each["examples"]]
    return "Problems, such as:\n\n" + "\n".join(found) + "\n" if found else ""


def _faults(runs):
    counts = collections.Counter(fault for each in runs for fault in each["faults"])
    verbs = sorted({each.split(" ", 1)[0] for each in counts})
    targets = sorted({each.split(" ", 1)[1] for each in counts})
    return _table(("what", *verbs), ((target, *(counts[f"{verb} {target}"] or "" for verb in verbs))
                                     for target in targets))


def _sizes(runs):
    told = [f"- run {each['run']} ({each['world']}): {each['sizes']}"
            for each in runs if each["sizes"]]
    if not told:
        return "Not compared.\n"
    return ("What is each process's own (anonymous memory) and its open descriptors, after a load\n"
            "and a sweep, and after the same load and a sweep to the same count, with connections\n"
            "cut all the while:\n\n" + "\n".join(told) + "\n")


def _mutant(entries):
    for each in entries:
        if each["run"] == "mutant":
            found = ", ".join(f"{count} {kind}"
                              for kind, count in each["problems"].items() if count)
            return ("The same checker and the short form, with a dispatcher that acknowledges\n"
                    "before it stores (`tests/chaos/ack_first.patch`): seed "
                    f"{each['plan']['seed']},\n{each['accepted']} events accepted, "
                    f"{len(each['faults'])} faults: {found or 'nothing found'}.\n")
    return "Not run.\n"


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"
