"""Writes container images as docker-archive files, from local files, with no registry.

The same content gives the same file, byte for byte.
"""

import hashlib
import io
import json
import os
import platform
import subprocess
import tarfile

from testcluster import programs
from testcluster.report import ClusterError

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Image:
    """An image of one layer: files are added, then it is written."""

    def __init__(self, name, config):
        """`config` as in the OCI image specification: Env, Cmd, Entrypoint, User, ..."""
        self._name = name
        self._config = config
        self._buffer = io.BytesIO()
        self._layer = tarfile.open(fileobj=self._buffer, mode="w", format=tarfile.GNU_FORMAT)

    def add_file(self, path, data, mode=0o644):
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode = len(data), mode
        self._layer.addfile(entry, io.BytesIO(data))

    def add_folder(self, path, mode=0o755):
        entry = tarfile.TarInfo(path.strip("/"))
        entry.type, entry.mode = tarfile.DIRTYPE, mode
        self._layer.addfile(entry)

    def add_link(self, path, target):
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, target, 0o777
        self._layer.addfile(entry)

    def write(self, path):
        """Writes the image to `path`. The image cannot be added to any more."""
        self._layer.close()
        layer = self._buffer.getvalue()
        config = json.dumps({
            "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
            "os": "linux", "config": self._config,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_digest(layer)}"]},
        }).encode()
        config_name = f"{_digest(config)}.json"
        manifest = json.dumps([{"Config": config_name, "RepoTags": [self._name],
                                "Layers": ["layer.tar"]}]).encode()
        temporary = f"{path}.new"
        with tarfile.open(temporary, "w", format=tarfile.GNU_FORMAT) as archive:
            for name, data in ((config_name, config), ("layer.tar", layer),
                               ("manifest.json", manifest)):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        os.rename(temporary, path)


def write_busybox(path, name):
    """An image with a shell and the usual tools, from the system's static busybox."""
    program = programs.installed("busybox")
    image = Image(name, {"Env": ["PATH=/bin"], "Cmd": ["sh"]})
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
    image.write(path)


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


def _digest(data):
    return hashlib.sha256(data).hexdigest()
