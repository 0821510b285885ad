"""What is said to people: progress on stderr, and failures in one sentence."""

import sys


class ClusterError(Exception):
    """Something that its message explains, with the next step; no traceback is wanted."""


def say(text):
    print(f"cluster: {text}", file=sys.stderr, flush=True)


def tail(path, lines=15):
    """The last lines of a log, indented; empty if there is none."""
    try:
        with open(path, "rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 16384))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join("    " + line[:400] for line in text.splitlines()[-lines:])
