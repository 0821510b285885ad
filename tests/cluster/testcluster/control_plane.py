"""The processes of the control plane: their credentials and command lines."""

import secrets

from testcluster import kubeconfig
from testcluster.certificates import Authority
from testcluster.plan import API_SERVICE, DOMAIN, NODE_NAME, SERVICE_CIDR

# Clients with a certificate and a kubeconfig; what they may is what Kubernetes lets these users do.
# {name: (user, group)}
CLIENTS = {
    "admin": ("admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", None),
    "scheduler": ("system:kube-scheduler", None),
    "kubelet": (f"system:node:{NODE_NAME}", "system:nodes"),
    "proxy": ("system:kube-proxy", None),
    "coredns": ("coredns", None),
}


def create_credentials(plan):
    """Certificates, keys, kubeconfigs and the token file, all in the cluster's directory."""
    authority = Authority(plan.path("pki"))
    authority.create()
    authority.create_key("service-accounts")
    service = "kubernetes.default.svc"
    authority.issue_server("apiserver", "kube-apiserver", [
        "DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default", f"DNS:{service}",
        f"DNS:{service}.{DOMAIN}", f"IP:{API_SERVICE}", "IP:127.0.0.1",
        f"IP:{plan.node_address}"])
    for name, (user, group) in CLIENTS.items():
        if name == "admin" or plan.whole:
            authority.issue_client(name, user, group)
            path = "kubeconfig" if name == "admin" else f"{name}.kubeconfig"
            kubeconfig.write(plan.path(path), plan.server, authority, name)
    if plan.whole:
        authority.issue_client("apiserver-to-kubelet", "kube-apiserver", "system:masters")
        authority.issue_server("kubelet-server", NODE_NAME, [
            f"DNS:{NODE_NAME}", f"IP:{plan.node_address}"])
    token = secrets.token_urlsafe(24)
    for name, text in (("admin.token", token), (
            "tokens.csv", f"{token},admin-by-token,admin-by-token,system:masters\n")):
        plan.path(name).touch(mode=0o600)
        plan.path(name).write_text(text, encoding="ascii")


def etcd(plan, programs):
    return [programs.path("etcd"), f"--data-dir={plan.path('etcd')}", "--name=default",
            f"--listen-client-urls={plan.etcd}", f"--advertise-client-urls={plan.etcd}",
            f"--listen-peer-urls={plan.etcd_peer}",
            f"--initial-advertise-peer-urls={plan.etcd_peer}",
            f"--initial-cluster=default={plan.etcd_peer}",
            "--quota-backend-bytes=4294967296", "--logger=zap", "--log-level=warn"]


def apiserver(plan, programs):
    pki = plan.path("pki")
    words = [programs.path("kube-apiserver"), f"--etcd-servers={plan.etcd}",
             f"--secure-port={plan.api_port}", f"--service-cluster-ip-range={SERVICE_CIDR}",
             f"--tls-cert-file={pki}/apiserver.crt",
             f"--tls-private-key-file={pki}/apiserver.key", f"--client-ca-file={pki}/ca.crt",
             f"--token-auth-file={plan.path('tokens.csv')}", "--authorization-mode=Node,RBAC",
             f"--service-account-issuer=https://kubernetes.default.svc.{DOMAIN}",
             f"--service-account-key-file={pki}/service-accounts.pub",
             f"--service-account-signing-key-file={pki}/service-accounts.key",
             "--allow-privileged=true", "--enable-admission-plugins=NodeRestriction",
             f"--advertise-address={plan.node_address}"]
    if plan.whole:
        return words + [
            "--bind-address=0.0.0.0", f"--kubelet-certificate-authority={pki}/ca.crt",
            f"--kubelet-client-certificate={pki}/apiserver-to-kubelet.crt",
            f"--kubelet-client-key={pki}/apiserver-to-kubelet.key",
            "--kubelet-preferred-address-types=InternalIP"]
    # Without controllers nobody makes the ServiceAccounts that Pods would have to have, and the
    # loopback address is no endpoint.
    return words + ["--bind-address=127.0.0.1", "--disable-admission-plugins=ServiceAccount",
                    "--endpoint-reconciler-type=none"]


def controller_manager(plan, programs):
    pki = plan.path("pki")
    own = plan.path("controller-manager.kubeconfig")
    return [programs.path("kube-controller-manager"), f"--kubeconfig={own}",
            f"--authentication-kubeconfig={own}", f"--authorization-kubeconfig={own}",
            f"--bind-address={plan.node_address}", "--leader-elect=false",
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={pki}/service-accounts.key",
            f"--root-ca-file={pki}/ca.crt", f"--cluster-signing-cert-file={pki}/ca.crt",
            f"--cluster-signing-key-file={pki}/ca.key",
            "--kube-api-qps=100", "--kube-api-burst=200"]


def scheduler(plan, programs):
    own = plan.path("scheduler.kubeconfig")
    return [programs.path("kube-scheduler"), f"--kubeconfig={own}",
            f"--authentication-kubeconfig={own}", f"--authorization-kubeconfig={own}",
            f"--bind-address={plan.node_address}", "--leader-elect=false",
            "--kube-api-qps=200", "--kube-api-burst=400"]
