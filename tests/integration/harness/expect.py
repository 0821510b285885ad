"""Compares what is with what a case expects. Pure.

An expectation is plain data:
  mapping   each key must be there and fit; other keys do not matter
  list      the same length, item by item
  scalar    equal, and of the same type
and mappings with one of these keys:
  $contains: TEXT or [TEXT...]  a string with these parts in this order
  $matches: REGEX               a string in which the pattern is found
  $sha256: HEX                  a string with this hash, for what is too long to write down
  $absent: true                 the key is not there (or empty)
  $any: true                    the key is there, whatever it holds
  $unordered: [...]             a list of these, in any order
  $keys: [...]                  a mapping with exactly these keys
"""

import hashlib
import re

_MISSING = object()
_OPERATORS = {"$contains", "$matches", "$sha256", "$absent", "$any", "$unordered", "$keys"}


def differences(expected, actual, path=""):
    """What does not fit, in words, one entry each; empty if all fits."""
    where = path or "it"
    operator = _operator(expected)
    if operator == "$absent":
        return [] if actual in (_MISSING, None, "", [], {}) else [f"{where}: is there: {actual!r}"]
    if actual is _MISSING:
        return [f"{where}: is not there, expected {expected!r}"]
    if operator == "$any":
        return []
    if operator == "$contains":
        return _contains(expected["$contains"], actual, where)
    if operator == "$matches":
        if isinstance(actual, str) and re.search(expected["$matches"], actual):
            return []
        return [f"{where}: {_short(actual)} does not match /{expected['$matches']}/"]
    if operator == "$sha256":
        have = hashlib.sha256(actual.encode()).hexdigest() if isinstance(actual, str) else None
        if have == expected["$sha256"]:
            return []
        return [f"{where}: {_short(actual)} has the hash {have}, expected {expected['$sha256']}"]
    if operator == "$unordered":
        return _unordered(expected["$unordered"], actual, where)
    if operator == "$keys":
        if isinstance(actual, dict) and sorted(actual) == sorted(expected["$keys"]):
            return []
        keys = sorted(actual) if isinstance(actual, dict) else actual
        return [f"{where}: has {keys!r}, expected exactly {sorted(expected['$keys'])!r}"]
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return [f"{where}: is {actual!r}, expected a mapping"]
        found = []
        for key, value in expected.items():
            found += differences(value, actual.get(key, _MISSING), f"{path}.{key}" if path else key)
        return found
    if isinstance(expected, list):
        if not isinstance(actual, list):
            return [f"{where}: is {actual!r}, expected a list"]
        if len(expected) != len(actual):
            return [f"{where}: has {len(actual)} items, expected {len(expected)}: {actual!r}"]
        found = []
        for index, (want, have) in enumerate(zip(expected, actual)):
            found += differences(want, have, f"{path}[{index}]")
        return found
    if type(expected) is type(actual) and expected == actual:
        return []
    return [f"{where}: is {_short(actual)}, expected {_short(expected)}"]


def _operator(expected):
    if isinstance(expected, dict) and len(expected) == 1:
        key = next(iter(expected))
        if isinstance(key, str) and key.startswith("$"):
            if key not in _OPERATORS:
                raise ValueError(f"no such operator: {key}")
            return key
    return None


def _contains(parts, actual, where):
    if not isinstance(actual, str):
        return [f"{where}: is {actual!r}, expected text"]
    position = 0
    for part in [parts] if isinstance(parts, str) else parts:
        found = actual.find(part, position)
        if found < 0:
            return [f"{where}: {_short(actual)} lacks {part!r}"]
        position = found + len(part)
    return []


def _unordered(expected, actual, where):
    if not isinstance(actual, list):
        return [f"{where}: is {actual!r}, expected a list"]
    left = list(actual)
    for want in expected:
        fitting = next((have for have in left if not differences(want, have)), _MISSING)
        if fitting is _MISSING:
            return [f"{where}: nothing in {_short(left)} fits {want!r}"]
        left.remove(fitting)
    return [f"{where}: has more than expected: {_short(left)}"] if left else []


def _short(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:400]} ... {text[-150:]} ({len(text)} characters)"
