"""Each block of commands in README and docs works as it stands there, and none is left out."""

import os
import re
import subprocess
import time

from harness import nats
from harness.publisher import publish
from harness.stack import Stack
from harness.stack_client import ROOT
from scenarios.sdk import complete, sdk_python

_BLOCK = re.compile(r"^(?:<!-- run -->\n)?```(sh|python)\n(.*?)^```$", re.M | re.S)
PUSH = "com.example.push"

# Blocks that others run or that this machine should not, by page and first line.
ELSEWHERE = {
    ("README.md", "make demo"): "what it runs is run here; make test is .ci/run's",
    ("README.md", "make check"): ".ci/run",
    ("CONTRIBUTING.md", "make test"): ".ci/run",
    ("CONTRIBUTING.md", "cmake --preset dev"): "a second build; the names in it are checked here",
    ("tests/integration/README.md", "tests/integration/run.py"): "make integration",
    ("tests/chaos/README.md", "tests/chaos/chaos.py"): "the scenario chaos, and make cluster",
    ("tests/cluster/README.md", "make cluster-up"): "tests/cluster/cluster_test.py",
    ("tests/cluster/README.md", "cd tests/cluster"): "make cluster",
    ("docs/guide/integrating.md", "python3 -m venv"): "the scenario integrators",
    ("docs/guide/integrating.md", "/tmp/venv/bin/python"): "the scenario integrators",
    ("docs/guide/operating.md", "git pull"): "the scenario installed",
    ("docs/guide/operating.md", "reactorctl down --cancel"): "the scenario installed",
    ("docs/guide/kubernetes.md", ""): "tests/cluster/guide_test.py",
    ("README.md", "<!-- run -->"): "the scenario readme",
}


def run(long):
    del long
    ran = 0
    with Stack() as stack:
        stack.apply("default", complete([
            {"metadata": {"name": "on-push"},
             "spec": {"steps": [{"image": stack.image, "command": ["cat", ".event/data"]}],
                      "trigger": {"event": {"type": PUSH}}}}]))
        words = known_names(stack)
        for page in pages():
            for language, first, text in blocks(page):
                if any(page == where and first.startswith(begin) for where, begin in ELSEWHERE):
                    continue
                run_block(stack, page, language, adapted(text, stack, words))
                ran += 1
    names_in_contributing()
    demo()
    return f"{ran} blocks, and the demo"


def pages():
    tracked = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True,
                             capture_output=True, text=True).stdout.split()
    assert "README.md" in tracked and len(tracked) > 20, tracked
    return tracked


def blocks(page):
    """(language, first line, text) of each block of commands on the page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = list(_BLOCK.finditer(text))
    begun = len(re.findall(r"^```(?:sh|python|bash|shell|console)\b", text, re.M))
    assert len(found) == begun, f"{page}: {begun} blocks of commands, of which {len(found)} understood"
    for match in found:
        yield match.group(1), match.group(0).removeprefix("```sh\n").split("\n")[0], match.group(2)


def known_names(stack):
    """What stands for the names that the docs write in capitals."""
    event, _, _ = publish(stack, "default", {"id": "docs", "source": "/docs", "type": PUSH,
                                             "data": "{}", "datacontenttype": "application/json"})
    (action,) = stack.settled_actions("default", [event])
    for _ in range(3):
        nats.publish(stack, "er.event.default.com.example.broken", b"no event at all")
    deadline = time.monotonic() + 60
    while len(letters := stack.items("dead", "list", "-A")) < 3:
        assert time.monotonic() < deadline, f"what is no event made no dead letter: {letters}"
        time.sleep(0.2)
    # The guide's 7 and 8.
    numbers = stack.run("dead", "list", "-A", "-o", "name").stdout.split()
    backwards = stack.run("dead", "list", "-A", "-o", "name", "--sort-by=-sequence").stdout.split()
    assert backwards == numbers[::-1], (numbers, backwards)
    reasons = stack.run("dead", "list", "-A", "-o", "jsonpath={[*].reason}").stdout.split()
    assert len(reasons) == len(numbers), reasons
    return {r"\bEVENT\b": event, r"\bACTION\b": action["metadata"]["name"], r"\bPIPELINE\b": "on-push",
            r"\bdead get 7\b": f"dead get {numbers[0]}",
            r"\bdead replay 7 8\b": f"dead replay {numbers[0]} {numbers[1]}"}


def adapted(text, stack, words):
    """The page's words, but for this stack."""
    for pattern, word in words.items():
        text = re.sub(pattern, word, text)
    port = stack.base_port
    text = re.sub(r"\bup( --detach)?(?= |$)", f"up --detach --base-port {port}", text, flags=re.M)
    return text.replace("14380", str(port))


def run_block(stack, page, language, text):
    environment = {**os.environ, "EVENTREACTOR_DATA_DIR": str(stack.directory),
                   "PATH": f"{stack.bin}:{os.environ['PATH']}"}
    command = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sdk_python(), "-c"]}[language]
    done = subprocess.run([*command, text], cwd=ROOT, env=environment, capture_output=True,
                          text=True, timeout=300)
    told = f"{page}:\n{text}\n{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, told
    # curl is content with any answer.
    assert "problem+json" not in told and '"status":4' not in told and '"status":5' not in told, told
    stack.up()  # some blocks end with `down`


def demo():
    """What `make demo` does once all is built."""
    environment = {name: value for name, value in os.environ.items()
                   if name != "EVENTREACTOR_DATA_DIR"}
    done = subprocess.run([ROOT / "scripts" / "demo"], cwd=ROOT, env=environment, text=True,
                          capture_output=True, timeout=300)
    told = done.stdout + done.stderr
    assert done.returncode == 0 and "success" in told, told


def names_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", text):
        assert re.search(rf"^{target}:", makefile, re.M), f"make {target} is not in the Makefile"
    lists = "".join(path.read_text() for path in ROOT.glob("*/**/CMakeLists.txt"))
    for target in re.findall(r"--target (\w+)", text):
        assert f"er_test({target}" in lists, f"there is no test {target}"
    presets = (ROOT / "CMakePresets.json").read_text()
    for preset in re.findall(r"--preset (\w+)", text):
        assert f'"{preset}"' in presets, f"there is no preset {preset}"
