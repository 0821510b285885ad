"""Asks processes whether they are ready, and waits until they are."""

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request

from testcluster.report import ClusterError, tail

SECONDS = 240


def answers(url, plan):
    """Whether a GET answers 200. https is that of the API server, asked as admin."""
    context = None
    if url.startswith("https:"):
        pki = plan.path("pki")
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    # Whatever proxy the environment names, it is not for these.
    handlers = [urllib.request.ProxyHandler({})]
    if context:
        handlers.append(urllib.request.HTTPSHandler(context=context))
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=5) as response:
            return response.status == 200
    except (OSError, http.client.HTTPException, urllib.error.URLError):
        return False


def listens(address, port):
    """Whether somebody takes connections there."""
    try:
        with socket.create_connection((address, port), timeout=5):
            return True
    except OSError:
        return False


def wait(what, is_ready, client=None, log=None, seconds=SECONDS):
    """Waits for `is_ready()`. Fails early if the process named `what` of the keeper has ended."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        process = client.processes().get(what) if client else None
        ended = process is not None and not process["running"]
        if ended or time.monotonic() > deadline:
            why = f"ended with status {process['status']}" if ended else (
                f"is not ready after {seconds} s")
            said = f"; {log} ends with:\n{tail(log)}" if log else ""
            raise ClusterError(f"{what} {why}{said}")
        time.sleep(0.05)
