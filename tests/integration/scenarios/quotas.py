"""Beyond its quota a client is told when to come back; one that does loses nothing."""

import json

from harness import client
from harness.publisher import publish_all
from harness.stack import Stack

NAMESPACE, OTHER = "quotas", "quotas-elsewhere"
PER_SECOND = 5
COUNT = 30


def run(long):
    del long
    with Stack(environment={"EVENTREACTOR_NAMESPACE_EVENTS_PER_SECOND": str(PER_SECOND),
                            "EVENTREACTOR_QUOTA_BURST_SECONDS": "1"}) as stack:
        answers = [post(stack, NAMESPACE, number) for number in range(COUNT)]
        refused = [answer for answer in answers if answer[0] == 429]
        assert {status for status, _, _ in answers} == {202, 429}, answers
        for _, headers, problem in refused:
            assert int(headers["retry-after"]) >= 1, headers
            assert problem["reason"] == "NAMESPACE_QUOTA_EXCEEDED", problem
        assert post(stack, OTHER, 0)[0] == 202, "another namespace has a quota of its own"
        names = publish_all(stack, NAMESPACE, [event(number) for number in range(COUNT)])
        stack.wait_dispatched(NAMESPACE, names.values())
        there = stack.items("events", "list", "-n", NAMESPACE)
        assert len(there) == COUNT, f"{len(there)} Events, not {COUNT}"
    return f"{len(refused)} of {COUNT} events were told to come back, and all came in"


def post(stack, namespace, number):
    """(status, headers, answer)"""
    headers, body = client.binary(event(number))
    status, told, answer = stack.request(
        "POST", f"/api/v1alpha1/namespaces/{namespace}/events", headers, body)
    return status, told, json.loads(answer)


def event(number):
    return {"id": str(number), "source": "/quotas", "type": "com.example.often"}
