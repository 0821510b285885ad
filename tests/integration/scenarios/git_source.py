"""Sources of git fill /workspace in a real engine, at what was asked for, and one that fails says so."""

import os
import pathlib
import subprocess
import sys
import tempfile

from harness import engine
from harness.publisher import publish
from harness.stack import Stack
from harness.stack_client import ROOT
from scenarios.sdk import complete

sys.path.insert(0, str(ROOT / "deploy" / "images"))

from erimages import recipes  # noqa: E402

NAMESPACE = "git"
TYPE = "com.example.push"
# Git's own image has it, and the repository besides: no network is needed.
IMAGE = "localhost/eventreactor/git-with-a-repository:1"
URL = "file:///repository.git"


def run(long):
    del long
    with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as folder:
        directory = pathlib.Path(folder)
        with Stack(environment={"EVENTREACTOR_GIT_IMAGE": IMAGE}) as stack:
            first = make_repository(directory, stack.bin)
            engine.load(stack.status()["engine"], directory / "image.tar")
            cases = list(expected(stack.image, first))
            stack.apply(NAMESPACE, complete([pipeline for pipeline, _, _ in cases]))
            event, _, _ = publish(stack, NAMESPACE, {"id": "1", "source": "/git", "type": TYPE})
            actions = {action["spec"]["pipeline"]["name"]: action
                       for action in stack.settled_actions(NAMESPACE, [event], timeout=180)}
            for pipeline, completion, log in cases:
                action = actions[pipeline["metadata"]["name"]]
                status = action["status"]
                found = stack.run("actions", "logs", action["metadata"]["name"], "-n",
                                  NAMESPACE).stdout
                assert status["completion"] == completion, (pipeline, status, found)
                assert log in found if completion == "failure" else log == found, (pipeline, found)
                assert completion == "success" or status["conditions"][0]["message"], status
            left = stack.left_behind()
            assert not left, left
    return f"{len(cases)} Pipelines"


def expected(image, first):
    """(Pipeline, how it ends, its log)."""
    def pipeline(name, script, **spec):
        return {"metadata": {"name": name},
                "spec": {"steps": [{"name": "show", "image": image,
                                    "command": ["sh", "-c", script]}],
                         "trigger": {"event": {"type": TYPE}}, **spec}}

    def git(revision, **more):
        return {"git": {"url": URL, "revision": revision}, **more}

    yield pipeline("branch", "cat file; ls -a", source=git("main")), "success", (
        "second\n.\n..\n.event\n.git\nfile\nfolder\n")
    yield pipeline("tag", "cat file", source=git("v1")), "success", "first\n"
    yield pipeline("commit", "cat file", source=git(first)), "success", "first\n"
    yield pipeline("ref", "cat file", source=git("refs/heads/main")), "success", "second\n"
    yield pipeline("below", "cat there/file", source=git("main", targetPath="there")), "success", (
        "second\n")
    yield pipeline("part", "cat within", source=git("main", subPath="folder")), "success", (
        "within\n")
    yield pipeline("two", "cat one/file two/file", sources=[
        git("v1", name="one", targetPath="one"), git("main", name="two", targetPath="two")]), (
            "success"), "first\nsecond\n"
    yield pipeline("nowhere", "echo never", source=git("no-such-branch")), "failure", "no-such-branch"


def make_repository(directory, programs):
    """A bare one, with two commits, and an image that has it; the first commit's name."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
                   **{f"GIT_{who}_{what}": "er@example.com" for who in ("AUTHOR", "COMMITTER")
                      for what in ("NAME", "EMAIL")}}

    def git(*words):
        return subprocess.run(["git", "-C", work, *words], check=True, env=environment,
                              capture_output=True, text=True).stdout.strip()

    work = directory / "work"
    (work / "folder").mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=main")
    for content in ("first", "second"):
        (work / "file").write_text(f"{content}\n")
        (work / "folder" / "within").write_text("within\n")
        git("add", ".")
        git("commit", "--quiet", "--message", content)
        if content == "first":
            git("tag", "v1")
    git("clone", "--quiet", "--bare", str(work), str(directory / "repository.git"))
    root = recipes.tool(programs)
    root.link(f"{recipes.GIT_CORE}/git-upload-pack", "/usr/bin/git")
    for path in sorted((directory / "repository.git").rglob("*")):
        name = f"/{path.relative_to(directory)}"
        if path.is_dir():
            root.folder(name)
        else:
            root.file(name, 0o644, path.read_bytes())
    root.write(directory / "image.tar", IMAGE, recipes.CONFIG)
    return git("rev-parse", "v1")

