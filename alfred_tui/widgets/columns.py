"""The columns of the fleet grid: which fit a width, and what of a row stands in each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.hours import HOURS, Hours, hours_parts
from alfred_tui.widgets.inks import Part

NOTHING = "-"
_QUIET = frozenset({Pill.STALE, Pill.UNKNOWN})
_CALM = frozenset({Pill.OK, Pill.STALE, Pill.UNKNOWN, Pill.BUILDING})
_ROOM_FOR_MORE = 12
_AT_MOST = 3
"""Reasons that one row can show beside each other."""


class Column(NamedTuple):
    """A column: ``key`` names its content, ``width`` cells, numbers stand flush right."""

    key: str
    title: str
    width: int
    right: bool = False


class Plan(NamedTuple):
    """The columns of one width; ``gap`` cells between them, ``width`` cells in all."""

    columns: tuple[Column, ...]
    gap: int
    width: int

    def offset(self, key: str) -> int:
        """Where a column begins."""
        x = GUTTER
        for column in self.columns:
            if column.key == key:
                return x
            x += column.width + self.gap
        raise KeyError(key)

    @property
    def has_hours(self) -> bool:
        """Whether there is room for the last 48 hours."""
        return self.columns[-1].key == "hours"

    def at(self, x: int) -> str:
        """The key of the column in which cell ``x`` lies, ``""`` beside all of them."""
        start = GUTTER
        for column in self.columns:
            if start <= x < start + column.width:
                return column.key
            start += column.width + self.gap
        return ""


GUTTER = 4
"""Cells before the first column: a blank, the cursor, the mark, a blank."""
_EDGE = 1

_UP = Column("up", "UP", 5, True)
_COUNT = Column("count", "CNT", 5, True)
_DISK = Column("disk", "DISK", 6, True)
_MEMORY = Column("memory", "MEM", 5, True)
_LATENCY = Column("latency", "LAT", 6, True)
_AGE = Column("age", "AGE", 6, True)
_TYPE = Column("type", "TYPE", 7)
_PLACE = Column("place", "LOC", 5)
_LAYOUT = Column("layout", "GEN", 3)
_HOST = Column("host", "HOST", 28)
_HOURS = Column("hours", "48 HOURS", HOURS)
_HALF = Column("hours", "48 HOURS", HOURS // 2)
_FIGURES = (_UP, _COUNT, _DISK, _MEMORY, _LATENCY, _AGE)

_STEPS: tuple[tuple[int, int, int, tuple[Column, ...]], ...] = (
    # from this width on: width of the status, the most for the name, and what stands behind WHY
    (244, 14, 32, (*_FIGURES, _TYPE, _PLACE, _LAYOUT, _HOST, _HOURS)),
    (212, 14, 32, (*_FIGURES, _TYPE, _PLACE, _LAYOUT, _HOURS)),
    (184, 14, 32, (*_FIGURES, _TYPE, _PLACE, _LAYOUT, _HALF)),
    (152, 14, 28, (*_FIGURES, _TYPE, _PLACE, _LAYOUT)),
    (136, 13, 26, (*_FIGURES, _TYPE)),
    (112, 12, 20, _FIGURES),
    (98, 12, 18, (_COUNT, _DISK, _LATENCY, _AGE)),
    (76, 12, 17, (_COUNT, _AGE)),
    (56, 11, 16, (_AGE,)),
    (0, 11, 14, ()),
)
_LEAST_NAME = 8
"""Cells of the shortest NAME column: its title and the arrow."""
_WIDE = 98
"""From here on two blanks stand between columns; below, WHY needs them more."""


def longest_name(names: Iterable[str]) -> int:
    """Cells of the widest name as it will be shown; 0 without names."""
    # Cleaning a thousand names costs milliseconds of the first paint; plain ones need none.
    return max(
        (
            len(name) if name.isascii() and name.isprintable() else cells.width(clean(name))
            for name in names
        ),
        default=0,
    )


def plan(width: int, longest: int = 99) -> Plan:
    """The columns for ``width`` cells and names of up to ``longest``; WHY takes what is left."""
    _, status, name, behind = next(step for step in _STEPS if width >= step[0])
    name = max(_LEAST_NAME, min(name, longest))
    gap = 2 if width >= _WIDE else 1
    fixed = GUTTER + _EDGE + status + name + sum(c.width for c in behind)
    why = max(0, width - fixed - gap * (2 + len(behind)))
    columns = (
        Column("status", "STATUS", status),
        Column("name", "NAME", name),
        Column("why", "WHY", why),
        *behind,
    )
    return Plan(columns, gap, width)


class Ages(NamedTuple):
    """What of a row changes by itself: ages of the oldest fact and the worst reasons, hours."""

    oldest: str
    reasons: tuple[str, ...] = ()
    hours: Hours = ()


def ages(view: TenantView, now: datetime, hours: Hours = ()) -> Ages:
    """All ages of a row as texts, so that a row is drawn anew only when one of them ticks."""
    return Ages(
        units.age(view.oldest, now) if view.oldest else "never",
        tuple(
            units.age(reason.since, now) if reason.since else "" for reason in view.told[:_AT_MOST]
        ),
        hours,
    )


def is_live(view: TenantView, live_since: datetime | None) -> bool:
    """Whether anything of the row was looked at since ``live_since`` (``None``: always).

    A row that was only read from the last session's file must not look as if it were seen now.
    """
    if live_since is None:
        return view.oldest is not None
    if view.oldest is not None and view.oldest >= live_since:
        return True
    return any(reason.seen is not None and reason.seen >= live_since for reason in view.told)


def why_parts(
    view: TenantView, aged: tuple[str, ...], room: int, glyphs: Glyphs, *, live: bool = True
) -> list[Part]:
    """As many reasons as fit, worst first, each with its age, and how many more there are.

    Fills exactly ``room`` cells. ``aged`` are the ages of the first reasons (``Ages.reasons``).
    """
    if room < 1:
        return []
    told = view.told
    if not told:
        note = clean(", ".join(view.notes)) if view.notes else ""
        return [(cells.left(cells.cut_end(note, room, glyphs.ellipsis), room), "muted")]
    said = [
        (clean(reason.text), f", {age}" if age else "")
        for reason, age in zip(told, aged, strict=False)
    ]
    if _width_of(said[:1], "", len(told)) > room:
        said[0] = (said[0][0], said[0][1].replace(" min", "m").replace(" s", "s"))
    count, total = len(said), len(told)
    between = f" {glyphs.dot} "
    while count > 1 and _width_of(said[:count], between, total) > room:
        count -= 1
    more = f" +{total - count}" if total > count and room >= _ROOM_FOR_MORE else ""
    shown = said[:count] if count > 1 else [_cut(said[0], room - len(more), glyphs.ellipsis)]
    parts: list[Part] = []
    for index, (text, age) in enumerate(shown):
        lead = between if index else ""
        parts += [(lead, "faint"), (text, "text" if live else "muted"), (age, "muted")]
    parts.append((more, "accent" if live else "muted"))
    rest = room - sum(cells.width(text) for text, _ in parts)
    return [*parts, (" " * rest, "text")]


def _width_of(said: list[tuple[str, str]], between: str, total: int) -> int:
    more = f" +{total - len(said)}" if total > len(said) else ""
    texts = sum(cells.width(text) + len(age) for text, age in said)
    return texts + len(between) * (len(said) - 1) + len(more)


def _cut(said: tuple[str, str], room: int, ellipsis: str) -> tuple[str, str]:
    """Text and age in at most ``room`` cells: what it is matters more than since when."""
    text, age = said
    if room - len(age) < 8:
        age = ""
    return cells.cut_end(text, max(0, room - len(age)), ellipsis), age


def _ink_of(view: TenantView, prefix: str, default: str) -> str:
    """The ink of a figure: that of the reason which speaks of it, if there is one."""
    for reason in view.reasons:
        if reason.rule.startswith(prefix):
            return reason.pill.value
    return default


def _figure(view: TenantView, key: str, aged: Ages) -> Part:
    """Text and ink of one of the narrow columns."""
    match key:
        case "up":
            up = view.uptime
            return (NOTHING if up is None else units.short_duration(up), "muted")
        case "count":
            return _count(view)
        case "disk":
            if view.disk is None:
                return (NOTHING, "muted")
            sure = "" if view.disk_sure else "~"
            default = "text" if view.disk_sure else "muted"
            return (sure + units.percent(view.disk), _ink_of(view, "disk", default))
        case "memory":
            memory = view.memory
            text = NOTHING if memory is None else units.percent(memory)
            return (text, _ink_of(view, "memory", "text"))
        case "latency":
            late = view.latency
            text = NOTHING if late is None else units.latency(late)
            return (text, _ink_of(view, "slow", "text"))
        case "age":
            return (aged.oldest, "muted")
        case "type":
            return (clean(view.server_type) or NOTHING, "muted")
        case "place":
            return (clean(view.location) or NOTHING, "muted")
        case "host":
            return (clean(view.host) or NOTHING, "faint")
        case _:
            return (clean(view.layout) or NOTHING, "muted")


def _count(view: TenantView) -> Part:
    if view.expected is None:
        return (NOTHING if view.seen is None else str(view.seen), "muted")
    if view.seen is None:
        return (f"{NOTHING}/{view.expected}", "muted")
    ink = "text"
    if view.seen < view.expected:
        ink = "down" if view.pill is Pill.DOWN else "degraded"
    return (f"{view.seen}/{view.expected}", ink)


def row_parts(
    view: TenantView,
    aged: Ages,
    grid: Plan,
    glyphs: Glyphs,
    *,
    live: bool = True,
    cursor: bool = False,
    marked: bool = False,
) -> list[Part]:
    """One row of the grid as parts that fill ``grid.width`` cells exactly."""
    quiet = not live or not view.counted or view.quiet
    parts: list[Part] = [
        (" ", "text"),
        (glyphs.cursor if cursor else " ", "accent"),
        (glyphs.mark if marked else " ", "key"),
        (" ", "text"),
    ]
    gap = " " * grid.gap
    for column in grid.columns:
        if column.key == "status":
            parts += _status_parts(view, column.width, glyphs, quiet)
        elif column.key == "name":
            calm = view.pill in _CALM
            ink = "muted" if quiet else "text" if calm else "strong"
            name = cells.cut_middle(clean(view.name), column.width, glyphs.ellipsis)
            parts.append((cells.left(name, column.width), ink))
        elif column.key == "why":
            parts += why_parts(view, aged.reasons, column.width, glyphs, live=not quiet)
        elif column.key == "hours":
            parts += hours_parts(aged.hours, column.width, glyphs)
        else:
            text, ink = _figure(view, column.key, aged)
            cut = cells.cut_middle if column.key == "host" else cells.cut_end
            text = cut(text, column.width, glyphs.ellipsis)
            ink = "faint" if quiet or view.pill in _QUIET else ink
            blank = " " * (column.width - cells.width(text))
            if column.right:
                parts[-1] = (parts[-1][0] + blank, "text")
                parts.append((text, ink))
            else:
                parts.append((text + blank, ink))
        parts.append((gap, "text"))
    parts[-1] = (" " * _EDGE, "text")
    return parts


def _status_parts(view: TenantView, room: int, glyphs: Glyphs, quiet: bool) -> list[Part]:
    pill = glyphs.pill(view.pill)
    marks = (" " + clean(view.marks, 3)) if view.marks else ""
    marks = cells.cut_end(marks, max(0, room - len(pill)), "")
    ink = "muted" if quiet else view.pill.value
    return [(pill, ink), (cells.left(marks, room - len(pill)), "muted")]


def head_parts(grid: Plan, ordered_by: str, arrow: str) -> list[Part]:
    """The line of column titles; the one that the rows are ordered by carries an arrow."""
    parts: list[Part] = [(" " * GUTTER, "head")]
    for column in grid.columns:
        ordered = column.key == ordered_by
        title = column.title
        if ordered and len(title) < column.width:
            title = f"{arrow}{title}" if column.right else f"{title} {arrow}"
        pad = cells.right if column.right else cells.left
        title = cells.cut_end(title, column.width, "")
        parts.append((pad(title, column.width), "accent" if ordered else "head"))
        parts.append((" " * grid.gap, "head"))
    return parts[:-1]


def caption(
    view: TenantView, now: datetime, width: int, glyphs: Glyphs, *, marked: bool = False
) -> list[Part]:
    """One tenant in a line: pill, name, why, and how old its oldest fact is."""
    aged = ages(view, now)
    name = cells.cut_middle(clean(view.name), max(_LEAST_NAME, width // 3), glyphs.ellipsis)
    lead: list[Part] = [
        (f" {glyphs.cursor}", "accent"),
        (glyphs.mark if marked else " ", "key"),
        (" ", "text"),
        (glyphs.pill(view.pill), "muted" if view.quiet else view.pill.value),
        (f"  {name}", "title"),
        (f" {clean(view.marks, 3)}" if view.marks else "", "muted"),
        ("   ", "text"),
    ]
    end = f"  {aged.oldest} old " if view.oldest else "  never seen "
    room = width - len(end) - sum(cells.width(text) for text, _ in lead)
    return [*lead, *why_parts(view, aged.reasons, room, glyphs), (end, "muted")]
