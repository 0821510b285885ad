"""Images come from a registry, and the Action says how far; from a private one after a login."""

import contextlib
import os
import pathlib
import re
import subprocess
import tempfile
import time

from harness.publisher import publish
from harness.registry import PASSWORD, USER, Registry, SlowWay, write_image
from harness.stack import Stack
from scenarios.engines import docker
from scenarios.sdk import complete

NAMESPACE = "registry"
# On the slow way it takes long enough to be told of.
PADDING = 24 << 20
DOCKER = "/usr/bin/docker"
NAME = "eventreactor/pulled:1"
PROGRESS = re.compile(r"waits for the image \S+ to be pulled: \d of 1 layers, [1-9]\d* of \d+ MB")


def run(long):
    del long
    with contextlib.ExitStack() as held:
        folder = pathlib.Path(held.enter_context(tempfile.TemporaryDirectory(prefix="er-",
                                                                             dir="/tmp")))
        public, private = (held.enter_context(Registry(private=kind)) for kind in (False, True))
        for registry, padding in ((public, PADDING), (private, 16)):
            write_image(folder / "image.tar", NAME, padding)
            registry.push(NAME, folder / "image.tar")
        by_podman(folder, public, private)
        by_docker(folder, public, private)
    return "an image of a public registry and one of a private one, by podman and by docker"


def by_podman(folder, public, private):
    registries = folder / "registries.conf"
    with SlowWay(public.port) as way:
        images = images_at(way.port, private.port)
        # They speak no TLS, which podman has to be told.
        registries.write_text("".join(
            f'[[registry]]\nlocation = "127.0.0.1:{port}"\ninsecure = true\n'
            for port in (way.port, private.port)), encoding="ascii")
        environment = {"CONTAINERS_REGISTRIES_CONF": str(registries)}
        if os.geteuid() == 0:
            # Podman keeps logins there, and of another user much else.
            environment["XDG_RUNTIME_DIR"] = str(folder)
        try:
            with Stack(environment=environment) as stack:
                pull(stack, images, way, lambda: login(["podman"], private, environment))
        finally:
            for words in (["rmi", "--force", *images.values()],
                          ["logout", f"127.0.0.1:{private.port}"]):
                subprocess.run(["podman", *words], check=False, capture_output=True,
                               env={**os.environ, **environment})


def by_docker(folder, public, private):
    environment = {"DOCKER_CONFIG": str(folder / "docker")}
    with SlowWay(public.port) as way, docker() as address, Stack(
            extra=["--engine", address], environment=environment) as stack:
        pull(stack, images_at(way.port, private.port), way,
             lambda: login([DOCKER, "--host", address], private, environment))


def images_at(public, private):
    return {name: f"127.0.0.1:{port}/{NAME}" for name, port in (("public", public),
                                                                ("private", private))}


def login(engine, registry, environment):
    subprocess.run([*engine, "login", "--username", USER, "--password-stdin",
                    f"127.0.0.1:{registry.port}"], input=PASSWORD, text=True, check=True,
                   capture_output=True, env={**os.environ, **environment})


def pull(stack, images, way, log_in):
    stack.apply(NAMESPACE, complete([pipeline(*each) for each in images.items()]))
    events = [publish(stack, NAMESPACE, event(name))[0] for name in images]
    says(stack, "public", "PullingImage", PROGRESS)
    way.hurry()
    says(stack, "private", "ImagePullBackOff", re.compile(
        rf"the image {re.escape(images['private'])} .* will be tried again: .*"
        r"(authentication required|no basic auth credentials)"))
    log_in()
    for action in stack.settled_actions(NAMESPACE, events):
        assert action["status"]["completion"] == "success", action["status"]
    left = stack.left_behind()
    assert not left, left


def says(stack, pipeline_name, reason, words):
    """Waits until the Pipeline's Action says this of its image."""
    deadline, told = time.monotonic() + 60, []
    while time.monotonic() < deadline:
        actions = stack.items("actions", "list", "-n", NAMESPACE, "-p", pipeline_name)
        for condition in sum((a.get("status", {}).get("conditions", []) for a in actions), []):
            if condition["reason"] == reason and words.search(condition["message"]):
                return
            if condition not in told:
                told.append(condition)
    raise AssertionError(f"it never said {reason}, {words.pattern}, but {told}")


def pipeline(name, image):
    return {"metadata": {"name": name},
            "spec": {"steps": [{"name": "only", "image": image, "command": ["true"]}],
                     "trigger": {"event": {"type": f"com.example.{name}"}}}}


def event(name):
    return {"id": name, "source": "/registry", "type": f"com.example.{name}"}
