"""Docker, and a podman without root, run containers as root's podman does."""

import concurrent.futures
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from harness import cases
from harness.case_runner import CaseRunner
from harness.source_stack import SourceStack

# What an engine may do in its own way; with --long, all cases.
CASES = ("hello", "a-mebibyte-of-data", "cancel-ends-a-run", "chain-by-status-unknown",
         "command-that-is-not-there", "container-fields", "credentials-in-home",
         "empty-dir-is-shared", "env-in-every-step", "event-files", "exit-78-is-neutral",
         "failure-stops-later-steps", "home-is-shared", "log-in-order", "log-of-a-mebibyte",
         "missing-image-waits-until-the-timeout", "non-root-user", "own-mount-wins",
         "settings-and-secrets", "source-custom", "source-gcs", "source-git",
         "sub-path-of-a-source", "templates", "timeout-ends-the-run", "two-steps-share-workspace")
DOCKERD = "/usr/sbin/dockerd"


def run(long):
    todo = cases.load(() if long else CASES)
    with docker() as address, SourceStack(["--engine", address]) as stack:
        run_cases(stack, todo)
    if os.geteuid() != 0:
        # All other tests have run without root then.
        return f"{len(todo)} cases by docker"
    with user() as name, tun(), RootlessStack(name) as stack:
        run_cases(stack, todo)
        owner = os.stat(f"/proc/{stack.pids()['engine']}").st_uid
        assert owner == pwd.getpwnam(name).pw_uid, "podman runs as somebody else"
    return f"{len(todo)} cases by docker, and by podman as the user {name}"


def run_cases(stack, todo):
    def one(case):
        try:
            CaseRunner(stack, case).run()
        except Exception as error:
            raise AssertionError(f"{case['name']}: {error}") from error

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(one, todo))
    left = stack.left_behind()
    assert not left, left


@contextlib.contextmanager
def docker():
    """The address of a docker of its own, which touches neither networks nor another docker."""
    assert os.access(DOCKERD, os.X_OK), f"{DOCKERD} is not there: scripts/install-deps test"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="er-", dir="/tmp"))
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    socket = folder / "docker.sock"
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [*as_root, DOCKERD, f"--host=unix://{socket}",
             f"--data-root={folder / 'data'}", f"--exec-root={folder / 'exec'}",
             f"--pidfile={folder / 'pid'}", "--bridge=none", "--iptables=false",
             "--storage-driver=vfs", f"--group={os.getegid()}"], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not socket.exists():
            assert process.poll() is None and time.monotonic() < deadline, (
                (folder / "log").read_text())
            time.sleep(0.1)
        yield f"unix://{socket}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        # One that is ended while it starts leaves this mount.
        subprocess.run([*as_root, "umount", "--lazy", folder / "data"], check=False,
                       stderr=subprocess.DEVNULL)
        subprocess.run([*as_root, "rm", "-rf", folder], check=True)


@contextlib.contextmanager
def user():
    """The name of a user that is there for as long as this lasts, with subordinate ids."""
    name = f"er-{os.getpid()}"
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/sh", name], check=True)
    try:
        yield name
    finally:
        end_all_of(name)
        subprocess.run(["userdel", "--remove", name], check=True, capture_output=True)


def end_all_of(name):
    """userdel refuses while one process is there, which one that was killed still is for a moment."""
    deadline = time.monotonic() + 30
    while subprocess.run(["pkill", "-KILL", "-u", name], check=False).returncode == 0:
        assert time.monotonic() < deadline, subprocess.run(
            ["ps", "-u", name, "-o", "pid,stat,args"], check=False, capture_output=True,
            text=True).stdout
        time.sleep(0.1)


@contextlib.contextmanager
def tun():
    """slirp4netns opens it, as udev lets everybody; where there is no udev it is root's alone."""
    path = pathlib.Path("/dev/net/tun")
    mode = path.stat().st_mode
    path.chmod(0o666)
    try:
        yield
    finally:
        path.chmod(mode & 0o777)


class RootlessStack(SourceStack):
    """All of its processes, the engine among them, are a user's."""

    def __init__(self, name):
        super().__init__()
        account = pwd.getpwnam(name)
        # As a login would make it.
        self.runtime = pathlib.Path(f"/run/user/{account.pw_uid}")
        self.runtime.mkdir(mode=0o700, parents=True)
        self.run_as = ("runuser", "-u", name, "--", "env", f"HOME={account.pw_dir}",
                       f"XDG_RUNTIME_DIR={self.runtime}")
        for folder in (self.directory, self.runtime):
            shutil.chown(folder, name, name)

    def destroy(self):
        super().destroy()
        # What containers' users left is the user's to remove.
        subprocess.run([*self.run_as, "podman", "system", "reset", "--force"], check=True, cwd="/",
                       capture_output=True)
        for pause in self.runtime.glob("libpod/tmp/pause.pid"):
            os.kill(int(pause.read_text()), signal.SIGKILL)
        shutil.rmtree(self.runtime)
