"""Runs one case against a stack: carries out its steps, collects what differs."""

import base64
import hashlib
import json
import re

from harness import cases, client
from harness.expect import differences


class Failed(AssertionError):
    """What differed, one line each."""


class CaseRunner:
    def __init__(self, stack, case):
        self.stack = stack
        self.case = case
        self.namespace = case["namespace"]
        self.event_names = {}  # id -> name
        self.actions_by_pipeline = {}

    def run(self):
        for namespace in (self.namespace, *self.case["elsewhere"]):
            self.stack.make_namespace(namespace)
        for index, step in enumerate(self.case["steps"]):
            kind = next(k for k in cases.STEPS if k in step)
            found = getattr(self, "_" + kind)(step)
            if found:
                raise Failed("\n".join(f"step {index} ({kind}): {line}" for line in found))

    # --- steps

    def _apply(self, step):
        manifests = self._fill(step["apply"])
        refused = step.get("refused")
        done = self.stack.apply(self.namespace, manifests, check=refused is None)
        if refused is not None:
            if done.returncode == 0:
                return [f"was not refused: {done.stdout}"]
            return differences({"$contains": self._fill(refused)}, done.stderr, "stderr")
        if "prints" in step:
            return differences({"$contains": self._fill(step["prints"])}, done.stdout, "stdout")
        return []

    def _post(self, step):
        event = self._fill(step["post"])
        if step.get("as") == "grpc":
            return self._publish(event, step)
        make = {"binary": client.binary, "structured": client.structured}[step.get("as", "binary")]
        headers, body = make(event)
        found = []
        for _ in range(step.get("times", 1)):
            found += self._send("POST", self._fill(step.get("to", "")), headers, body, event["id"],
                                self._fill(step.get("expect", {})))
        return found

    def _request(self, step):
        request = self._fill(step["request"])
        body = request.get("body", "").encode()
        if "bodyBase64" in request:
            body = base64.b64decode(request["bodyBase64"])
        if "bodySize" in request:
            body = b"x" * request["bodySize"]
        return self._send(request.get("method", "POST"), request["path"],
                          {str(k): str(v) for k, v in request.get("headers", {}).items()}, body,
                          request.get("id"), self._fill(step.get("expect", {})))

    def _send(self, method, path, headers, body, event_id, expected):
        path = path or f"/api/v1alpha1/namespaces/{self.namespace}/events"
        status, answer_headers, answer = self.stack.request(method, path, headers, body)
        try:
            content = json.loads(answer) if answer else None
        except ValueError:
            content = answer.decode(errors="replace")
        if status == 202 and event_id is not None:
            self.event_names[event_id] = content["name"]
        found = differences(expected.get("status", 202), status, "status")
        if "body" in expected:
            found += differences(expected["body"], content, "body")
        if "headers" in expected:
            found += differences(expected["headers"], answer_headers, "headers")
        return [f"{line} (the answer was {content})" for line in found]

    def _call(self, step):
        sent = self._fill(cases.sent_by(step))
        answer = self.stack.call(step["call"], sent, token=step.get("token"))
        results = answer.get("response", {}).get("results", [])
        if step["call"] == "IngestService/PublishBatch" and isinstance(sent, dict):
            self.event_names.update((event["id"], result["accepted"]["name"])
                                    for event, result in zip(sent["events"], results)
                                    if "accepted" in result)
        return [f"{line} (the answer was {answer})" for line in
                differences(self._fill(step["expect"]), answer, "answer")]

    def _publish(self, event, step):
        args = ["events", "publish", "-n", self.namespace, "-t", event["type"],
                "-s", event["source"], "--id", event["id"], "-o", "json"]
        for flag, key in (("--subject", "subject"), ("--time", "time"), ("-c", "datacontenttype")):
            if key in event:
                args += [flag, event[key]]
        for name, value in event.get("extensions", {}).items():
            args += ["--ext", f"{name}={value}"]
        data = client.data_of(event)
        if data is not None:
            args += ["--data-file", "-"]
        found = []
        for _ in range(step.get("times", 1)):
            done = self.stack.run(*args, stdin=data)
            answer = json.loads(done.stdout)
            self.event_names[event["id"]] = answer["name"]
            if "body" in step.get("expect", {}):
                found += differences(self._fill(step["expect"]["body"]), answer, "answer")
        return found

    def _running(self, step):
        for pipeline in self._fill(step["running"]):
            self.actions_by_pipeline[pipeline] = [
                self.stack.running_action(self.namespace, pipeline)]
        return []

    def _lose(self, step):
        (action,) = self.actions_by_pipeline[step["lose"]]
        self.stack.lose(action)
        return []

    def _actions(self, step):
        actions = self.stack.settled_actions(self.namespace, self.event_names.values())
        self.actions_by_pipeline = {}
        for action in actions:
            self.actions_by_pipeline.setdefault(action["spec"]["pipeline"]["name"], []).append(action)
        expected = self._fill(step["actions"])
        counts = {want["pipeline"]: want.get("count", 1) for want in expected}
        have = {name: len(found) for name, found in self.actions_by_pipeline.items()}
        if counts != have:
            return [f"Actions by Pipeline are {have}, expected {counts}"]
        found = []
        for want in expected:
            for action in self.actions_by_pipeline[want["pipeline"]]:
                found += self._action(want, action["metadata"]["name"])
        return found

    def _action(self, want, name):
        action = self.stack.json("actions", "get", name, "-n", self.namespace)
        status = action.get("status", {})
        succeeded = next((c for c in status.get("conditions", []) if c["type"] == "Succeeded"), {})
        found = []
        for key, actual in (("completion", status.get("completion")),
                            ("reason", succeeded.get("reason")),
                            ("message", succeeded.get("message"))):
            if key in want:
                found += differences(want[key], actual, key)
        if "steps" in want:
            have = [[s["name"], s.get("terminated", {}).get("exitCode", 0 if "terminated" in s
                                                            else None)]
                    for s in status.get("stepStates", [])]
            found += differences(want["steps"], have, "steps")
        if "is" in want:
            found += differences(want["is"], action)
        if "log" in want:
            log = self.stack.run("actions", "logs", name, "-n", self.namespace).stdout
            found += differences(want["log"], log, "log")
        if not found:
            return []
        words = json.dumps({"succeeded": succeeded, "stepStates": status.get("stepStates")})
        return [f"{want['pipeline']}: {line}" for line in found] + [f"status: {words}"]

    def _events(self, step):
        found = []
        for event_id, want in self._fill(step["events"]).items():
            event = self.stack.recorded_event(self.namespace, self.event_names[event_id])
            found += differences(want, event, f"event {event_id}")
        return found

    def _ctl(self, step):
        args = [str(arg) for arg in self._fill(step["ctl"])]
        done = self.stack.run(*args, stdin=self._fill(step.get("stdin")), check=False)
        found = differences(step.get("exit", 0), done.returncode, "exit")
        for stream in ("stdout", "stderr"):
            if stream in step:
                found += differences(self._fill(step[stream]), getattr(done, stream), stream)
        if "json" in step and not found:
            found += differences(self._fill(step["json"]), json.loads(done.stdout), "json")
        return found and [*found, f"stdout: {done.stdout[-2000:]}", f"stderr: {done.stderr[-2000:]}"]

    # --- what a case may refer to

    def _fill(self, value):
        """The value with ${...} replaced everywhere in it."""
        if isinstance(value, dict):
            return {self._fill(k): self._fill(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self._fill(item) for item in value]
        if not isinstance(value, str):
            return value
        return re.sub(r"\$\{(IMAGE|NAMESPACE|event:[^}]+|action:[^}]+|sha256:\d+|times:\d+:[^}]+)\}",
                      lambda match: self._value(match.group(1)), value)

    def _value(self, reference):
        kind, _, name = reference.partition(":")
        if kind == "IMAGE":
            return self.stack.image
        if kind == "NAMESPACE":
            return self.namespace
        if kind == "event":
            return self.event_names[name]
        if kind == "sha256":  # of the data of `dataSize: N`
            return hashlib.sha256(client.data_of({"dataSize": int(name)})).hexdigest()
        if kind == "times":  # so many of what follows, such as ${times:3:ab}
            count, _, text = name.partition(":")
            return text * int(count)
        (action,) = self.actions_by_pipeline[name]
        return action["metadata"]["name"]
