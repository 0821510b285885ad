"""The page bench/RESULTS.md: on what it was measured, what was measured, and how peers do."""

import datetime
import os
import pathlib
import platform
import re
import shutil
import subprocess

from sender import ROOT
from api_server import Cluster

PAGE = ROOT / "bench" / "RESULTS.md"
HEAD = """\
# Results

Written by `make bench`: medians of {rounds} rounds of one run, on {day}. `make bench-check`
measures some of the ratios anew and compares.

{machine}

Everything is on the same cores: the API server, etcd, our processes and whoever sends. Figures
differ from machine to machine and from run to run; the ratios are what counts.
"""
PEERS = """\
## Others, for orientation

Measured elsewhere, on a machine like this one (two cores, API server and etcd on the same), and not
in this run: from POST to the custom resource seen by a watch.

| | p50 at 4 events/s | 200 one at a time | burst of 2,000, 16 connections | lost of accepted, one kill -9 | memory |
|---|---|---|---|---|---|
| raw creates | 5.5-5.9 ms | 175-290/s | 495-558/s (640-670 at 128) | | |
| Tekton Triggers 0.37 as shipped (5 QPS) | 7.8-8.3 ms | 38 s in all | 5.6/s | 66 of 170 | 54-67 MB |
| Tekton Triggers, limit lifted | 7.8-8.3 ms | queues to 440 ms | 367-380/s | 2,011 of 5,776 | 243 MB after 2,000 |
| Argo Events 1.9 as shipped | 8.3-8.7 ms | 38 s in all | 5.6/s | 66 of 200 | 200 MB in three processes |
| Argo Events, atLeastOnce | 7.8-8.4 ms | 38 s in all | 5.6/s | 0 | 200 MB |
"""


def page(parts, rounds):
    head = HEAD.format(rounds=rounds, day=datetime.date.today(), machine=machine())
    return "\n".join([head, *(part.text() for part in parts), PEERS])


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    model = re.search(r"^model name\s*: (.*)$", text, re.M)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    programs = Cluster(ROOT / "build" / "cluster").programs
    versions = {
        "Kubernetes": version(programs.path("kube-apiserver")),
        "etcd": version(programs.path("etcd")),
        "nats-server": version(shutil.which("nats-server", path=f"{os.environ['PATH']}:/usr/sbin")),
        "podman": version("podman"), "compiler": version(compiler())}
    named = [f"- {name}: {words}" for name, words in versions.items()]
    processor = model.group(1) if model else platform.machine()
    return "\n".join([f"- {os.cpu_count()} cores ({processor}), {memory} GiB, "
                      f"Linux {platform.release().split('-')[0]}", *named])


def version(program):
    """The first line that it says of itself."""
    return subprocess.run([program, "--version"], capture_output=True, text=True,
                          check=True).stdout.splitlines()[0]


def compiler():
    """With which the programs were built."""
    cache = (ROOT / "build" / "CMakeCache.txt").read_text(encoding="utf-8")
    return re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.M).group(1)
