"""A product with a fault, from a copy of the tree: a check that cannot fail is none."""

import contextlib
import os
import pathlib
import shutil
import subprocess

from harness.stack_client import ROOT

PATCH = pathlib.Path(__file__).resolve().parent / "ack_first.patch"
PROGRAM = "eventreactor-dispatcher"
# Always there: what was compiled for one run is taken for the next.
TREE = ROOT / "build" / "mutant"


@contextlib.contextmanager
def programs():
    """While entered, worlds take a dispatcher that acknowledges before anything is stored."""
    before = os.environ.get("EVENTREACTOR_BIN")
    folder = _with_links_to(pathlib.Path(before or ROOT / "build" / "bin"), _build())
    os.environ["EVENTREACTOR_BIN"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["EVENTREACTOR_BIN"]
        else:
            os.environ["EVENTREACTOR_BIN"] = before


def _build():
    """The program, of a copy of the tree with the patch."""
    shutil.copytree(ROOT, TREE, symlinks=True, dirs_exist_ok=True, ignore=_not_of_the_tree)
    _run("patch", "--strip=1", "--forward", f"--input={PATCH}")
    environment = {**os.environ, "CCACHE_BASEDIR": str(TREE), "CCACHE_NOHASHDIR": "1"}
    _run("cmake", "--preset", "release", environment=environment)
    _run("cmake", "--build", "build", "--target", PROGRAM, environment=environment)
    return TREE / "build" / "bin" / PROGRAM


def _not_of_the_tree(folder, names):
    """At the top, what was built."""
    if pathlib.Path(folder) != ROOT:
        return set()
    return {each for each in names if each in (".git", "build") or each.startswith("build-")}


def _with_links_to(real, program):
    """A folder of the programs of that one, but for this."""
    folder = TREE / "programs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for each in real.iterdir():
        (folder / each.name).symlink_to(program if each.name == PROGRAM else each)
    return folder


def _run(*command, environment=None):
    done = subprocess.run(command, cwd=TREE, env=environment, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
