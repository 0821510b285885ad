"""The programs of examples/integrate publish and tap: what the guide for integrators says is so."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import venv

from harness.stack import Stack
from harness.stack_client import ROOT

PROGRAMS = ROOT / "examples" / "integrate"
TYPE = "com.example.integrated"
PREFIX = "io.github.summerwind.eventreactor."
# Of one event that one Pipeline wants, beside its log: what is told, once each.
TOLD = sorted([TYPE, *(PREFIX + each for each in (
    "event.dispatched", "action.created", "action.started", "action.step.ended",
    "action.finished"))])
SECONDS = 60


def cached(name, sources, make):
    """A directory outside of the tree, made anew when one of these files changes."""
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    directory = home / "eventreactor" / f"{name}-{digest}"
    if not (directory / "complete").exists():
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        make(directory)
        (directory / "complete").touch()
    return directory


def python_programs():
    requirements = PROGRAMS / "python" / "requirements.txt"

    def make(directory):
        venv.create(directory, with_pip=True)
        subprocess.run([directory / "bin" / "python", "-m", "pip", "install", "--quiet",
                        "--disable-pip-version-check", "-r", requirements], check=True)

    python = cached("integrate-python", [requirements], make) / "bin" / "python"
    return {name: [python, PROGRAMS / "python" / f"{name}.py"] for name in ("publish", "tap")}


def go_programs():
    sys.path.insert(0, str(ROOT / "tests" / "cluster"))
    from testcluster import golang
    sources = sorted(path for path in (PROGRAMS / "go").rglob("*")
                     if path.is_file() and "gen" not in path.relative_to(PROGRAMS).parts)
    protos = sorted((ROOT / "proto").rglob("*.proto"))

    def make(directory):
        go = golang.find()
        with tempfile.TemporaryDirectory(prefix="er-") as folder:
            there = pathlib.Path(folder, "go")
            shutil.copytree(PROGRAMS / "go", there)
            env = {**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local",
                   "GOWORK": "off", "CGO_ENABLED": "0", "PROTO": str(ROOT / "proto"),
                   "PATH": f"{pathlib.Path(go).parent}:{os.environ['PATH']}"}
            subprocess.run([go, "generate", "./..."], cwd=there, env=env, check=True)
            subprocess.run([go, "build", "-o", f"{directory}/", "./publish", "./tap"], cwd=there,
                           env=env, check=True)

    programs = cached("integrate-go", [*sources, *protos], make)
    return {name: [programs / name] for name in ("publish", "tap")}


class Tap:
    """What a tap prints, as it comes."""

    def __init__(self, command, stack):
        self._process = subprocess.Popen(
            [*command, f"nats://127.0.0.1:{stack.base_port + 4}", "er.feed.*.default.>"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self._process.stderr.readline() != "listening\n":
            raise AssertionError(f"{command} does not listen")
        self._lines = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.append(json.loads(line))

    def told(self):
        return [event for event in list(self._lines) if event["type"] != PREFIX + "log"]

    def end(self):
        self._process.kill()
        self._process.wait()
        self._thread.join()


def pipeline(image):
    return {"apiVersion": "eventreactor.summerwind.github.io/v1alpha1", "kind": "Pipeline",
            "metadata": {"name": "integrated"},
            "spec": {"steps": [{"name": "show", "image": image, "command": ["cat", ".event/data"]}],
                     "trigger": {"event": {"type": TYPE}}}}


def run(long):
    languages = {"python": python_programs(), "go": go_programs()}
    with Stack() as stack:
        stack.apply("default", [pipeline(stack.image)])
        taps = {name: Tap(programs["tap"], stack) for name, programs in languages.items()}
        for language, programs in languages.items():
            for _ in range(2):  # The second is known already.
                subprocess.run(
                    [*programs["publish"], f"127.0.0.1:{stack.base_port + 1}",
                     stack.directory / "token", TYPE, f"/{language}", "1", f"from {language}"],
                    check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
        wanted = sorted(TOLD * len(languages))
        deadline = time.monotonic() + SECONDS
        for name, tap in taps.items():
            while len(tap.told()) < len(wanted) and time.monotonic() < deadline:
                time.sleep(0.1)
            tap.end()
            types = sorted(event["type"] for event in tap.told())
            assert types == wanted, f"the tap in {name} was told {types}, not {wanted}"
            [ended] = {event["exitcode"] for event in tap.told()
                       if event["type"] == PREFIX + "action.step.ended"}
            assert ended == "0", ended
            data = {event["source"]: event["data"] for event in tap.told()
                    if event["type"] == TYPE}
            assert data == {f"/{each}": f"from {each}" for each in languages}, data
    return f"{len(languages)} publishers, {len(taps)} taps, {len(wanted)} messages each"
