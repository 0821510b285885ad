"""Installed by make, it runs as a systemd unit, is upgraded as the guide says, and is gone again."""

import configparser
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

from harness.stack import free_base_port
from harness.stack_client import ROOT

PAGE = ROOT / "docs" / "guide" / "operating.md"
# systemd gives its services no more.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


def run(long):
    del long
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as folder:
        home = Home(pathlib.Path(folder))
        try:
            home.sh("sudo make install")
            unit(home, block(page, "Starting at boot", "ini"))
            home.sh("reactorctl up --detach")
            home.sh(block(page, "Upgrading", "sh"))
            assert home.sh("reactorctl status -o json").count('"ready": true') >= 5
            home.sh(block(page, "Uninstalling", "sh"))
            left = [path for path in home.folder.rglob("*") if not path.is_dir()]
            assert not left, left
        finally:
            home.down()
    return "installed, run as a unit, upgraded, uninstalled"


class Home:
    """A user's, with a prefix of their own."""

    def __init__(self, folder):
        self.folder, self.prefix, self.state = folder, folder / "usr", folder / "state"
        self.port = free_base_port()
        own = ("EVENTREACTOR_", "XDG_", "MAKE", "MFLAGS")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(own)},
            "HOME": str(folder), "PATH": f"{self.prefix}/bin:{PATH}"}

    def sh(self, text):
        """The guide's words, for here; what was built is what is installed."""
        text = re.sub(r"^(git pull|make build)\n", "", text, flags=re.M)
        text = re.sub(r"\bsudo make (\w+)", rf"make -o build \1 PREFIX={self.prefix}", text)
        text = re.sub(r"\bup --detach", f"up --detach --base-port {self.port}", text)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, text=True,
                              env=self.environment, capture_output=True, timeout=300)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def down(self):
        for flags in ([], ["--data-dir", str(self.state)]):
            program = self.prefix / "bin" / "reactorctl"
            if program.exists():
                subprocess.run([program, "down", "--cancel", *flags], env=self.environment,
                               capture_output=True, check=False, timeout=120)


def block(page, title, language):
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.M | re.S).group(1)
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S)
    return found


def unit(home, text):
    """What systemd does with it, where there may be none."""
    here = text.replace("/usr/local", str(home.prefix)).replace("/var/lib/eventreactor",
                                                                str(home.state))
    path = home.folder / "eventreactor.service"
    path.write_text(here, encoding="utf-8")
    if shutil.which("systemd-analyze"):
        checked = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
        complaints = [line for line in checked.stderr.splitlines() if path.name in line]
        assert not complaints, complaints
    path.unlink()
    parsed = configparser.ConfigParser(strict=False)
    parsed.read_string(here)
    service = parsed["Service"]
    command = [*shlex.split(service["ExecStart"]), "--base-port", str(home.port)]
    bad = subprocess.run(command, env={"PATH": PATH, "HOME": str(home.folder),
                                       "EVENTREACTOR_EVENT_RETENTION_COUNT": "many"},
                         capture_output=True, text=True, timeout=120)
    assert str(bad.returncode) == service["RestartPreventExitStatus"], bad

    log = home.folder / "journal"
    with log.open("w", encoding="utf-8") as journal:
        started = subprocess.Popen(command, env={"PATH": PATH, "HOME": str(home.folder)},
                                   stdin=subprocess.DEVNULL, stdout=journal, stderr=journal)
    try:
        await_words(started, log, "Event Reactor is up")
        pids = children(started.pid)
        assert len(pids) >= 5, pids
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=60) == 0, log.read_text()
    finally:
        if started.poll() is None:
            started.kill()
    left = [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
    assert not left, f"{left}: {log.read_text()}"
    assert "killing" not in log.read_text(), log.read_text()
    log.unlink()
    shutil.rmtree(home.state)


def await_words(process, log, words):
    deadline = time.monotonic() + 120
    while words not in log.read_text(encoding="utf-8"):
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def children(pid):
    return [int(each) for each in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
