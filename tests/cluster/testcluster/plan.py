"""The plan of one cluster: its directory, its addresses and ports. Pure; kept as plan.json."""

import dataclasses
import hashlib
import json
import pathlib

CONTROL_PLANE = "control-plane"
NODE = "node"
NODE_NAME = "er-node"
SERVICE_CIDR = "10.96.0.0/16"
API_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"
POD_CIDR = "10.244.0.0/16"
DOMAIN = "cluster.local"
FILE = "plan.json"


@dataclasses.dataclass(frozen=True)
class Plan:
    """Where everything of a cluster is. `number` tells the whole clusters of a host apart."""
    directory: str
    shape: str
    api_port: int = 6443
    etcd_port: int = 2379
    etcd_peer_port: int = 2380
    number: int = 0
    snapshotter: str = "overlayfs"
    assets: str = ""
    enabled_controllers: dict = dataclasses.field(default_factory=dict)

    @property
    def whole(self):
        return self.shape == NODE

    @property
    def node_address(self):
        """In a range for benchmarks (RFC 2544), which no real network uses."""
        return f"198.18.{self.number}.2" if self.whole else "127.0.0.1"

    @property
    def host_address(self):
        """By which Pods reach the host."""
        return f"198.18.{self.number}.1"

    @property
    def interface(self):
        """On the host; it goes to the machine."""
        return f"ercluster{self.number}"

    @property
    def server(self):
        return f"https://{self.node_address}:{self.api_port}"

    @property
    def etcd(self):
        return f"http://127.0.0.1:{self.etcd_port}"

    @property
    def etcd_peer(self):
        return f"http://127.0.0.1:{self.etcd_peer_port}"

    def path(self, *parts):
        return pathlib.Path(self.directory, *parts)


def cgroup_name(directory):
    """Follows from the directory, so that it is found again when the plan is lost."""
    digest = hashlib.sha256(str(directory).encode()).hexdigest()
    return f"eventreactor-cluster-{digest[:12]}"


def to_json(plan):
    return json.dumps(dataclasses.asdict(plan), indent=2) + "\n"


def read(directory):
    """The plan in a directory; None if there is none that makes sense."""
    try:
        text = pathlib.Path(directory, FILE).read_text(encoding="utf-8")
        return Plan(**json.loads(text))
    except (OSError, ValueError, TypeError):
        return None
