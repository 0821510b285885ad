"""While an image is waited for, the place of its Action is others'; it goes on when the image comes."""

import secrets

from harness import engine
from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "places"
# Of nobody else, nor of a run before that was cut off.
LATE = f"localhost/eventreactor/late-{secrets.token_hex(4)}:1"


def run(long):
    del long
    with Stack(extra=["--max-running", "1"]) as stack:
        stack.apply(NAMESPACE, complete([
            pipeline("late", {"image": LATE, "command": ["true"]}),
            pipeline("quick", {"image": stack.image, "command": ["true"]})]))
        late, _, _ = publish(stack, NAMESPACE, event("late", "late"))
        waits(stack, "late")
        quick = [publish(stack, NAMESPACE, event(str(number), "quick"))[0] for number in range(5)]
        done = stack.settled_actions(NAMESPACE, quick)
        assert {a["status"]["completion"] for a in done} == {"success"}, done
        waits(stack, "late")
        engine.tag(stack.status()["engine"], stack.image, LATE)
        (action,) = stack.settled_actions(NAMESPACE, [late])
        engine.untag(stack.status()["engine"], LATE)
        assert action["status"]["completion"] == "success", action["status"]
        left = stack.left_behind()
        assert not left, left
    return f"{len(quick)} Actions ran in the one place while another waited for its image"


def waits(stack, pipeline_name):
    """Waits until the Pipeline's Action says that it waits for its image."""
    done = stack.run("actions", "list", "-n", NAMESPACE, "-p", pipeline_name, "-o", "name")
    name = done.stdout.strip()
    for _ in range(600):
        conditions = stack.json("actions", "get", name, "-n", NAMESPACE)["status"]["conditions"]
        if conditions[0]["reason"] == "ImagePullBackOff":
            assert LATE in conditions[0]["message"], conditions
            return
    raise AssertionError(f"it never waited for its image: {conditions}")


def pipeline(name, container):
    return {"metadata": {"name": name},
            "spec": {"steps": [{"name": "only", **container}],
                     "trigger": {"event": {"type": f"com.example.{name}"}}}}


def event(number, kind):
    return {"id": number, "source": "/places", "type": f"com.example.{kind}"}
