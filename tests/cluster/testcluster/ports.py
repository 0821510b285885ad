"""Ports of the loopback address that stay free until they are taken."""

import random
import socket

# Below what kernels hand out on their own: a server that is stopped and started again finds its
# port free.
RANGE = range(20000, 32000)


def free(count):
    """That many different ports on which nobody listens."""
    found = []
    for port in random.sample(RANGE, len(RANGE)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} ports are free in {RANGE}")
