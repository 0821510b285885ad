"""Whether all that was accepted came to what it calls for. Pure.

It knows the client's record, the objects that are there in the end, and the table of calls.py;
nothing of the faults, and nothing of how the product works.
"""

import collections
import dataclasses
import json

import calls

# Kinds of problems; the order is that of the report.
LOST, DOUBLED, STUCK, WRONG, UNCALLED, LEFT, CRASHED, GREW = (
    "lost", "doubled", "stuck", "wrong", "uncalled", "left", "crashed", "grew")
KINDS = (LOST, DOUBLED, STUCK, WRONG, UNCALLED, LEFT, CRASHED, GREW)


@dataclasses.dataclass(frozen=True)
class Problem:
    kind: str
    words: str


@dataclasses.dataclass
class End:
    """What is there in the end: manifests, as reactorctl or kubectl shows them."""

    events: list
    actions: list
    # {(namespace, Action's name): what its run said}, of those that ended.
    logs: dict = dataclasses.field(default_factory=dict)
    # Names of containers or Pods that should be gone, and dead letters.
    left: list = dataclasses.field(default_factory=list)
    dead: list = dataclasses.field(default_factory=list)
    # Which of our processes ended by a signal that nobody sent.
    crashed: list = dataclasses.field(default_factory=list)


def read_record(path):
    """{(namespace, Event's name): line of the record}"""
    accepted = {}
    with open(path, encoding="ascii") as file:
        for line in map(json.loads, file):
            key = (line["namespace"], line["name"])
            if key in accepted:
                raise AssertionError(f"two events have one name: {line} and {accepted[key]}")
            accepted[key] = line
    return accepted


def check(accepted, end, held):
    """All problems; none: every accepted event was handled once, and nothing else was."""
    return [*_events(accepted, end.events), *_actions(accepted, end, held),
            *(Problem(LEFT, f"{each} is still there") for each in end.left),
            *(Problem(UNCALLED, f"dead letter: {each}") for each in end.dead),
            *(Problem(CRASHED, each) for each in end.crashed)]


def _key(manifest):
    return manifest["metadata"]["namespace"], manifest["metadata"]["name"]


def _events(accepted, events):
    there = {}
    for event in events:
        key = _key(event)
        if key in there:
            yield Problem(DOUBLED, f"Event {key} is there twice")
        there[key] = event
        if key not in accepted:
            yield Problem(UNCALLED, f"Event {key} was never accepted")
        elif event["spec"]["id"] != accepted[key]["id"]:
            yield Problem(WRONG, f"Event {key} is {event['spec']['id']}, not {accepted[key]['id']}")
    for key, line in accepted.items():
        if key not in there:
            yield Problem(LOST, f"event {line['id']} ({line['kind']}) was accepted as {key} and "
                          "is not recorded")
        elif not there[key].get("status", {}).get("dispatchTime"):
            yield Problem(STUCK, f"Event {key} is not dispatched")


def _actions(accepted, end, held):
    table = calls.HELD if held else calls.CALLED_FOR
    wanted = {(*key, pipeline): (line, completion) for key, line in accepted.items()
              for pipeline, completion in table[line["kind"]]}
    have = collections.Counter()
    for action in end.actions:
        namespace, name = _key(action)
        spec = action["spec"]
        key = (namespace, spec["event"]["name"], spec["pipeline"]["name"])
        have[key] += 1
        if key not in wanted:
            yield Problem(UNCALLED, f"nothing calls for Action {name} of {key}")
        elif have[key] > 1:
            yield Problem(DOUBLED, f"Action {name} is one of {have[key]} for {key}")
        else:
            yield from _ended(action, f"Action {name} of {key}", *wanted[key],
                              end.logs.get((namespace, name)))
    for key in wanted:
        if not have[key]:
            yield Problem(LOST, f"no Action for {key}, event {wanted[key][0]['id']}")


def _ended(action, what, line, completion, told):
    status = action.get("status", {})
    if completion is None:
        if status.get("completion") or status.get("stepStates"):
            yield Problem(WRONG, f"{what} is held, and its status is {json.dumps(status)}")
        return
    if not status.get("completion") or not status.get("dispatchTime"):
        yield Problem(STUCK, f"{what} is not done: {json.dumps(status)}")
        return
    if status["completion"] != completion:
        yield Problem(WRONG, f"{what} ended as {status['completion']}, not {completion}: "
                      f"{json.dumps(status)}")
    # A run that was begun again would say it again.
    log = calls.log(action["spec"]["pipeline"]["name"], line["id"])
    if told is not None and told != log:
        yield Problem(WRONG, f"{what} told {told!r}, not {log!r}")
