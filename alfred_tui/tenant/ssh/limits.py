"""How long, how many, how much: the limits of the SSH door."""

from __future__ import annotations

import msgspec


class SshLimits(msgspec.Struct, frozen=True):
    """Seconds unless said otherwise.

    ``sessions`` at once on a connection (MaxSessions 3 of the tenants, runbook.md 1), of which
    ``reserve`` are kept for a person; ``connecting`` connections opened at once for all tenants.
    ``place`` to wait for a free session, ``handshake`` from the open socket to agreed keys,
    ``login``, ``session`` until the server opens one, ``command`` unless a run says otherwise.
    ``ending`` is given to a process after each signal, ``linger`` of silence after a program's end
    (something it left behind may hold the pipe). ``idle`` until an unused connection is closed;
    ``keep_alive`` between signs of life, ``missed`` of which may fail. ``output`` bytes are kept of
    each stream.
    """

    sessions: int = 3
    reserve: int = 1
    connecting: int = 32
    place: float = 300.0
    handshake: float = 15.0
    login: float = 15.0
    session: float = 15.0
    command: float = 60.0
    ending: float = 3.0
    linger: float = 5.0
    idle: float = 120.0
    keep_alive: float = 15.0
    missed: int = 3
    output: int = 4 * 1024 * 1024
