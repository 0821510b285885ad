"""Events from a public SDK yield exactly the right Actions, env, files, labels and logs."""

import json
import os
import pathlib
import subprocess
import venv

from harness.stack import Stack

SDK_VERSION = "2.2.0"
NAMESPACE = "sdk"
TYPE = "com.example.push"
HERE = pathlib.Path(__file__).resolve().parent


def pipelines(image):
    show = 'echo "$ER_EVENT_SOURCE $(cat .event/id) $(cat .event/content-type)"; cat .event/data; echo'
    return [
        {"metadata": {"name": "build", "labels": {"stage": "ci"}},
         "spec": {
             "source": {"custom": {"image": image, "command": ["sh", "-c", "echo fetched > source"]}},
             "steps": [
                 {"name": "compile", "image": image,
                  "command": ["sh", "-c", f"cat source; cat .event/extensions/sequence; echo; {show}; echo made > out"]},
                 {"name": "test", "image": image, "command": ["sh", "-c", "cat out"]},
             ],
             "trigger": {"event": {"type": TYPE}}}},
        {"metadata": {"name": "deploy"},
         "spec": {
             "steps": [{"image": image, "command": ["sh", "-c", 'echo "$ER_UPSTREAM_STATUS of $ER_UPSTREAM_NAME"']}],
             "trigger": {"pipeline": {"selector": {"matchLabels": {"stage": "ci"}}, "status": "success"}}}},
        {"metadata": {"name": "web-only"},
         "spec": {
             "steps": [{"image": image, "command": ["sh", "-c", "echo $ER_EVENT_SOURCE"]}],
             "trigger": {"event": {"type": TYPE, "sourcePattern": "repos/web/"}}}},
    ]


def expected_events(count, deep):
    """One per event: what is posted, and which Pipelines must run for it.

    Every fourth has Pipelines (all of them, if deep); the rest has a type that
    nobody wants.
    """
    for i in range(count):
        wanted = deep or i % 4 == 0
        yield {
            "id": f"sdk-{i}",
            "source": f"/repos/{'web' if i % 2 == 0 else 'api'}/{i}",
            "type": TYPE if wanted else "com.example.ignored",
            "mode": "structured" if i % 3 == 0 else "binary",
            "sequence": f"{i:05d}",
            "data": {"number": i, "text": "grüße"},
            "pipelines": ({"build", "deploy"} | ({"web-only"} if i % 2 == 0 else set())) if wanted else set(),
        }


def sdk_python():
    """A Python with the SDK, kept by version outside of the tree."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    directory = cache / "eventreactor" / f"python-cloudevents-{SDK_VERSION}"
    python = directory / "bin" / "python"
    if not (directory / "complete").exists():
        venv.create(directory, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        f"cloudevents=={SDK_VERSION}"], check=True)
        (directory / "complete").touch()
    return python


def run(long):
    python = sdk_python()
    events = list(expected_events(200, deep=long))
    with Stack() as stack:
        stack.apply(NAMESPACE, complete(pipelines(stack.image)))
        posted = subprocess.run(
            [python, HERE / "sdk_publisher.py",
             f"http://127.0.0.1:{stack.base_port}/api/v1alpha1/namespaces/{NAMESPACE}/events"],
            input="\n".join(json.dumps({k: v for k, v in e.items() if k != "pipelines"}) for e in events),
            capture_output=True, text=True, timeout=120)
        if posted.returncode != 0:
            raise AssertionError(posted.stderr)
        names = dict(line.split() for line in posted.stdout.splitlines())
        assert len(names) == len(events), f"{len(names)} of {len(events)} were accepted"
        actions = stack.settled_actions(NAMESPACE, names.values(), timeout=1200 if long else 400)
        by_event = {}
        for action in actions:
            by_event.setdefault(action["spec"]["event"]["name"], {}).setdefault(
                action["spec"]["pipeline"]["name"], []).append(action)
        for event in events:
            check(stack, event, names[event["id"]], by_event.get(names[event["id"]], {}))
    return f"{len(events)} events, {len(actions)} Actions"


def complete(manifests):
    return [{"apiVersion": "eventreactor.summerwind.github.io/v1alpha1", "kind": "Pipeline", **m}
            for m in manifests]


def check(stack, event, name, by_pipeline):
    counts = {pipeline: len(found) for pipeline, found in by_pipeline.items()}
    assert counts == {p: 1 for p in event["pipelines"]}, f"{event['id']}: Actions are {counts}"
    group = "eventreactor.summerwind.github.io"
    for pipeline, (action,) in by_pipeline.items():
        labels = action["metadata"]["labels"]
        assert labels[f"event.{group}/name"] == name, labels
        assert labels[f"pipeline.{group}/name"] == pipeline, labels
        assert labels.get("stage") == ("ci" if pipeline == "build" else None), labels
        assert action["status"]["completion"] == "success", action["status"]
    if not by_pipeline:
        return
    build = by_pipeline["build"][0]["metadata"]["name"]
    assert log(stack, build, "build-step-compile") == (
        f"fetched\n{event['sequence']}\n{event['source']} {event['id']} application/json\n" +
        sdk_json(event["data"]) + "\n"), log(stack, build, "build-step-compile")
    assert log(stack, build, "build-step-test") == "made\n"
    deploy = by_pipeline["deploy"][0]
    assert deploy["spec"]["upstream"]["name"] == build, deploy["spec"]["upstream"]
    assert log(stack, deploy["metadata"]["name"]) == f"success of {build}\n"
    if "web-only" in by_pipeline:
        assert log(stack, by_pipeline["web-only"][0]["metadata"]["name"]) == event["source"] + "\n"


def log(stack, action, step=None):
    narrow = ["--step", step] if step else []
    return stack.run("actions", "logs", action, "-n", NAMESPACE, *narrow).stdout


def sdk_json(data):
    """As the SDK writes it."""
    return json.dumps(data)

