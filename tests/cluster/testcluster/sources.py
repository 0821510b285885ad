"""What the cluster is made of, and where its programs are kept once they are built."""

import os
import pathlib
import re
from typing import NamedTuple

VERSIONS = pathlib.Path(__file__).resolve().parent.parent / "versions"
CONTROL_PLANE = ("kube-apiserver", "kubectl")
NODE = ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")


class Source(NamedTuple):
    """A Go module whose programs we build, at the version that our go.mod asks for."""
    name: str
    module: str
    packages: dict  # Program -> package.

    @property
    def folder(self):
        """Our go.mod and go.sum."""
        return VERSIONS / self.name

    @property
    def version(self):
        text = (self.folder / "go.mod").read_text(encoding="utf-8")
        return re.search(rf"^(?:require |\t){re.escape(self.module)} (v\S+)", text, re.MULTILINE)[1]

    @property
    def cache(self):
        """Where this version is built and kept."""
        return cache_home() / self.name / self.version

    @property
    def bin(self):
        return self.cache / "bin"


KUBERNETES = Source(
    "kubernetes", "k8s.io/kubernetes",
    {name: f"k8s.io/kubernetes/cmd/{name}" for name in CONTROL_PLANE + NODE})
# Ours is its main package: the one that CoreDNS has brings the plugins for all clouds.
COREDNS = Source("coredns", "github.com/coredns/coredns", {"coredns": "."})


def cache_home():
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(home) / "eventreactor"
