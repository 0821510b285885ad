"""The services as processes of this machine, against a control plane alone: no Pod ever runs."""

import os
import pathlib
import secrets
import shutil
import socket
import subprocess

from cluster_case import SECONDS, wait_for
from node_stack import write_stack
from system import BIN
from testcluster import health

PROGRAMS = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


class LocalServices:
    """NATS and whatever else is started, on loopback, at the ports of a stack."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.base_port = free_ports(9)
        self._processes = {}
        token = f"er-{secrets.token_hex(32)}"
        # By which reactorctl finds them.
        self.data_dir = self.folder / "stack"
        write_stack(self.data_dir, "127.0.0.1", token, self.base_port)
        self._token_file = self.data_dir / "token"

    def port(self, offset):
        """As `reactorctl up` has them: 0 HTTP, 1 to 3 ingest, dispatcher, adapter; 4 NATS."""
        return self.base_port + offset

    def start_nats(self):
        program = shutil.which("nats-server", path=PROGRAMS)
        if not program:
            raise AssertionError("there is no nats-server: run scripts/install-deps test")
        self._start("nats", [program, "--jetstream", f"--store_dir={self.folder / 'nats'}",
                             "--addr=127.0.0.1", f"--port={self.port(4)}"])
        wait_for("NATS", lambda: health.listens("127.0.0.1", self.port(4)))

    def start_adapter(self, kubeconfig, *flags):
        """Returns at once; when it has said "serving", it is ready."""
        return self._start("kube-adapter", [
            BIN / "eventreactor-kube-adapter", f"--kubeconfig={kubeconfig}",
            f"--listen=127.0.0.1:{self.port(3)}", "--tool-image=localhost/none:1",
            *self._common(), *flags])

    def start_dispatcher(self):
        self._start("dispatcher", [
            BIN / "eventreactor-dispatcher", f"--listen=127.0.0.1:{self.port(2)}",
            f"--adapter=127.0.0.1:{self.port(3)}", *self._common()])

    def start_ingest(self):
        self._start("ingest", [
            BIN / "eventreactor-ingest", f"--http-listen=127.0.0.1:{self.port(0)}",
            f"--listen=127.0.0.1:{self.port(1)}", *self._common()])
        wait_for("ingest", lambda: health.listens("127.0.0.1", self.port(1)))

    def stop(self, name):
        process = self._processes.pop(name)
        process.terminate()
        process.wait(timeout=SECONDS)

    def close(self):
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._processes.clear()

    def pid(self, name):
        return self._processes[name].pid

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait_until_said(self, name, words):
        """Until a process has said the words; fails if it ends before."""
        def said():
            if self._processes[name].poll() is not None:
                raise AssertionError(f"{name} has ended: {self.log(name)[-3000:]}")
            return words in self.log(name)

        wait_for(f"{words!r} of {name}", said, pause=0.02)

    def reactorctl(self, *words, check=True, **options):
        done = subprocess.run([BIN / "reactorctl", "--data-dir", self.data_dir, *words],
                              capture_output=True, text=True, check=False, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"reactorctl {' '.join(words)}: {done.stderr}")
        return done

    def _common(self):
        return [f"--token-file={self._token_file}", f"--nats-url=nats://127.0.0.1:{self.port(4)}"]

    def _start(self, name, command):
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._processes[name] = process
        return process


def free_ports(count):
    """The first of so many free ports of loopback in a row."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            base = probe.getsockname()[1]
        taken = []
        try:
            for offset in range(count):
                taken.append(socket.create_server(("127.0.0.1", base + offset)))
            return base
        except OSError:
            continue
        finally:
            for each in taken:
                each.close()
