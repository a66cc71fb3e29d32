"""A tenant's machine, over SSH: disks, timers with their next firing, units, usage, journal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.host import Entry, Host, Mount, Timer, Unit, Usage
from alfred_tui.model.text import clean
from alfred_tui.model.told import Told
from alfred_tui.screens.pages.page import ListPage
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.page_parts import BLANK, Table, heading
from alfred_tui.widgets.sheet import Row
from alfred_tui.widgets.table import Column, Item, laid, matches

FULL, HIGH = 90.0, 80.0
"""Percent of a filesystem from which it is drawn as full, and as nearly so."""
WORST = 3
"""Syslog priorities up to this one are errors (RFC 5424); the next is a warning."""


class _Section(NamedTuple):
    title: str
    columns: tuple[Column, ...]
    items: list[Item]
    heads: bool = True


class HostPage(ListPage[Host]):
    """Sections one under the other; the filter goes through all of them."""

    NUMBER, WORD = "0", "Host"
    EVERY = 30.0
    NONE = "the host said nothing of itself"

    async def ask(self) -> Told[Host]:
        """The host, now."""
        return await self.alfred.engine.sights.host(self.tenant)

    def items(self, answer: Host, now: datetime) -> list[Item]:
        """All lines of all sections."""
        return [item for section in _sections(answer, now) for item in section.items]

    def write(self, width: int, height: int) -> list[Row]:
        """Sections that have a line which matches."""
        self.head, self.bare = [], False
        if self.told is None:
            return self.blank(width, height)
        glyphs, rows = self.alfred.glyphs, list[Row]()
        table = Table(width - 1, 0, 0, 0)
        for section in _sections(self.told.answer, self.now()):
            items = [item for item in section.items if matches(item, self.needle)]
            if not items:
                continue
            head, lines = laid(section.columns, items, width, glyphs)
            count = len(items) if len(items) > 3 else 0
            rows.append(heading(section.title, table, glyphs, count=count))
            if section.heads:
                rows.append(Row(_faint(head)))
            rows += [*lines, BLANK]
        return rows or self.blank(width, height)

    def helps(self) -> list[Part]:
        """A refused key is not tried again by looking: a shell asks about that, and host keys."""
        board = self.alfred.board
        if board is None or board.read_only:
            return super().helps()
        tries = (" tries a shell, and asks about keys", "muted")
        return [*super().helps(), ("   ", "text"), (self.alfred.key("ssh"), "key"), tries]

    def details(self, answer: Host) -> str:
        """Uptime, load, memory."""
        said = []
        if answer.uptime is not None:
            said.append(f"up {units.short_duration(answer.uptime)}")
        if answer.load:
            said.append("load " + " ".join(f"{each:.2f}" for each in answer.load))
        if answer.memory is not None:
            used, whole = answer.memory
            said.append(f"memory {units.size(used)} of {units.size(whole)}")
        return ", ".join(said)


def _faint(head: Line) -> Line:
    return [(text, "faint") for text, _ in head]


def _sections(host: Host, now: datetime) -> Iterable[_Section]:
    if host.missing:
        items = [
            Item(f"missing {each.part}", ((each.part, "degraded"), (clean(each.why, 300), "text")))
            for each in host.missing
        ]
        yield _Section(
            "Could not look", (Column("PART", 16), Column("WHY", 200, least=20)), items, False
        )
    yield _Section("Disks", _DISKS, [_disk(each) for each in host.mounts])
    yield _Section("Timers", _TIMERS, [_timer(each, now) for each in _by_next(host.timers)])
    yield _Section("Units", _UNITS, [_unit(each) for each in host.units])
    yield _Section("Containers", _USAGE, [_usage(each) for each in _by_cpu(host.usage)])
    yield _Section("Journal", _JOURNAL, [_entry(n, each) for n, each in enumerate(host.journal)])


_DISKS = (
    Column("MOUNTED AT", 40, ends=False),
    Column("USED", 5, right=True),
    Column("OF", 8, right=True),
    Column("FREE", 8, right=True),
    Column("KIND", 10, drop=2),
    Column("DEVICE", 40, drop=1, ends=False),
)
_TIMERS = (
    Column("TIMER", 40, ends=False),
    Column("NEXT", 10, right=True),
    Column("LAST", 10, right=True),
    Column("STARTS", 40, drop=1, ends=False),
)
_UNITS = (
    Column("UNIT", 44, ends=False),
    Column("STATE", 12),
    Column("SUB", 12, drop=1),
    Column("RESULT", 12, drop=2),
    Column("ABOUT", 60, drop=3, least=16),
)
_USAGE = (
    Column("SERVICE", 32, ends=False),
    Column("CPU", 8, right=True),
    Column("MEMORY", 9, right=True),
    Column("OF HOST", 8, right=True),
    Column("PROCESSES", 9, right=True, drop=1),
)
_JOURNAL = (
    Column("WHEN", 8, drop=1),
    Column("UNIT", 28, drop=2, ends=False),
    Column("LINE", 400, least=40),
)


def _disk(mount: Mount) -> Item:
    share = mount.percent
    ink = "text"
    if share is not None and share >= HIGH:
        ink = "down" if share >= FULL else "degraded"
    place = clean(mount.place, 200)
    return Item(
        f"disk {mount.place}",
        (
            (place, "strong"),
            (units.percent(share) if share is not None else "", ink),
            (units.size(mount.size), "text"),
            (units.size(max(0, mount.size - mount.used)), "text"),
            (clean(mount.kind, 20), "muted"),
            (clean(mount.device, 120), "muted"),
        ),
        copy=f"{place}: {units.percent(share) if share is not None else '?'} of "
        f"{units.size(mount.size)}",
        words="disk",
    )


def _by_next(timers: Iterable[Timer]) -> list[Timer]:
    def place(timer: Timer) -> tuple[float, str]:
        return (timer.next.timestamp() if timer.next is not None else float("inf"), timer.name)

    return sorted(timers, key=place)


def _timer(timer: Timer, now: datetime) -> Item:
    waits = (timer.next - now).total_seconds() if timer.next is not None else None
    following: Part = ("never", "degraded")
    if waits is not None:
        following = (f"in {units.short_duration(waits)}", "text")
    last = f"{units.age(timer.last, now)} ago" if timer.last is not None else "never"
    name = clean(timer.name, 120)
    stamp = units.stamp(timer.next) if timer.next is not None else "never"
    return Item(
        f"timer {timer.name}",
        ((name, "strong"), following, (last, "muted"), (clean(timer.unit, 120), "muted")),
        copy=f"{name}: next {stamp}",
        words="timer",
    )


def _unit(unit: Unit) -> Item:
    ink = {"failed": "down", "active": "ok"}.get(unit.state, "text")
    result = "degraded" if unit.result not in ("", "success") else "muted"
    name = clean(unit.name, 120)
    return Item(
        f"unit {unit.name}",
        (
            (name, "strong"),
            (clean(unit.state, 20), ink),
            (clean(unit.sub, 20), "muted"),
            (clean(unit.result, 20), result),
            (clean(unit.about, 120), "muted"),
        ),
        copy=f"{name}: {clean(unit.state, 20)} {clean(unit.sub, 20)}",
        words="unit",
    )


def _by_cpu(usage: Iterable[Usage]) -> list[Usage]:
    return sorted(usage, key=lambda each: (-(each.cpu or 0.0), each.service))


def _usage(usage: Usage) -> Item:
    name = clean(usage.service, 80)
    return Item(
        f"usage {usage.service}",
        (
            (name, "strong"),
            (f"{usage.cpu:.1f} %" if usage.cpu is not None else "", "text"),
            (units.size(usage.memory) if usage.memory is not None else "", "text"),
            (f"{usage.memory_percent:.1f} %" if usage.memory_percent is not None else "", "text"),
            (str(usage.pids) if usage.pids is not None else "", "muted"),
        ),
        copy=name,
        words="container usage",
    )


def _entry(number: int, entry: Entry) -> Item:
    ink = "text"
    if entry.priority <= WORST:
        ink = "down"
    elif entry.priority == WORST + 1:
        ink = "degraded"
    when = f"{entry.at:%H:%M:%S}" if entry.at is not None else ""
    text = clean(entry.text, 600)
    return Item(
        f"journal {number} {entry.at}",
        ((when, "muted"), (clean(entry.unit, 80), "muted"), (text, ink)),
        copy=text,
        words="journal",
    )
