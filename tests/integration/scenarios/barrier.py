"""A Pipeline applied before its event is posted is never missed: not once in 500 times."""

import concurrent.futures

from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "barrier"
COUNT = 500


def run(long):
    del long  # all 500 every time: with Actions held back it is quick
    with Stack(extra=["--max-running", "0"]) as stack:

        def apply_and_post(i):
            kind = f"com.example.own.{i}"
            stack.apply(NAMESPACE, complete([{
                "metadata": {"name": f"own-{i}"},
                "spec": {"steps": [{"image": stack.image, "command": ["true"]}],
                         "trigger": {"event": {"type": kind}}}}]))
            return publish(stack, NAMESPACE, {"id": str(i), "source": "/barrier", "type": kind})[0]

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            names = list(pool.map(apply_and_post, range(COUNT)))
        stack.wait_dispatched(NAMESPACE, names)
        actions = stack.items("actions", "list", "-n", NAMESPACE)
        pairs = sorted((a["spec"]["event"]["name"], a["spec"]["pipeline"]["name"]) for a in actions)
        assert pairs == sorted((name, f"own-{i}") for i, name in enumerate(names)), \
            f"{len(pairs)} Actions for {COUNT} events: {set(names) - {p[0] for p in pairs}} missed"
    return f"{COUNT} Pipelines, {len(actions)} Actions"
