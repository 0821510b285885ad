"""10,000 malformed requests are answered one by one, and leave neither memory nor descriptors behind."""

import base64
import itertools
import os
import pathlib

from harness import cases, client
from harness.publisher import publish
from harness.stack import Stack
from scenarios.memory import proportional_set_mb
from scenarios.sdk import complete

NAMESPACE = "malformed"
TYPE = "com.example.well-formed"
CALLS = "malformed-calls"
TABLES = ("bad-requests", "malformed-requests", "unsupported-requests")
REQUESTS = 10_000
BY_COMMAND = 20
SERVICES = ("ingest", "dispatcher", "local-adapter")


def run(long):
    rounds = 5 if long else 1
    requests, calls = list(table()), list(call_table())
    assert len(requests) >= 60 and len(calls) >= 30, (len(requests), len(calls))
    with Stack() as stack:
        stack.apply(NAMESPACE, complete([pipeline(stack.image)]))
        well_formed(stack, "first")
        ask(stack, requests, calls, REQUESTS // 5)  # what grows once has grown
        before = weights(stack)
        ask(stack, requests, calls, REQUESTS * rounds)
        after = weights(stack)
        well_formed(stack, "last")
    for service in SERVICES:
        for what, unit in (("memory", "MB"), ("descriptors", "")):
            old, new = before[service][what], after[service][what]
            assert new <= old * 1.1, f"{service}: {what} went from {old:.1f} to {new:.1f} {unit}"
    words = ", ".join(f"{s} {before[s]['memory']:.1f} -> {after[s]['memory']:.1f} MB" for s in SERVICES)
    return f"{REQUESTS * rounds} requests of {len(requests) + len(calls)} kinds; {words}"


def table():
    """What the cases about malformed requests send, with the status of its answer."""
    for case in cases.load(TABLES):
        for step in case["steps"]:
            if "request" not in step:
                continue
            request, status = step["request"], step["expect"]["status"]
            # What the case runner fills in is not for here.
            if not isinstance(status, int) or status < 400 or "${" in str(request):
                continue
            body = request.get("body", "").encode()
            if "bodyBase64" in request:
                body = base64.b64decode(request["bodyBase64"])
            if "bodySize" in request:
                body = b"x" * request["bodySize"]
            if len(body) > 1 << 20:
                continue  # as good once; here it is only slow
            yield (request.get("method", "POST"), request["path"],
                   {str(k): str(v) for k, v in request.get("headers", {}).items()}, body, status)


def call_table():
    """What the case about malformed calls sends over gRPC, with the code of its answer."""
    (case,) = cases.load([CALLS])
    for step in case["steps"]:
        sent = cases.sent_by(step)
        if "${times" not in str(sent):
            yield step["call"], sent, step.get("token"), step["expect"]["code"]


def ask(stack, requests, calls, count):
    """So many in all; each third over gRPC, and a few by reactorctl besides."""
    requests, calls = itertools.cycle(requests), itertools.cycle(calls)
    for number in range(count):
        if number % 3 == 0:
            call, sent, token, code = next(calls)
            answer = stack.call(call, sent, token=token)
            assert answer["code"] == code, f"{call} {sent}: {answer}, not {code}"
        else:
            method, path, headers, body, status = next(requests)
            answered, _, answer = stack.request(method, path, headers, body)
            assert answered == status, f"{method} {path} {headers}: {answered}, not {status}: {answer}"
        if number % (count // BY_COMMAND) == 0:
            refused = stack.run("pipelines", "apply", "-f", "-", "-n", NAMESPACE, check=False,
                                stdin="{kind: Pipeline, spec: {steps: 7}}")
            assert refused.returncode == 1, refused


def weights(stack):
    pids = stack.pids()
    return {service: {"memory": proportional_set_mb(pids[service]),
                      "descriptors": len(os.listdir(pathlib.Path(f"/proc/{pids[service]}/fd")))}
            for service in SERVICES}


def well_formed(stack, event_id):
    name, _, _ = publish(stack, NAMESPACE, {"id": event_id, "source": "/m", "type": TYPE})
    (action,) = stack.settled_actions(NAMESPACE, [name])
    assert action["status"]["completion"] == "success", action["status"]


def pipeline(image):
    return {"metadata": {"name": "one"},
            "spec": {"steps": [{"image": image, "command": ["true"]}],
                     "trigger": {"event": {"type": TYPE}}}}
