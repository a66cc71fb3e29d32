"""Host keys: pinned on first use, enforced ever after; which kind is asked for, what one means."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from alfred_tui.model.tenant import HostKey

FIRST_USE = "first use over SSH"
"""``HostKey.source`` of a key that we saw first."""
REPINNED = "pinned anew by a person"
"""``HostKey.source`` of a key that a person compared and took."""
COMPLETED = "known fingerprint, whole key seen over SSH"
"""``HostKey.source`` of a key whose fingerprint alone was known."""

KINDS: dict[str, tuple[str, ...]] = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""Kinds of key and their algorithms, in the order that we like; no SHA-1, no certificates."""


class HostKeys(Protocol):
    """Where pinned keys are kept. What it raises passes through the door as it is."""

    async def pinned(self, tenant: str) -> Sequence[HostKey]:
        """All pinned keys of a tenant."""
        ...

    async def pin(self, key: HostKey) -> None:
        """Keep one more; a key of the same tenant and kind is never replaced."""
        ...

    async def replace(self, key: HostKey) -> None:
        """Make it the only one of its tenant: a person has said so."""
        ...


class Standing(Enum):
    """What an offered key is, by what is pinned."""

    KNOWN = auto()
    FIRST = auto()
    CHANGED = auto()
    OTHER_KIND = auto()
    """A pin is a bare fingerprint, maybe of a key of another kind: ask for the others."""


def standing(pinned: Sequence[HostKey], offered: HostKey) -> Standing:
    """How ``offered`` stands to the keys pinned for its tenant."""
    if not pinned:
        return Standing.FIRST
    if any(key.fingerprint == offered.fingerprint for key in pinned):
        return Standing.KNOWN
    if any(not key.kind for key in pinned) and not any(key.kind == offered.kind for key in pinned):
        return Standing.OTHER_KIND
    return Standing.CHANGED


def algorithms(pinned: Sequence[HostKey], without: Sequence[str] = ()) -> list[str]:
    """What to ask for, pinned kinds first: a server that has other kinds as well shows the same.

    ``without`` are kinds not to ask for.
    """
    have = {key.kind for key in pinned}
    order = sorted(KINDS, key=lambda kind: kind not in have)
    return [each for kind in order if kind not in without for each in KINDS[kind]]


def whole(pinned: Sequence[HostKey]) -> list[HostKey]:
    """The pinned keys of which more than a fingerprint is known."""
    return [key for key in pinned if key.kind in KINDS and key.key]


def host_key(tenant: str, kind: str, blob: bytes, source: str, at: datetime) -> HostKey:
    """A key as it came over the wire (RFC 4253, 6.6), with OpenSSH's fingerprint."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return HostKey(tenant, f"SHA256:{digest}", source, at, kind, base64.b64encode(blob).decode())
