"""The services as processes of this machine, against a control plane alone: no Pod ever runs."""

import os
import pathlib
import random
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
        self.base_port = free_ports(11)
        self._processes = {}
        # Of a cluster of NATS servers; none: there is one server, at port(4).
        self._nats_ports, self._routes = [], ""
        # {(offset, replica): port} of replicas beyond the first.
        self._more_ports = {}
        token = f"er-{secrets.token_hex(32)}"
        # By which reactorctl finds them.
        self.data_dir = self.folder / "stack"
        write_stack(self.data_dir, "127.0.0.1", token, self.base_port)
        self._token_file = self.data_dir / "token"

    def port(self, offset):
        """As of `reactorctl up`: 0 HTTP, 1 to 3 ingest, dispatcher, adapter; 4 NATS; 9 janitor."""
        return self.base_port + offset

    def start_nats(self):
        program = shutil.which("nats-server", path=PROGRAMS)
        if not program:
            raise AssertionError("there is no nats-server: run scripts/install-deps test")
        self._start("nats", [program, "--jetstream", f"--store_dir={self.folder / 'nats'}",
                             "--addr=127.0.0.1", f"--port={self.port(4)}"])
        wait_for("NATS", lambda: health.listens("127.0.0.1", self.port(4)))

    def start_nats_cluster(self, count):
        """So many servers, nats-0 and so on, each at a port of its own."""
        self._nats_ports = [free_ports(1) for _ in range(count)]
        self._routes = ",".join(f"nats://127.0.0.1:{free_ports(1)}" for _ in range(count))
        for number in range(count):
            self.start_nats_of_cluster(number)

    def start_nats_of_cluster(self, number):
        program = shutil.which("nats-server", path=PROGRAMS)
        self._start(f"nats-{number}", [
            program, "--jetstream", f"--name=nats-{number}",
            f"--store_dir={self.folder / f'nats-{number}'}", "--addr=127.0.0.1",
            f"--port={self._nats_ports[number]}", "--cluster_name=test",
            f"--cluster={self._routes.split(',')[number]}", f"--routes={self._routes}"])
        wait_for("NATS", lambda: health.listens("127.0.0.1", self._nats_ports[number]))

    def start_adapter(self, kubeconfig, *flags, replica=0, tool_image="localhost/none:1"):
        """Returns at once; when it has said "serving", it is ready."""
        return self._start(replica_name("kube-adapter", replica), [
            BIN / "eventreactor-kube-adapter", f"--kubeconfig={kubeconfig}",
            f"--listen=127.0.0.1:{self._own_port(3, replica)}", f"--tool-image={tool_image}",
            self._metrics(8, replica), *self._common(), *flags])

    def start_dispatcher(self, replica=0):
        self._start(replica_name("dispatcher", replica), [
            BIN / "eventreactor-dispatcher", f"--listen=127.0.0.1:{self._own_port(2, replica)}",
            f"--adapter=127.0.0.1:{self._own_port(3, replica)}", self._metrics(7, replica),
            *self._common()])

    def start_ingest(self, replica=0):
        self._start(replica_name("ingest", replica), [
            BIN / "eventreactor-ingest", f"--http-listen=127.0.0.1:{self._own_port(0, replica)}",
            f"--listen=127.0.0.1:{self._own_port(1, replica)}", self._metrics(6, replica),
            *self._common()])
        wait_for("ingest", lambda: health.listens("127.0.0.1", self._own_port(1, replica)))

    def start_janitor(self):
        self._start("janitor", [
            BIN / "eventreactor-janitor", f"--listen=127.0.0.1:{self.port(9)}",
            f"--adapter=127.0.0.1:{self.port(3)}", self._metrics(10, 0),
            f"--token-file={self._token_file}"])
        wait_for("janitor", lambda: health.listens("127.0.0.1", self.port(9)))

    def http_port(self, replica=0):
        return self._own_port(0, replica)

    def kill(self, name):
        process = self._processes.pop(name)
        process.kill()
        process.wait()

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
        ports = self._nats_ports or [self.port(4)]
        urls = ",".join(f"nats://127.0.0.1:{port}" for port in ports)
        return [f"--token-file={self._token_file}", f"--nats-url={urls}"]

    def _metrics(self, offset, replica):
        return f"--metrics-listen=127.0.0.1:{self._own_port(offset, replica)}"

    def _own_port(self, offset, replica):
        """Of the first replica those of a stack."""
        if replica == 0:
            return self.port(offset)
        if (offset, replica) not in self._more_ports:
            self._more_ports[(offset, replica)] = free_ports(1)
        return self._more_ports[(offset, replica)]

    def _start(self, name, command):
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._processes[name] = process
        return process


def replica_name(name, replica):
    return f"{name}-{replica}" if replica else name


def free_ports(count):
    """The first of so many free ports of loopback in a row: not of those that the kernel gives to
    whoever connects, as it might do so before they are listened on."""
    while True:
        base = random.randrange(10000, 20000 - count)
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
