"""What shells and terminals do with reactorctl: completion in bash, zsh and fish, a live tap, a watch."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time

from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "terminal"
SCRIPT = "sleep 2; echo done"


def run(long):
    with Stack() as stack:
        stack.apply(NAMESPACE, complete([pipeline(stack, "long-name-of-a-pipeline")]))
        shells = complete_in_shells(stack)
        tap(stack)
        plain_watch(stack)
        drawn_watch(stack)
    return f"completed in {', '.join(shells)}; tapped; watched"


def pipeline(stack, name):
    return {"metadata": {"name": name},
            "spec": {"steps": [{"name": "first", "image": stack.image,
                                "command": ["sh", "-c", SCRIPT]},
                               {"name": "second", "image": stack.image, "command": ["true"]}],
                     "trigger": {"event": {"type": "com.example.terminal"}}}}


def environment(stack):
    """One in which `reactorctl` is this build's, and finds this stack."""
    return {**os.environ, "EVENTREACTOR_DATA_DIR": str(stack.directory), "TERM": "xterm",
            "PATH": f"{stack.bin}:{os.environ['PATH']}"}


# --- completion

def complete_in_shells(stack):
    tried = []
    for shell, ask in (("bash", ask_bash), ("zsh", ask_zsh), ("fish", ask_fish)):
        if shutil.which(shell) is None:
            continue
        tried.append(shell)
        for line, wanted in (("reactorctl pipelines val", "validate"),
                             ("reactorctl events list --sort", "--sort-by"),
                             (f"reactorctl -n {NAMESPACE} pipelines get lo",
                              "long-name-of-a-pipeline"),
                             (f"reactorctl actions list -n {NAMESPACE} -p ",
                              "long-name-of-a-pipeline")):
            found = ask(stack, line, wanted)
            assert wanted in found, f"{shell}: {line!r} is completed with {found!r}"
    assert "bash" in tried
    return tried


def ask_bash(stack, line, _):
    script = """
source <(reactorctl completion bash)
COMP_LINE=$1; COMP_POINT=${#1}
read -ra COMP_WORDS <<<"$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_reactorctl
printf '%s\\n' "${COMPREPLY[@]}"
"""
    return subprocess.run(["bash", "-c", script, "bash", line], env=environment(stack), check=True,
                          capture_output=True, text=True, timeout=60).stdout.split()


def ask_zsh(stack, line, wanted):
    """zsh completes only where somebody types: on a terminal of its own."""
    with Terminal(["zsh", "-f", "-i"], environment(stack)) as zsh:
        zsh.type("PS1='ready> '; autoload -Uz compinit; compinit -D -u; "
                 "source <(reactorctl completion zsh); echo prepared-$((1 + 1))\n")
        zsh.read_until("prepared-2")
        zsh.type(line + "\t")
        zsh.read_until(wanted)
        return zsh.seen


def ask_fish(stack, line, _):
    script = "reactorctl completion fish | source; complete --do-complete $argv[1]"
    return subprocess.run(["fish", "--no-config", "-c", script, line], env=environment(stack),
                          check=True, capture_output=True, text=True, timeout=60).stdout.split()


# --- tap

def tap(stack):
    process = subprocess.Popen(
        [stack.bin / "reactorctl", "events", "tap", "-n", NAMESPACE, "-t", "com.example.*",
         "--source", "^/wanted", "--max", "1", "-o", "json", "--timeout", "60s"],
        env=environment(stack), stdout=subprocess.PIPE, text=True)
    number = 0
    # What is published before it listens does not come: until it has ended.
    while process.poll() is None:
        number += 1
        for source in ("/other", "/wanted"):
            publish(stack, NAMESPACE, {"id": f"tap-{number}", "source": source,
                                       "type": "com.example.tapped"})
        time.sleep(0.1)
    out, _ = process.communicate()
    assert process.returncode == 0, process.returncode
    event = json.loads(out)
    assert event["type"] == "com.example.tapped" and event["source"] == "/wanted", event


# --- watch

def start(stack, event_id):
    event, _, _ = publish(stack, NAMESPACE, {"id": event_id, "source": "/watch",
                                             "type": "com.example.terminal"})
    stack.wait_dispatched(NAMESPACE, [event])
    return stack.items("actions", "list", "--event", event, "-n", NAMESPACE)[0]["metadata"]["name"]


def plain_watch(stack):
    action = start(stack, "plain")
    out = stack.run("actions", "watch", action, "--exit-status", "-n", NAMESPACE).stdout
    lines = [line.split("\t") for line in out.splitlines()]
    assert all(line[:2] == ["long-name-of-a-pipeline", action] for line in lines), out
    assert lines[-1][2:] == ["-", "success"], out
    assert ["build-step-second", "exited 0"] in [line[2:] for line in lines], out


def drawn_watch(stack):
    action = start(stack, "drawn")
    argv = [str(stack.bin / "reactorctl"), "actions", "watch", action, "-n", NAMESPACE]
    with Terminal(argv, environment(stack), size=(24, 60)) as terminal:
        terminal.read_until("build-step-first")
        terminal.resize((8, 30))
        terminal.read_until("\033[?1049l")
        status = terminal.wait()
    assert status == 0, status
    assert terminal.seen.startswith("\033[?1049h"), terminal.seen[:40]
    # What is left on the screen at the end is how it ended.
    left = terminal.seen.split("\033[?1049l")[-1]
    assert "1 Action, 0 unfinished" in left and "exited 0" in left, left
    assert all(len(re.sub("\033\\[[0-9;]*m", "", line)) <= 31 for line in left.splitlines()), left


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, argv, env, size=(24, 200)):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, env)
        self.resize(size)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def resize(self, size):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def type(self, text):
        os.write(self.fd, text.encode())

    def read(self, seconds):
        """False at the end of what there is to read."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def read_until(self, text, seconds=30):
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if not self.read(0.2):
                assert text in self.seen, f"ended without {text!r}: {self.seen!r}"

    def wait(self):
        while self.read(1):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)
