"""What a cluster could leave on a host, for tests that compare before and after."""

import os
import pathlib
import re
import subprocess

from testcluster import programs

FOLDERS = ("/etc", "/etc/cni", "/etc/cni/net.d", "/etc/kubernetes", "/opt", "/run", "/run/netns",
           "/usr/libexec", "/var/lib", "/var/lib/cni", "/var/log", "/var/log/pods")
SETTINGS = ("kernel/panic", "kernel/panic_on_oops", "vm/overcommit_memory", "vm/panic_on_oom",
            "net/ipv4/ip_forward", "net/netfilter/nf_conntrack_max")


def take():
    """{kind of trace: a set of lines}; what is only in the later of two was left."""
    return {
        "interfaces": _lines("ip", "-oneline", "link"),
        "addresses": _lines("ip", "-oneline", "address"),
        "routes": _lines("ip", "route", "show", "table", "all"),
        "rules": _lines("ip", "rule"),
        "iptables": _firewall("iptables-save"),
        "ip6tables": _firewall("ip6tables-save"),
        "mounts": set(_read("/proc/mounts").splitlines()),
        "hosts": set(_read("/etc/hosts").splitlines()),
        "settings": {f"{name} {_read('/proc/sys/' + name)}" for name in SETTINGS},
        "folders": {f"{folder}/{name}" for folder in FOLDERS if os.path.isdir(folder)
                    for name in os.listdir(folder)},
        "cgroups": {str(path) for path in pathlib.Path("/sys/fs/cgroup").rglob("eventreactor-*")},
    }


def left(before, after):
    """{kind: lines} of what was not there before, kinds with nothing left out."""
    new = {kind: sorted(after[kind] - before[kind]) for kind in after}
    return {kind: lines for kind, lines in new.items() if lines}


def namespaces(pid):
    """The namespaces of a process, by what the kernel calls them."""
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in ("pid", "net", "mnt")}


def processes(mentioning=(), namespace=None):
    """Processes that mention any of these words, or are in this process id namespace."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            words = (folder / "cmdline").read_bytes() + (folder / "cgroup").read_bytes()
            inside = namespace is not None and os.readlink(folder / "ns" / "pid") == namespace
        except OSError:
            continue  # It ended meanwhile.
        mentioned = any(word.encode() in words for word in mentioning)
        if state not in "ZX" and (mentioned or inside) and int(folder.name) != os.getpid():
            found.append(f"{folder.name} {words[:200]!r}")
    return found


def _lines(name, *words):
    command = [programs.installed(name), *words]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # Lifetimes and counters change on their own.
    return {re.sub(r"(valid_lft|preferred_lft) \S+", "", line) for line in answer.splitlines()}


def _firewall(name):
    command = [os.path.join(os.path.dirname(programs.installed("iptables")), name)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {re.sub(r"\[\d+:\d+\]", "", line) for line in answer.splitlines() if line[0] != "#"}


def _read(path):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
