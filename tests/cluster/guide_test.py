#!/usr/bin/python3
"""The commands of docs/guide/kubernetes.md work as they stand there. Needs root, and `make images`.

    tests/cluster/guide_test.py [-v]
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from cluster_case import SECONDS, command
from manifests import KUSTOMIZE, ROOT, SYSTEM
from system import BIN, BUSYBOX, System

GUIDE = ROOT / "docs" / "guide" / "kubernetes.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)

# By their first words, in the order of the guide; what else the guide has is an error.
RUN = ("kubectl apply -f deploy", "kubectl apply -f - <<", "reactorctl config set-context lab",
       "mkdir -p build/https", "kubectl port-forward", "# What kubectl leads to", "kubectl rollout restart", "kubectl delete -k")
ELSEWHERE = {"make build": "make images; there is no registry to push to"}


class GuideTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="er-guide-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.system = System(cls.directory)
        cls.addClassCleanup(command, cls.directory, "down")
        command(cls.directory, "up")
        cls.system.load_images()

    def test_each_block_of_commands_does_what_it_says(self):
        blocks = [match.group(1) for match in BLOCK.finditer(GUIDE.read_text(encoding="utf-8"))]
        known = [begin for block in blocks for begin in (*RUN, *ELSEWHERE)
                 if block.startswith(begin)]
        self.assertEqual(len(known), len(blocks), "a block of the guide is not known here")
        told = {}
        for block in blocks:
            begin = next(begin for begin in (*RUN, *ELSEWHERE) if block.startswith(begin))
            if begin in ELSEWHERE:
                continue
            told[begin] = self.bash(block)
            if begin in ("kubectl apply -f deploy", "kubectl rollout restart"):
                for workload in self.kubectl("get", "deployments,statefulsets", "-o",
                                             "name").stdout.split():
                    self.kubectl("rollout", "status", workload, f"--timeout={SECONDS}s")
        self.assertEqual(sorted(told), sorted(RUN))
        self.assertIn("202 Accepted", told["kubectl apply -f - <<"])
        self.assertIn("HELLO", told["reactorctl config set-context lab"])
        self.assertRegex(told["kubectl port-forward"], r"\n\S+ +first .* success ")
        self.assertIn("\nHTTP is refused\n", told["kubectl port-forward"])
        gone = self.kubectl("get", "namespace", SYSTEM, "--ignore-not-found").stdout
        self.assertEqual(gone, "")
        kinds = self.kubectl("get", "crds", "-o", "name").stdout
        self.assertNotIn("eventreactor", kinds)

    def kubectl(self, *words):
        return self.system.kubectl(f"--namespace={SYSTEM}", *words)

    def bash(self, block):
        """What it prints; nothing that it started is left."""
        cluster = self.system.cluster
        programs = os.path.dirname(cluster.programs.path("kubectl"))
        environment = cluster.kubectl_environment()
        home = os.path.join(self.directory, "tmp", "home")
        pathlib.Path(home).mkdir(exist_ok=True)
        for name in ("lab.yaml", "prod.token"):
            shutil.copy(cluster.kubeconfig, os.path.join(home, name))
            os.chmod(os.path.join(home, name), 0o600)
        environment |= {"KUBECONFIG": cluster.kubeconfig, "HOME": home, "XDG_CONFIG_HOME": "",
                        "PATH": f"{BIN}:{programs}:{environment['PATH']}"}
        script = self.adapted(block) + "\nkill $(jobs -p) 2>/dev/null || true\n"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT,
                              env=environment, capture_output=True, text=True,
                              timeout=5 * SECONDS, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{script}\n{done.stdout}\n{done.stderr}\n{self.system.tell()}")
        return done.stdout

    def adapted(self, block):
        """The guide's words, for images that are in the node and a free port."""
        context = self.system.kubectl("config", "current-context").stdout.strip()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = str(probe.getsockname()[1])
        https = os.path.join(os.path.realpath(self.directory), "tmp", "https")
        for old, new in (("build/https", https),
                         ("../../deploy/kustomize", os.path.relpath(KUSTOMIZE, https)),
                         ("overlays/dev", "overlays/test"),
                         ("docker.io/library/busybox:1", BUSYBOX),
                         ("--kube-context lab", f"--kube-context {context}"),
                         (" -n team-a", " -n default"),
                         (":8080", f":{port}"), (":8443", f":{port}"), ("8080:", f"{port}:"),
                         ("8443:", f"{port}:"),
                         # There is no gateway here.
                         ("reactorctl actions list --context prod", "reactorctl config view")):
            block = block.replace(old, new)
        return block


if __name__ == "__main__":
    unittest.main()
