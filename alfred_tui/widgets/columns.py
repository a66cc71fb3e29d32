"""The columns of the fleet grid: which fit a width, and what of a row stands in each."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part

NOTHING = "-"
_QUIET = frozenset({Pill.STALE, Pill.UNKNOWN})
_CALM = frozenset({Pill.OK, Pill.STALE, Pill.UNKNOWN, Pill.BUILDING})
_NARROW = 32


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
_FIGURES = (_UP, _COUNT, _DISK, _MEMORY, _LATENCY, _AGE)

_STEPS: tuple[tuple[int, int, int, tuple[Column, ...]], ...] = (
    # from this width on: width of the status, of the name, and what stands behind WHY
    (184, 14, 28, (*_FIGURES, _TYPE, _PLACE, _LAYOUT, _HOST)),
    (152, 14, 26, (*_FIGURES, _TYPE, _PLACE, _LAYOUT)),
    (136, 13, 26, (*_FIGURES, _TYPE)),
    (112, 12, 20, _FIGURES),
    (98, 12, 18, (_COUNT, _DISK, _LATENCY, _AGE)),
    (76, 12, 17, (_COUNT, _AGE)),
    (56, 11, 16, (_AGE,)),
    (0, 11, 14, ()),
)


def plan(width: int) -> Plan:
    """The columns for ``width`` cells; WHY takes whatever is left."""
    _, status, name, behind = next(step for step in _STEPS if width >= step[0])
    gap = 2 if width >= 76 else 1
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
    """The texts of a row that change by themselves: of the oldest fact, of the worst reason."""

    oldest: str
    reason: str


def ages(view: TenantView, now: datetime) -> Ages:
    """Both ages of a row as texts, so that a row is drawn anew only when one of them ticks."""
    worst = view.reasons[0] if view.reasons else None
    since = worst.since if worst else None
    return Ages(
        units.age(view.oldest, now) if view.oldest else "never",
        units.age(since, now) if since else "",
    )


def is_live(view: TenantView, live_since: datetime | None) -> bool:
    """Whether anything of the row was looked at since ``live_since`` (``None``: always).

    A row that was only read from the last session's file must not look as if it were seen now.
    """
    if live_since is None:
        return view.oldest is not None
    if view.oldest is not None and view.oldest >= live_since:
        return True
    return any(reason.seen is not None and reason.seen >= live_since for reason in view.reasons)


def why_parts(
    view: TenantView, age: str, room: int, glyphs: Glyphs, *, live: bool = True
) -> list[Part]:
    """The worst reason, its age, and how many more there are, in exactly ``room`` cells."""
    if not view.reasons:
        note = clean(", ".join(view.notes)) if view.notes else ""
        return [(cells.left(cells.cut_end(note, room, glyphs.ellipsis), room), "muted")]
    more = f" +{len(view.reasons) - 1}" if len(view.reasons) > 1 else ""
    if room < _NARROW:
        age = age.replace(" min", "m").replace(" ", "")
    tail = f", {age}" if age else ""
    text_room = room - len(tail) - len(more)
    if text_room < 8:
        # Too narrow for both: what it is matters more than since when.
        tail, text_room = "", room - len(more)
    if text_room < 1:
        return [(" " * room, "text")]
    text = cells.cut_end(clean(view.reasons[0].text), text_room, glyphs.ellipsis)
    rest = room - cells.width(text) - len(tail) - len(more)
    return [
        (text, "text" if live else "muted"),
        (tail, "muted"),
        (more, "accent" if live else "muted"),
        (" " * rest, "text"),
    ]


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
    seen = 0 if view.seen is None else view.seen
    ink = "text"
    if seen < view.expected:
        ink = "down" if view.pill is Pill.DOWN else "degraded"
    return (f"{seen}/{view.expected}", ink)


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
    quiet = not live or not view.counted
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
            parts += why_parts(view, aged.reason, column.width, glyphs, live=not quiet)
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
