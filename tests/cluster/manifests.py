"""What deploy/kustomize builds, and what its network policies let through."""

import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
KUSTOMIZE = ROOT / "deploy" / "kustomize"
SYSTEM = "eventreactor-system"
OVERLAYS = sorted(path.parent.name for path in
                  (KUSTOMIZE / "overlays").glob("*/kustomization.yaml"))


def built(cluster, overlay):
    """The objects of an overlay, by its name or the path of its folder."""
    text = cluster.kubectl("kustomize", str(KUSTOMIZE / "overlays" / overlay)).stdout
    return [each for each in yaml.safe_load_all(text) if each]


def of_kind(objects, *kinds):
    return [each for each in objects if each["kind"] in kinds]


def named(objects, kind, name):
    [found] = [each for each in of_kind(objects, kind) if each["metadata"]["name"] == name]
    return found


def pod_template(workload):
    return workload["spec"]["template"]


def matches(selector, labels):
    """Whether a label selector of Kubernetes selects these labels; an empty one selects all."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for each in selector.get("matchExpressions", ()):
        if each["operator"] != "In":
            raise NotImplementedError(each["operator"])
        if labels.get(each["key"]) not in each["values"]:
            return False
    return True


def let_in(policies, pod, port, peer, peer_namespace=SYSTEM):
    """Whether policies of the system's namespace let a peer's Pod reach a named port of a Pod.

    `pod` and `peer` are labels. A Pod that no policy selects is open to all.
    """
    selecting = [each["spec"] for each in policies if matches(each["spec"]["podSelector"], pod)]
    if not selecting:
        return True
    return any(_rule_lets_in(rule, port, peer, peer_namespace)
               for spec in selecting for rule in spec.get("ingress", ()))


def _rule_lets_in(rule, port, peer, peer_namespace):
    if "ports" in rule and port not in [each["port"] for each in rule["ports"]]:
        return False
    return "from" not in rule or any(_is_peer(each, peer, peer_namespace)
                                     for each in rule["from"])


def _is_peer(allowed, peer, peer_namespace):
    namespaces = allowed.get("namespaceSelector")
    if namespaces is None and peer_namespace != SYSTEM:
        return False
    if namespaces:
        raise NotImplementedError("labels of namespaces")
    return matches(allowed.get("podSelector", {}), peer)
