"""The directory of a cluster: who may work in it, and what may be removed with it."""

import contextlib
import fcntl
import os
import pathlib
import shutil

from testcluster.report import ClusterError, say

MARK = "this-is-an-eventreactor-test-cluster"


@contextlib.contextmanager
def locked(directory):
    """Makes the directory if it is not there, and keeps others from working in it meanwhile."""
    path = pathlib.Path(directory)
    while True:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"another command works in {path}; waiting for it")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            # It may have been removed, and made again, while we waited.
            if path.exists() and os.path.samestat(os.fstat(descriptor), os.stat(path)):
                yield
                return
        finally:
            os.close(descriptor)


def claim(directory):
    """Marks an empty directory as a cluster's; refuses one with anything else in it."""
    path = pathlib.Path(directory)
    if not (path / MARK).exists():
        if any(path.iterdir()):
            raise ClusterError(f"{path} has other things in it: name another with --dir")
        (path / MARK).touch()


def empty(directory):
    """Removes all but the mark; refuses a directory that is not marked, and not empty."""
    path = pathlib.Path(directory)
    if any(path.iterdir()) and not (path / MARK).exists():
        raise ClusterError(f"{path} is not a test cluster's: nothing there was touched")
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != MARK:
            entry.unlink()


def remove(directory):
    """Removes what `empty` has emptied. The mark goes last, so that this can be repeated."""
    path = pathlib.Path(directory)
    (path / MARK).unlink(missing_ok=True)
    path.rmdir()
