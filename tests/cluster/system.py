"""Event Reactor in a cluster, as deploy/kustomize/overlays/test installs it, for tests."""

import base64
import http.client
import json
import os
import pathlib
import secrets
import subprocess

from cluster_case import SECONDS, command, wait_for
from forwarded_stack import ForwardedStack
from manifests import KUSTOMIZE, ROOT, SYSTEM
from testcluster import docker_archive, health
from testcluster.cluster import Cluster

BIN = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
IMAGES = ("eventreactor", "eventreactor-tool", "eventreactor-nats")
# What examples and test Pipelines run.
BUSYBOX = "localhost/eventreactor/busybox:1"


class System:
    """A whole cluster of its own, with our images loaded and the test overlay applied."""

    def __init__(self, directory):
        self.directory = directory
        self.cluster = None
        self._forwarded = None

    def up(self):
        """Brings it up; returns when every Pod of the system is Ready."""
        command(self.directory, "up")
        self.cluster = Cluster(self.directory)
        self._load_images()
        self.kubectl("apply", "-f", str(KUSTOMIZE / "base" / "namespace.yaml"))
        self.kubectl("create", "secret", "generic", "eventreactor", f"--namespace={SYSTEM}",
                     *(f"--from-literal={key}=er-{secrets.token_hex(32)}" for key in (
                         "token", "http-token", "nats-password", "tap-password")))
        # CRDs first: kubectl looks each kind up before it applies any.
        self.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        self.kubectl("apply", "-k", str(KUSTOMIZE / "overlays" / "test"))
        self.wait_until_ready()

    def down(self):
        if self._forwarded:
            self._forwarded.close()
        command(self.directory, "down")

    def kubectl(self, *words, **options):
        return self.cluster.kubectl(*words, **options)

    def wait_until_ready(self):
        for workload in ("statefulset/eventreactor-nats", "deployment/eventreactor-kube-adapter",
                         "deployment/eventreactor-dispatcher", "deployment/eventreactor-ingest"):
            done = self.kubectl("rollout", "status", workload, f"--namespace={SYSTEM}",
                                f"--timeout={SECONDS}s", check=False)
            if done.returncode != 0:
                raise AssertionError(f"{done.stderr}\n{self.tell()}")
        # Until kube-proxy knows of the Pod.
        wait_for("answer on the node's port", lambda: health.listens(
            self.cluster.plan.node_address, self.port()))

    def tell(self):
        """What somebody would look at who finds it not working."""
        words = [["get", "pods", "-o", "wide"], ["get", "events", "--sort-by=.lastTimestamp"],
                 ["logs", "--selector=app.kubernetes.io/part-of=eventreactor", "--prefix",
                  "--tail=15", "--max-log-requests=9"]]
        return "\n".join(self.kubectl(f"--namespace={SYSTEM}", *each, check=False).stdout
                         for each in words)

    def secret(self, key):
        data = self.kubectl("get", "secret", "eventreactor", f"--namespace={SYSTEM}", "-o",
                            f"jsonpath={{.data.{key}}}").stdout
        return base64.b64decode(data).decode()

    def make_namespace(self, name):
        self.kubectl("create", "namespace", name)
        # Pods are refused until the namespace has its ServiceAccount.
        wait_for("ServiceAccount", lambda: self.kubectl(
            "get", "serviceaccount", "default", f"--namespace={name}",
            "--ignore-not-found").stdout)

    def port(self):
        """Of the node, for ingest over HTTP."""
        return int(self.kubectl("get", "service", "eventreactor-ingest", f"--namespace={SYSTEM}",
                                "-o", "jsonpath={.spec.ports[?(@.name=='http')].nodePort}").stdout)

    def post(self, namespace, headers, body, token=None):
        """Posts an event to ingest's Service, by the node's port; (status, answer)."""
        connection = http.client.HTTPConnection(self.cluster.plan.node_address, self.port(),
                                                timeout=SECONDS)
        if token:
            headers = {**headers, "authorization": f"Bearer {token}"}
        try:
            connection.request("POST", f"/api/v1alpha1/namespaces/{namespace}/events", body,
                               headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def reactorctl(self, *words, check=True):
        """Runs reactorctl against the cluster, by `kubectl port-forward`."""
        if self._forwarded is None:
            self._forwarded = ForwardedStack(self.cluster, self.secret("token"),
                                             os.path.join(self.directory, "tmp", "stack"))
        done = subprocess.run([BIN / "reactorctl", "--data-dir", self._forwarded.data_dir, *words],
                              capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"reactorctl {' '.join(words)}: {done.stderr}\n{self.tell()}")
        return done

    def _load_images(self):
        folder = os.path.join(self.directory, "tmp")
        subprocess.run([ROOT / "scripts" / "build-images", "--tag=test", f"--output={folder}",
                        f"--binaries={BIN}", *IMAGES], check=True, stdout=subprocess.DEVNULL)
        docker_archive.write_busybox(os.path.join(folder, "busybox.tar"), BUSYBOX)
        for name in (*IMAGES, "busybox"):
            archive = os.path.join(folder, f"{name}.tar")
            command(self.directory, "load-image", archive)
            os.unlink(archive)
