"""Keys of the simulated fleet: the same seed has the same keys, so a pinned one stays right."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from struct import pack

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alfred_tui.sim.people import Person

KIND = b"ssh-ed25519"
_BEGIN, _END = (f"-----{word} OPENSSH PRIVATE KEY-----" for word in ("BEGIN", "END"))


def _seed(*words: object) -> bytes:
    text = "\x1f".join(map(str, ("ssh key", *words))).encode()
    return blake2b(text, digest_size=32).digest()


def openssh(comment: str, *words: object) -> bytes:
    """A private key in OpenSSH's own file format, without a passphrase, made from ``words``."""
    seed = _seed(*words)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    blob = _texts(KIND, public)
    inner = seed[:4] * 2 + _texts(KIND, public, seed + public, comment.encode())
    inner += bytes(range(1, 1 + -len(inner) % 8))
    whole = b"openssh-key-v1\0" + _texts(b"none", b"none", b"") + pack(">I", 1)
    text = base64.b64encode(whole + _texts(blob, inner)).decode()
    lines = [text[n : n + 70] for n in range(0, len(text), 70)]
    return "\n".join([_BEGIN, *lines, _END, ""]).encode()


def _texts(*parts: bytes) -> bytes:
    """SSH strings, one after the other."""
    return b"".join(pack(">I", len(part)) + part for part in parts)


def of_deploy(seed: int, name: str) -> bytes:
    """The private key that lets an operator in as ``deploy``."""
    return openssh(f"deploy@alfred-{name}", seed, name, "deploy")


def of_host(seed: int, name: str, generation: int = 0) -> bytes:
    """The private host key; another ``generation`` is another key."""
    return openssh(f"root@alfred-{name}", seed, name, "host", generation)


def write(folder: Path, people: Iterable[Person], seed: int) -> dict[str, Path]:
    """Every tenant's private key in a file of its own (0600) in ``folder`` (0700), by tenant.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    paths = {}
    for person in people:
        path = paths[person.name] = folder / person.name
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(of_deploy(seed, person.name))
    return paths
