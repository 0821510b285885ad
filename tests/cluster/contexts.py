"""reactorctl with contexts of its own, and whether it leaves anything behind."""

import os
import pathlib
import signal
import subprocess

from system import BIN


def heed_interrupts():
    """A shell that starts the tests in the background has them ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Contexts:
    """A configuration in `folder`, for a reactorctl that finds this cluster's kubectl."""

    def __init__(self, system, folder):
        cluster = system.cluster
        self.kubeconfig = os.path.join(folder, "kubeconfig")
        # By a path of its own, so that its kubectls can be told from others.
        pathlib.Path(self.kubeconfig).write_bytes(pathlib.Path(cluster.kubeconfig).read_bytes())
        programs = os.path.dirname(cluster.programs.path("kubectl"))
        environment = cluster.kubectl_environment()
        self._environment = {
            **environment, "XDG_CONFIG_HOME": os.path.join(folder, "config"),
            "PATH": f"{programs}:{environment['PATH']}"}

    def start(self, *words):
        return subprocess.Popen([BIN / "reactorctl", *words], env=self._environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=heed_interrupts)

    def run(self, *words, code=0):
        """What it prints."""
        process = self.start(*words)
        out, errors = process.communicate()
        if process.returncode != code:
            raise AssertionError(f"reactorctl {' '.join(words)}: {process.returncode}: {errors}")
        return out if code == 0 else errors

    def forwards(self):
        """The command lines of the kubectls that it runs."""
        lines = []
        for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if f"--kubeconfig={self.kubeconfig}" in words:
                lines.append(" ".join(words))
        return lines
