"""What each type of event calls for: Pipelines to apply, and a table that the checker owns.

The table says it in another way than the product finds it: nothing here matches anything.
"""

import random

GROUP = "eventreactor.summerwind.github.io"
# By the last part of an event's type: (Pipeline, how its run ends).
CALLED_FOR = {
    "nothing": (),
    "work": (("work", "success"),),
    "fail": (("fail", "failure"), ("after-failure", "success")),
    "chain": (("first", "success"), ("second", "success")),
}
# Where nothing may run: only what an event calls for itself, and that waits.
HELD = {"nothing": (), "work": (("work", None),), "fail": (("fail", None),),
        "chain": (("first", None),)}
TYPE = "com.example.{}"
SOURCE = "/chaos"


def pipelines(image, held):
    """Manifests. What is held needs no image that is there."""
    image = "localhost/none:1" if held else image
    return [_pipeline("work", image, _on_event("work")),
            _pipeline("fail", image, _on_event("fail"), then="exit 3"),
            _pipeline("first", image, _on_event("chain")),
            _pipeline("second", image, _on_pipeline("first", "success")),
            _pipeline("after-failure", image, _on_pipeline("fail", "failure")),
            # Of those that nothing calls for each nearly matches.
            _pipeline("elsewhere", image, {"event": {"type": TYPE.format("work"),
                                                     "sourcePattern": "^/elsewhere/"}}),
            _pipeline("after-success", image, _on_pipeline("fail", "success")),
            _pipeline("longer", image, _on_event("nothing.more"))]


def log(pipeline, event_id):
    """What a run of it has to say."""
    return f"{pipeline} {event_id}\n"


def kind_of(seed, number, active):
    """The type of an event of this seed; `active` of all call for something."""
    draw = random.Random(f"{seed}/{number}")
    if draw.random() >= active:
        return "nothing"
    return draw.choice(["work", "work", "work", "fail", "chain"])


def _pipeline(name, image, trigger, then="true"):
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "Pipeline", "metadata": {"name": name},
            "spec": {"trigger": trigger,
                     # A clock that is set while an adapter is killed may make a run look long.
                     "timeout": "23h",
                     "steps": [{"name": "tell", "image": image, "imagePullPolicy": "Never",
                                "command": ["sh", "-c",
                                            f'echo "{name} $(cat .event/id)"; {then}']}]}}


def _on_event(kind):
    return {"event": {"type": TYPE.format(kind)}}


def _on_pipeline(name, status):
    return {"pipeline": {"name": name, "status": status}}
