"""Images for tests, written as docker-archive files from local files, with no registry."""

import os
import pathlib
import subprocess
import sys

from testcluster import programs
from testcluster.report import ClusterError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "deploy" / "images"))

from erimages.archive import Image  # noqa: E402


def write_busybox(path, name, files=None, **config):
    """An image with a shell and the usual tools, from the system's static busybox, and `files`."""
    program = programs.installed("busybox")
    image = Image(name, {"Env": ["PATH=/bin"], "Cmd": ["sh"], **config})
    for folder, mode in (("bin", 0o755), ("etc", 0o755), ("root", 0o700), ("tmp", 0o1777),
                         ("usr", 0o755)):
        image.add_folder(folder, mode)
    with open(program, "rb") as file:
        image.add_file("bin/busybox", file.read(), 0o755)
    applets = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    for applet in applets.stdout.split():
        if applet != "busybox":
            image.add_link(f"bin/{applet}", "busybox")
    image.add_link("usr/bin", "../bin")
    image.add_file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"
                                 b"nobody:x:65534:65534:nobody:/:/bin/sh\n")
    image.add_file("etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    for where, data in (files or {}).items():
        image.add_file(where, data)
    image.write(path)


def write_gcs_fetcher(path, name):
    """In place of what fetches from Google Cloud Storage: it writes down what it is told."""
    script = 'mkdir -p "$6" && echo "$@" > "$6/fetched"'
    write_busybox(path, name, Entrypoint=["/bin/sh", "-c", script, "gcs-fetcher"])


def write_pause(path, name, source):
    """An image with the program that holds a Pod's namespaces, compiled from `source`."""
    binary = f"{path}.program"
    done = subprocess.run([programs.installed("cc"), "-static", "-Os", "-s", "-o", binary, source],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(f"cannot compile {source}: {done.stderr.strip()}")
    image = Image(name, {"Entrypoint": ["/pause"], "User": "65535:65535"})
    with open(binary, "rb") as file:
        image.add_file("pause", file.read(), 0o755)
    os.unlink(binary)
    image.write(path)
