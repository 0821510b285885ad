"""The world of one machine: a stack of `reactorctl up`, an engine, and links between them all."""

import concurrent.futures
import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

import faults
import processes
from harness import disks, engine
from harness.stack import Stack
from harness.stack_client import CommandFailed
from local_services import free_ports
from proxy import Proxy
from scenarios.clock import Clock
from scenarios.engine_away import Engine

PROGRAMS = {"ingest": "eventreactor-ingest", "dispatcher": "eventreactor-dispatcher",
            "local-adapter": "eventreactor-local-adapter", "janitor": "eventreactor-janitor",
            "nats-server": "nats-server", "supervisor": "reactorctl"}
OURS = ("ingest", "dispatcher", "local-adapter", "janitor", "supervisor")
ENGINE = "engine"
NUMBERS = {"kill": signal.SIGKILL, "restart": signal.SIGTERM, "stop": signal.SIGSTOP}
MAX_RUNNING = "4"
SECONDS = 150
WRAPPER = """#!/bin/sh
# Takes the way by the links, where a stack's services go straight.
left=$#
while [ "$left" -gt 0 ]; do
  word=$1
  shift
  left=$((left - 1))
  case $word in
{cases}
  esac
  set -- "$@" "$word"
done
exec {program} "$@"
"""


class OneMachine:
    name = "one-machine"
    targets = {
        faults.PROCESS: (*PROGRAMS, ENGINE),
        faults.LINK: ("client-ingest", "services-nats", "dispatcher-adapter", "adapter-engine"),
        faults.DISK: ("disk of SQLite", "disk of JetStream"),
        faults.CLOCK: ("clock of our processes",),
    }
    http_headers = {}
    compares_sizes = True

    def __init__(self, held):
        self.held = held
        self.directory = None

    # --- life

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            self._make(undo)
            self._undo = undo.pop_all()
        return self

    def _make(self, undo):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="er-", dir="/tmp"))
        undo.callback(shutil.rmtree, self.directory, ignore_errors=True)
        self._data = self.directory / "s"
        self._disks = {"disk of SQLite": self._data, "disk of JetStream": self._data / "nats"}
        for disk in self._disks.values():
            disks.mount(disk)
            undo.callback(disks.unmount, disk)
        self.clock = Clock(self.directory)
        self._engine = undo.enter_context(Engine())
        sockets = self.directory / "engine.sock", self._engine.address.removeprefix("unix://")
        self.stack = Stack(
            directory=self._data, environment=self.clock.environment,
            extra=["--engine", f"unix://{sockets[0]}", "--max-running",
                   "0" if self.held else MAX_RUNNING])
        ends = {"client-ingest": 0, "services-nats": 4, "dispatcher-adapter": 3}
        first = free_ports(len(ends))
        links = {link: [f"127.0.0.1:{first + place}", f"127.0.0.1:{self.stack.base_port + end}"]
                 for place, (link, end) in enumerate(ends.items())}
        self.door = ("127.0.0.1", first)
        self.proxy = Proxy({**links, "adapter-engine": [str(path) for path in sockets]})
        undo.callback(self.proxy.close)
        self._write_wrappers(links)
        undo.callback(self._end)
        self.stack.up()
        if not self.held:
            self.stack.make_image()

    def __exit__(self, kind, *ignored):
        if kind is not None:
            self.stack.explain_failure()
        self._undo.close()

    def _end(self):
        try:
            # What is held has no containers to end.
            self.stack.run("down", *([] if self.held else ["--cancel"]), check=False,
                           timeout=SECONDS)
        finally:
            # Where that took too long, the supervisor first.
            for name in reversed(PROGRAMS):
                if pid := self._pid(name):
                    processes.signal_if_there(pid, signal.SIGKILL)

    def _write_wrappers(self, links):
        """Programs for reactorctl to find beside itself."""
        real, folder = self.stack.bin, self.directory / "bin"
        folder.mkdir()
        shutil.copy(real / "reactorctl", folder)
        bus = (f"    nats://{links['services-nats'][1]}) "
               f"word=nats://{links['services-nats'][0]} ;;")
        adapter = (f"    {links['dispatcher-adapter'][1]}) "
                   f"word={links['dispatcher-adapter'][0]} ;;")
        for service, program in PROGRAMS.items():
            if not program.startswith("eventreactor-"):
                continue
            cases = [bus, adapter] if service in ("dispatcher", "janitor") else [bus]
            path = folder / program
            path.write_text(WRAPPER.format(cases="\n".join(cases), program=real / program))
            path.chmod(0o755)
        self.stack.bin, self.stack.ctl_path = folder, str(folder / "reactorctl")

    def apply(self, namespace, pipelines):
        self.stack.apply(namespace, pipelines)

    @property
    def image(self):
        return self.stack.image

    # --- faults

    def begin(self, fault):
        if fault.on == faults.LINK:
            self.proxy.order(fault.target, fault.verb, fault.amount)
        elif fault.on == faults.DISK:
            disks.fill(self._disks[fault.target])
        elif fault.on == faults.CLOCK:
            self.clock.step_to(fault.amount)
        else:
            processes.signal_when_there(lambda: self._pid(fault.target), NUMBERS[fault.verb],
                                        fault.target)

    def end(self, fault):
        if fault.on == faults.LINK:
            self.proxy.order(fault.target, "heal")
        elif fault.on == faults.DISK:
            disks.make_room(self._disks[fault.target])
        elif fault.on == faults.CLOCK:
            self.clock.step_to(0)
        elif fault.verb == "stop":
            pid = self._pid(fault.target)
            if pid:
                processes.signal_if_there(pid, signal.SIGCONT)
        elif fault.target == ENGINE:
            self._engine.process.wait()
            self._engine.stop()
            self._engine.start()
        elif fault.target == "supervisor":
            self._up()

    def heal(self):
        """Nothing is wrong any more, and all are ready."""
        self._up()
        deadline = time.monotonic() + SECONDS
        while True:
            done = self.stack.run("status", "-o", "json", check=False)
            if done.returncode == 0:
                return
            assert time.monotonic() < deadline, f"not all are ready: {done.stdout}"
            time.sleep(0.3)

    def _up(self):
        """Where the supervisor has ended, or never came up for what else was wrong."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return self.stack.up()
            except (CommandFailed, subprocess.TimeoutExpired):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _pid(self, name):
        if name == ENGINE:
            return self._engine.process.pid
        # The command line has the same program.
        words = ["--supervise"] if name == "supervisor" else []
        return processes.find(PROGRAMS[name], str(self._data), *words)

    # --- the end

    def objects(self, kind, namespace):
        return self.stack.items(kind, "list", "-n", namespace)

    def logs(self, actions):
        """{(namespace, name): text}"""
        keys = [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in actions]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            texts = pool.map(lambda key: self.stack.run(
                "actions", "logs", key[1], "-n", key[0]).stdout, keys)
            return dict(zip(keys, texts))

    def left_behind(self):
        return engine.left_behind(self._engine.address, self.stack.status()["id"], timeout=30)

    def crashed(self):
        return self.stack.crashed()

    def dead_letters(self):
        return [json.dumps(each) for each in self.stack.items("dead", "list", "-A")]

    def on_the_bus(self):
        """How many messages are still to be handled, or being handled."""
        url = f"http://127.0.0.1:{self.stack.base_port + 5}/jsz?consumers=true&accounts=true"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return waiting(json.load(answer))

    # --- size

    def restart(self, environment):
        self.stack.down(cancel=False)
        self.stack.environment |= environment
        self._up()

    def sizes(self):
        return {name: processes.weight(self._pid(name)) for name in OURS}

    def idle(self):
        processes.await_idle([self._pid(name) for name in OURS])

    def adapter(self):
        """(its port, the file of its token)"""
        return self.stack.base_port + 3, self._data / "token"


def waiting(jsz):
    """Of what nats-server says of its streams."""
    return sum(consumer["num_pending"] + consumer["num_ack_pending"]
               for account in jsz.get("account_details", ())
               for stream in account.get("stream_detail", ())
               if stream["name"] in ("ER_EVENTS", "ER_ACTIONS")
               for consumer in stream.get("consumer_detail") or ())
