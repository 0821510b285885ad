"""A cgroup of our own in every hierarchy there is: v1, v2, or both side by side."""

import errno
import os
import pathlib
import time
from typing import NamedTuple

from testcluster.report import ClusterError

ROOT = "/sys/fs/cgroup"
V2_CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")


class Hierarchy(NamedTuple):
    """Where a hierarchy is mounted, its file system, and its options (the v1 controllers)."""
    mountpoint: str
    kind: str
    options: str


def hierarchies():
    """Those mounted here, as proc(5) lists them in mountinfo."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            mountpoint = before.split()[4]
            kind, _, options = after.split()[:3]
            under = mountpoint == ROOT or mountpoint.startswith(ROOT + "/")
            if under and kind in ("cgroup", "cgroup2"):
                kept = [word for word in options.split(",") if word not in ("rw", "ro")]
                found.append(Hierarchy(mountpoint, kind, ",".join(kept)))
    return found


def create(name):
    """Makes the cgroup in every hierarchy, and moves the calling process there."""
    for hierarchy in hierarchies():
        top = pathlib.Path(hierarchy.mountpoint)
        group = top / name
        group.mkdir(exist_ok=True)
        # A cpuset of v1 takes no process before it has processors and memory.
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if hierarchy.kind == "cgroup" and (group / setting).exists():
                (group / setting).write_text((top / setting).read_text())
        (group / "cgroup.procs").write_text(str(os.getpid()))


def missing_controllers():
    """{v2 hierarchy: controllers that its top does not hand down}, of those that limits need."""
    missing = {}
    for hierarchy in hierarchies():
        top = pathlib.Path(hierarchy.mountpoint)
        if hierarchy.kind == "cgroup2":
            there = (top / "cgroup.controllers").read_text().split()
            given = (top / "cgroup.subtree_control").read_text().split()
            missing[hierarchy.mountpoint] = [
                word for word in V2_CONTROLLERS if word in there and word not in given]
    return {top: words for top, words in missing.items() if words}


def hand_down(controllers, sign):
    """Turns controllers, as missing_controllers gives them, on ("+") or off again ("-")."""
    for top, words in controllers.items():
        for word in words:
            try:
                pathlib.Path(top, "cgroup.subtree_control").write_text(sign + word)
            except OSError as error:
                # Off again is a courtesy: by now somebody else may use it.
                if sign == "+":
                    raise ClusterError(
                        f"the node needs the cgroup controller {word}, and {top} does not hand "
                        f"it down: {error}") from error


def mount_view(mount):
    """Mounts the hierarchies anew, as the present cgroup namespace shows them.

    `mount(source, target, kind, flags, data)` is the system call. The first
    process of a v2 hierarchy moves to a leaf: only leaves hold processes.
    """
    seen = hierarchies()
    mount("sysfs", "/sys", "sysfs", 0, None)
    if all(hierarchy.mountpoint != ROOT for hierarchy in seen):
        mount("tmpfs", ROOT, "tmpfs", 0, "mode=755")
    for hierarchy in sorted(seen, key=lambda one: len(one.mountpoint)):
        os.makedirs(hierarchy.mountpoint, exist_ok=True)
        mount(hierarchy.kind, hierarchy.mountpoint, hierarchy.kind, 0, hierarchy.options or None)
        if hierarchy.kind == "cgroup2":
            top = pathlib.Path(hierarchy.mountpoint)
            (top / "system").mkdir(exist_ok=True)
            (top / "system" / "cgroup.procs").write_text("1")
            there = (top / "cgroup.controllers").read_text().split()
            for word in V2_CONTROLLERS:
                if word in there:
                    (top / "cgroup.subtree_control").write_text("+" + word)
    for hierarchy in seen:
        # v1 joins controllers: /sys/fs/cgroup/cpu is then a link to cpu,cpuacct.
        folder = os.path.basename(hierarchy.mountpoint)
        for word in folder.split(",") if "," in folder else ():
            os.symlink(folder, os.path.join(os.path.dirname(hierarchy.mountpoint), word))


def remove(name, seconds=10):
    """Removes the cgroup, and those below it, from every hierarchy. None has a process left."""
    deadline = time.monotonic() + seconds
    for hierarchy in hierarchies():
        for folder, _, _ in os.walk(os.path.join(hierarchy.mountpoint, name), topdown=False):
            _remove_one(folder, deadline)


def _remove_one(folder, deadline):
    while True:
        try:
            os.rmdir(folder)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            # The kernel lets go of the last process a moment after its end.
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
