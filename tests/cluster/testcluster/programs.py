"""Where each program is that the cluster runs."""

import os
import pathlib
import shutil

from testcluster import builds, sources
from testcluster.report import ClusterError

ASSETS = "KUBEBUILDER_ASSETS"
CNI = "/usr/lib/cni"
PACKAGES = {"etcd": "etcd-server", "containerd": "containerd", "ctr": "containerd",
            "runc": "runc", "iptables": "iptables", "ip": "iproute2", "openssl": "openssl",
            "nsenter": "util-linux", "cc": "build-essential", "busybox": "busybox-static"}
# Debian keeps some of these where only root's PATH leads.
SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


class Programs:
    """Paths by name. `assets` is a folder with the control plane's; empty: those we build."""

    def __init__(self, assets):
        self._assets = _programs_of(assets)

    def ensure(self, whole):
        """Builds what is not there: for a control plane, or for a whole cluster."""
        wanted = [name for name in sources.CONTROL_PLANE if name not in self._assets]
        if whole:
            wanted += sources.NODE
        builds.ensure(sources.KUBERNETES, wanted)
        if whole:
            builds.ensure(sources.COREDNS, ["coredns"])

    def path(self, name):
        if name in self._assets:
            return self._assets[name]
        for source in (sources.KUBERNETES, sources.COREDNS):
            if name in source.packages:
                return str(source.bin / name)
        return installed(name)

    def folders(self):
        """All folders that have programs of a cluster, outside the system's own."""
        own = {str(sources.KUBERNETES.bin), str(sources.COREDNS.bin)}
        return sorted(own | {os.path.dirname(path) for path in self._assets.values()})


def installed(name):
    """The path of a program of the system."""
    path = shutil.which(name, path=SEARCHED)
    if not path:
        raise ClusterError(f"there is no {name}: it is in Debian's {PACKAGES[name]}; "
                           "scripts/install-deps cluster installs what is needed")
    return path


def kubectl():
    """A kubectl to look at somebody else's cluster with; none is built for that."""
    cached = sources.KUBERNETES.bin / "kubectl"
    path = _programs_of(assets()).get("kubectl") or (str(cached) if cached.exists() else None)
    path = path or shutil.which("kubectl", path=SEARCHED)
    if not path:
        raise ClusterError("there is no kubectl on PATH: install one, or name the folder of "
                           f"one in {ASSETS}")
    return path


def assets():
    """The folder that the environment names; empty if it names none."""
    folder = os.environ.get(ASSETS)
    # Its own name may be a link to wherever a version is kept.
    return str(pathlib.Path(folder).resolve()) if folder else ""


def _programs_of(folder):
    if not folder:
        return {}
    found = {name: os.path.join(folder, name) for name in ("kube-apiserver", "etcd", "kubectl")}
    absent = [path for path in found.values() if not os.access(path, os.X_OK)]
    if absent:
        raise ClusterError(f"{ASSETS} was set, but there is no {', '.join(absent)}")
    return found
