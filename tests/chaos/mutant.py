"""A product with a fault, from a copy of the tree: a check that cannot fail is none."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from harness.stack_client import ROOT

PATCH = pathlib.Path(__file__).resolve().parent / "ack_first.patch"
PROGRAM = "eventreactor-dispatcher"


@contextlib.contextmanager
def programs():
    """While entered, worlds take a dispatcher that acknowledges before anything is stored."""
    with tempfile.TemporaryDirectory(prefix="er-mutant-") as folder:
        tree, bin_folder = pathlib.Path(folder, "tree"), pathlib.Path(folder, "bin")
        shutil.copytree(ROOT, tree, symlinks=True, ignore=not_of_the_tree)
        run(tree, "git", "apply", str(PATCH))
        # Through ccache, whose entries do not depend on where the tree is, this is short.
        environment = {**os.environ, "CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1"}
        run(tree, "cmake", "--preset", "release", environment=environment)
        run(tree, "cmake", "--build", "build", "--target", PROGRAM, environment=environment)
        bin_folder.mkdir()
        real = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
        for program in real.iterdir():
            if program.name != PROGRAM:
                (bin_folder / program.name).symlink_to(program)
        shutil.move(tree / "build" / "bin" / PROGRAM, bin_folder)
        before = os.environ.get("EVENTREACTOR_BIN")
        os.environ["EVENTREACTOR_BIN"] = str(bin_folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ["EVENTREACTOR_BIN"]
            else:
                os.environ["EVENTREACTOR_BIN"] = before


def not_of_the_tree(folder, names):
    """At the top, what was built."""
    if pathlib.Path(folder) != ROOT:
        return set()
    return {each for each in names if each in (".git", "build") or each.startswith("build-")}


def run(folder, *command, environment=None):
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
