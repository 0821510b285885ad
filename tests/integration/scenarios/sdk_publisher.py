"""Posts the events of stdin (a JSON object a line) to the URL given, with the CloudEvents SDK.

Runs in a virtual environment that has `cloudevents`; prints id and Event name.
"""

import json
import sys
import urllib.request

from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent


def main():
    url = sys.argv[1]
    for line in sys.stdin:
        given = json.loads(line)
        attributes = {k: given[k] for k in ("id", "source", "type", "sequence")}
        event = CloudEvent({**attributes, "datacontenttype": "application/json"}, given["data"])
        encode = to_structured_event if given["mode"] == "structured" else to_binary_event
        message = encode(event)
        request = urllib.request.Request(url, message.body, message.headers, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            print(given["id"], json.load(answer)["name"], flush=True)


if __name__ == "__main__":
    main()
