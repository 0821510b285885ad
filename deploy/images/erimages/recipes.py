"""What is in each of our images."""

import os
import pathlib

from erimages.root import NONROOT, ImageError, Root, installed

# All of our processes are in one image: they share nearly all of its libraries.
SERVICES = ("eventreactor-ingest", "eventreactor-dispatcher", "eventreactor-kube-adapter",
            "eventreactor-janitor", "reactorctl")
TOOL = "eventreactor-tool"
GIT_CORE = "/usr/lib/git-core"
CONFIG = {"User": f"{NONROOT}:{NONROOT}", "Env": ["PATH=/usr/bin"], "WorkingDir": "/"}


def services(binaries):
    """eventreactor: ingest, dispatcher, kube-adapter, janitor, reactorctl. No shell."""
    root = Root()
    root.folder("/home/nonroot")
    root.certificates()
    for name in SERVICES:
        root.program(built(binaries, name), f"/usr/bin/{name}", strip=True)
    return root


def tool(binaries):
    """eventreactor-tool, and git with ssh and https."""
    root = Root()
    root.folder("/home/nonroot")
    root.certificates()
    root.program(built(binaries, TOOL), f"/usr/bin/{TOOL}", strip=True)
    root.program(installed("git", "git"), "/usr/bin/git")
    root.link(f"{GIT_CORE}/git", "/usr/bin/git")
    root.program(installed("git-remote-http", "git", f"{GIT_CORE}/git-remote-http"),
                 f"{GIT_CORE}/git-remote-http")
    root.link(f"{GIT_CORE}/git-remote-https", "git-remote-http")
    # `git init` copies it, and complains if it is not there.
    root.folder("/usr/share/git-core/templates")
    root.program(installed("ssh", "openssh-client"), "/usr/bin/ssh")
    # git runs credential helpers and the ssh command through a shell, and asks `true` for a
    # password that nobody is there to give.
    root.program(installed("dash", "dash"), "/usr/bin/sh")
    root.program(installed("true", "coreutils"), "/usr/bin/true")
    return root


def nats(_):
    """eventreactor-nats: Debian's nats-server, for clusters without a registry in reach."""
    root = Root()
    root.program(installed("nats-server", "nats-server"), "/usr/bin/nats-server")
    return root


IMAGES = {"eventreactor": services, "eventreactor-tool": tool, "eventreactor-nats": nats}
# nats-server has an image of its own makers; ours is made only where it is asked for.
USUAL = ("eventreactor", "eventreactor-tool")


def built(binaries, name):
    path = pathlib.Path(binaries, name)
    if not os.access(path, os.X_OK):
        raise ImageError(f"{path} is not there: run `make build` first")
    return path
