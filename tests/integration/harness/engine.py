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


def _names(address, what, stack_id):
    """The names of the stack's containers, running or not, or of its volumes."""
    connection = UnixConnection(address.removeprefix("unix://"))
    filters = urllib.parse.quote(json.dumps({"label": [f"eventreactor.stack={stack_id}"]}))
    connection.request("GET", f"/v1.40/{what}?all=true&filters={filters}")
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if answer.status == 500:  # podman, where it was killed while it removed one
        return [f"what the engine cannot tell: {body['message']}"]
    if answer.status != 200:
        raise AssertionError(f"the engine says {answer.status}: {body}")
    if isinstance(body, dict):
        return [volume["Name"] for volume in body["Volumes"] or []]
    return [container["Names"][0] for container in body]
