"""The processes of a cluster in the order of their start: how to run each, when it is ready."""

import subprocess
from typing import Callable, NamedTuple

from testcluster import control_plane, health, images, node
from testcluster.plan import NODE_NAME


class Component(NamedTuple):
    """`command(plan, programs)` is the argv; `is_ready(cluster)` whether it does its work."""
    command: Callable
    is_ready: Callable


def _etcd_is_ready(cluster):
    if not cluster.plan.whole:
        return health.answers(f"{cluster.plan.etcd}/health", cluster.plan)
    # Inside the machine only the API server can see it; before that runs, nobody needs to know.
    return not cluster.is_running("apiserver") or health.answers(
        f"{cluster.plan.server}/readyz/etcd", cluster.plan)


def _apiserver_is_ready(cluster):
    # The namespaces that tests take for granted come a moment after readiness.
    server = cluster.plan.server
    return all(health.answers(server + path, cluster.plan) for path in (
        "/readyz", "/api/v1/namespaces/default", "/api/v1/namespaces/kube-system"))


def _controller_manager_is_ready(cluster):
    return health.answers(
        f"{cluster.plan.server}/api/v1/namespaces/default/serviceaccounts/default", cluster.plan)


def _scheduler_is_ready(cluster):
    return health.listens(cluster.plan.node_address, 10259)


def _containerd_is_ready(cluster):
    return images.ctr(cluster, "version", stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode == 0


def _kubelet_is_ready(cluster):
    answer = cluster.kubectl(
        "get", "node", NODE_NAME, "--ignore-not-found", "-o",
        'jsonpath={.status.conditions[?(@.type=="Ready")].status}', check=False)
    # Pods without tolerations wait for the taint to go, so do we.
    taints = cluster.kubectl("get", "node", NODE_NAME, "--ignore-not-found", "-o",
                             "jsonpath={.spec.taints}", check=False)
    return answer.stdout == "True" and not taints.stdout.strip()


def _proxy_is_ready(cluster):
    return health.answers(f"http://{cluster.plan.node_address}:10256/healthz", cluster.plan)


def _coredns_is_ready(cluster):
    return health.answers(f"http://{cluster.plan.node_address}:8181/ready", cluster.plan)


CONTROL_PLANE = {
    "etcd": Component(control_plane.etcd, _etcd_is_ready),
    "apiserver": Component(control_plane.apiserver, _apiserver_is_ready),
}
NODE = {
    "controller-manager": Component(
        control_plane.controller_manager, _controller_manager_is_ready),
    "scheduler": Component(control_plane.scheduler, _scheduler_is_ready),
    "containerd": Component(node.containerd, _containerd_is_ready),
    "kubelet": Component(node.kubelet, _kubelet_is_ready),
    "proxy": Component(node.kube_proxy, _proxy_is_ready),
    "coredns": Component(node.coredns, _coredns_is_ready),
}
ALL = {**CONTROL_PLANE, **NODE}
