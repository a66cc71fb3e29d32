"""The History group of a tenant's page: two days or a month, in signs, figures and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.history import DAY, HOUR, Event, Stretch
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.widgets import cells
from alfred_tui.widgets.event_lines import change_parts, copied, why
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.hours import HOURS, hours_parts
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.page_parts import BLANK, LEAD, Table, flow, heading
from alfred_tui.widgets.sheet import Row
from alfred_tui.widgets.sparkline import spark

DAYS = 30
CHANGES = 5
"""Changes of the last week that are told; the events have them all."""
_LABEL = 14
_WEEK = 7.0 * DAY
_WELL_WATCHED = 0.95
"""Of the time: where less was judged, an availability says of how much it is."""
_FIGURE = 6
"""The least cells that are kept for a figure beside its bars."""


class Story(NamedTuple):
    """What was read of a tenant's past.

    ``hours`` and ``days`` oldest first; ``changes`` of the last week newest first, one more than
    are told if there are more; ``shares`` are availabilities by what they are of.
    """

    hours: Sequence[Stretch] = ()
    days: Sequence[Stretch] = ()
    changes: Sequence[Event] = ()
    shares: Sequence[tuple[str, Stretch | None]] = ()
    trouble: str = ""

    @property
    def bare(self) -> bool:
        """Whether nothing is known."""
        return not (self.hours or self.days or self.changes)


class _Span(NamedTuple):
    """What the cells stand for: ``size`` of ``length`` seconds, the present one last."""

    length: int
    size: int
    first: int

    def lay(self, stretches: Sequence[Stretch]) -> list[Stretch | None]:
        """Each stretch in its cell."""
        laid: list[Stretch | None] = [None] * self.size
        for stretch in stretches:
            at = (stretch.begin - self.first) // self.length
            if 0 <= at < self.size:
                laid[at] = stretch
        return laid


def _span(now: datetime, room: int, *, days: bool) -> _Span:
    length, most = (DAY, DAYS) if days else (HOUR, HOURS)
    count = max(1, min(most, room))
    present = int(now.timestamp()) // length * length
    return _Span(length, count, present - (count - 1) * length)


def share(whole: Stretch | None) -> str:
    """``99.98 %``; rounded down, since only a whole month without a fault is 100.

    Where a good part of the time was judged by nobody, how much was: ``100 % of 3 h``.
    """
    percent = whole.availability if whole else None
    if whole is None or percent is None:
        return "-"
    said = "100 %" if percent >= 100 else f"{int(percent * 100) / 100:.2f} %"
    if whole.judged >= _WELL_WATCHED * whole.length:
        return said
    return f"{said} of {units.short_duration(whole.judged)}"


def story_rows(
    story: Story | None,
    strip: Sequence[Pill | None],
    now: datetime,
    table: Table,
    glyphs: Glyphs,
    *,
    days: bool = False,
) -> list[Row]:
    """The group's lines: ``strip`` are the last 48 hours as the engine knows them.

    ``None`` is a past that is being read; ``days`` shows a month instead of two days.
    """
    right = f"last {DAYS} days" if days else f"last {HOURS} hours"
    rows = [heading("History", table, glyphs, right)]
    if story is None:
        return [*rows, _note("reading the past"), BLANK]
    if story.trouble:
        width = table.width - LEAD - 2
        rows += [_note(text, "degraded") for text in flow([story.trouble], width, " ")]
    room = table.width - LEAD - _LABEL - _FIGURE - 2
    span = _span(now, room, days=days)
    laid = span.lay(story.days if days else story.hours)
    pills = [s.worst if s else None for s in laid] if days else list(strip)[-span.size :]
    if any(pills):
        signs = hours_parts(pills, len(pills), glyphs)
        rows += [_strip_row(signs, span.size - len(pills)), _ruler(span)]
    elif story.bare:
        if story.trouble:
            return [*rows, BLANK]
        return [*rows, _note("no history yet: it begins with the first looks"), BLANK]
    rows += _figures(laid, table, glyphs)
    if story.shares:
        rows += _shares(story.shares, table)
    return [*rows, *_changes(story, now, table, glyphs), BLANK]


def _note(text: str, ink: str = "muted") -> Row:
    return Row([(" " * LEAD, "text"), (text, ink)])


def _labelled(label: str) -> list[Part]:
    return [(" " * LEAD, "text"), (cells.left(label, _LABEL), "muted")]


def _strip_row(signs: list[Part], missing: int) -> Row:
    return Row([*_labelled("status"), (" " * missing, "text"), *signs])


def _ruler(span: _Span) -> Row:
    """Marks under the cells: every sixth hour and each new day, or each Monday."""
    line = [" "] * span.size
    for cell in range(span.size):
        begin = datetime.fromtimestamp(span.first + cell * span.length, UTC)
        mark = _mark(begin, days=span.length == DAY)
        if mark and cell + len(mark) <= span.size:
            line[cell : cell + len(mark)] = mark
    return Row([*_labelled(""), ("".join(line), "faint")])


def _mark(begin: datetime, *, days: bool) -> str:
    if days:
        return f"{begin.day} {begin:%b}" if begin.weekday() == 0 else ""
    if begin.hour == 0:
        return f"{begin:%a}"
    return f"{begin.hour:02}" if begin.hour % 6 == 0 else ""


def _figures(laid: list[Stretch | None], table: Table, glyphs: Glyphs) -> list[Row]:
    """Latency, disk and memory: bars, the newest figure, the highest or the first one."""
    known = [stretch for stretch in laid if stretch is not None]
    late = [s.latency if s else None for s in laid]
    most = max((s.latency_most or s.latency or 0.0 for s in known), default=0.0)
    disk = [s.disk if s else None for s in laid]
    full = [s.memory if s else None for s in laid]
    top = max((s.memory_most or s.memory or 0.0 for s in known), default=0.0)
    begin = next((value for value in disk if value is not None), 0.0)
    high = max((value for value in late if value is not None), default=0.0)
    return [
        *_bars("latency", late, high, units.latency, f"most {units.latency(most)}", table, glyphs),
        *_bars("disk", disk, 100.0, units.percent, f"from {units.percent(begin)}", table, glyphs),
        *_bars("memory", full, 100.0, units.percent, f"most {units.percent(top)}", table, glyphs),
    ]


def _bars(
    label: str,
    values: list[float | None],
    high: float,
    unit: Callable[[float], str],
    beside: str,
    table: Table,
    glyphs: Glyphs,
) -> list[Row]:
    newest = next((value for value in reversed(values) if value is not None), None)
    if newest is None:
        return []
    figure = unit(newest)
    room = table.width - LEAD - _LABEL - len(values) - 3
    shown = f"{figure}, {beside}"
    shown = shown if cells.width(shown) <= room else figure
    line = [*_labelled(label), (spark(values, high, glyphs), "muted"), (f"  {shown}", "text")]
    return [Row(line, f"past {label}", f"{label}: {figure}, {beside}")]


def _shares(shares: Sequence[tuple[str, Stretch | None]], table: Table) -> list[Row]:
    said = [f"{label} {share(whole)}" for label, whole in shares]
    lines = flow(said, max(20, table.width - LEAD - _LABEL - 1), "   ")
    copy = "availability: " + ", ".join(said)
    rows = []
    for index, text in enumerate(lines):
        key = "" if index else "past availability"
        label = "" if index else "availability"
        rows.append(Row([*_labelled(label), (text, "text")], key, copy))
    return rows


def _changes(story: Story, now: datetime, table: Table, glyphs: Glyphs) -> list[Row]:
    """The last changes in words, each with how long it lasted."""
    if not story.changes:
        watched = sum(each.watched for each in story.days)
        # how it was found at first is no change, though it may have been the worst
        short = f"no change in the {units.short_duration(watched)} that it was watched"
        quiet = short if watched < _WEEK else "no change in the last 7 days"
        return [Row([*_labelled("changes"), (quiet, "muted")])] if not story.bare else []
    rows: list[Row] = []
    until = now
    for index, event in enumerate(story.changes[:CHANGES]):
        lasted = units.short_duration((until - event.at).total_seconds())
        until = event.at
        rows.append(_change(event, lasted, table, glyphs, first=not index))
    if len(story.changes) > CHANGES:
        rows.append(Row([*_labelled(""), (f"{glyphs.ellipsis} more among the events", "faint")]))
    return rows


def _change(event: Event, lasted: str, table: Table, glyphs: Glyphs, *, first: bool) -> Row:
    line: list[Part] = [*_labelled("changes" if first else "")]
    line.append((f"{event.at:%a %H:%M}  ", "muted"))
    whole = table.width >= 96
    line += change_parts(event, glyphs, whole=whole)
    line.append((f" for {lasted:<6}", "muted"))
    text, ink = why(event)
    room = table.width - sum(cells.width(part) for part, _ in line) - 3
    if room > 8:
        line += [(" ", "text"), (cells.cut_end(text, room, glyphs.ellipsis), ink)]
    return Row(line, f"past event {event.number}", f"{copied(event)}  for {clean(lasted)}")


def months(now: datetime, count: int = 3) -> list[tuple[str, datetime, datetime]]:
    """Name, begin and end of this month, which ends now, and of those before it; newest first."""
    found = []
    begin = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = now
    for _ in range(count):
        found.append((f"{begin:%B}", begin, end))
        end, begin = begin, (begin - timedelta(days=1)).replace(day=1)
    return found
