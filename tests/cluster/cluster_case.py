"""What the tests of clusters share: a directory, the command, and things to run."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from testcluster.cluster import Cluster
from testcluster.external import VARIABLE

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = str(HERE / "cluster")
IMAGE = "localhost/eventreactor/cluster-test:1"
SECONDS = 180
POD = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "two-steps"},
    "spec": {
        "restartPolicy": "Never",
        "initContainers": [
            {"name": "first", "image": IMAGE, "volumeMounts": [
                {"name": "shared", "mountPath": "/shared"}],
             "command": ["sh", "-c", "echo hello from the first; echo handed over > /shared/note"]},
            {"name": "second", "image": IMAGE, "volumeMounts": [
                {"name": "shared", "mountPath": "/shared"}],
             "command": ["sh", "-c", "cat /shared/note; "
                         "test -s /var/run/secrets/kubernetes.io/serviceaccount/token && "
                         "echo has a token"]}],
        "containers": [{"name": "end", "image": IMAGE, "command": ["true"]}],
        "volumes": [{"name": "shared", "emptyDir": {}}]}}
# Answers whoever connects with its name.
SERVER = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "server", "labels": {"app": "server"}},
    "spec": {"terminationGracePeriodSeconds": 0, "containers": [{
        "name": "server", "image": IMAGE,
        "command": ["sh", "-c", "mkdir /www && hostname > /www/name && "
                    "exec httpd -f -p 8080 -h /www"],
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}}]}}
SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "server"},
    "spec": {"type": "NodePort", "selector": {"app": "server"},
             "ports": [{"port": 80, "targetPort": 8080}]}}


def command(directory, *words, environment=None, check=True):
    """Runs tests/cluster/cluster."""
    env = {key: value for key, value in os.environ.items() if key != VARIABLE}
    # Whatever cluster the user has is not for tests.
    env["KUBECONFIG"] = "/nonexistent/kubeconfig"
    env.update(environment or {})
    done = subprocess.run([PROGRAM, f"--dir={directory}", *words], env=env,
                          capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"cluster {' '.join(words)}: {done.stdout}{done.stderr}")
    return done


def wait_for(what, condition, pause=0.1):
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {SECONDS} s there is still no {what}")
        time.sleep(pause)


class ClusterCase(unittest.TestCase):
    """Has a directory for a cluster, that is taken down in the end."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="er-cluster-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.addCleanup(command, self.directory, "down")
        self.cluster = Cluster(self.directory)

    def run_cluster(self, *words, **options):
        return command(self.directory, *words, **options)
