"""Writes container images as docker-archive files.

The same content gives the same file, byte for byte.
"""

import hashlib
import io
import json
import os
import platform
import tarfile

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


def _digest(data):
    return hashlib.sha256(data).hexdigest()
