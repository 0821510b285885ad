"""Sends what no service of ours would, straight to a stack's bus."""

import json
import socket


def publish(stack, subject, payload, headers=None):
    """One message, as the services' user; returns when the server has it."""
    password = (stack.directory / "nats" / "password").read_text().strip()
    head = "NATS/1.0\r\n" + "".join(f"{k}: {v}\r\n" for k, v in (headers or {}).items()) + "\r\n"
    connect = {"user": "services", "pass": password, "verbose": False, "pedantic": True,
               "headers": True}
    with socket.create_connection(("127.0.0.1", stack.base_port + 4), timeout=30) as connection:
        connection.sendall(
            f"CONNECT {json.dumps(connect)}\r\n"
            f"HPUB {subject} {len(head)} {len(head) + len(payload)}\r\n{head}".encode() +
            payload + b"\r\nPING\r\n")
        told = b""
        while b"PONG\r\n" not in told:
            piece = connection.recv(4096)
            assert piece and b"-ERR" not in told, told
            told += piece
