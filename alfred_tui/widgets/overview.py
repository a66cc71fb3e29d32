"""A tenant on one page: who it is, why its pill is what it is, and every fact behind that."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import datetime

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
_LABEL = 22
_SCOPE = 30
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


def _heading(text: str, width: int, glyphs: Glyphs, right: str = "") -> Row:
    lead = f" {text} "
    rest = max(0, width - cells.width(lead) - len(right) - 1)
    return Row([(lead, "accent"), (glyphs.rule * rest, "rule"), (right, "head"), (" ", "text")])


_BLANK = Row(())


def _reason_rows(reason: Reason, now: datetime, width: int, glyphs: Glyphs) -> list[Row]:
    right = f"{reason.door.value:<{_DOOR}}{units.age(reason.seen, now):>{_AGE}}"
    room = max(10, width - 16 - len(right))
    text = cells.cut_end(clean(reason.text), room - 2, glyphs.ellipsis)
    first: list[Part] = [
        ("   ", "text"),
        (cells.left(glyphs.pill(reason.pill), 12), reason.pill.value),
        (cells.left(text, room), "strong"),
        (right, "muted"),
    ]
    said = [f"rule {reason.rule}"]
    if reason.since is not None:
        said.append(f"since {units.age(reason.since, now)}, {reason.since:%H:%M:%S} UTC")
    if reason.subject:
        said.append(f"on {clean(reason.subject, 60)}")
    if reason.value:
        said.append(clean(reason.value, 60))
    if reason.limit:
        said.append(f"limit {clean(reason.limit, 60)}")
    copy = f"{clean(reason.text)} ({', '.join(said)})"
    lines = [Row(first, f"reason {reason.rule} {reason.subject}", copy)]
    details = textwrap.wrap(f" {glyphs.dot} ".join(said), max(10, width - _INDENT - 2))
    return [*lines, *(Row([(" " * _INDENT, "text"), (text, "muted")]) for text in details)]


def _reasons(view: TenantView, now: datetime, width: int, glyphs: Glyphs) -> list[Row]:
    right = f"{'door':<{_DOOR}}{'seen':>{_AGE}}"
    rows = [_heading("Why", width, glyphs, right)]
    for reason in view.reasons:
        rows += _reason_rows(reason, now, width, glyphs)
    if not view.reasons:
        text, ink = _no_reason(view, now)
        rows.append(Row([("   ", "text"), (glyphs.pills[view.pill], view.pill.value), (" ", "text"),
                         (cells.cut_end(text, width - 6, glyphs.ellipsis), ink)]))  # fmt: skip
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


def _fact_row(fact: Fact, now: datetime, width: int, glyphs: Glyphs, scoped: bool) -> Row:
    label = cells.cut_middle(clean(fact.label), _LABEL, glyphs.ellipsis)
    tail = f"{fact.door.value:<{_DOOR}}{units.age(fact.at, now):>{_AGE}}"
    scope_room = _SCOPE if scoped else 0
    room = max(8, width - 6 - _LABEL - scope_room - len(tail) - (2 if scoped else 0))
    value = clean(fact.value, 400)
    if not scoped and fact.scope:
        value += f" {glyphs.dot} {clean(fact.scope)}"
    value = cells.cut_end(value, room - 1, glyphs.ellipsis)
    sign = glyphs.pills[fact.pill] if fact.pill is not None else " "
    ink = fact.pill.value if fact.pill is not None else "text"
    line: list[Part] = [
        (" ", "text"),
        (sign, ink),
        (" ", "text"),
        (cells.left(label, _LABEL + 2), "muted" if fact.pill is None else ink),
        (cells.left(value, room), ink),
    ]
    if scoped:
        scope = cells.cut_end(clean(fact.scope), _SCOPE, glyphs.ellipsis)
        line.append((cells.left(scope, _SCOPE + 2), "faint"))
    line.append((tail, "muted"))
    seen = f"seen {units.age(fact.at, now)} ago" if fact.at else "never seen"
    said = f"{fact.label}: {fact.value} ({fact.scope or fact.group}, {fact.door.value}, {seen})"
    return Row(line, f"fact {fact.group} {fact.label} {fact.scope}", clean(said, 500))


def _matches(fact: Fact, words: Iterable[str]) -> bool:
    text = f"{fact.group} {fact.label} {fact.value} {fact.scope} {fact.door.value}".casefold()
    return all(word in text for word in words)


def page(
    view: TenantView,
    facts: tuple[Fact, ...],
    now: datetime,
    width: int,
    glyphs: Glyphs,
    needle: str = "",
) -> list[Row]:
    """Reasons first, then facts by group in the order they come; ``needle``'s words must occur."""
    words = needle.casefold().split()
    rows = [] if words else _reasons(view, now, width, glyphs)
    scoped = width >= 100
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        if _matches(fact, words):
            groups.setdefault(fact.group, []).append(fact)
    for group, members in groups.items():
        count = f"{len(members)}" if len(members) > 3 else ""
        rows.append(_heading(clean(group), width, glyphs, count))
        rows += [_fact_row(fact, now, width, glyphs, scoped) for fact in members]
        rows.append(_BLANK)
    if not groups:
        text = (
            "No fact matches; esc shows all." if words else "No facts yet: they come with a look."
        )
        rows.append(Row([("   ", "text"), (text, "muted")]))
    return rows
