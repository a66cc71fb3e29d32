"""Key files on the operator's machine: where they are and how they lie; never what is in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import stat
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

OTHERS = 0o077
"""Mode bits that let anybody but the owner at a file."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}:?){32}")
_WHY = {
    "key": "without it there is no way in over SSH",
    "luks.key": "without a copy of it the volume is lost with the server's disk",
    "restic.env": "without a copy of it the backups cannot be read once the server is gone",
}


class KeyFiles(NamedTuple):
    """Places of a tenant's three files; ``None`` where not even a place is known."""

    key: Path | None
    luks: Path | None
    restic: Path | None
    warnings: tuple[str, ...]


def key_files(recorded: str, identifier: str, folder: Path) -> KeyFiles:
    """The files of the instance ``identifier`` whose database is in ``folder``.

    ``recorded`` is the key's path as the former tool wrote it: relative to the folder above the
    database's, or absolute on a machine that may be another one (fleet-facts.md P19).
    """
    own = folder / "ssh_keys" / identifier if _IDENTIFIER.fullmatch(identifier) else None
    candidates = _candidates(recorded, own, folder)
    key = next((path for path in candidates if path.is_file()), None) or (
        own and own / "id_ed25519"
    )
    room = key.parent if key is not None and key.is_file() else own
    luks = room / "luks.key" if room else None
    restic = room / "restic.env" if room else None
    places = ((key, "key"), (luks, "luks.key"), (restic, "restic.env"))
    warnings = [line for path, what in places if path and (line := warning_of(path, what))]
    return KeyFiles(key, luks, restic, tuple(warnings))


def _candidates(recorded: str, own: Path | None, folder: Path) -> list[Path]:
    found: list[Path] = []
    if recorded and "\0" not in recorded:
        path = Path(recorded)
        # joined to an absolute one, the base falls away
        found += [folder.parent / path, folder / path]
        if "ssh_keys" in path.parts:
            inside = path.parts[path.parts.index("ssh_keys") :]
            found.append(folder.joinpath(*inside))
    if own is not None:
        found.append(own / "id_ed25519")
    return found


class Lying(StrEnum):
    """How a file lies on the disk, in words that follow its path."""

    WELL = "is there, for its owner only"
    ABSENT = "is not there"
    EMPTY = "is empty"
    NO_FILE = "is no file"
    HIDDEN = "cannot be looked at"
    OPEN = "can be read by others"


def lying(path: Path) -> Lying:
    """How ``path`` lies; ``ssh`` refuses a key that others can read."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return Lying.ABSENT
    except OSError:
        return Lying.HIDDEN
    if not stat.S_ISREG(found.st_mode):
        return Lying.NO_FILE
    if not found.st_size:
        return Lying.EMPTY
    return Lying.OPEN if found.st_mode & OTHERS else Lying.WELL


def warning_of(path: Path, what: str) -> str:
    """A line about a file that does not lie well and what that means; empty: it does.

    ``what`` is ``key``, ``luks.key`` or ``restic.env``.
    """
    state = lying(path)
    if state is Lying.WELL:
        return ""
    return f"{path} {state.value}: {'chmod 600 it' if state is Lying.OPEN else _WHY[what]}"


class Fingerprint(NamedTuple):
    """A host key; ``kind`` and ``key`` are empty where only its fingerprint was handed down."""

    fingerprint: str
    kind: str = ""
    key: str = ""


def fingerprint_of(text: str) -> Fingerprint | None:
    """A recorded host key in any form that tools write: OpenSSH's ``SHA256:``, a SHA-256 in hex
    or base64, or the public key itself; ``None`` for anything else, an MD5 among it."""
    parts = text.split()
    if len(parts) >= 2 and re.fullmatch(r"[a-z0-9@.-]+", parts[0]) and (blob := _blob(parts[1])):
        return Fingerprint(_sha256(blob), parts[0], parts[1])
    if len(parts) != 1:
        return None
    word = parts[0]
    if _HEX.fullmatch(word):
        return Fingerprint(_named(bytes.fromhex(word.replace(":", ""))))
    if blob := _blob(word):
        return Fingerprint(_sha256(blob), blob[4 : 4 + blob[3]].decode("ascii", "replace"), word)
    digest = _decoded(word.removeprefix("SHA256:"))
    return Fingerprint(_named(digest)) if digest is not None and len(digest) == 32 else None


def _blob(word: str) -> bytes | None:
    """A public key's bytes: they begin with the length of its kind, and then its kind."""
    raw = _decoded(word)
    if raw is None or len(raw) < 40 or raw[:3] != b"\0\0\0":
        return None
    return raw if raw[4 : 4 + raw[3]].isascii() else None


def _decoded(word: str) -> bytes | None:
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _sha256(blob: bytes) -> str:
    return _named(hashlib.sha256(blob).digest())


def _named(digest: bytes) -> str:
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
