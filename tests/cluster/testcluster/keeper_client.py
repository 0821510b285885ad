"""Asks a cluster's keeper (keeper.py) to start and stop processes."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from testcluster import keeper, records
from testcluster.report import ClusterError, tail

START_SECONDS = 60
ROOT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class KeeperClient:
    """Speaks with the keeper of one directory."""

    def __init__(self, directory):
        self._directory = pathlib.Path(directory)

    @property
    def record(self):
        """Of the keeper: {pid, started, boot}; None where none was ever started."""
        return records.read(self._directory / keeper.RECORD)

    def is_alive(self):
        return records.is_alive(self.record)

    def launch(self, plan=None):
        """Starts the keeper, and returns when it answers."""
        logs = self._directory / keeper.LOGS
        logs.mkdir(exist_ok=True)
        program = [sys.executable, "-I", os.path.realpath(keeper.__file__)]
        with open(logs / "keeper.log", "ab") as log:
            # It ends at once: the keeper is a process that it forks and records.
            done = subprocess.run(
                [*program, str(self._directory), json.dumps(plan) if plan else ""],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={"PATH": ROOT_PATH}, check=False)
        deadline = time.monotonic() + START_SECONDS
        while done.returncode == 0 and self.is_alive() and time.monotonic() < deadline:
            try:
                self.processes()
                return
            except OSError:
                time.sleep(0.02)
        raise ClusterError(f"the keeper did not start:\n{tail(logs / 'keeper.log')}")

    def processes(self):
        """{name: {pid, running, status}} as the keeper sees them."""
        return self._ask({"do": "list"})["processes"]

    def start(self, name, argv, env):
        """Starts a process, if it does not run."""
        self._ask({"do": "start", "name": name, "argv": argv, "env": env})

    def stop(self, name, grace_seconds=5):
        """Stops a process, and returns when it is gone; at once with no grace."""
        number = signal.SIGTERM if grace_seconds else signal.SIGKILL
        deadline = time.monotonic() + grace_seconds
        while self.processes().get(name, {}).get("running"):
            self._ask({"do": "signal", "name": name, "signal": number})
            while self.processes()[name]["running"]:
                if number == signal.SIGTERM and time.monotonic() > deadline:
                    number = signal.SIGKILL
                    break
                time.sleep(0.02)

    def _ask(self, request):
        folder = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(10)
                # By way of the folder's descriptor: a socket's name has at most 107 characters.
                connection.connect(f"/proc/self/fd/{folder}/{keeper.SOCKET}")
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile("rb") as lines:
                    answer = json.loads(lines.readline() or b'{"error": "no answer"}')
        finally:
            os.close(folder)
        if "error" in answer:
            raise ClusterError(f"the keeper cannot {request['do']}: {answer['error']}")
        return answer
