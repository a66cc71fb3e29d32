"""This program and others, as journal and locks name them: ``pid@machine``.

Many a laptop has the name that it came with: the machine's own id stands behind it.
"""

from __future__ import annotations

import hashlib
import os
import socket
import uuid
from functools import cache
from pathlib import Path

_ID = Path("/etc/machine-id")


def program() -> str:
    """This process."""
    return f"{os.getpid()}@{machine()}"


@cache
def machine() -> str:
    """The name of this machine and a part of its id: ``debian#3f9a1c``."""
    try:
        own = _ID.read_text().strip()
    except (OSError, UnicodeDecodeError):
        own = ""
    own = own or f"{uuid.getnode():x}"
    return f"{socket.gethostname()}#{hashlib.sha256(own.encode()).hexdigest()[:6]}"


def lives(name: str) -> bool:
    """Whether it is a process of this machine that is there; one of somebody else's counts."""
    return _here(name) and not dead(name)


def dead(name: str) -> bool:
    """Whether a program has certainly ended: it was one of this machine, and is not there."""
    if not _here(name):
        return False
    try:
        os.kill(int(name.partition("@")[0]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _here(name: str) -> bool:
    pid, _, where = name.partition("@")
    return where == machine() and pid.isdigit()
