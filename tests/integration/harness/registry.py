"""A registry of a test's own on this machine, images for it, and a slow way to it."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.parse

from harness.stack_client import ROOT

sys.path[:0] = [str(ROOT / "deploy" / "images"), str(ROOT / "tests" / "cluster")]

from testcluster import docker_archive  # noqa: E402

PROGRAM = "/usr/bin/docker-registry"
USER, PASSWORD = "ann", "open-sesame"
# `htpasswd -nbB` of these.
_HTPASSWD = "ann:$2b$05$FxyuzAN9q6vr1Lr7WYpbdeTsIbLDBTzGxJl97AO3DdaZwAkpOJNwa\n"
_LISTENS = re.compile(rb"listening on 127\.0\.0\.1:(\d+)")
_OCI = "application/vnd.oci.image"


class Registry:
    """Debian's docker-registry, on a port that the kernel gives."""

    def __init__(self, private=False):
        assert os.access(PROGRAM, os.X_OK), f"{PROGRAM} is not there: scripts/install-deps test"
        self._private = private
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="er-", dir="/tmp"))
        self._log = self._folder / "log"
        self._process = None
        self.port = None

    def __enter__(self):
        settings = {"version": "0.1", "http": {"addr": "127.0.0.1:0"},
                    "storage": {"filesystem": {"rootdirectory": str(self._folder / "data")}}}
        if self._private:
            users = self._folder / "htpasswd"
            users.write_text(_HTPASSWD, encoding="ascii")
            settings["auth"] = {"htpasswd": {"realm": "test", "path": str(users)}}
        config = self._folder / "config.yml"
        config.write_text(json.dumps(settings), encoding="ascii")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen([PROGRAM, "serve", config], stdout=log, stderr=log)
        try:
            self.port = self._listens_on()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder)

    def push(self, name, archive):
        """The image of a docker-archive file with one layer, as `name`, such as `team/app:1`."""
        repository, _, tag = name.partition(":")
        with tarfile.open(archive) as files:
            (image,) = json.load(files.extractfile("manifest.json"))
            config = files.extractfile(image["Config"]).read()
            layer = files.extractfile(image["Layers"][0]).read()
        manifest = {"schemaVersion": 2, "mediaType": f"{_OCI}.manifest.v1+json",
                    "config": self._blob(repository, f"{_OCI}.config.v1+json", config),
                    "layers": [self._blob(repository, f"{_OCI}.layer.v1.tar", layer)]}
        self._ask("PUT", f"/v2/{repository}/manifests/{tag}", json.dumps(manifest).encode(),
                  manifest["mediaType"])

    def _blob(self, repository, media_type, data):
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        url = urllib.parse.urlsplit(self._ask("POST", f"/v2/{repository}/blobs/uploads/"))
        self._ask("PUT", f"{url.path}?{url.query}&digest={digest}", data)
        return {"mediaType": media_type, "size": len(data), "digest": digest}

    def _ask(self, method, path, body=b"", media_type="application/octet-stream"):
        """Where the answer leads to."""
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"content-type": media_type}
        if self._private:
            headers["authorization"] = f"Basic {login}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
        assert answer.status in (201, 202), (method, path, answer.status, told)
        return answer.headers["location"]

    def _listens_on(self):
        deadline = time.monotonic() + 30
        while not (found := _LISTENS.search(self._log.read_bytes())):
            assert self._process.poll() is None and time.monotonic() < deadline, (
                self._log.read_text())
            time.sleep(0.05)
        return int(found.group(1))


def write_image(path, name, padding):
    """Busybox, with a file that no other image has, of that many bytes that cannot be packed."""
    docker_archive.write_busybox(path, name, files={"padding": os.urandom(padding)})


class SlowWay:
    """A port that leads to another one: answers trickle until it is told to hurry."""

    # Of each connection so many bytes come at once, and the rest in more time than anybody waits.
    AT_ONCE, PIECE, PAUSE = 4 << 20, 16 << 10, 0.1

    def __init__(self, port):
        self._to = port
        self._hurry = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.hurry()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def hurry(self):
        self._hurry.set()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                for source, sink, slow in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._pump, args=(source, sink, slow),
                                     daemon=True).start()

    def _pump(self, source, sink, slow):
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(self.PIECE):
                sink.sendall(data)
                passed += len(data)
                if slow and passed > self.AT_ONCE:
                    self._hurry.wait(self.PAUSE)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
