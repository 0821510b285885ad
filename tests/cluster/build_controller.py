"""A stand-in for the controller of Knative Build, which a test leads step by step.

It writes what the last published one wrote: the condition Succeeded, the states of the steps in
their order and without names, the Pod's name; never completionTime.
"""

import http.client
import json
import pathlib
import ssl

from cluster_case import SECONDS

BUILDS = "/apis/build.knative.dev/v1alpha1/namespaces/{}/builds"
STARTED = "2026-01-02T03:04:05Z"
RUNNING = {"running": {"startedAt": STARTED}}


def exited(code):
    return {"terminated": {"exitCode": code, "reason": "Error" if code else "Completed",
                           "startedAt": STARTED, "finishedAt": "2026-01-02T03:04:06Z"}}


class Api:
    """The API server, as an administrator."""

    def __init__(self, cluster):
        context = ssl.create_default_context(cafile=f"{cluster.directory}/pki/ca.crt")
        host, _, port = cluster.plan.server.removeprefix("https://").rpartition(":")
        self._connect = lambda: http.client.HTTPSConnection(host, int(port), timeout=SECONDS,
                                                            context=context)
        self._token = pathlib.Path(cluster.directory, "admin.token").read_text(
            encoding="ascii").strip()

    def call(self, method, path, body=None, content_type="application/json"):
        """The answer; None for what is not there."""
        connection = self._connect()
        try:
            connection.request(method, path, json.dumps(body) if body else None,
                               {"authorization": f"Bearer {self._token}",
                                "content-type": content_type})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status == 404:
                return None
            if answer.status >= 300:
                raise AssertionError(f"{method} {path}: {answer.status} {text[:500]}")
            return json.loads(text)
        finally:
            connection.close()


class BuildController:
    """Of one namespace."""

    def __init__(self, api, namespace):
        self._api = api
        self._namespace = namespace
        self._path = BUILDS.format(namespace)

    def builds(self):
        return self._api.call("GET", self._path)["items"]

    def take(self, build):
        """Makes its Pod and says so; returns the Pod's name."""
        metadata = build["metadata"]
        pod = f"{metadata['name']}-pod"
        self._api.call("POST", f"/api/v1/namespaces/{self._namespace}/pods", {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": pod, "ownerReferences": [{
                "apiVersion": build["apiVersion"], "kind": "Build", "name": metadata["name"],
                "uid": metadata["uid"], "controller": True}]},
            "spec": {"restartPolicy": "Never",
                     "initContainers": [{"name": f"build-step-{step['name']}",
                                         "image": step["image"], "args": step.get("args", [])}
                                        for step in build["spec"]["steps"]],
                     "containers": [{"name": "nop", "image": "nop"}]}})
        self.tell(build, "Unknown", "Building", [])
        return pod

    def tell(self, build, status, reason, states, message=""):
        name = build["metadata"]["name"]
        names = [f"build-step-{step['name']}" for step in build["spec"]["steps"]]
        self._api.call("PATCH", f"{self._path}/{name}/status", {"status": {
            "builder": "Cluster",
            "cluster": {"namespace": self._namespace, "podName": f"{name}-pod"},
            "startTime": STARTED, "stepStates": states,
            "stepsCompleted": [name for name, state in zip(names, states)
                               if "terminated" in state],
            "conditions": [{"type": "Succeeded", "status": status, "reason": reason,
                            "message": message, "lastTransitionTime": STARTED}]}},
            "application/merge-patch+json")
