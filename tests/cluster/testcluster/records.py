"""Processes by their records: a process id alone may be somebody else's by now."""

import json
import os
import signal
import time

from testcluster.report import ClusterError


def write_atomically(path, text):
    """Writes a file that is either whole or not there."""
    temporary = f"{path}.new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(temporary, path)


def record_of(pid):
    """What tells the process `pid` of this moment from any other, at any time."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    return {"pid": pid, "started": _stat_of(pid)[19], "boot": boot}


def is_alive(record):
    """Whether that very process runs; one that only waits to be reaped does not."""
    try:
        stat = _stat_of(record["pid"])
        return stat[0] not in "ZX" and record == record_of(record["pid"])
    except (OSError, KeyError, TypeError, IndexError):
        return False


def read(path):
    """The record in a file; None if there is none that makes sense."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
        return value if isinstance(value, dict) else None
    except (OSError, ValueError):
        return None


def kill(record, seconds=60):
    """Ends that process at once, and returns when it is gone."""
    deadline = time.monotonic() + seconds
    while is_alive(record):
        if time.monotonic() > deadline:
            raise ClusterError(f"process {record['pid']} does not end, not even by SIGKILL")
        try:
            os.kill(record["pid"], signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.02)


def _stat_of(pid):
    """The fields of /proc/PID/stat from the state on (proc(5) counts it as the third)."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()
