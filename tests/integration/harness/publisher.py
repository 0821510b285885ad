"""A publisher that does not give up: what a careful client does with refusals."""

import concurrent.futures
import http.client
import json
import time

from harness import client


def publish(stack, namespace, event, patience=120):
    """Posts until it is accepted; (the Event's name, how many tries, duplicate).

    No answer, 503 and 429 mean "again"; every other refusal is an error.
    """
    headers, body = client.binary(event)
    deadline, tries = time.monotonic() + patience, 0
    while True:
        tries += 1
        try:
            status, _, answer = stack.request(
                "POST", f"/api/v1alpha1/namespaces/{namespace}/events", headers, body, timeout=15)
        except (OSError, http.client.HTTPException) as error:
            status, answer = 0, str(error).encode()
        if status == 202:
            accepted = json.loads(answer)
            return accepted["name"], tries, accepted.get("duplicate", False)
        if status not in (0, 429, 503) or time.monotonic() > deadline:
            raise AssertionError(f"{event['id']}: {status} {answer.decode(errors='replace')}")
        time.sleep(0.1)


def publish_all(stack, namespace, events, jobs=4, pause=0):
    """Posts them in order of their list, a few at a time; name by id.

    With a `pause` (seconds after each) they keep coming for a while.
    """
    def one(event):
        name = publish(stack, namespace, event)[0]
        time.sleep(pause)
        return name

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = pool.map(one, events)
        return dict(zip([event["id"] for event in events], results))
