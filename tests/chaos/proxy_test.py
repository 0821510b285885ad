#!/usr/bin/python3
"""A link passes bytes on both ways, until it is told not to."""

import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from proxy import Proxy  # noqa: E402


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        threading.Thread(target=self.echo, daemon=True).start()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.proxy = Proxy({"link": [f"127.0.0.1:{self.port}",
                                     f"127.0.0.1:{self.server.getsockname()[1]}"]})
        self.addCleanup(self.proxy.close)

    def echo(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection):
        with connection:
            try:
                while piece := connection.recv(1000):
                    connection.sendall(piece)
            except OSError:
                pass

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.addCleanup(connection.close)
        return connection

    def said_back(self, connection, words):
        connection.sendall(words)
        return connection.recv(1000)

    def test_passes_on_and_says_goodbye(self):
        connection = self.connect()
        self.assertEqual(b"hello", self.said_back(connection, b"hello"))
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(b"", connection.recv(1000))

    def test_a_cut_ends_what_is_there_and_nothing_else(self):
        old = self.connect()
        self.said_back(old, b"hello")
        self.proxy.order("link", "cut")
        with self.assertRaises(ConnectionError):
            self.said_back(old, b"again")
        self.assertEqual(b"hello", self.said_back(self.connect(), b"hello"))

    def test_what_is_refused_is_refused_until_it_is_healed(self):
        self.proxy.order("link", "refuse")
        with self.assertRaises(ConnectionError):
            self.said_back(self.connect(), b"hello")
        self.proxy.order("link", "heal")
        self.assertEqual(b"hello", self.said_back(self.connect(), b"hello"))

    def test_what_is_frozen_comes_when_it_is_healed(self):
        connection = self.connect()
        self.said_back(connection, b"hello")
        self.proxy.order("link", "freeze")
        connection.sendall(b"later")
        connection.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            connection.recv(1000)
        connection.settimeout(20)
        self.proxy.order("link", "heal")
        self.assertEqual(b"later", connection.recv(1000))

    def test_what_is_delayed_comes(self):
        self.proxy.order("link", "delay", 0.01)
        self.assertEqual(b"hello", self.said_back(self.connect(), b"hello"))


if __name__ == "__main__":
    unittest.main()
