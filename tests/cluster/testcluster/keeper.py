"""The keeper starts, stops and reaps the processes of one cluster.

It listens on `keeper.sock` in the cluster's directory: one JSON object a
connection, one JSON object back.

    {"do": "start", "name": NAME, "argv": [...], "env": {...}}
    {"do": "signal", "name": NAME, "signal": NUMBER}
    {"do": "list"}                 -> {"processes": {NAME: {"pid", "running", "status"}}}

None of its processes outlives it. For a control plane it is an ordinary
process, and the kernel kills its children with it; for a whole cluster it is
the first process of a machine (machine.py), and everything there ends with it.
It ends by itself when its directory is gone, so that one who removes the
directory by hand leaves nothing behind.
"""

import ctypes
import json
import os
import pathlib
import select
import signal
import socket
import sys

if __name__ == "__main__":  # Run by path, in a process of its own.
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from testcluster import machine, records

SOCKET = "keeper.sock"
RECORD = "keeper.json"
CHILDREN = "processes.json"
LOGS = "log"
REQUEST_BYTES = 1 << 20
LOOK_AT_DIRECTORY_SECONDS = 2
PR_SET_PDEATHSIG = 1


class Keeper:
    """The processes of one cluster, by name. One thread."""

    def __init__(self):
        self._children = {}
        self._libc = ctypes.CDLL(None, use_errno=True)

    def answer(self, request):
        """Does what a request says; the answer has `error` where it cannot."""
        doing = {"start": self._start, "signal": self._signal, "list": self._list}
        try:
            return doing[request["do"]](request)
        except (KeyError, TypeError, ValueError, OSError) as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def reap(self):
        """Takes note of every process that ended: our own, and orphans of a machine."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self._children.values():
                if child["pid"] == pid:
                    child["running"] = False
                    child["status"] = os.waitstatus_to_exitcode(status)

    def _start(self, request):
        name, argv = request["name"], [str(word) for word in request["argv"]]
        env = {str(key): str(value) for key, value in request["env"].items()}
        child = self._children.get(name)
        if child and child["running"]:
            return {"pid": child["pid"]}
        log = os.open(f"{LOGS}/{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become(argv, env, log, parent)
        os.close(log)
        self._children[name] = {"pid": pid, "running": True, "status": None}
        self._write_children()
        return {"pid": pid}

    def _become(self, argv, env, log, parent):
        """In the new process: turns into the program. Does not return."""
        try:
            os.setsid()
            self._libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)  # The keeper went before it could take us with it.
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            # What containerd unpacks is also for containers of other users.
            os.umask(0o022)
            os.execve(argv[0], argv, env)
        except OSError as error:
            os.write(log, f"cannot run {argv[0]}: {error}\n".encode())
        finally:
            os._exit(127)

    def _signal(self, request):
        child = self._children[request["name"]]
        if child["running"]:
            os.kill(child["pid"], int(request["signal"]))
        return {}

    def _list(self, _):
        return {"processes": self._children}

    def _write_children(self):
        """For one who finds the keeper dead; of use only outside a machine's process ids."""
        running = {}
        for name, child in self._children.items():
            if child["running"]:
                running[name] = records.record_of(child["pid"])
        records.write_atomically(CHILDREN, json.dumps(running))


def serve(keeper, record):
    """Answers until a signal says to end, or the directory is no longer this keeper's."""
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    ended = []
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.append(True))
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # A relative path: an absolute one may be longer than a socket's name can be.
    server.bind(SOCKET)
    server.listen(16)
    while not ended:
        ready, _, _ = select.select([server, wake_read], [], [], LOOK_AT_DIRECTORY_SECONDS)
        if wake_read in ready:
            os.read(wake_read, 4096)
        keeper.reap()
        if server in ready:
            _answer_one(keeper, server)
        if records.read(RECORD) != record:
            return


def _answer_one(keeper, server):
    connection, _ = server.accept()
    with connection:
        connection.settimeout(5)
        try:
            with connection.makefile("rb") as lines:
                request = json.loads(lines.readline(REQUEST_BYTES))
            connection.sendall(json.dumps(keeper.answer(request)).encode() + b"\n")
        except (OSError, ValueError) as error:
            print(f"a request was not answered: {error}", file=sys.stderr, flush=True)


def fork_recorded():
    """Goes on in a new process, once that is written down. Returns its record."""
    wait, release = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid != 0:
        records.write_atomically(RECORD, json.dumps(records.record_of(pid)))
        os.write(release, b"go")
        os._exit(0)
    os.close(release)
    if os.read(wait, 2) != b"go":
        os._exit(1)  # Nobody wrote down that we are here.
    os.close(wait)
    return records.read(RECORD)


def main(directory, plan):
    """`plan` is empty for a control plane, else the JSON that machine.arrange asks for."""
    os.chdir(directory)
    os.umask(0o077)
    plan = json.loads(plan) if plan else None
    if plan:
        machine.separate(plan)
    record = fork_recorded()
    if plan:
        machine.arrange(plan)
    serve(Keeper(), record)


if __name__ == "__main__":
    main(*sys.argv[1:])
