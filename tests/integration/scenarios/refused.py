"""`up` that can never work says why, once, and leaves nothing running."""

import re

from harness.stack import Stack

SOON = {"EVENTREACTOR_EVENT_RETENTION_PERIOD": "soon"}
WORDS = ("error: janitor cannot work as it is told to: EVENTREACTOR_EVENT_RETENTION_PERIOD: "
         '"soon" is no duration; expected numbers with units such as 90s or 1h30m\n')


def run(long):
    del long
    stack, other = Stack(), Stack()
    try:
        for flags in (["--detach"], []):
            refused = start(stack, *flags, environment=SOON)
            assert refused.returncode == 2, refused
            told = refused.stderr
            assert told.count("soon") == 1 and told.endswith(WORDS), told
            ended(stack)
        bound = start(stack, "--detach", environment={"EVENTREACTOR_MAX_CONNECTIONS": "none"})
        assert bound.returncode == 2, bound
        assert ('ingest cannot work as it is told to: EVENTREACTOR_MAX_CONNECTIONS: "none" is '
                "refused; expected a whole number from 1 to 100000\n") in bound.stderr, bound.stderr
        ended(stack)

        stack.up()
        taken = other.run("up", "--detach", "--base-port", str(stack.base_port), check=False,
                          timeout=120)
        assert taken.returncode == 1, taken
        assert f"Address already in use, by the stack in {stack.directory}\n" in taken.stderr, \
            taken.stderr
    finally:
        stack.destroy()
        other.destroy()
    return "a variable, twice; a port that another stack has"


def start(stack, *flags, environment):
    return stack.run("up", *flags, "--base-port", str(stack.base_port), check=False, timeout=120,
                     environment=environment)


def ended(stack):
    down = stack.run("status", check=False)
    assert down.returncode == 1 and "is not running" in down.stderr, down
    log = stack.directory / "logs" / "supervisor.log"
    told = log.read_text(encoding="utf-8") if log.exists() else ""
    assert not re.search("starting it again", told), told
