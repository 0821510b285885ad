"""The services of a cluster on ports of its node, as reactorctl expects those of a stack."""

import json
import os
import pathlib

from testcluster import records

# deploy/kustomize/overlays/test has them at the node's ports from here on, in a stack's order.
BASE_PORT = 30380


def write_stack(folder, host, token, base_port=BASE_PORT):
    """Makes a data directory by which reactorctl finds the services at the host."""
    folder = pathlib.Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = records.record_of(os.getpid())
    # This process takes the place of a stack's supervisor.
    record = {"id": "0" * 16, "base_port": base_port, "bind": host, "engine": "",
              "own_engine": False, "version": "", "boot_id": own["boot"], "processes": [],
              "supervisor": {"pid": os.getpid(), "start_ticks": int(own["started"])}}
    for name, text in (("stack.json", json.dumps(record)), ("token", f"{token}\n")):
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="ascii")
