"""A whole cluster that the user names in ER_TEST_KUBECONFIG: looked at, never changed."""

import json
import os
import subprocess

from testcluster import programs
from testcluster.report import ClusterError, say

VARIABLE = "ER_TEST_KUBECONFIG"


def named():
    """The cluster of the environment; None where it names none."""
    path = os.environ.get(VARIABLE)
    return ExternalCluster(path) if path else None


class ExternalCluster:
    """Answers what Cluster (cluster.py) answers, as far as that is possible from outside."""

    def __init__(self, path):
        self.kubeconfig = os.path.realpath(path)
        if not os.path.isfile(self.kubeconfig):
            raise ClusterError(f"{VARIABLE} names {path}, which is not there")

    def up(self):
        """Fails unless tests could use it."""
        self.kubectl("get", "--raw=/readyz")
        # What the tests need: kinds, namespaces, roles.
        if self.kubectl("auth", "can-i", "*", "*", "--all-namespaces").strip() != "yes":
            raise ClusterError(f"the user of {self.kubeconfig} is no administrator there")
        unready = [name for name, ready in self.nodes().items() if not ready]
        if unready or not self.nodes():
            raise ClusterError(f"nodes are not ready: {', '.join(unready) or 'there is none'}")
        version = json.loads(self.kubectl("get", "--raw=/version"))["gitVersion"]
        say(f"the cluster of {VARIABLE} is used as it is: Kubernetes {version}, "
            f"{len(self.nodes())} ready")

    def nodes(self):
        """{name: whether it is Ready}."""
        items = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        return {item["metadata"]["name"]: any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in item["status"].get("conditions", ())) for item in items}

    def kubectl(self, *words):
        """What kubectl prints."""
        command = self.kubectl_command(words)
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env=self.kubectl_environment())
        # `auth can-i` says no by its exit status, and in words.
        if done.returncode != 0 and not (words[0] == "auth" and done.stdout):
            raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def kubectl_command(self, words):
        return [programs.kubectl(), f"--kubeconfig={self.kubeconfig}", *words]

    def kubectl_environment(self):
        return {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
