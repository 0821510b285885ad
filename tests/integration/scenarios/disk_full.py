"""A disk that fills up under the bus and the database loses nothing; with room again all goes on."""

import contextlib
import json
import pathlib
import shutil
import tempfile
import time

from harness import client, disks
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "full"
TYPE = "com.example.full"
# Room for what takes little.
SPARE_KIB = 64


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

        disks.fill(directory, SPARE_KIB)
        sent = []
        while refused < 5:
            assert len(sent) < 200, "a full disk refuses nothing"
            sent.append(f"full-{len(sent)}")
            refused += not post(stack, sent[-1], names)
        # Whatever was said 202 to is there, and the rest can be sent again.
        disks.make_room(directory)
        for event_id in sent:
            post_patiently(stack, event_id, names)
        actions = stack.settled_actions(NAMESPACE, names.values(), timeout=240)
        per_event = sorted(a["spec"]["event"]["name"] for a in actions)
        assert per_event == sorted(names.values()), f"{len(per_event)} Actions of {len(names)}"
        bad = [a["status"] for a in actions if a["status"].get("completion") != "success"]
        assert not bad, bad

        # Down and up again with little room: the streams are taken up.
        disks.fill(directory, SPARE_KIB + (20 << 10))
        stack.down()
        stack.up()
        assert post(stack, "little", names), "with 20 MiB left nothing is accepted"
        stack.settled_actions(NAMESPACE, names.values())
        disks.make_room(directory)
    return f"{len(names)} events, {refused} of them refused at first"


@contextlib.contextmanager
def disk():
    """A file system of our own."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="er-", dir="/tmp"))
    disks.mount(directory)
    try:
        yield directory
    finally:
        disks.unmount(directory)
        shutil.rmtree(directory, ignore_errors=True)


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
