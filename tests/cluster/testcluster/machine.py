"""A machine of its own for the node: namespaces, as a container has them.

The first process of the machine is the keeper. When it ends, the kernel ends
every process of the machine, and with them go its mounts, network interfaces,
iptables rules and sysctls: nothing of that is ever on the host. What remains
for `down` are files and empty cgroups.

Shared with the host are its files (but for /run, /var/lib, /var/log and
/etc/hosts, which are the machine's own) and its kernel: /proc/sys is
read-only there but for the machine's network.
"""

import os
import socket
import subprocess

from testcluster import cgroups
from testcluster import system_calls as calls

NAMESPACES = (calls.CLONE_NEWNS | calls.CLONE_NEWNET | calls.CLONE_NEWUTS | calls.CLONE_NEWIPC
              | calls.CLONE_NEWCGROUP | calls.CLONE_NEWPID)
HIDDEN = ("/run", "/var/lib", "/var/log")
# What a kubelet insists on. It would set them for the whole kernel; here it finds them set.
KERNEL_SETTINGS = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10,
                   "kernel/panic_on_oops": 1, "kernel/keys/root_maxkeys": 1000000,
                   "kernel/keys/root_maxbytes": 25000000}


def separate(plan):
    """Makes the namespaces. The next process that is forked is the machine's first."""
    cgroups.create(plan["cgroup"])
    calls.unshare(NAMESPACES)


def arrange(plan):
    """In the first process: makes the machine's view of files, and its name.

    `plan` has hostname, hosts (a file to be /etc/hosts), cgroup (a name),
    binds ({folder of the machine: folder of the host}) and keep (folders that
    have to stay where they are).
    """
    _arrange_files(plan)
    socket.sethostname(plan["hostname"])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def command_inside(pid, *namespaces):
    """What to put before a command so that it runs in the machine whose first process is `pid`."""
    chosen = [f"--{name}" for name in namespaces] or ["--all"]
    return ["nsenter", f"--target={pid}", *chosen, "--"]


def _arrange_files(plan):
    calls.mount(None, "/", flags=calls.MS_REC | calls.MS_PRIVATE)
    # Names may lead elsewhere once the mounts below are made; descriptors do not.
    kept = {path: os.open(path, os.O_PATH) for path in plan["keep"]}
    binds = {path: os.open(source, os.O_PATH) for path, source in plan["binds"].items()}
    hosts = os.open(plan["hosts"], os.O_PATH)

    _let_go_of_mounts(plan["keep"])
    hidden = calls.MS_NOSUID | calls.MS_NODEV | calls.MS_NOEXEC
    calls.mount("proc", "/proc", "proc", hidden)
    cgroups.mount_view(calls.mount)
    for folder in HIDDEN:
        calls.mount("tmpfs", folder, "tmpfs", calls.MS_NOSUID | calls.MS_NODEV, "mode=755")
    _protect_kernel_settings()
    calls.bind(f"/proc/self/fd/{hosts}", "/etc/hosts")
    for path, descriptor in binds.items():
        os.makedirs(path, exist_ok=True)
        calls.bind(f"/proc/self/fd/{descriptor}", path)
    for path, descriptor in kept.items():
        if not _is_still(path, descriptor):
            os.makedirs(path, exist_ok=True)
            calls.bind(f"/proc/self/fd/{descriptor}", path)
    # Volumes of Pods may ask for mounts that are seen on both sides.
    calls.mount(None, "/", flags=calls.MS_REC | calls.MS_SHARED)
    for descriptor in [hosts, *kept.values(), *binds.values()]:
        os.close(descriptor)


def _protect_kernel_settings():
    calls.bind("/proc/sys", "/proc/sys")
    calls.mount(None, "/proc/sys", flags=calls.MS_REMOUNT | calls.MS_BIND | calls.MS_RDONLY)
    calls.bind("/proc/sys/net", "/proc/sys/net")
    calls.mount(None, "/proc/sys/net", flags=calls.MS_REMOUNT | calls.MS_BIND)
    os.mkdir("/run/sysctl")
    for name, value in KERNEL_SETTINGS.items():
        file = os.path.join("/run/sysctl", name.replace("/", "."))
        with open(file, "w", encoding="ascii") as setting:
            setting.write(f"{value}\n")
        if os.path.exists(f"/proc/sys/{name}"):
            calls.bind(file, f"/proc/sys/{name}")


def _let_go_of_mounts(keep):
    """Containers of the host may have mounts in the hidden folders: do not hold on to them."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        # Spaces and the like are written as octal numbers there.
        places = [line.split()[4].encode().decode("unicode_escape") for line in file]
    for place in reversed(places):
        in_the_way = any(path == place or path.startswith(place + "/") for path in keep)
        if place.startswith(tuple(folder + "/" for folder in HIDDEN)) and not in_the_way:
            calls.detach(place)


def _is_still(path, descriptor):
    try:
        return os.path.samestat(os.stat(path), os.stat(descriptor))
    except OSError:
        return False
