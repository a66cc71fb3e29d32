"""This program and others, as journal and locks name them: ``pid@machine``."""

from __future__ import annotations

import os
import socket


def program() -> str:
    """This process."""
    return f"{os.getpid()}@{socket.gethostname()}"


def dead(name: str) -> bool:
    """Whether a program has certainly ended: it was one of this machine, and is not there."""
    pid, _, machine = name.partition("@")
    if machine != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
