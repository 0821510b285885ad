"""A disk that fills up under the bus and the database loses nothing; with room again all goes on."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from harness import client
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "full"
TYPE = "com.example.full"
# A stack's streams reserve more than this, so that a server that counted what is
# free would refuse to take them up.
ROOM = "1g"


def run(long):
    del long
    with disk() as directory, Stack(directory=directory / "s") as stack:
        stack.apply(NAMESPACE, complete([
            {"metadata": {"name": "work"},
             "spec": {"steps": [{"image": stack.image, "command": ["cat", ".event/id"]}],
                      "trigger": {"event": {"type": TYPE}}}}]))
        names, refused = {}, 0
        post(stack, "before", names)
        stack.settled_actions(NAMESPACE, names.values())

        fill(directory)
        sent = []
        while refused < 5:
            assert len(sent) < 200, "a full disk refuses nothing"
            sent.append(f"full-{len(sent)}")
            refused += not post(stack, sent[-1], names)
        # Whatever was said 202 to is there, and the rest can be sent again.
        make_room(directory)
        for event_id in sent:
            post_patiently(stack, event_id, names)
        actions = stack.settled_actions(NAMESPACE, names.values(), timeout=240)
        per_event = sorted(a["spec"]["event"]["name"] for a in actions)
        assert per_event == sorted(names.values()), f"{len(per_event)} Actions of {len(names)}"
        bad = [a["status"] for a in actions if a["status"].get("completion") != "success"]
        assert not bad, bad

        # Down and up again with little room: the streams are taken up.
        fill(directory, spare_kib=20 << 10)
        stack.down()
        stack.up()
        assert post(stack, "little", names), "with 20 MiB left nothing is accepted"
        stack.settled_actions(NAMESPACE, names.values())
        make_room(directory)
    return f"{len(names)} events, {refused} of them refused at first"


@contextlib.contextmanager
def disk():
    """A file system of our own."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="er-", dir="/tmp"))
    as_root("mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=700,uid={os.getuid()}", "er-test",
            str(directory))
    try:
        yield directory
    finally:
        as_root("umount", "--lazy", str(directory))
        shutil.rmtree(directory, ignore_errors=True)


def fill(directory, spare_kib=0):
    """Takes all room but a little: the file system shrinks to what it holds."""
    usage = shutil.disk_usage(directory)
    resize(directory, f"{usage.used // 1024 + 64 + spare_kib}k")


def make_room(directory):
    resize(directory, ROOM)


def resize(directory, size):
    as_root("mount", "-o", f"remount,size={size}", str(directory))


def as_root(*command):
    subprocess.run([*([] if os.getuid() == 0 else ["sudo"]), *command], check=True)


def post(stack, event_id, names):
    """Posts it once; whether it was accepted."""
    headers, body = client.binary({"id": event_id, "source": "/full", "type": TYPE,
                                   "data": "x" * 20000, "datacontenttype": "text/plain"})
    status, answered, answer = stack.request(
        "POST", f"/api/v1alpha1/namespaces/{NAMESPACE}/events", headers, body, timeout=60)
    if status == 202:
        names[event_id] = json.loads(answer)["name"]
        return True
    problem = json.loads(answer)
    assert status == 503 and "retry-after" in answered and problem["detail"], (status, answer)
    return False


def post_patiently(stack, event_id, names, patience=180):
    """Posts it until it is accepted."""
    deadline = time.monotonic() + patience
    while not post(stack, event_id, names):
        assert time.monotonic() < deadline, f"{event_id} is still refused with room on the disk"
        time.sleep(1)
