"""Keys of the simulated fleet: the same seed has the same keys, so a pinned one stays right."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from struct import pack

from alfred_tui.sim.people import Person

KIND = b"ssh-ed25519"
_BEGIN, _END = (f"-----{word} OPENSSH PRIVATE KEY-----" for word in ("BEGIN", "END"))


def _seed(*words: object) -> bytes:
    text = "\x1f".join(map(str, ("ssh key", *words))).encode()
    return blake2b(text, digest_size=32).digest()


def openssh(comment: str, *words: object) -> bytes:
    """A private key in OpenSSH's own file format, without a passphrase, made from ``words``."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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


def of_operator(seed: int, person: Person) -> bytes:
    """The private key that lets an operator in."""
    login = person.home.login
    return openssh(f"{login}@alfred-{person.name}", seed, person.name, login)


def of_host(seed: int, name: str, generation: int = 0) -> bytes:
    """The private host key; another ``generation`` is another key."""
    return openssh(f"root@alfred-{name}", seed, name, "host", generation)


class Writing:
    """Every tenant's private key on its way into a file of its own (0600) in ``folder`` (0700).

    A child of this process does it: what it takes to make keys is megabytes that nobody needs
    again until somebody logs in.

    Raises:
        OSError: the folder cannot be made.
    """

    def __init__(self, folder: Path, people: Iterable[Person], seed: int) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        self._child = os.fork()
        if self._child == 0:
            # never back into a copy of a program that is about to serve
            code = 1
            try:
                _write(folder, people, seed)
                code = 0
            finally:
                os._exit(code)

    def path(self, person: Person) -> Path:
        """Where a tenant's key is."""
        return self.folder / person.name

    def finish(self) -> None:
        """Wait until all are written.

        Raises:
            OSError: one could not be.
        """
        _, status = os.waitpid(self._child, 0)
        if status:
            raise OSError(f"{self.folder}: the keys could not be written")


def _write(folder: Path, people: Iterable[Person], seed: int) -> None:
    for person in people:
        path = folder / person.name
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(of_operator(seed, person))
