"""The processes of the node: their configuration and command lines."""

import json

from testcluster import programs as places
from testcluster.plan import DNS_SERVICE, DOMAIN, NODE_NAME, POD_CIDR

PAUSE_IMAGE = "localhost/eventreactor/pause:1"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
MAX_PODS = 250

CONTAINERD = """version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
  address = "{socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Where CAP_SYS_RESOURCE is missing, no score can be lowered.
  restrict_oom_score_adj = true
  # Its profile would be loaded into the host's kernel, and stay there.
  disable_apparmor = true
  max_container_log_line_size = 65536

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{directory}/cni"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{snapshotter}"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
"""

COREFILE = """{domain}:53 in-addr.arpa:53 ip6.arpa:53 {{
    bind {address}
    errors
    ready {address}:8181
    kubernetes {domain} in-addr.arpa ip6.arpa {{
        kubeconfig {kubeconfig}
        pods insecure
        ttl 5
    }}
}}
# The node has no way to the world: say so at once.
.:53 {{
    bind {address}
    errors
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
"""


def write_configuration(plan):
    """The files that the command lines below name."""
    plan.path("cni").mkdir(exist_ok=True)
    files = {
        "containerd.toml": CONTAINERD.format(
            socket=CONTAINERD_SOCKET, pause=PAUSE_IMAGE, cni=places.CNI,
            directory=plan.directory, snapshotter=plan.snapshotter),
        "Corefile": COREFILE.format(
            address=plan.node_address, domain=DOMAIN, kubeconfig=plan.path("coredns.kubeconfig")),
        "resolv.conf": f"nameserver {plan.node_address}\n",
        # JSON is YAML too.
        "kubelet.yaml": json.dumps(_kubelet(plan), indent=2),
        "kube-proxy.yaml": json.dumps(_kube_proxy(plan), indent=2),
        "cni/10-pods.conflist": json.dumps(_cni(), indent=2),
    }
    for name, text in files.items():
        plan.path(name).write_text(text, encoding="utf-8")


def containerd(plan, programs):
    return [programs.path("containerd"), f"--config={plan.path('containerd.toml')}"]


def kubelet(plan, programs):
    return [programs.path("kubelet"), f"--config={plan.path('kubelet.yaml')}",
            f"--kubeconfig={plan.path('kubelet.kubeconfig')}",
            f"--hostname-override={NODE_NAME}", f"--node-ip={plan.node_address}"]


def kube_proxy(plan, programs):
    return [programs.path("kube-proxy"), f"--config={plan.path('kube-proxy.yaml')}"]


def coredns(plan, programs):
    return [programs.path("coredns"), "-conf", str(plan.path("Corefile"))]


def _kubelet(plan):
    pki = plan.path("pki")
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "address": plan.node_address,
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                           "x509": {"clientCAFile": f"{pki}/ca.crt"}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{pki}/kubelet-server.crt",
        "tlsPrivateKeyFile": f"{pki}/kubelet-server.key",
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "clusterDNS": [DNS_SERVICE], "clusterDomain": DOMAIN,
        "resolvConf": str(plan.path("resolv.conf")),
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        # Cgroups may be v1 or hybrid here, in a machine that is not the kernel's only one.
        "failCgroupV1": False, "cgroupDriver": "cgroupfs", "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [], "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        # The host's disk may be rather full, and images that were loaded cannot be pulled again.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%",
                         "nodefs.inodesFree": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
        "maxPods": MAX_PODS, "serializeImagePulls": False, "registryPullQPS": 0,
        "eventRecordQPS": 0, "kubeAPIQPS": 100, "kubeAPIBurst": 200,
        "nodeStatusUpdateFrequency": "5s",
    }


def _kube_proxy(plan):
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(plan.path("proxy.kubeconfig"))},
        "mode": "iptables", "clusterCIDR": POD_CIDR, "hostnameOverride": NODE_NAME,
        "bindAddress": plan.node_address, "oomScoreAdj": 0,
        # Zero: leave as it is, since the table is the host's.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s",
                      "tcpCloseWaitTimeout": "0s"},
        "iptables": {"minSyncPeriod": "100ms", "syncPeriod": "30s"},
    }


def _cni():
    """A link of its own for each Pod, and no bridge: all traffic is routed, so kube-proxy sees
    Pods that speak with Pods of the same node without the kernel's br_netfilter."""
    return {
        "cniVersion": "0.4.0", "name": "pods",
        "plugins": [
            {"type": "ptp", "ipMasq": False,
             "ipam": {"type": "host-local", "subnet": POD_CIDR,
                      "routes": [{"dst": "0.0.0.0/0"}]}},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
