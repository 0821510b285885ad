"""Asks the container engine what a stack left in it."""

import http.client
import json
import socket
import time
import urllib.parse


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=30):
        super().__init__("engine", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def left_behind(address, stack_id, timeout=60):
    """What of this stack is still in the engine once it had time to clean up."""
    deadline = time.monotonic() + timeout
    while True:
        left = held(address, stack_id)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.3)


def held(address, stack_id):
    """Names of the stack's containers, running or not, and volumes that the engine has now."""
    return _names(address, "containers/json", stack_id) + _names(address, "volumes", stack_id)


def remove(address, stack_id, uid):
    """Removes the containers of one of the stack's runs, whatever they do."""
    filters = urllib.parse.quote(json.dumps({"label": [f"eventreactor.stack={stack_id}",
                                                       f"eventreactor.action.uid={uid}"]}))
    _, containers = _ask(address, "GET", f"containers/json?all=true&filters={filters}")
    for container in json.loads(containers):
        status, answer = _ask(address, "DELETE", f"containers/{container['Id']}?force=true")
        assert status in (200, 204), answer


def load(address, archive):
    """Gives the engine the image of a docker-archive file."""
    with open(archive, "rb") as file:
        status, told = _ask(address, "POST", "images/load", file,
                            {"Content-Type": "application/x-tar"}, timeout=300)
    assert status == 200 and b"error" not in told, told


def tag(address, image, name):
    """Gives an image one more name."""
    repository, _, version = name.rpartition(":")
    status, answer = _ask(address, "POST", f"images/{image}/tag?repo={repository}&tag={version}")
    assert status in (200, 201), answer


def untag(address, name):
    """Takes a name from an image that has others."""
    status, answer = _ask(address, "DELETE", f"images/{name}")
    assert status == 200, answer


def _ask(address, method, what, body=None, headers=None, timeout=30):
    """The status and body of an answer."""
    connection = UnixConnection(address.removeprefix("unix://"), timeout)
    connection.request(method, f"/v1.40/{what}", body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _names(address, what, stack_id):
    """The names of the stack's containers, running or not, or of its volumes."""
    filters = urllib.parse.quote(json.dumps({"label": [f"eventreactor.stack={stack_id}"]}))
    status, answer = _ask(address, "GET", f"{what}?all=true&filters={filters}")
    body = json.loads(answer)
    if status == 500:  # podman, where it was killed while it removed one
        return [f"what the engine cannot tell: {body['message']}"]
    if status != 200:
        raise AssertionError(f"the engine says {status}: {body}")
    if isinstance(body, dict):
        return [volume["Name"] for volume in body["Volumes"] or []]
    return [container["Names"][0] for container in body]
