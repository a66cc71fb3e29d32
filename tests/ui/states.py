"""Every state of the screens that is worth a picture, over the fake engine and its fixed clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counting, Counts, OwnNetwork
from alfred_tui.store.errors import StoreDamaged
from tests.ui.fake_engine import NOW, FakeEngine, healthy, reason, tenant, troubled
from tests.ui.fake_past import FakePast, days, happened, hours, told
from tests.ui.hands import shown, until
from tests.ui.odd import ODD_NAMES

Press = Callable[[AlfredApp, "Pilot[Any]"], Awaitable[None]]


class State(NamedTuple):
    engine: Callable[[], FakeEngine]
    keys: tuple[str, ...] = ()
    before_looking: bool = False
    starting: bool = False
    ascii_only: bool = False
    failed: str = ""
    no_color: bool = False
    waits: Callable[[AlfredApp], bool] = lambda app: True
    does: Press | None = None

    def app(self, theme: str = "dark") -> AlfredApp:
        app = AlfredApp(
            self.engine(),
            theme=theme,
            begin=False,
            ascii_only=self.ascii_only,
            live_since=NOW + timedelta(seconds=1) if self.before_looking else None,
        )
        app.starting = self.starting
        app.failed = self.failed
        return app

    async def arrange(self, app: AlfredApp, pilot: Pilot[Any]) -> None:
        if self.keys:
            await pilot.press(*("space" if key == " " else key for key in self.keys))
        if self.does is not None:
            await self.does(app, pilot)
        await until(pilot, lambda: self.waits(app))
        app.flush()


def _offline() -> FakeEngine:
    text = "This machine has no default route: the fleet is out of sight, nothing is known of it."
    views = [
        msgspec.structs.replace(
            view, pill=Pill.UNKNOWN, reasons=(), latency=None, oldest=NOW - timedelta(seconds=95)
        )
        for view in healthy()
    ]
    return FakeEngine(views, network=OwnNetwork("offline", "stopped", text, NOW), polled=0)


def _kept() -> FakeEngine:
    engine = FakeEngine(troubled(), first_sweep_done=False, polled=0, network=OwnNetwork())
    engine.moment = NOW + timedelta(hours=3)
    return engine


def _untrusted() -> FakeEngine:
    views = [
        tenant(
            name,
            Pill.DEGRADED,
            index,
            host=name,
            reasons=(reason("disk-high", Pill.DEGRADED, f"disk of {name} 93 % > 90 %", 60),),
        )
        for index, name in enumerate(ODD_NAMES)
    ]
    return FakeEngine([*views, *healthy(6)], trouble=("[red]odd[/]\x1b[31m",))


def _troubled() -> FakeEngine:
    """Two days behind every tenant but the newest: a night's outage, a bad hour here and there."""
    engine = FakeEngine(troubled())
    for index, view in enumerate(engine.rows.values()):
        if view.pill is Pill.UNKNOWN:
            continue
        hours: list[Pill | None] = [Pill.OK] * 48
        if index % 5 == 1:
            hours[20 + index % 7] = Pill.DEGRADED
        if index % 9 == 4:
            hours[6:11] = [Pill.DOWN, Pill.DOWN, Pill.DEGRADED, Pill.DEGRADED, Pill.STALE]
        if index % 8 == 6:
            hours[:30] = [*[None] * 26, *[Pill.BUILDING] * 2, Pill.UNKNOWN, Pill.UNKNOWN]
        hours[-1] = view.pill
        engine.hours[view.name] = hours
    return engine


def _counting() -> FakeEngine:
    """Conditions on a tenant that is well, and a reason that is on its way out beside another."""
    engine = FakeEngine(troubled())
    disk = reason(
        "disk-high", Pill.DEGRADED, "disk 93 % > 90 %", 24, value="93 %", limit="90 %", seen=24
    )
    memory = reason("memory-high", Pill.DEGRADED, "memory 96 % > 95 %", 135, limit="95 %")
    late = reason(
        "learn-no-pollers", Pill.DEGRADED, "alfred-learn: no workflow pollers seen for 4 min", 312
    )
    engine.counted["canal-street-books"] = (
        Counting(disk, 1, 2),
        Counting(memory, 3, 3, lasted=131.0, lasting=300.0),
        Counting(late, 2, 3, of=5),
    )
    engine.counted["fable-films"] = (
        Counting(memory, 2, 3, lasted=131.0, lasting=300.0),
        Counting(disk, 1, 2, healing=True),
    )
    return engine


def _opens(name: str, *keys: str) -> Press:
    async def does(app: AlfredApp, pilot: Pilot[Any]) -> None:
        app.open_tenant(name)
        await until(pilot, lambda: app.screen.name == "tenant")
        await pilot.press(*keys)

    return does


def _eventful() -> FakeEngine:
    engine = FakeEngine(troubled())
    engine.past = FakePast(happened(400))
    return engine


def _remembered() -> FakeEngine:
    engine = _eventful()
    engine.past.told = [
        told(903 - back, NOW - timedelta(seconds=131 + back * 9000), "harbor-law")
        for back in range(8)
    ]
    engine.past.by_hour["harbor-law"] = hours()
    engine.past.by_day["harbor-law"] = days()
    strip: list[Pill | None] = [Pill.OK] * 48
    strip[20:23] = [Pill.DEGRADED, Pill.DOWN, Pill.DEGRADED]
    strip[-1] = Pill.DOWN
    engine.hours["harbor-law"] = strip
    return engine


def _slow() -> FakeEngine:
    engine = _eventful()
    engine.past.gate = asyncio.Event()
    return engine


def _unreadable() -> FakeEngine:
    engine = _eventful()
    engine.past.error = StoreDamaged(Path("/home/op/.local/share/alfred-tui/alfred.db"))
    return engine


def _read_only() -> FakeEngine:
    engine = _eventful()
    engine.board.read_only = True
    return engine


LOCKED = "the store is locked by another program (PID 4711): close it first"
STATES: dict[str, State] = {
    "trouble": State(_troubled),
    "many": State(lambda: FakeEngine(troubled(1000)), keys=("down", "down", "space")),
    "well": State(lambda: FakeEngine(healthy())),
    "demo": State(lambda: FakeEngine(troubled(), demo=True, stand_in=True)),
    "empty": State(lambda: FakeEngine(counts=Counts())),
    "loading": State(
        lambda: FakeEngine(first_sweep_done=False, network=OwnNetwork()), starting=True
    ),
    "kept": State(
        _kept,
        before_looking=True,
        starting=True,
    ),
    "offline": State(_offline),
    "paused": State(lambda: FakeEngine(troubled(), paused=True)),
    "nomatch": State(
        lambda: FakeEngine(troubled()),
        keys=("3", "slash", *"zebra", "enter"),
    ),
    "typing": State(lambda: FakeEngine(troubled()), keys=("slash", *"why:disk")),
    "odd-filter": State(lambda: FakeEngine(troubled()), keys=("slash", *"colour:red", "enter")),
    "problems": State(lambda: FakeEngine(troubled()), keys=("2",)),
    "no-problems": State(lambda: FakeEngine(healthy()), keys=("2",)),
    "tenant": State(lambda: FakeEngine(troubled()), keys=("j", "j", "enter")),
    "tenant-counting": State(_counting, does=_opens("canal-street-books", "l")),
    "tenant-healing": State(_counting, does=_opens("fable-films")),
    "help": State(lambda: FakeEngine(troubled()), keys=("question_mark",)),
    "diagnostics": State(lambda: FakeEngine(troubled()), keys=("f12",)),
    "palette": State(
        lambda: FakeEngine(troubled()),
        keys=("ctrl+p",),
        waits=lambda app: "Filter as you type" in shown(app),
    ),
    "palette-typed": State(
        lambda: FakeEngine(troubled()),
        keys=("ctrl+p", *"canal"),
        waits=lambda app: "Go to canal-street-books" in shown(app),
    ),
    "tenant-past": State(_remembered, keys=("enter",)),
    "tenant-days": State(_remembered, keys=("enter", "h")),
    "tenant-past-failed": State(_unreadable, keys=("enter",)),
    "tenant-past-loading": State(_slow, keys=("enter",)),
    "tenant-past-ascii": State(_remembered, keys=("enter",), ascii_only=True),
    "tenant-past-mono": State(_remembered, keys=("enter",), no_color=True),
    "tenant-filter": State(lambda: FakeEngine(troubled()), keys=("enter", "slash", *"temp")),
    "untrusted": State(_untrusted),
    "failed": State(
        lambda: FakeEngine(troubled()),
        failed=LOCKED,
    ),
    "failed-unread": State(lambda: FakeEngine(counts=Counts()), failed=LOCKED),
    "wall": State(_troubled, keys=("g",)),
    "wall-many": State(
        lambda: FakeEngine(troubled(250)), keys=("g", "right", "space", "down", "down")
    ),
    "wall-thousand": State(lambda: FakeEngine(troubled(1000)), keys=("g", "end", "space", "up")),
    "wall-empty": State(lambda: FakeEngine(healthy()), keys=("g", "2")),
    "wall-nobody": State(lambda: FakeEngine(counts=Counts()), keys=("g",)),
    "wall-loading": State(
        lambda: FakeEngine(first_sweep_done=False, network=OwnNetwork()),
        keys=("g",),
        starting=True,
    ),
    "wall-failed": State(_troubled, keys=("g",), failed=LOCKED),
    "wall-read-only": State(_read_only, keys=("g",)),
    "wall-kept": State(_kept, keys=("g",), before_looking=True, starting=True),
    "wall-mono": State(_troubled, keys=("g", "down"), no_color=True),
    "wall-ascii": State(lambda: FakeEngine(troubled(60)), keys=("g", "right"), ascii_only=True),
    "events": State(_eventful, keys=("e", "down", "down")),
    "events-not-started": State(lambda: FakeEngine(troubled()), keys=("e",), failed=LOCKED),
    "events-tenant": State(_remembered, keys=("enter", "e", "down")),
    "events-read-only": State(_read_only, keys=("e",)),
    "events-down": State(
        _eventful, keys=("e", "slash", *"status:down", "space", *"from:2d", "enter")
    ),
    "events-typing": State(_eventful, keys=("e", "slash", *"from:yesterday")),
    "events-none": State(lambda: FakeEngine(troubled()), keys=("e",)),
    "events-no-match": State(_eventful, keys=("e", "slash", *"zebra", "enter")),
    "events-loading": State(_slow, keys=("e",)),
    "events-failed": State(_unreadable, keys=("e",)),
    "events-help": State(_eventful, keys=("e", "question_mark")),
    "events-mono": State(_eventful, keys=("e",), no_color=True),
    "events-ascii": State(_eventful, keys=("e",), ascii_only=True),
    "narrow": State(lambda: FakeEngine(troubled(), demo=True, stand_in=True)),
    "mono": State(_troubled, no_color=True),
    "ascii": State(_troubled, ascii_only=True),
}
