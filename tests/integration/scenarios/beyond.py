"""`up` opens to other machines what was asked for, with the token for that, and no more."""

import os
import pathlib
import socket
import stat
import tempfile

from harness import client
from harness.stack import Stack

# Another address of this machine than the one that stacks listen on.
ELSEWHERE = "127.0.0.2"
HTTP, GRPC = [0], [1, 2, 3, 9]


def run(long):
    del long
    stack = Stack()
    try:
        told = up(stack)
        assert "open to the network" not in told, told
        assert open_ports(stack) == []
        assert post(stack, None) == 202
        assert not (stack.directory / "http-token").exists()
        stack.down()

        http_token = open_http(stack)
        stack.down()
        told = up(stack)
        assert "no longer open to the network on 0.0.0.0: that takes --bind," in told, told
        assert open_ports(stack) == []
        stack.down()

        open_grpc(stack)
        stack.down()
        up(stack, "--bind", "0.0.0.0")
        assert read(stack, "http-token") == http_token, "it was made anew"
        stack.down()
        own_token(stack)
    except BaseException:
        stack.explain_failure()
        raise
    finally:
        stack.destroy()
    return "HTTP, then gRPC, then neither"


def open_http(stack):
    """--bind: HTTP and nothing else. Returns its token."""
    told = up(stack, "--bind", "0.0.0.0")
    assert open_ports(stack) == HTTP, open_ports(stack)
    for words in (f"POST CloudEvents to  http://{socket.gethostname()}:{stack.base_port}/\n",
                  f"with bearer token in {stack.directory}/http-token\n",
                  f"HTTP on 0.0.0.0:{stack.base_port}, not encrypted", "may publish\n"):
        assert words in told, told
    assert "gRPC" not in told and f"{stack.directory}/token" not in told, told

    path = stack.directory / "http-token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token, key = read(stack, "http-token"), read(stack, "token")
    assert token != key and len(token) == len(key) == 64
    assert [post(stack, each) for each in (None, key, token)] == [401, 401, 202]
    answer = stack.call("PipelineService/List", {}, token=token)
    assert answer["code"] == "UNAUTHENTICATED", answer
    assert stack.status()["healthy"], stack.status()
    # Whoever asks for something else is told, not served.
    refused = stack.run("up", "--detach", check=False)
    assert refused.returncode == 1 and "already runs on 0.0.0.0, not 127.0.0.1" in refused.stderr
    return token


def open_grpc(stack):
    told = up(stack, "--bind-grpc", "0.0.0.0")
    assert open_ports(stack) == GRPC, open_ports(stack)
    assert f"{stack.directory}/token may run containers" in told, told
    assert "may publish" not in told and f"http://127.0.0.1:{stack.base_port}/" in told, told
    assert post(stack, None) == 202
    assert stack.status()["healthy"], stack.status()


def own_token(stack):
    """A file that the user names is asked for wherever HTTP listens."""
    with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as folder:
        path = pathlib.Path(folder, "mine")
        path.write_text("open-sesame\n", encoding="ascii")
        environment = {"EVENTREACTOR_HTTP_TOKEN_FILE": os.path.relpath(path)}
        told = up(stack, environment=environment)
        assert f"with bearer token in {path}\n" in told, told
        assert [post(stack, each) for each in (None, "open-sesame")] == [401, 202]
        assert open_ports(stack) == []


def up(stack, *flags, environment=None):
    """What it tells."""
    return stack.run("up", "--detach", "--base-port", str(stack.base_port), *flags, timeout=120,
                     environment=environment).stderr


def open_ports(stack):
    """Those that are reached by another address, counted from the first."""
    found = []
    for port in range(11):
        with socket.socket() as probe:
            probe.settimeout(5)
            if probe.connect_ex((ELSEWHERE, stack.base_port + port)) == 0:
                found.append(port)
    return found


def read(stack, name):
    return (stack.directory / name).read_text(encoding="ascii").strip()


def post(stack, token):
    headers, body = client.binary({"id": "1", "source": "/beyond", "type": "com.example.said",
                                   "data": "hello"})
    if token:
        headers = {**headers, "authorization": f"Bearer {token}"}
    status, _, _ = stack.request("POST", "/", headers, body)
    return status
