"""The key that opens a tenant: read from its file, and only where ``ssh`` would take it, too."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

import asyncssh

from alfred_tui.model.tenant import SshTarget, Tenant
from alfred_tui.tenant.ssh.errors import Unconfigured

OTHERS = 0o077
"""Mode bits that let anybody but the owner at a file."""
LARGEST = 64 * 1024
"""Bytes of a key file; the largest real ones have a few thousand."""


class Access(NamedTuple):
    """Where to log in and with what."""

    target: SshTarget
    key_file: Path

    def __str__(self) -> str:
        """``user@host:port key-file``: what ``RefusedLogin.way`` holds."""
        return f"{self.target.user}@{self.target.host}:{self.target.port} {self.key_file}"


def access(tenant: Tenant) -> Access:
    """What a tenant's ssh block says.

    Raises:
        Unconfigured: there is none, or it names no key file, or no usable port.
    """
    target = tenant.ssh
    if target is None or not target.host:
        raise Unconfigured(tenant.name, "no way in over SSH is known", "Give it an ssh block")
    if not target.key_file:
        raise Unconfigured(
            tenant.name, "its ssh block names no key file", "Only a key of its own is ever used"
        )
    if not 0 < target.port < 65536:
        raise Unconfigured(tenant.name, f"{target.port} is no port")
    return Access(target, Path(target.key_file).expanduser())


def checked(tenant: str, path: Path) -> bytes:
    """The bytes of a key file that lies as ``ssh`` wants it; blocks.

    Raises:
        Unconfigured: not there, not a file, or others may read it.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Unconfigured(tenant, f"the key {path} is no file")
            if found.st_mode & OTHERS:
                raise Unconfigured(
                    tenant, f"the key {path} can be read by others", f"chmod 600 {path}"
                )
            return file.read(LARGEST)
    except OSError as trouble:
        why = (trouble.strerror or "cannot be read").lower()
        raise Unconfigured(tenant, f"the key {path}: {why}", "Put it there again") from None


def load(tenant: str, path: Path) -> asyncssh.SSHKey:
    """The private key; blocks for a moment.

    Raises:
        Unconfigured: as :func:`checked`, or it is encrypted, or no private key.
    """
    data = checked(tenant, path)
    try:
        return asyncssh.import_private_key(data)
    except asyncssh.KeyEncryptionError:
        pass
    except asyncssh.KeyImportError as trouble:
        if "assphrase" not in str(trouble):
            raise Unconfigured(tenant, f"{path} holds no private key that can be used") from None
    raise Unconfigured(
        tenant,
        f"the key {path} is encrypted, and no agent is asked",
        "Decrypt it with ssh-keygen -p; an encrypted disk is the place for it",
    )
