"""HTTP with TLS: events come in by it and by it alone, and a renewed certificate is used at once."""

import http.client
import json
import pathlib
import ssl
import subprocess
import tempfile

from harness import client
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "tls"
TYPE = "com.example.said"


def run(long):
    del long
    with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as folder:
        cert, key = (str(pathlib.Path(folder) / name) for name in ("tls.crt", "tls.key"))
        make_certificate(cert, key)
        environment = {"EVENTREACTOR_HTTP_TLS_CERT_FILE": cert, "EVENTREACTOR_HTTP_TLS_KEY_FILE": key}
        with Stack(environment=environment) as stack:
            told = stack.run("up", "--detach", "--base-port", str(stack.base_port),
                             environment=environment).stdout
            assert told == f"https://127.0.0.1:{stack.base_port}\n", told
            stack.apply(NAMESPACE, complete([
                {"metadata": {"name": "one"},
                 "spec": {"steps": [{"image": stack.image, "command": ["cat", ".event/data"]}],
                          "trigger": {"event": {"type": TYPE}}}}]))
            first = trust(cert)
            names = [post(stack, first, str(number)) for number in range(3)]
            assert_refused(stack, http.client.HTTPConnection, "spoken to without TLS")

            make_certificate(cert, key)
            names.append(post(stack, trust(cert), "renewed"))
            assert_refused(stack, lambda host, port: http.client.HTTPSConnection(
                host, port, context=first), "trusted for its former certificate")

            actions = stack.settled_actions(NAMESPACE, names)
            assert [a["status"]["completion"] for a in actions] == ["success"] * len(names), actions
    return f"{len(names)} events, of which one after the certificate was renewed"


def make_certificate(cert, key):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "1", "-subj", "/CN=test", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)


def trust(cert):
    return ssl.create_default_context(cafile=cert)


def post(stack, context, event_id):
    """The name of the Event."""
    headers, body = client.binary({"id": event_id, "source": "/tls", "type": TYPE, "data": "hello"})
    connection = http.client.HTTPSConnection(*stack.address(), context=context, timeout=30)
    connection.request("POST", f"/api/v1alpha1/namespaces/{NAMESPACE}/events", body, headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert answer.status == 202, told
    return told["name"]


def assert_refused(stack, connect, how):
    connection = connect(*stack.address())
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()
    raise AssertionError(f"{how}, it answered {status}")
