"""A stack of kube-adapter: the services as Pods of a real cluster, from images of this tree."""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

from harness.stack_client import ROOT, StackClient

sys.path.insert(0, str(ROOT / "tests" / "cluster"))

from system import System  # noqa: E402

# Namespaces that a cluster has by itself.
GIVEN = {"default"}


class KubeStack(StackClient):
    """What deploy/kustomize/overlays/test installs, in a cluster of its own.

    With a `directory` where a cluster is up already, that one is used; it stays, and what was
    installed goes.
    """

    def __init__(self, directory=None):
        super().__init__()
        self._temporary = None if directory else tempfile.mkdtemp(prefix="er-", dir="/tmp")
        self.system = System(directory or self._temporary)
        self._namespaces = set(GIVEN)

    def address(self):
        return self.system.http_address()

    def where(self):
        """For whoever reads the test's output."""
        return f"cluster in {self.system.directory}"

    def make_namespace(self, name):
        if name not in self._namespaces:
            self.system.make_namespace(name)
            self._namespaces.add(name)

    def apply_documents(self, namespace, documents):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            self.system.kubectl("apply", f"--namespace={namespace}", "-f", file.name)

    def lose(self, action):
        """The Pod of an Action is removed as if its node had never been."""
        where = action["status"]["cluster"]
        self.system.kubectl("delete", "pod", where["podName"],
                            f"--namespace={where['namespace']}", "--force", "--grace-period=0")

    def left_behind(self, timeout=60):
        """Pods that have not ended though their Actions have."""
        deadline = time.monotonic() + timeout
        while True:
            left = [f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
                    for pod in self.system.items("pods", "--all-namespaces")
                    if pod["metadata"]["namespace"] in self._namespaces
                    and pod["status"].get("phase") not in ("Succeeded", "Failed")]
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.5)

    def __enter__(self):
        try:
            self.system.up()
            self.directory = pathlib.Path(self.system.data_dir)
            self.credentials = {"authorization": f"Bearer {self.system.secret('http-token')}"}
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind, value, traceback):
        failed = self.failed or kind is not None
        if failed:
            print(self.system.tell(), flush=True)
        if failed and os.environ.get("EVENTREACTOR_KEEP"):
            print(f"it stays, in {self.system.directory}", flush=True)
        else:
            self._end()

    def _end(self):
        """Removes what it made; a cluster that was there stays."""
        self.system.down()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)
