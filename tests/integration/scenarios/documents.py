"""What Pipelines refer to is listed, shown and deleted; no Secret's value is; hostPath where allowed."""

import json
import subprocess
import tempfile

from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "documents"
TYPE = "com.example.read"


def run(long):
    del long
    with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as allowed:
        with Stack(environment={"EVENTREACTOR_ALLOW_HOST_PATH": allowed}) as stack:
            lists(stack)
            watches(stack)
            host_paths(stack, allowed)
    return "documents are listed, sorted, watched, shown and deleted, and a hostPath is given out"


def lists(stack):
    def told(*words, **options):
        return stack.run("documents", *words, "-n", NAMESPACE, **options).stdout

    stack.apply_documents(NAMESPACE, [
        document("ConfigMap", "zebra", {"data": {"A": "one"}}, {"team": "a"}),
        document("ConfigMap", "ant", {"data": {"B": "two"}}, {"team": "b"}),
        document("Secret", "login", {"stringData": {"password": "hunter2"}}, {"team": "a"})])
    assert told("list", "-o", "name") == "ant\nzebra\nlogin\n"
    assert told("list", "-o", "name", "--sort-by=-name") == "zebra\nlogin\nant\n"
    assert told("list", "-o", "name", "-l", "team=a") == "zebra\nlogin\n"
    assert told("list", "Secret", "-o", "jsonpath={.items[*].metadata.name}") == "login"
    assert "team=b" in told("list", "-o", "wide")
    assert told("get", "ConfigMap", "zebra", "-o", "jsonpath={.data.A}") == "one"
    assert json.loads(told("get", "ConfigMap", "ant", "-o", "json"))["kind"] == "ConfigMap"
    shown = told("get", "Secret", "login") + told("list", "-o", "yaml")
    assert "hunter2" not in shown and "(7 bytes)" in shown, shown
    assert told("delete", "ConfigMap", "ant") == "configmap ant deleted\n"
    assert told("get", "ConfigMap", "ant", check=False) == ""


def watches(stack):
    """What is new, other and gone in a list is told while it is watched."""
    command = [stack.ctl_path, "documents", "list", "-w", "--timeout", "60s", "-n", NAMESPACE,
               "--data-dir", str(stack.directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        def next_change():
            return watch.stdout.readline().split("\t")[:3]

        assert [next_change() for _ in range(2)] == [["ADDED", "ConfigMap", "zebra"],
                                                     ["ADDED", "Secret", "login"]]
        for text, change in (("one", "ADDED"), ("two", "MODIFIED")):
            stack.apply_documents(NAMESPACE, [document("ConfigMap", "fox", {"data": {"A": text}}, {})])
            assert next_change() == [change, "ConfigMap", "fox"]
        stack.run("documents", "delete", "ConfigMap", "fox", "-n", NAMESPACE)
        assert next_change() == ["DELETED", "ConfigMap", "fox"]
        watch.kill()


def host_paths(stack, allowed):
    with open(f"{allowed}/file", "w", encoding="utf-8") as file:
        file.write("of the host\n")
    stack.apply(NAMESPACE, complete([pipeline(stack, "inside", allowed)]))
    refused = stack.apply(NAMESPACE, complete([pipeline(stack, "outside", "/etc")]), check=False)
    assert refused.returncode == 1, refused
    assert "spec.volumes[0].hostPath.path" in refused.stderr, refused.stderr
    assert "--allow-host-path" in refused.stderr, refused.stderr
    event, _, _ = publish(stack, NAMESPACE, {"id": "1", "source": "/host", "type": TYPE})
    (action,) = stack.settled_actions(NAMESPACE, [event])
    log = stack.run("actions", "logs", action["metadata"]["name"], "-n", NAMESPACE).stdout
    assert log == "of the host\n", (log, action["status"])


def document(kind, name, body, labels):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": labels}, **body}


def pipeline(stack, name, path):
    return {"metadata": {"name": name}, "spec": {
        "volumes": [{"name": "host", "hostPath": {"path": path}}],
        "steps": [{"image": stack.image, "command": ["cat", "/host/file"],
                   "volumeMounts": [{"name": "host", "mountPath": "/host", "readOnly": True}]}],
        "trigger": {"event": {"type": TYPE}}}}
