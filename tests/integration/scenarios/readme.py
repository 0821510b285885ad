"""The commands of the README's tutorial work as they stand there."""

import os
import pathlib
import re
import subprocess
import tempfile

from harness.stack import Stack, free_base_port
from harness.stack_client import ROOT

_BLOCK = re.compile(r"^<!-- run -->\n```sh\n(.*?)^```$", re.M | re.S)


def run(long):
    del long
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = _BLOCK.findall(text)
    assert text.count("<!-- run -->") == len(blocks) >= 5, "a block of the README is not understood"
    port = free_base_port()
    with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as directory:
        script = adapted("".join(blocks), port, directory)
        environment = {**os.environ, "EVENTREACTOR_DATA_DIR": f"{directory}/stack"}
        try:
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, text=True,
                                  env=environment, capture_output=True, timeout=180)
        finally:
            stack = Stack(directory=pathlib.Path(directory) / "stack")
            stack.run("down", "--cancel", check=False)
    told = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, told
    for promised in ('"duplicate":false', "/people/ann says: HELLO THERE",
                     "spec.trigger.event.sourcePattern", "/robots/bob"):
        assert promised in done.stdout, f"{promised!r} is not in:\n{told}"
    return f"{len(blocks)} blocks"


def adapted(script, port, directory):
    """The README's words, but on free ports and in a directory of our own."""
    replacements = [("make build\n", ""),  # done by whoever runs the tests
                    ("build/bin", os.environ.get("EVENTREACTOR_BIN", "build/bin")),
                    ("$PWD//", "/"),
                    ("up --detach", f"up --detach --base-port {port}"),
                    ("14380", str(port)),
                    ("/tmp/first.yaml", f"{directory}/first.yaml")]
    for old, new in replacements:
        script = script.replace(old, new)
    return script
