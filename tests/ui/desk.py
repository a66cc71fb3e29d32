"""A desk without a store or a network: what it finds is given, and it waits where it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.takeover.findings import Finding, Level
from alfred_tui.takeover.found import Found, LeftOut, Sighting, Value
from alfred_tui.takeover.gathering import Reading, Request
from alfred_tui.takeover.merge import Preference
from alfred_tui.takeover.plan import Gathered, Import, plan
from tests.ui.fake_engine import FakeEngine, tenant

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

    async def gather(self, request: Request, told: Callable[[str], None]) -> Reading:
        raise AssertionError("the doctor imports nothing")

    async def weigh(self, gathered: Gathered, prefer: Preference) -> Import:
        raise AssertionError("the doctor imports nothing")

    async def take(self, gathered: Gathered, prefer: Preference) -> Import:
        raise AssertionError("the doctor imports nothing")


URL = "https://{}.tail1a2b3.ts.net:3100"


def known(name: str, **given: Any) -> Tenant:
    """A tenant of the store."""
    return Tenant(name, given.pop("api_url", URL.format(name)), Secret("canary-key"), **given)


def sighted(source: str, *found: tuple[str, dict[str, Value]], **more: Any) -> Sighting:
    """What a source tells of these names."""
    whole = tuple(Found(name, source, fields) for name, fields in found)
    return Sighting(source, whole, **more)


OURS = (
    known("acme-dental", location="nbg1"),
    known("harbor-law", api_url="https://100.64.0.9:3100"),
    known("birch-studio", server_type="cx43", location="fsn1"),
)
FORMER = sighted(
    "alfred-ctrl.db",
    ("acme-dental", {"location": "fsn1", "server_type": "cx53"}),
    ("harbor-law", {"api_url": URL.format("harbor-law"), "location": "hel1"}),
    ("birch-studio", {"server_type": "cx43"}),
    ("cedar-clinic", {"api_url": URL.format("cedar-clinic"), "location": "fsn1"}),
    ("dune-records", {"api_url": URL.format("dune-records"), "api_key": Secret("canary-key")}),
    left_out=(LeftOut("old-one", "alfred-ctrl.db", "no host is known of it"),),
)
HETZNER = sighted(
    "Hetzner",
    ("acme-dental", {"location": "hel1", "estate.server_id": 4711}),
    ("dune-records", {"server_type": "cx53", "location": "nbg1"}),
)


class FakeImport(FakeDesk):
    """Sources that are given, merged by the real rules into ``ours``.

    ``stop`` names what waits for ``go``: ``gather``, ``weigh`` or ``take``.
    """

    def __init__(
        self,
        sightings: Sequence[Sighting] = (FORMER, HETZNER),
        ours: Sequence[Tenant] = OURS,
        *,
        notes: Sequence[str] = (),
        stop: str = "",
    ) -> None:
        super().__init__()
        self.sightings = tuple(sightings)
        self.ours = list(ours)
        self.notes = tuple(notes)
        self.stop = stop
        self.requests: list[Request] = []
        self.taken: list[Preference] = []

    async def _wait(self, at: str) -> None:
        if self.stop == at:
            await self.go.wait()
        if self.error is not None:
            raise self.error

    async def gather(self, request: Request, told: Callable[[str], None]) -> Reading:
        self.requests.append(request)
        told("Hetzner")
        await self._wait("gather")
        return Reading(Gathered(self.sightings), self.notes)

    async def weigh(self, gathered: Gathered, prefer: Preference) -> Import:
        await self._wait("weigh")
        return plan(self.ours, [], gathered, prefer)

    async def take(self, gathered: Gathered, prefer: Preference) -> Import:
        await self._wait("take")
        made = plan(self.ours, [], gathered, prefer)
        new = {tenant.name: tenant for tenant in made.outcome.tenants}
        self.ours = [new.pop(each.name, each) for each in self.ours] + list(new.values())
        self.taken.append(prefer)
        return made


class FleetOfDesk(FakeEngine):
    """An engine that watches whom the desk's store holds once it is asked to look again."""

    def __init__(self, desk: FakeImport) -> None:
        super().__init__([tenant(each.name) for each in desk.ours])
        self._desk = desk

    async def reload(self) -> None:
        self.asked.append(("reload",))
        self.put(*(tenant(each.name) for each in self._desk.ours if each.name not in self.rows))
