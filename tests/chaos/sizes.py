"""Whether our processes are as small after a load as before it, like compared with like.

All are started anew, have a load to warm up, which fills what is bounded (SQLite's caches, the
metrics), and are swept back to so many objects. Then comes the same load again, and a sweep back to
the same count. Connections are cut all the while, and nothing is killed: a process that is new
would be small for nothing.
"""

import itertools
import os
import subprocess
import tempfile
import threading
import time

import faults
from load import Load
from system import BIN

KEEP = 50
# What a slow adapter did not answer in time, the next one does.
SWEEPS = 10
ROUNDS = 3
EVENTS = 600
# Large enough for caches to be full when the warming up ends.
DATA = b"x" * 4096
RATE = 200
# Seconds between two cuts; of each link in turn.
CUT_EVERY = 1.5
TOLERANCE = 1.1
# glibc has an arena for each few threads, and which of them a request meets is chance: with one,
# what is seen is what is kept.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}


def compare(world, plan, namespaces):
    """(what was measured, in words; what has grown, in words)"""
    world.restart(ENVIRONMENT)
    _backlog(world, plan, namespaces)
    _loads(world, plan, namespaces, "warm")
    before = world.sizes()
    _loads(world, plan, namespaces, "again")
    after = world.sizes()
    told, grown = [], []
    for name, old in before.items():
        new = after[name]
        told.append(f"{name} {old['memory']:.1f} to {new['memory']:.1f} MB, "
                    f"{old['descriptors']} to {new['descriptors']} descriptors")
        grown += [f"{what} of {name} went from {old[what]:.1f} to {new[what]:.1f}"
                  for what in old if new[what] > old[what] * TOLERANCE]
    return "; ".join(told), grown


def _loads(world, plan, namespaces, name):
    for number in range(ROUNDS):
        _load(world, plan, namespaces, f"{name}-{number}")
        while world.on_the_bus():
            time.sleep(0.2)
        world.idle()
        _sweep(world)
    world.idle()


def _backlog(world, plan, namespaces):
    """All that a load has, at once: buffers stay as large as what they once held."""
    world.proxy.order("dispatcher-adapter", "refuse")
    _load(world, plan, namespaces, "backlog", links=())
    world.proxy.order("dispatcher-adapter", "heal")


def _sweep(world):
    """Down to so many Events, and Actions that ended, in each namespace."""
    port, token_file = world.adapter()
    for _ in range(SWEEPS):
        done = subprocess.run(
            [BIN / "eventreactor-janitor", "--once", f"--adapter=127.0.0.1:{port}",
             f"--token-file={token_file}", "--minimum-age=0s", f"--event-retention-count={KEEP}",
             f"--action-retention-count={KEEP}", "--deletions-per-second=0"],
            capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
    raise AssertionError(f"the sweep failed: {done.stderr}")


def _load(world, plan, namespaces, name, links=None):
    """With these links cut in turn; none given: with all."""
    # Where nothing may run an Action never ends, and what has not ended is not swept.
    active = 0 if world.held else 0.02
    over = threading.Event()
    links = world.targets[faults.LINK] if links is None else links
    cutter = threading.Thread(target=_cut, args=(world, links, over))
    with tempfile.TemporaryDirectory(prefix="er-record-") as folder:
        load = Load(world.door, os.path.join(folder, "accepted.jsonl"), f"{plan.seed}-{name}",
                    namespaces, EVENTS, RATE, active, world.http_headers, DATA)
        cutter.start()
        load.start()
        load.enough()
        over.set()
        cutter.join()


def _cut(world, links, over):
    for link in links:
        world.proxy.order(link, "cut")
    # An ack that is cut off is waited for a minute: of the bus this was all.
    turn = itertools.cycle([link for link in links if link != "services-nats"] or [None])
    while not over.wait(CUT_EVERY):
        if link := next(turn):
            world.proxy.order(link, "cut")
