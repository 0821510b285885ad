"""Event Reactor in a cluster, as deploy/kustomize/overlays/test installs it, for tests."""

import base64
import http.client
import json
import os
import pathlib
import secrets
import shutil
import subprocess

from cluster_case import SECONDS, command, wait_for
from manifests import KUSTOMIZE, ROOT, SYSTEM
from node_stack import BASE_PORT, write_stack
from testcluster import docker_archive, health
from testcluster.cluster import Cluster

BIN = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
IMAGES = ("eventreactor", "eventreactor-tool", "eventreactor-nats")
# What examples and test Pipelines run.
BUSYBOX = "localhost/eventreactor/busybox:1"
# As overlays/test has it.
GCS = "localhost/eventreactor/gcs:1"


class System:
    """A whole cluster with our images loaded and the test overlay applied.

    A cluster that is up in the directory already is used as it is, and stays up in the end.
    """

    def __init__(self, directory):
        self.directory = str(directory)
        self.cluster = Cluster(self.directory)
        self._stays = self.cluster.is_there()
        self._namespaces = []
        # By which reactorctl finds the services.
        self.data_dir = os.path.join(self.directory, "tmp", "stack")

    def up(self):
        """Brings it up; returns when every Pod of the system is Ready."""
        if self._stays and self.kubectl("get", "namespace", SYSTEM, "--ignore-not-found").stdout:
            raise AssertionError(f"{SYSTEM} is there already, in the cluster of {self.directory}")
        command(self.directory, "up")
        self.load_images()
        self.kubectl("apply", "-f", str(KUSTOMIZE / "base" / "namespace.yaml"))
        self.kubectl("create", "secret", "generic", "eventreactor", f"--namespace={SYSTEM}",
                     *(f"--from-literal={key}=er-{secrets.token_hex(32)}" for key in (
                         "token", "http-token", "nats-password", "tap-password")))
        # CRDs first: kubectl looks each kind up before it applies any.
        self.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        self.kubectl("apply", "-k", str(KUSTOMIZE / "overlays" / "test"))
        write_stack(self.data_dir, self.cluster.plan.node_address, self.secret("token"))
        self.wait_until_ready()

    def down(self):
        """Leaves nothing that it brought."""
        if not self._stays:
            command(self.directory, "down")
        elif self.cluster.is_there():
            self._uninstall()

    def kubectl(self, *words, **options):
        return self.cluster.kubectl(*words, **options)

    def items(self, *words):
        """The objects that `kubectl get` finds."""
        return json.loads(self.kubectl("get", *words, "--output=json").stdout)["items"]

    def wait_until_ready(self):
        for workload in ("statefulset/eventreactor-nats", "deployment/eventreactor-kube-adapter",
                         "deployment/eventreactor-dispatcher", "deployment/eventreactor-ingest",
                         "deployment/eventreactor-janitor"):
            done = self.kubectl("rollout", "status", workload, f"--namespace={SYSTEM}",
                                f"--timeout={SECONDS}s", check=False)
            if done.returncode != 0:
                raise AssertionError(f"{done.stderr}\n{self.tell()}")
        # Until kube-proxy knows of the Pods.
        for port in (*range(BASE_PORT, BASE_PORT + 4), BASE_PORT + 9):
            wait_for(f"answer on the node's port {port}", lambda port=port: health.listens(
                self.cluster.plan.node_address, port))

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
        self._namespaces.append(name)
        # Pods are refused until the namespace has its ServiceAccount.
        wait_for("ServiceAccount", lambda: self.kubectl(
            "get", "serviceaccount", "default", f"--namespace={name}",
            "--ignore-not-found").stdout)

    def http_address(self):
        """(host, port) of ingest's Service, by the node's port."""
        return self.cluster.plan.node_address, BASE_PORT

    def post(self, namespace, headers, body, token=None):
        """Posts an event to ingest's Service; (status, answer)."""
        connection = http.client.HTTPConnection(*self.http_address(), timeout=SECONDS)
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
        """Runs reactorctl against the cluster."""
        done = subprocess.run([BIN / "reactorctl", "--data-dir", self.data_dir, *words],
                              capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"reactorctl {' '.join(words)}: {done.stderr}\n{self.tell()}")
        return done

    def _uninstall(self):
        """Also after an `up` that did not come to its end."""
        shutil.rmtree(self.data_dir, ignore_errors=True)
        if self._namespaces:
            self.kubectl("delete", "namespace", *self._namespaces, check=False)
        # The kinds go last, with whatever is left of them.
        self.kubectl("delete", "--ignore-not-found", "-k", str(KUSTOMIZE / "overlays" / "test"),
                     check=False)

    def load_images(self):
        folder = os.path.join(self.directory, "tmp")
        subprocess.run([ROOT / "scripts" / "build-images", "--tag=test", f"--output={folder}",
                        f"--binaries={BIN}", *IMAGES], check=True, stdout=subprocess.DEVNULL)
        docker_archive.write_busybox(os.path.join(folder, "busybox.tar"), BUSYBOX)
        docker_archive.write_gcs_fetcher(os.path.join(folder, "gcs.tar"), GCS)
        for name in (*IMAGES, "busybox", "gcs"):
            archive = os.path.join(folder, f"{name}.tar")
            command(self.directory, "load-image", archive)
            os.unlink(archive)
