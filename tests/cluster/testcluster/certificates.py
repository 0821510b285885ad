"""A certificate authority for one cluster, by openssl."""

import pathlib
import subprocess

from testcluster import programs
from testcluster.report import ClusterError

DAYS = "30"


class Authority:
    """Issues certificates into its folder as NAME.crt with NAME.key (EC P-256)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o700, exist_ok=True)

    @property
    def certificate(self):
        return self.folder / "ca.crt"

    @property
    def private_key(self):
        return self.folder / "ca.key"

    def create(self):
        self._issue("ca", "/CN=eventreactor-test-ca", [
            "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"], ())

    def issue_server(self, name, common_name, addresses):
        """For a server that is reached by these names ("DNS:x") and addresses ("IP:y")."""
        self._issue(name, f"/CN={common_name}", [
            "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
            "extendedKeyUsage=serverAuth", f"subjectAltName={','.join(addresses)}"], self._signer())

    def issue_client(self, name, user, group=None):
        """For a user of the API server, and one group of the user."""
        subject = (f"/O={group}" if group else "") + f"/CN={user}"
        self._issue(name, subject, [
            "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
            "extendedKeyUsage=clientAuth"], self._signer())

    def create_key(self, name):
        """An RSA pair, NAME.key and NAME.pub: what ServiceAccount tokens are signed with."""
        private, public = self.folder / f"{name}.key", self.folder / f"{name}.pub"
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
                 "-out", private)
        _openssl("pkey", "-in", private, "-pubout", "-out", public)
        private.chmod(0o600)

    def _signer(self):
        return ("-CA", self.certificate, "-CAkey", self.private_key)

    def _issue(self, name, subject, extensions, signer):
        key = self.folder / f"{name}.key"
        # An empty configuration: the system's may add extensions of its own.
        _openssl("req", "-x509", "-config", "/dev/null", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-noenc", "-days", DAYS, "-subj", subject, *signer,
                 *(word for one in extensions for word in ("-addext", one)),
                 "-keyout", key, "-out", self.folder / f"{name}.crt")
        key.chmod(0o600)


def _openssl(*words):
    command = [programs.installed("openssl"), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(f"openssl {words[0]} failed: {done.stderr.strip()}")
