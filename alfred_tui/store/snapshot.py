"""The last known state in one small file for the first paint: derived, disposable."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from alfred_tui.model.view import Snapshot

VERSION = 1


def read_snapshot(path: Path) -> Snapshot | None:
    """The kept state; ``None`` where there is none or it cannot be used for any reason."""
    try:
        kept = msgspec.msgpack.decode(path.read_bytes(), type=Snapshot)
    except (OSError, ValueError, RecursionError, OverflowError, msgspec.MsgspecError):
        return None
    return kept if kept.version == VERSION else None


def write_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Replace the file as a whole, 0600.

    Raises:
        OSError: the folder cannot be written; the old file stays.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.msgpack.encode(snapshot))
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
