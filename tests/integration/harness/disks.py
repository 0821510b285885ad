"""A file system of a test's own, that can be filled and emptied (root, or sudo)."""

import os
import pathlib
import shutil
import subprocess

# Streams reserve more than this: a server that counted what is free would refuse them.
ROOM = "1g"


def mount(directory):
    """Where there is a directory, or none yet."""
    pathlib.Path(directory).mkdir(mode=0o700, exist_ok=True)
    _as_root("mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=700,uid={os.getuid()}", "er-test",
            str(directory))


def unmount(directory):
    _as_root("umount", "--lazy", str(directory))


def fill(directory, spare_kib=0):
    """Takes all room but that much: the file system shrinks to what it holds."""
    for more_kib in (0, 16, 64, 256):
        used = shutil.disk_usage(directory).used
        try:
            return _resize(directory, f"{used // 1024 + spare_kib + more_kib}k")
        except subprocess.CalledProcessError:
            continue  # It holds more by now than it was to shrink to.
    raise AssertionError(f"{directory} cannot be filled: what it holds grows too fast")


def make_room(directory):
    _resize(directory, ROOM)


def _resize(directory, size):
    _as_root("mount", "-o", f"remount,size={size}", str(directory))


def _as_root(*command):
    subprocess.run([*([] if os.getuid() == 0 else ["sudo"]), *command], check=True,
                   stderr=subprocess.PIPE)
