"""Processes of this machine, found by how they were started."""

import os
import pathlib
import re
import time

SECONDS = 150


def find(program, *words):
    """The id of the process of that program that has the words in its arguments; None if none has.

    Of several it is the first: a dispatcher may have a child of its own.
    """
    return min(find_all(program, *words), default=None)


def find_all(program, *words, cgroup=""):
    """The ids of all of them, of one control group."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        folder = pathlib.Path("/proc", entry)
        try:
            argv = (folder / "cmdline").read_bytes().split(b"\0")
            if os.path.basename(argv[0]) != program.encode():
                continue
            if cgroup not in (folder / "cgroup").read_text(encoding="ascii"):
                continue
        except OSError:
            continue  # It has ended meanwhile.
        if all(any(word.encode() in each for each in argv) for word in words):
            found.append(int(entry))
    return sorted(found)


def signal_when_there(find_one, number, name):
    """To the process that `find_one` finds, now or soon; returns its id."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            if pid := find_one():
                os.kill(pid, number)
                return pid
        except ProcessLookupError:
            pass  # It has ended meanwhile.
        assert time.monotonic() < deadline, f"{name} is not started again"
        time.sleep(0.05)


def signal_if_there(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # Somebody else has ended it.


def weight(pid):
    """{"memory": MB that are its own, "descriptors": how many are open}

    Pages of files are left out, as how many others share them changes without its doing.
    """
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    kib = int(re.search(r"^Anonymous:\s+(\d+) kB", rollup, re.M).group(1))
    return {"memory": kib / 1024, "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}


def await_idle(pids):
    """Until they have next to nothing to do."""
    while True:
        before = sum(map(_processor_ticks, pids))
        time.sleep(2)
        if sum(map(_processor_ticks, pids)) - before < 10:
            return


def _processor_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
    return sum(map(int, fields.split()[11:13]))
