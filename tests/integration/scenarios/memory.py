"""The idle stack is small: PSS of our processes together, nats-server apart."""

import pathlib
import re

from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

# docs/guide/operating.md states what was measured; this only catches a leap.
BOUND_MB = 80


def run(long):
    del long
    with Stack() as stack:
        stack.apply("memory", complete([{
            "metadata": {"name": "one"},
            "spec": {"steps": [{"image": stack.image, "command": ["true"]}],
                     "trigger": {"event": {"type": "com.example.one"}}}}]))
        name, _, _ = publish(stack, "memory", {"id": "1", "source": "/m", "type": "com.example.one"})
        stack.settled_actions("memory", [name])
        pss = {process: proportional_set_mb(pid) for process, pid in stack.pids().items()
               if process != "engine"}
    ours = sum(mb for process, mb in pss.items() if process != "nats-server")
    words = ", ".join(f"{process} {mb:.1f}" for process, mb in sorted(pss.items()))
    assert ours < BOUND_MB, f"our processes use {ours:.1f} MB idle ({words}); the bound is {BOUND_MB}"
    return f"ours {ours:.1f} MB in PSS, idle ({words})"


def proportional_set_mb(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+) kB", text, re.M).group(1)) / 1024
