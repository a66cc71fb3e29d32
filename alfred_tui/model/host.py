"""What a tenant's host says of itself over SSH (runbook.md 3.3); times aware UTC, sizes bytes."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Usage(msgspec.Struct, frozen=True, gc=False):
    """One row of ``docker stats``: ``cpu`` and ``memory_percent`` percent, ``memory`` bytes."""

    service: str
    cpu: float | None = None
    memory: int | None = None
    memory_percent: float | None = None
    pids: int | None = None


class Timer(msgspec.Struct, frozen=True, gc=False):
    """A systemd timer: when it fires next and fired last; ``unit`` is what it starts."""

    name: str
    unit: str = ""
    next: datetime | None = None
    last: datetime | None = None


class Unit(msgspec.Struct, frozen=True, gc=False):
    """A systemd unit. ``state`` and ``sub`` are systemd's words (``failed``, ``dead`` ...)."""

    name: str
    state: str = ""
    sub: str = ""
    result: str = ""
    about: str = ""


class Mount(msgspec.Struct, frozen=True, gc=False):
    """A mounted filesystem; ``size`` and ``used`` bytes."""

    place: str
    device: str
    kind: str = ""
    size: int = 0
    used: int = 0

    @property
    def percent(self) -> float | None:
        """Share used, percent."""
        return 100.0 * self.used / self.size if self.size else None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A line of the host's journal; ``priority`` is syslog's (0 worst, 7 debug)."""

    at: datetime | None
    unit: str
    text: str
    priority: int = 6


class Missing(msgspec.Struct, frozen=True, gc=False):
    """A part that could not be looked at, and why."""

    part: str
    why: str


class Host(msgspec.Struct, frozen=True, gc=False):
    """Everything of the Host tab. ``load`` are the three averages, ``memory`` bytes used, of all.

    ``missing`` names parts that could not be read; what they would have filled is empty.
    """

    uptime: float | None = None
    load: tuple[float, ...] = ()
    memory: tuple[int, int] | None = None
    usage: tuple[Usage, ...] = ()
    timers: tuple[Timer, ...] = ()
    units: tuple[Unit, ...] = ()
    mounts: tuple[Mount, ...] = ()
    journal: tuple[Entry, ...] = ()
    missing: tuple[Missing, ...] = ()
