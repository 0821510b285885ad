"""What is posted, and er-bench, which posts it and sees what comes of it."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
GROUP = "eventreactor.summerwind.github.io"
TYPE = "com.example.bench"
# No Pipeline is for it.
UNWANTED = "com.example.unwanted"
STEPS = [{"name": "step", "image": "registry.example.com/team/image:1.2.3",
          "command": ["sh", "-c", "make check && make install"],
          "env": [{"name": "TARGET", "value": "production"}]}]


def pipeline(name="bench", kind=TYPE, steps=None):
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline", "metadata": {"name": name},
            "spec": {"steps": steps or STEPS, "trigger": {"event": {"type": kind}}}}


def action(name):
    """As the dispatcher has them made."""
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Action",
            "metadata": {"name": name, "labels": {f"pipeline.{GROUP}/name": "bench",
                                                  f"event.{GROUP}/name": name}},
            "spec": {"steps": STEPS,
                     "event": {"name": name, "type": TYPE, "source": "/bench"},
                     "pipeline": {"name": "bench", "generation": 1},
                     "transaction": {"id": name, "stage": 1}}}


def event_headers(prefix, kind=TYPE):
    return ["ce-specversion: 1.0", "ce-source: /bench", f"ce-type: {kind}",
            f"ce-id: {prefix}-{{i}}", "content-type: text/plain"]


def send(url, *words, headers=(), body="x", count=1000, **options):
    """What er-bench says; a refusal is a mistake of whoever measures."""
    arguments = [BIN / "er-bench", "--url", url, "--body", body, "--count", str(count), *words]
    for header in headers:
        arguments += ["--header", header]
    for name, value in options.items():
        arguments += [f"--{name.replace('_', '-')}", str(value)]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    result = json.loads(done.stdout)
    if result["refused"]:
        raise AssertionError(f"of {count} posts to {url}, {result['refused']} were refused")
    return result


def rate_of(result):
    """Seen a second, from the first post to the last sight."""
    return result["sight"]["seen"] / result["sight"]["seconds"]
