"""The file tree of an image that is as Debian's, with nothing in it but what is asked for.

Programs bring the shared libraries that they were linked with on this machine, so an image fits
them by construction. They stand where Debian's dynamic loader looks without a cache.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sysconfig
import tempfile

from erimages.archive import Image

NONROOT = 65532
PASSWD = ("root:x:0:0:root:/root:/sbin/nologin\n"
          f"nonroot:x:{NONROOT}:{NONROOT}:nonroot:/home/nonroot:/sbin/nologin\n"
          "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n")
GROUP = f"root:x:0:\nnonroot:x:{NONROOT}:\nnogroup:x:65534:\n"
# Names come from /etc/hosts and DNS; both are in glibc itself.
NSSWITCH = "passwd: files\ngroup: files\nhosts: files dns\n"
# The package's own, not what somebody added to this machine's trust.
CERTIFICATES = pathlib.Path("/usr/share/ca-certificates/mozilla")
# As /etc/ssl/certs/ca-certificates.crt is where Debian's curl, OpenSSL and GnuTLS look.
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
NEEDED = re.compile(r"^\s*(?:(\S+) => )?(/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)


class ImageError(Exception):
    """An image that cannot be made; the message is for the user."""


class Root:
    """Files of an image, by path; written once."""

    def __init__(self):
        # {path: (mode, bytes)}, {path: target}, {path: mode}
        self._files, self._links, self._folders = {}, {}, {}
        multiarch = sysconfig.get_config_var("MULTIARCH") or ""
        self._library_folder = f"/usr/lib/{multiarch}".rstrip("/")
        for name in ("bin", "lib", "lib64", "sbin"):
            self.folder(f"/usr/{name}")
            self.link(f"/{name}", f"usr/{name}")
        self.folder("/root", 0o700)
        self.folder("/tmp", 0o1777)
        self.text("/etc/passwd", PASSWD)
        self.text("/etc/group", GROUP)
        self.text("/etc/nsswitch.conf", NSSWITCH)

    def text(self, path, content):
        self.file(path, 0o644, content.encode())

    def folder(self, path, mode=0o755):
        self._parents(path)
        self._folders[path] = mode

    def link(self, path, target):
        self._parents(path)
        self._links[path] = target

    def certificates(self):
        """The authorities that browsers trust."""
        found = sorted(CERTIFICATES.glob("*.crt"))
        if not found:
            raise ImageError(f"there are no certificates in {CERTIFICATES}: "
                             "they are in Debian's ca-certificates")
        self.file(BUNDLE, 0o644, b"".join(each.read_bytes() for each in found))

    def program(self, source, path, strip=False):
        """A program of this machine, with the libraries that it needs."""
        self.file(path, 0o755, stripped(source) if strip else pathlib.Path(source).read_bytes())
        for name, found in libraries_of(source):
            if name is None:
                # The loader: programs name it by its whole path, below the link /lib64.
                self.file(f"/usr{found}", 0o755, pathlib.Path(found).read_bytes())
            else:
                self.file(f"{self._library_folder}/{name}", 0o644,
                           pathlib.Path(found).read_bytes())

    def write(self, path, name, config):
        """Writes the image as a docker-archive."""
        image = Image(name, config)
        # A folder comes before what is in it.
        for each in sorted([*self._files, *self._links, *self._folders]):
            if each in self._folders:
                image.add_folder(each, self._folders[each])
            elif each in self._links:
                image.add_link(each, self._links[each])
            else:
                mode, data = self._files[each]
                image.add_file(each, data, mode)
        image.write(path)

    def paths(self):
        return sorted([*self._files, *self._links])

    def file(self, path, mode, data):
        known = self._files.get(path)
        if known and known != (mode, data):
            raise ImageError(f"two files would be {path}")
        self._parents(path)
        self._files[path] = (mode, data)

    def _parents(self, path):
        parent = os.path.dirname(path)
        if parent != "/":
            self._folders.setdefault(parent, 0o755)
            self._parents(parent)


def libraries_of(program):
    """(name, path) of each shared library that a program needs; no name for the loader."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    if "not a dynamic executable" in done.stderr or "statically linked" in done.stdout:
        return []
    if done.returncode != 0 or "not found" in done.stdout:
        raise ImageError(f"not all of what {program} needs is here: {done.stdout}{done.stderr}")
    return [(name or None, path) for name, path in NEEDED.findall(done.stdout)]


def stripped(program):
    """A program without what only a debugger reads; symbols stay, for stack traces."""
    strip = shutil.which("strip")
    if not strip:
        return pathlib.Path(program).read_bytes()
    with tempfile.TemporaryDirectory(prefix="er-") as folder:
        smaller = pathlib.Path(folder, "program")
        subprocess.run([strip, "--strip-debug", "-o", smaller, program], check=True)
        return smaller.read_bytes()


def installed(name, package, path=None):
    """The path of a program of this machine."""
    found = path if path and os.access(path, os.X_OK) else None
    searched = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    found = found or (None if path else shutil.which(name, path=searched))
    if not found:
        raise ImageError(f"there is no {name}: it is in Debian's {package}")
    return found
