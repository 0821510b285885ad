"""Writes kubeconfig files that need no other file."""

import base64
import os

NAME = "eventreactor-test"
TEXT = """apiVersion: v1
kind: Config
clusters:
- name: {name}
  cluster:
    server: {server}
    certificate-authority-data: {authority}
users:
- name: {user}
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
contexts:
- name: {name}
  context:
    cluster: {name}
    user: {user}
current-context: {name}
"""


def write(path, server, authority, user):
    """For the user whose certificate `authority` has issued under the name `user`."""
    text = TEXT.format(
        name=NAME, server=server, user=user, authority=_encoded(authority.certificate),
        certificate=_encoded(authority.folder / f"{user}.crt"),
        key=_encoded(authority.folder / f"{user}.key"))
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
              encoding="ascii") as file:
        file.write(text)


def _encoded(path):
    return base64.b64encode(path.read_bytes()).decode("ascii")
