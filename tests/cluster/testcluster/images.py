"""Brings images into the node's containerd."""

import os
import subprocess

from testcluster import docker_archive, machine, programs
from testcluster.node import CONTAINERD_SOCKET, PAUSE_IMAGE
from testcluster.report import ClusterError

PAUSE_SOURCE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "pause.c")


def choose_snapshotter(folder):
    """How containerd can keep images below this folder: overlayfs does not work on itself."""
    parts = {name: os.path.join(folder, f"overlay-{name}")
             for name in ("lower", "upper", "work", "merged")}
    for path in parts.values():
        os.makedirs(path, exist_ok=True)
    options = "lowerdir={lower},upperdir={upper},workdir={work}".format(**parts)
    # In a mount namespace of its own: nothing has to be unmounted, whatever happens.
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "overlay", "-o", options, "overlay",
         parts["merged"]], capture_output=True, check=False)
    return "overlayfs" if done.returncode == 0 else "native"


def load(cluster, path):
    """Imports a docker-archive or OCI archive, for Pods with imagePullPolicy Never or
    IfNotPresent. Returns what ctr says of it."""
    # The file is handed over open: its path may mean something else inside the machine.
    with open(path, "rb") as archive:
        done = ctr(cluster, "--namespace", "k8s.io", "images", "import", "--snapshotter",
                   cluster.plan.snapshotter, "-", stdin=archive, capture_output=True, text=True)
    if done.returncode != 0:
        raise ClusterError(f"{path} was not loaded: {done.stderr.strip()}")
    return done.stdout


def load_pause(cluster):
    """The image that containerd starts every Pod with."""
    archive = cluster.plan.path("pause.tar")
    docker_archive.write_pause(archive, PAUSE_IMAGE, PAUSE_SOURCE)
    load(cluster, archive)


def ctr(cluster, *words, **options):
    """Runs ctr where containerd's socket is."""
    inside = machine.command_inside(cluster.keeper.record["pid"], "mount", "net")
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [*inside, programs.installed("ctr"), "--address", CONTAINERD_SOCKET, *words],
        check=False, **options)
