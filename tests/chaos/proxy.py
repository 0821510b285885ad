#!/usr/bin/python3
"""Links that can be cut: a process of its own that passes bytes on, and takes orders by its stdin.

    proxy.py '{"bus": ["127.0.0.1:4222", "127.0.0.1:4223"], "engine": ["/tmp/a", "/tmp/b"]}'

Each link is [where to listen, where it leads], a TCP address or the path of a unix socket. Orders
are lines `LINK VERB [SECONDS]`, each answered by a line:

    cut      reset every connection there is
    refuse   the same, and every new one
    freeze   nothing passes and nobody is told
    delay S  what passes is S seconds late, one piece after the other
    heal     as if nothing had been
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading

PIECE = 1 << 16


class Link:
    def __init__(self, target):
        self._target = target
        self._pairs = set()
        self._refuses, self._delay = False, 0.0
        self._flows = asyncio.Event()
        self._flows.set()

    async def listen(self, address):
        if ":" in address:
            host, port = address.rsplit(":", 1)
            return await asyncio.start_server(self._serve, host, int(port))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)
        return await asyncio.start_unix_server(self._serve, address)

    def order(self, verb, seconds):
        if verb in ("cut", "refuse"):
            for writer in [each for pair in self._pairs for each in pair]:
                reset(writer)
        self._refuses = verb == "refuse"
        self._delay = seconds if verb == "delay" else 0.0
        if verb == "freeze":
            self._flows.clear()
        else:
            self._flows.set()

    async def _serve(self, reader, writer):
        far = None if self._refuses else await self._reach()
        if far is None:
            return reset(writer)
        far_reader, far_writer = far
        pair = (writer, far_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pass_on(reader, far_writer),
                                 self._pass_on(far_reader, writer))
        except OSError:
            pass  # One end is gone: so is the other.
        finally:
            self._pairs.discard(pair)
            for each in pair:
                reset(each)

    async def _reach(self):
        try:
            if ":" not in self._target:
                return await asyncio.open_unix_connection(self._target)
            host, port = self._target.rsplit(":", 1)
            return await asyncio.open_connection(host, int(port))
        except OSError:
            return None

    async def _pass_on(self, reader, writer):
        while piece := await reader.read(PIECE):
            if self._delay:
                await asyncio.sleep(self._delay)
            await self._flows.wait()
            writer.write(piece)
            await writer.drain()
        # The other direction may have more to say.
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()


def reset(writer):
    """Ends it as a crash would, without the goodbye of TCP."""
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.family == socket.AF_INET and not writer.is_closing():
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def serve(addresses):
    links, servers = {}, []
    for name, (listen, target) in addresses.items():
        links[name] = Link(target)
        servers.append(await links[name].listen(listen))
    print("ready", flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        name, verb, *seconds = line.decode().split()
        links[name].order(verb, float(seconds[0]) if seconds else 0.0)
        print("done", flush=True)


class Proxy:
    """That process, for whoever gives the orders; threads may share it."""

    def __init__(self, addresses):
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), json.dumps(addresses)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._heard("ready")

    def order(self, link, verb, seconds=None):
        with self._lock:
            words = [link, verb] + ([] if seconds is None else [str(seconds)])
            self._process.stdin.write(" ".join(words) + "\n")
            self._process.stdin.flush()
            self._heard("done")

    def close(self):
        self._process.kill()
        self._process.communicate()

    def _heard(self, word):
        line = self._process.stdout.readline().strip()
        if line != word:
            raise AssertionError(f"the proxy says {line!r}, not {word!r}")


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
