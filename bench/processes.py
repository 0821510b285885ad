"""What processes take: time of the processor, memory, and time to start."""

import concurrent.futures
import contextlib
import datetime
import os
import pathlib
import re
import signal
import threading
import time


def processor_seconds(pid):
    times = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def pss(pid):
    """In MB: what is shared counts for each process that shares it in part."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) / 1024


def settle(pids):
    """Until what was accepted is worked off: these have next to nothing to do, or little and no
    less than before, as where a machine's own burden is counted as theirs."""
    used = []
    while True:
        before = sum(map(processor_seconds, pids))
        time.sleep(2)
        used = [*used[-2:], sum(map(processor_seconds, pids)) - before]
        level = len(used) == 3 and max(used) < min(0.5, 1.5 * min(used))
        if used[-1] < 0.1 or level:
            return


@contextlib.contextmanager
def paused(pid):
    """So that what others do is measured alone; it takes up its work after."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Peaks:
    """The most memory that each process has had while this was entered, in MB by name."""

    def __init__(self, pids):
        self._pids = pids
        self._done = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(1)
        self.most = {name: 0 for name in pids}

    def __enter__(self):
        self._watching = self._pool.submit(self._watch)
        return self

    def __exit__(self, *_):
        self._done.set()
        self._watching.result()
        self._pool.shutdown()

    def _watch(self):
        while not self._done.wait(0.2):
            for name, pid in self._pids.items():
                self.most[name] = max(self.most[name], pss(pid))


def start_seconds(pid, log, words):
    """From the start of the process to the line of its log (as glog writes) that has the words."""
    [line] = [line for line in log.splitlines() if words in line][-1:] or [None]
    if line is None:
        raise AssertionError(f"the log has no {words!r}: {log[-2000:]}")
    day, moment = re.match(r"[IWE](\d{8}) (\S+) ", line).groups()
    said = datetime.datetime.strptime(f"{day} {moment}", "%Y%m%d %H:%M:%S.%f").timestamp()
    ticks = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    up = time.clock_gettime(time.CLOCK_BOOTTIME)
    return said - (time.time() - up + ticks / os.sysconf("SC_CLK_TCK"))
