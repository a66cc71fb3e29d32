"""Ports for servers of the tests."""

from __future__ import annotations

import random
import socket

_DICE = random.SystemRandom()
_RANGE = (10_000, 30_000)
"""Below the ports that the system gives to connections: none of those takes one before its server
is up."""


def free_port(address: str = "127.0.0.1", more: int = 0) -> int:
    """A port that nobody has now at this address, nor any of the ``more`` ports after it."""
    while True:
        port = _DICE.randrange(*_RANGE)
        try:
            for number in range(port, port + more + 1):
                socket.create_server((address, number)).close()
        except OSError:
            continue
        return port
