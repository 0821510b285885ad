"""Builds programs from the Go module proxy, once for each version.

In the cache of a version, `bin` holds whole programs only: each is built
aside and renamed. `build` holds Go's caches while there is something to
build, so that a build that was interrupted goes on where it was; it is
removed (gigabytes) when everything that was asked for is there.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import threading
import time

from testcluster import golang
from testcluster.report import ClusterError, say

SAY_EVERY_SECONDS = 30
# Written by a build under way: what `go build -v` says is one package a line.
LOG = "build.log"


def missing(source, programs):
    """Those of the programs that are not in the cache."""
    return [name for name in programs if not os.access(source.bin / name, os.X_OK)]


def ensure(source, programs):
    """Builds those of the programs that are not in the cache."""
    if not missing(source, programs):
        return
    with _lock(source) as lock:
        wanted = missing(source, programs)  # Another may have built them while we waited.
        if not wanted:
            return
        go = golang.find()
        started = time.monotonic()
        say(f"building {', '.join(wanted)} ({source.name} {source.version}) in {source.cache}: "
            "minutes, this once")
        _build(go, source, wanted, lock)
        shutil.rmtree(source.cache / "build")
        say(f"built {source.name} {source.version} in {_minutes(time.monotonic() - started)}")


@contextlib.contextmanager
def _lock(source):
    """One build of a version at a time; the others wait."""
    source.bin.mkdir(parents=True, exist_ok=True)
    with open(source.cache / "lock", "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another process builds {source.name} {source.version}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _build(go, source, names, lock):
    """All in one go: they share most packages, and one is compiled while another is linked."""
    build = source.cache / "build"
    (build / "tmp").mkdir(parents=True, exist_ok=True)
    (build / "bin").mkdir(exist_ok=True)
    command = [go, "build", "-v", "-trimpath", "-ldflags", _link_flags(source),
               # What the linker would leave out need not be made.
               "-gcflags=all=-dwarf=false",
               "-o", f"{build / 'bin'}/", *(source.packages[name] for name in names)]
    # What the user configured for Go (a proxy, say) holds, but for what would change the result.
    env = {**os.environ, "GOCACHE": str(build / "gocache"), "GOMODCACHE": str(build / "gomodcache"),
           "GOTMPDIR": str(build / "tmp"), "GOFLAGS": "-mod=readonly -modcacherw",
           "GOWORK": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    with open(build / LOG, "ab") as log, _progress(source.name, build / LOG):
        done = subprocess.run(command, cwd=source.folder, env=env, stdin=subprocess.DEVNULL,
                              stdout=log, stderr=log, check=False,
                              # Should we be killed, go holds the lock until it has ended too.
                              pass_fds=[lock.fileno()])
    if done.returncode != 0:
        raise ClusterError(f"could not build {', '.join(names)}; what go said is in "
                           f"{build / LOG}:\n{_errors(build / LOG)}")
    for name in names:
        os.rename(build / "bin" / name, source.bin / name)


def _link_flags(source):
    flags = ["-s", "-w"]
    if source.name == "kubernetes":
        major, minor = source.version.removeprefix("v").split(".")[:2]
        package = "k8s.io/component-base/version"
        for key, value in (("Version", source.version), ("Major", major), ("Minor", minor)):
            flags += ["-X", f"{package}.git{key}={value}"]
    return " ".join(flags)


@contextlib.contextmanager
def _progress(name, log):
    """Says now and then how far the build is: the number of packages is what go tells."""
    started = time.monotonic()
    before = _lines(log)
    done = threading.Event()

    def talk():
        while not done.wait(SAY_EVERY_SECONDS):
            say(f"  {name}: {_minutes(time.monotonic() - started)}, "
                f"{_lines(log) - before} packages")

    say(f"  {name} ...")
    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    say(f"  {name}: {_minutes(time.monotonic() - started)}")


def _lines(path):
    with open(path, "rb") as file:
        return sum(not line.startswith(b"go: ") for line in file)


def _errors(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join("    " + line for line in file.readlines()[-15:])


def _minutes(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
