"""Reads case files; README.md beside run.py says what they may hold."""

import base64
import pathlib

import yaml

DIRECTORY = pathlib.Path(__file__).resolve().parents[1] / "cases"

API_VERSION = "eventreactor.summerwind.github.io/v1alpha1"

_EVENT = {"id", "source", "type", "time", "subject", "dataschema", "datacontenttype",
          "extensions", "data", "dataBase64", "dataSize"}
# Each kind of step: the keys it needs, and those it may have.
STEPS = {
    "apply": ({"apply"}, {"prints", "refused"}),
    "post": ({"post"}, {"as", "to", "times", "expect"}),
    "request": ({"request"}, {"expect"}),
    "call": ({"call", "expect"}, {"send", "sendBase64", "token"}),
    "running": ({"running"}, set()),
    "lose": ({"lose"}, set()),
    "actions": ({"actions"}, set()),
    "events": ({"events"}, set()),
    "ctl": ({"ctl"}, {"stdin", "exit", "stdout", "stderr", "json"}),
}
_REQUEST = {"method", "path", "headers", "body", "bodyBase64", "bodySize", "id", "event"}
_ACTION = {"pipeline", "count", "completion", "reason", "message", "log", "steps", "is"}


class BadCase(Exception):
    """A case file that says something nobody would check."""


def load(names):
    """The cases of these names (all, if none), each a dict, by name."""
    files = sorted(DIRECTORY.glob("*.yaml"))
    known = {file.stem: file for file in files}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadCase(f"no such case: {', '.join(unknown)}")
    return [_load(known[name]) for name in (names or sorted(known))]


def sent_by(step):
    """What a step that calls sends: JSON, or bytes."""
    if "sendBase64" in step:
        return base64.b64decode(step["sendBase64"])
    return step.get("send", {})


def _load(file):
    with file.open(encoding="utf-8") as stream:
        case = yaml.safe_load(stream)
    try:
        _check(case)
    except BadCase as error:
        raise BadCase(f"{file.name}: {error}") from None
    case["name"] = file.stem
    case.setdefault("namespace", file.stem)
    case.setdefault("elsewhere", [])
    for step in case["steps"]:
        for manifest in step.get("apply", []):
            manifest.setdefault("apiVersion", API_VERSION)
            manifest.setdefault("kind", "Pipeline")
    return case


def _check(case):
    _keys(case, {"why", "steps"}, {"namespace", "elsewhere"}, "the case")
    for index, step in enumerate(case["steps"]):
        where = f"step {index}"
        kinds = [kind for kind in STEPS if kind in step]
        if len(kinds) != 1:
            raise BadCase(f"{where}: needs exactly one of {', '.join(STEPS)}")
        needed, optional = STEPS[kinds[0]]
        _keys(step, needed, optional, where)
        if kinds[0] == "post":
            _keys(step["post"], {"id", "source", "type"}, _EVENT, where)
        if kinds[0] == "request":
            _keys(step["request"], {"path"}, _REQUEST, where)
        for action in step.get("actions", []):
            _keys(action, {"pipeline"}, _ACTION, where)
    checks = [s for s in case["steps"] if {"actions", "events", "expect", "refused", "prints",
                                           "stdout", "stderr", "json", "exit"} & set(s)]
    if not checks:
        raise BadCase("expects nothing")


def _keys(mapping, needed, optional, where):
    if not isinstance(mapping, dict):
        raise BadCase(f"{where}: is no mapping")
    missing, extra = needed - set(mapping), set(mapping) - needed - optional
    if missing:
        raise BadCase(f"{where}: lacks {', '.join(sorted(missing))}")
    if extra:
        raise BadCase(f"{where}: what is {', '.join(sorted(extra))}?")
