"""Writes a CloudEvent the way a case says, for HTTP."""

import base64
import json
import urllib.parse

ATTRIBUTES = ("id", "source", "type", "time", "subject", "dataschema", "datacontenttype")


def data_of(event):
    """The data's bytes as a consumer should see them, or None."""
    if "dataBase64" in event:
        return base64.b64decode(event["dataBase64"])
    if "dataSize" in event:
        return bytes(i % 251 for i in range(event["dataSize"]))
    if "data" in event:
        return event["data"].encode()
    return None


def binary(event):
    """(headers, body) of the binary content mode."""
    headers = {"ce-specversion": "1.0"}
    for name in ATTRIBUTES:
        if name in event and name != "datacontenttype":
            headers[f"ce-{name}"] = _header(str(event[name]))
    for name, value in event.get("extensions", {}).items():
        headers[f"ce-{name}"] = _header(str(value))
    if "datacontenttype" in event:
        headers["content-type"] = event["datacontenttype"]
    return headers, data_of(event) or b""


def structured(event):
    """(headers, body) of the structured JSON content mode."""
    body = {"specversion": "1.0"}
    body.update({name: event[name] for name in ATTRIBUTES if name in event})
    body.update(event.get("extensions", {}))
    data = data_of(event)
    if data is not None:
        content_type = event.get("datacontenttype", "application/json")
        if "dataBase64" in event or "dataSize" in event:
            body["data_base64"] = base64.b64encode(data).decode()
        elif content_type.split(";")[0].strip().endswith("json"):
            body["data"] = json.loads(data)
        else:
            body["data"] = data.decode()
    return ({"content-type": "application/cloudevents+json; charset=UTF-8"},
            json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())


def _header(value):
    """Per CloudEvents HTTP binding 3.1.3.2: what no header can hold is %XX."""
    return urllib.parse.quote(value, safe="".join(chr(c) for c in range(0x21, 0x7F)
                                                  if chr(c) not in '"%'))
