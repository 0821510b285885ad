"""The services of a cluster on ports of this machine, as reactorctl expects those of a stack."""

import json
import os
import pathlib
import socket
import subprocess

from cluster_case import wait_for
from manifests import SYSTEM
from testcluster import records

# (service, port): how far from the base port of a stack it is.
PORTS = {("eventreactor-ingest", 80): 0, ("eventreactor-ingest", 14381): 1,
         ("eventreactor-dispatcher", 14382): 2, ("eventreactor-kube-adapter", 14383): 3}


class ForwardedStack:
    """`kubectl port-forward` for each service, and a data directory that leads there."""

    def __init__(self, cluster, token, data_dir):
        self.data_dir = data_dir
        folder = pathlib.Path(data_dir)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        base = free_base()
        self._forwards = []
        for (service, port), offset in PORTS.items():
            log = folder / f"{service}-{port}.log"
            # A pipe that nobody empties would hold it up.
            with open(log, "w", encoding="utf-8") as file:
                self._forwards.append(subprocess.Popen(
                    cluster.kubectl_command([f"--namespace={SYSTEM}", "port-forward",
                                             f"service/{service}", f"{base + offset}:{port}"]),
                    env=cluster.kubectl_environment(), stdin=subprocess.DEVNULL, stdout=file,
                    stderr=file))
        for service, port in PORTS:
            log = folder / f"{service}-{port}.log"
            wait_for(f"port-forward to {service}",
                     lambda log=log: "Forwarding from" in log.read_text())
        self._write(folder, base, token)

    def close(self):
        for forward in self._forwards:
            forward.kill()
            forward.wait()

    @staticmethod
    def _write(folder, base, token):
        own = records.record_of(os.getpid())
        # This process takes the place of a stack's supervisor.
        record = {"id": "0" * 16, "base_port": base, "bind": "127.0.0.1", "engine": "",
                  "own_engine": False, "version": "", "boot_id": own["boot"], "processes": [],
                  "supervisor": {"pid": os.getpid(), "start_ticks": int(own["started"])}}
        for name, text in (("stack.json", json.dumps(record)), ("token", f"{token}\n")):
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text, encoding="ascii")


def free_base():
    """A port that is free, and the three after it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            base = probe.getsockname()[1]
        taken = []
        try:
            for offset in range(4):
                taken.append(socket.create_server(("127.0.0.1", base + offset)))
            return base
        except OSError:
            continue
        finally:
            for each in taken:
                each.close()
