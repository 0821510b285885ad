"""A stack of the local adapter that can fetch sources, where no registry is in reach."""

import pathlib
import sys
import tempfile

from harness import engine
from harness.stack import Stack
from harness.stack_client import ROOT

sys.path[:0] = [str(ROOT / "deploy" / "images"), str(ROOT / "tests" / "cluster")]

from erimages import recipes  # noqa: E402
from testcluster import docker_archive  # noqa: E402

GIT = "localhost/eventreactor/git:1"
# Writes down what it is told, in place of what fetches from Google Cloud Storage.
GCS = "localhost/eventreactor/gcs:1"


class SourceStack(Stack):
    """With images of its own for git and gcs."""

    def __init__(self, extra=()):
        super().__init__(extra=extra, environment={"EVENTREACTOR_GIT_IMAGE": GIT,
                                                   "EVENTREACTOR_GCS_IMAGE": GCS})

    def make_image(self):
        super().make_image()
        with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as folder:
            archives = [pathlib.Path(folder) / name for name in ("git.tar", "gcs.tar")]
            recipes.tool(self.bin).write(archives[0], GIT, recipes.CONFIG)
            docker_archive.write_gcs_fetcher(archives[1], GCS)
            for archive in archives:
                engine.load(self.status()["engine"], archive)
