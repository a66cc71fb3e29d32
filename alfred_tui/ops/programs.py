"""This program and others, as journal and locks name them: ``pid@machine``."""

from __future__ import annotations

import os
import socket


def program() -> str:
    """This process."""
    return f"{os.getpid()}@{socket.gethostname()}"


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
    pid, _, machine = name.partition("@")
    return machine == socket.gethostname() and pid.isdigit()
