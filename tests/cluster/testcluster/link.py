"""The cable between the host and the machine: a pair of veth interfaces."""

import json
import subprocess
import time

from testcluster import machine, programs
from testcluster.plan import POD_CIDR
from testcluster.report import ClusterError

NUMBERS = range(256)
INSIDE = "eth0"


def free_number(taken=()):
    """A number for which the host has neither the interface nor a route to its addresses."""
    names = {link["ifname"] for link in _ip_json("link", "show")}
    routes = {route["dst"] for route in _ip_json("-4", "route", "show", "table", "all")}
    for number in NUMBERS:
        prefix = f"198.18.{number}."
        used = any(route.startswith(prefix) for route in routes)
        if f"ercluster{number}" not in names and not used and number not in taken:
            return number
    raise ClusterError("256 test clusters are up: remove some")


def connect(plan, pid):
    """Lays the cable to the machine whose first process is `pid`; both ends get addresses.

    False if somebody else has taken the interface's name meanwhile.
    """
    ip = programs.installed("ip")
    added = subprocess.run(
        [ip, "link", "add", plan.interface, "type", "veth", "peer", "name", INSIDE,
         "netns", str(pid)], capture_output=True, text=True, check=False)
    if added.returncode != 0:
        if "File exists" in added.stderr:
            return False
        raise ClusterError(f"ip link add {plan.interface}: {added.stderr.strip()}")
    # Who looks at the host's interfaces is told whose this is; so is disconnect.
    _run(ip, "link", "set", plan.interface, "alias", plan.directory[-250:], "up")
    _run(ip, "addr", "add", f"{plan.host_address}/30", "dev", plan.interface)
    inside = machine.command_inside(pid, "net")
    _run(*inside, ip, "addr", "add", f"{plan.node_address}/30", "dev", INSIDE)
    _run(*inside, ip, "link", "set", INSIDE, "up")
    _run(*inside, ip, "route", "add", "default", "via", plan.host_address)
    _run(*inside, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
    # The host knows no way to the Pods' addresses: to it they have the node's.
    _run(*inside, programs.installed("iptables"), "-w", "-t", "nat", "-A", "POSTROUTING",
         "-s", POD_CIDR, "-o", INSIDE, "-j", "MASQUERADE")
    return True


def disconnect(plan, seconds=10):
    """Returns when the host's end is gone, as it is soon after the machine."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        links = {link["ifname"]: link for link in _ip_json("link", "show")}
        alias = links.get(plan.interface, {}).get("ifalias")
        if alias != plan.directory[-250:]:
            return
        # Both ends go at once; the kernel may be doing so already.
        subprocess.run([programs.installed("ip"), "link", "del", plan.interface],
                       capture_output=True, check=False)
        time.sleep(0.05)
    raise ClusterError(f"the interface {plan.interface} does not go away")


def _ip_json(*words):
    answer = subprocess.run([programs.installed("ip"), "-json", *words], capture_output=True,
                            text=True, check=True).stdout
    return json.loads(answer or "[]")


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
