"""A tenant on one page: who it is, why its pill is what it is, and every fact behind that."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import Fact, TenantView
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import spread
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.sheet import Row

_INDENT = 15
_LABEL = 24
_VALUE = 32
_SCOPE = 34
_SCOPED = 100
"""From this width on a scope has a column of its own."""
_WORTH = 12
_TWO_COLUMNS = 180
_FIRST = frozenset({"Doors", "Host", "Containers"})
_DOOR = 9
_AGE = 8


def title(view: TenantView, now: datetime, width: int, glyphs: Glyphs) -> list[Line]:
    """Pill, name, since when; the clock at the right."""
    left: list[Part] = [
        (" ", "text"),
        (glyphs.pill(view.pill), view.pill.value),
        ("  ", "text"),
        (cells.cut_middle(clean(view.name), max(12, width - 52), glyphs.ellipsis), "title"),
    ]
    if view.marks:
        left.append((f"  {clean(view.marks, 3)}", "muted"))
    if view.since is not None:
        left.append((f"   for {units.age(view.since, now)}", "muted"))
    return [spread(left, [(f"{now:%H:%M:%S} UTC", "text"), (" ", "text")], width)]


def identity(view: TenantView, width: int, glyphs: Glyphs) -> list[Line]:
    """Where it is and what it is; as many lines as the words need."""
    pairs = [
        ("host", view.host),
        ("address", view.address if view.address != view.host else ""),
        ("type", view.server_type),
        ("loc", view.location),
        ("gen", view.layout),
        ("up", units.short_duration(view.uptime) if view.uptime is not None else ""),
        ("state", view.lifecycle if view.lifecycle != "running" else ""),
        *((key, value) for key, value in sorted(view.labels.items())),
    ]
    lines: list[list[Part]] = [[(" ", "text")]]
    used = 1
    for key, value in pairs:
        if not value:
            continue
        key, value = clean(key, 20), cells.cut_middle(clean(value), 48, glyphs.ellipsis)
        size = cells.width(key) + cells.width(value) + 4
        if used + size > width and used > 1:
            lines.append([(" ", "text")])
            used = 1
        lines[-1] += [(f"{key} ", "muted"), (value, "text"), ("   ", "text")]
        used += size
    return [*lines]


class _Table(NamedTuple):
    """Cells of a page's columns; ``scope`` is 0 where it stands behind the value instead."""

    width: int
    label: int
    value: int
    scope: int


_TAIL = _DOOR + _AGE
_LEAD = 3


def _table(facts: Iterable[Fact], width: int) -> _Table:
    """Columns as wide as these facts need, so that an eye finds from a value to its age."""
    facts = list(facts)
    label = min(_LABEL, max((cells.width(fact.label) for fact in facts), default=0)) + 2
    room = width - _LEAD - label - _TAIL - 1
    if width < _SCOPED:
        return _Table(width, label, room, 0)
    scope = min(_SCOPE, max((cells.width(fact.scope) for fact in facts), default=0)) + 2
    longest = max((cells.width(fact.value) for fact in facts), default=0)
    # In steps, so that a figure which grows by a digit does not move everything.
    value = min(room - scope, max(_VALUE, -(-(longest + 2) // 8) * 8))
    return _Table(_LEAD + label + value + scope + _TAIL + 1, label, value, scope)


def _heading(text: str, table: _Table, glyphs: Glyphs, right: str = "", count: int = 0) -> Row:
    lead: list[Part] = [(f" {text} ", "accent")]
    if count:
        lead.append((f"{count} ", "muted"))
    used = sum(cells.width(part) for part, _ in lead) + len(right)
    rule = glyphs.rule * max(0, table.width - used - (2 if right else 1))
    return Row([*lead, (rule, "rule"), (f" {right}" if right else "", "head"), (" ", "text")])


_BLANK = Row(())


def _flow(items: list[str], width: int, between: str) -> list[str]:
    """Items one after the other, broken between them and not within; a long one is wrapped."""
    lines: list[str] = []
    for item in items:
        if lines and cells.width(lines[-1] + between + item) <= width:
            lines[-1] += between + item
        else:
            lines += textwrap.wrap(item, width) or [""]
    return lines


def _reason_rows(reason: Reason, now: datetime, table: _Table, glyphs: Glyphs) -> list[Row]:
    right = f"{reason.door.value:<{_DOOR}}{units.age(reason.seen, now):>{_AGE}} "
    room = max(10, table.width - _INDENT - len(right))
    text = cells.cut_end(clean(reason.text), room - 2, glyphs.ellipsis)
    first: list[Part] = [
        (" " * _LEAD, "text"),
        (cells.left(glyphs.pill(reason.pill), _INDENT - _LEAD), reason.pill.value),
        (cells.left(text, room), "strong"),
        (right, "muted"),
    ]
    said = _said(reason, now)
    copy = f"{clean(reason.text)} ({', '.join(said)})"
    lines = [Row(first, f"reason {reason.rule} {reason.subject}", copy)]
    details = _flow(said, max(10, table.width - _INDENT - 2), f" {glyphs.dot} ")
    return [*lines, *(Row([(" " * _INDENT, "text"), (text, "muted")]) for text in details)]


def _said(reason: Reason, now: datetime) -> list[str]:
    """What is known of a reason beside its text."""
    said = [f"rule {reason.rule}"]
    if reason.since is not None:
        since = reason.since
        # The day too, where the time alone would name another moment.
        when = f"{since:%H:%M:%S}" if since.date() == now.date() else f"{since:%Y-%m-%d %H:%M:%S}"
        said.append(f"for {units.age(since, now)}, since {when} UTC")
    if reason.subject:
        said.append(f"on {clean(reason.subject, 60)}")
    if reason.value:
        said.append(clean(reason.value, 60))
    if reason.limit:
        said.append(f"limit {clean(reason.limit, 60)}")
    return said


def _reasons(view: TenantView, now: datetime, table: _Table, glyphs: Glyphs) -> list[Row]:
    right = f"{'door':<{_DOOR}}{'seen':>{_AGE}}"
    rows = [_heading("Why", table, glyphs, right)]
    for reason in view.reasons:
        rows += _reason_rows(reason, now, table, glyphs)
    if not view.reasons:
        text, ink = _no_reason(view, now)
        text = cells.cut_end(text, table.width - 6, glyphs.ellipsis)
        sign = (glyphs.pills[view.pill], view.pill.value)
        rows.append(Row([("   ", "text"), sign, (" ", "text"), (text, ink)]))
    rows += [Row([("   ", "text"), (clean(note), "muted")]) for note in view.notes]
    return [*rows, _BLANK]


def _no_reason(view: TenantView, now: datetime) -> Part:
    if view.oldest is None:
        return ("not looked at yet", "muted")
    oldest = f"oldest fact {units.age(view.oldest, now)} old"
    match view.pill:
        case Pill.OK:
            return (f"everything expected was seen within its limits, {oldest}", "text")
        case Pill.STALE:
            return (f"nothing new for too long, {oldest}", "muted")
        case Pill.BUILDING:
            return (f"{view.lifecycle.replace('_', ' ')}, {oldest}", "text")
        case _:
            return (oldest, "muted")


def _fact_row(fact: Fact, now: datetime, table: _Table, glyphs: Glyphs) -> Row:
    label = cells.cut_middle(clean(fact.label), table.label - 2, glyphs.ellipsis)
    sign = glyphs.pills[fact.pill] if fact.pill is not None else " "
    ink = fact.pill.value if fact.pill is not None else "text"
    line: list[Part] = [
        (" ", "text"),
        (sign, ink),
        (" ", "text"),
        (cells.left(label, table.label), "muted" if fact.pill is None else ink),
    ]
    value, scope = clean(fact.value, 400), clean(fact.scope)
    shown = cells.cut_end(value, table.value - 1, glyphs.ellipsis)
    if table.scope:
        line.append((cells.left(shown, table.value), ink))
        scope = cells.cut_end(scope, table.scope - 2, glyphs.ellipsis)
        line.append((cells.left(scope, table.scope), "faint"))
    else:
        line.append((shown, ink))
        left = table.value - cells.width(shown)
        line.append((cells.left(_behind(scope, left - 1, glyphs), left), "faint"))
    line.append((f"{fact.door.value:<{_DOOR}}{units.age(fact.at, now):>{_AGE}}", "muted"))
    seen = f"seen {units.age(fact.at, now)} ago" if fact.at else "never seen"
    said = f"{fact.label}: {fact.value} ({fact.scope or fact.group}, {fact.door.value}, {seen})"
    return Row(line, f"fact {fact.group} {fact.label} {fact.scope}", clean(said, 500))


def _behind(scope: str, room: int, glyphs: Glyphs) -> str:
    """A scope behind its value: whole, or cut where enough of it is left to be understood."""
    lead = f" {glyphs.dot} "
    room -= len(lead)
    if not scope or room < min(cells.width(scope), _WORTH):
        return ""
    return lead + cells.cut_end(scope, room, glyphs.ellipsis)


def _matches(fact: Fact, words: Iterable[str]) -> bool:
    text = f"{fact.group} {fact.label} {fact.value} {fact.scope} {fact.door.value}".casefold()
    return all(word in text for word in words)


def columns(facts: tuple[Fact, ...], width: int) -> list[tuple[Fact, ...]]:
    """The facts as one column, or as two beside each other where there is room for both.

    Which group stands where does not depend on what is in it, so that nothing changes sides.
    """
    if width < _TWO_COLUMNS:
        return [facts]
    first = tuple(fact for fact in facts if fact.group in _FIRST)
    return [first, tuple(fact for fact in facts if fact.group not in _FIRST)]


def page(
    view: TenantView,
    facts: tuple[Fact, ...],
    now: datetime,
    width: int,
    glyphs: Glyphs,
    needle: str = "",
    *,
    why: bool = True,
) -> list[Row]:
    """Reasons first, then facts by group in the order they come; ``needle``'s words must occur.

    Without ``why`` it is the page's second column: facts only, and nothing where there are none.
    """
    words = needle.casefold().split()
    table = _table(facts, width)
    rows = [] if words or not why else _reasons(view, now, table, glyphs)
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        if _matches(fact, words):
            groups.setdefault(fact.group, []).append(fact)
    for group, members in groups.items():
        count = len(members) if len(members) > 3 else 0
        rows.append(_heading(clean(group), table, glyphs, count=count))
        rows += [_fact_row(fact, now, table, glyphs) for fact in members]
        rows.append(_BLANK)
    if not groups and why:
        text = (
            "No fact matches; esc shows all." if words else "No facts yet: they come with a look."
        )
        rows.append(Row([("   ", "text"), (text, "muted")]))
    return rows
