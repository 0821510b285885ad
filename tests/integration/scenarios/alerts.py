"""Every metric of deploy/kustomize/components/alerts is served, and a dead letter raises its own."""

import re
import time
import urllib.request

import yaml
from harness import nats
from harness.stack import Stack
from harness.stack_client import ROOT

ALERTS = ROOT / "deploy" / "kustomize" / "components" / "alerts" / "alerts.yaml"
# Of what was counted at least once, by answer or by reason.
SEEN_ONCE_IT_HAPPENS = {"eventreactor_reconcile_errors_total"}
DEAD = 'eventreactor_dispatcher_dead_letters_total{cause="event"}'
# The ports of /metrics, above the first.
INGEST, DISPATCHER, ADAPTER, JANITOR = 6, 7, 8, 10


def run(long):
    del long
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["spec"]["groups"]
             for rule in group["rules"]]
    wanted = {name for rule in rules for name in re.findall(r"eventreactor_\w+", rule["expr"])}
    with Stack() as stack:
        stack.run("sweep")
        with urllib.request.urlopen(f"http://127.0.0.1:{stack.base_port}/readyz", timeout=30):
            pass
        text = "".join(metrics(stack, port) for port in (INGEST, DISPATCHER, ADAPTER, JANITOR))
        served = set(re.findall(r"^# TYPE (\w+)", text, re.M)) | SEEN_ONCE_IT_HAPPENS
        assert wanted <= served, f"no such metrics: {wanted - served}"
        for metric, label in labels(rules):
            assert re.search(rf'^{metric}\w*\{{[^}}]*\b{label}="', text, re.M) \
                or metric in SEEN_ONCE_IT_HAPPENS, f"{metric} has no label {label}"
        assert dead_letters(stack) == 0
        nats.publish(stack, "er.event.default.com-example-broken", b"no event", {"er-odd": "1"})
        deadline = time.monotonic() + 60
        while dead_letters(stack) != 1:
            assert time.monotonic() < deadline, "a dead letter is not counted"
            time.sleep(0.1)
        letters = stack.items("dead", "list", "-A")
        assert len(letters) == 1, letters
        watched = stack.run("dead", "list", "-A", "--watch", "--timeout", "2s", check=False)
        assert watched.returncode == 3 and watched.stdout.startswith("ADDED\t"), watched
    return f"{len(rules)} alerts of {len(wanted)} metrics"


def labels(rules):
    """(metric, label) of all that the rules select or sum by."""
    for rule in rules:
        for metric, selected in re.findall(r"(eventreactor_\w+)\{(\w+)=", rule["expr"]):
            yield metric, selected
        for label, metric in re.findall(r"by \((\w+)\) \(.*?(eventreactor_\w+)", rule["expr"]):
            yield metric, label


def metrics(stack, port):
    url = f"http://127.0.0.1:{stack.base_port + port}/metrics"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def dead_letters(stack):
    for line in metrics(stack, DISPATCHER).splitlines():
        if line.startswith(DEAD):
            return float(line.split()[-1])
    raise AssertionError(f"{DEAD} is not served")
