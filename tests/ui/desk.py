"""A desk without a store or a network: what it finds is given, and it waits where it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from alfred_tui.takeover.findings import Finding, Level

HOME = "/home/op/.local/share/alfred-tui"
OWN_HOUSE = (
    Finding("settings", "/home/op/.config/alfred-tui/config.toml", Level.OK, "read"),
    Finding("store", f"{HOME}/alfred.db", Level.OK, "whole, schema 0004, 9 tenants"),
    Finding(
        "store",
        f"{HOME}/alfred.db",
        Level.FAILING,
        "open to others (mode 644), and it holds API keys",
        f"chmod 600 {HOME}/alfred.db",
    ),
    Finding("store", HOME, Level.OK, "81422 MB free"),
    Finding("log", f"{HOME}/alfred-tui.log", Level.OK, "48 kB"),
    Finding("tools", "ssh", Level.OK, "/usr/bin/ssh"),
    Finding("tools", "tmux", Level.OK, "not on PATH: a shell on a tenant takes this terminal"),
)
TAILNET = (Finding("tailnet", "tailscale", Level.OK, "up, tail1a2b3.ts.net"),)
CLOCK = (Finding("clock", "this machine", Level.OK, "compared with 9 tenants"),)
FILES = (
    *(Finding("files", f"tenant-{n} ssh key", Level.OK, f"/keys/{n}/id") for n in range(8)),
    Finding(
        "files",
        "harbor-law restic.env",
        Level.WARNING,
        "/keys/harbor-law/restic.env is not there",
        "copy /opt/alfred/restic.env there from the tenant: without it the backups cannot be read "
        "once the server is gone",
    ),
)
DOORS = (
    *(Finding("doors", f"tenant-{n} port 3100", Level.OK, "connects") for n in range(8)),
    *(Finding("doors", f"tenant-{n} certificate", Level.OK, "ends 2026-09-01") for n in range(8)),
    Finding(
        "doors",
        "harbor-law port 3100",
        Level.FAILING,
        "no answer within 2.5 s",
        "is harbor-law up? `tailscale ping` and the cloud's console tell; the tailnet's policy may "
        "shut this machine out",
    ),
)
ALL = (OWN_HOUSE, TAILNET, FILES, DOORS, CLOCK)
WELL = tuple(tuple(each for each in part if each.level is Level.OK) for part in ALL)


class FakeDesk:
    """Fits ``Desk``. ``stops`` are the parts before which the doctor waits for ``go``."""

    def __init__(
        self,
        parts: Sequence[Sequence[Finding]] = ALL,
        *,
        stops: Sequence[int] = (),
        error: Exception | None = None,
    ) -> None:
        self.parts = parts
        self.stops = stops
        self.error = error
        self.go = asyncio.Event()
        self.begun = 0
        self.ended = 0
        self.cancelled = 0

    async def examine(self, told: Callable[[Sequence[Finding]], None]) -> None:
        self.begun += 1
        try:
            for index, part in enumerate(self.parts):
                if index in self.stops:
                    self.go.clear()
                    await self.go.wait()
                told(part)
            if self.error is not None:
                raise self.error
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended += 1
