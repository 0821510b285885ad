"""A real API server, our services as processes beside it, and posts to both."""

import contextlib
import json
import pathlib
import shutil
import tempfile

import sender
import tests_path  # noqa: F401
from cluster_case import SECONDS, command, wait_for
from local_services import LocalServices
from sender import GROUP, ROOT
from testcluster.cluster import Cluster

API = f"/apis/{GROUP}/v1alpha1/namespaces"
ACTIONS = f"{API}/{{namespace}}/actions"
PODS = "/api/v1/namespaces/{namespace}/pods"
# Of ours; nobody but the API server is to look at what is created straight.
OURS, RAW = "default", "raw"


@contextlib.contextmanager
def api_server(shape="control-plane"):
    """With no service of ours running yet."""
    directory = tempfile.mkdtemp(prefix="er-bench-")
    try:
        command(f"{directory}/cluster", "up", shape)
        cluster = Cluster(f"{directory}/cluster")
        cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy" / "crds"))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all",
                        f"--timeout={SECONDS}s")
        # Until it can be watched.
        wait_for("Actions", lambda: cluster.kubectl(
            "get", "--raw", f"{API}/{OURS}/actions?resourceVersion=0",
            check=False).returncode == 0)
        cluster.kubectl("create", "namespace", RAW)
        services = LocalServices(f"{directory}/services")
        try:
            yield ApiServer(cluster, services)
        finally:
            services.close()
    finally:
        command(f"{directory}/cluster", "down", check=False)
        shutil.rmtree(directory, ignore_errors=True)


class ApiServer:
    """Posts to the API server, and to our ingest, with a watch of what comes of it."""

    def __init__(self, cluster, services):
        self.cluster, self.services = cluster, services
        token = pathlib.Path(cluster.directory, "admin.token").read_text(encoding="ascii").strip()
        self._bearer = f"Authorization: Bearer {token}"
        self._authority = f"{cluster.directory}/pki/ca.crt"

    # --- our services

    def start(self, max_running=0, **options):
        """All of them; returns when they are ready."""
        self.services.start_nats()
        self.start_adapter(max_running, **options)
        self.services.start_dispatcher()
        self.services.start_ingest()
        self.services.start_janitor()

    def start_adapter(self, max_running=0, **options):
        self.services.start_adapter(self.cluster.kubeconfig, f"--lease-namespace={OURS}",
                                    f"--max-running={max_running}", f"--namespaces={OURS}",
                                    **options)
        self.services.wait_until_said("kube-adapter", "leading: all Actions are read")

    def pids(self):
        """Of our own processes, by name."""
        return {name: self.services.pid(name)
                for name in ("ingest", "dispatcher", "kube-adapter", "janitor")}

    def load_image(self, archive):
        command(self.cluster.directory, "load-image", str(archive))

    def apply(self, manifest):
        self.cluster.kubectl("apply", f"--namespace={OURS}", "-f", "-", input=json.dumps(manifest))

    # --- posts

    def create(self, objects, prefix, body, **options):
        """Straight in the API server."""
        path = objects.format(namespace=RAW)
        return sender.send(f"{self.cluster.plan.server}{path}", **self._watch(path),
                           key="/metadata/name",
                           headers=[self._bearer, "Content-Type: application/json"],
                           body=json.dumps(body(f"{prefix}-{{i}}")), ca_file=self._authority,
                           **options)

    def post(self, objects, prefix, **options):
        """An event, to ingest; watched is what our services create of it."""
        # The header is for the watch; ingest, on loopback, asks for none.
        return sender.send(f"http://127.0.0.1:{self.services.port(0)}/",
                           **self._watch(objects.format(namespace=OURS)),
                           headers=[self._bearer, *sender.event_headers(prefix)],
                           ca_file=self._authority, **options)

    def stored_actions(self):
        """How many of ours there are."""
        listed = self._get(f"{ACTIONS.format(namespace=OURS)}?limit=1")
        return len(listed["items"]) + listed["metadata"].get("remainingItemCount", 0)

    def items(self, kind, namespace):
        return json.loads(self.cluster.kubectl("get", kind, f"--namespace={namespace}",
                                               "--output=json").stdout)["items"]

    def _watch(self, path):
        """From now on: options of er-bench."""
        return {"watch": f"{self.cluster.plan.server}{path}?watch=1",
                "watch_version": self._get(f"{path}?limit=1")["metadata"]["resourceVersion"]}

    def _get(self, path):
        return json.loads(self.cluster.kubectl("get", "--raw", path).stdout)
