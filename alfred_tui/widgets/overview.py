"""A tenant on one page: who it is, why its pill is what it is, and every fact behind that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.view import Fact, TenantView
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import spread
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.page_parts import AGE, BLANK, DOOR, LEAD, Table, heading
from alfred_tui.widgets.sheet import Row
from alfred_tui.widgets.why import NO_ASIDES, Asides, reason_page

_LABEL = 24
_VALUE = 32
_SCOPE = 34
_SCOPED = 100
"""From this width on a scope has a column of its own."""
_WORTH = 12
_TWO_COLUMNS = 180
_FIRST = frozenset({"Doors", "Host", "Containers"})


def title(
    view: TenantView, now: datetime, width: int, glyphs: Glyphs, doing: Line = ()
) -> list[Line]:
    """Pill, name, since when; at the right what is being done (``doing``), and the clock."""
    left: list[Part] = [
        (" ", "text"),
        (glyphs.pill(view.pill), "muted" if view.quiet else view.pill.value),
        ("  ", "text"),
        (cells.cut_middle(clean(view.name), max(12, width - 52), glyphs.ellipsis), "title"),
    ]
    if view.marks:
        left.append((f"  {clean(view.marks, 3)}", "muted"))
    if view.since is not None:
        left.append((f"   for {units.age(view.since, now)}", "muted"))
    return [spread(left, [*doing, (f"{now:%H:%M:%S} UTC", "text"), (" ", "text")], width)]


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


_TAIL = DOOR + AGE


def _table(facts: Iterable[Fact], width: int) -> Table:
    """Columns as wide as these facts need, so that an eye finds from a value to its age."""
    facts = list(facts)
    label = min(_LABEL, max((cells.width(fact.label) for fact in facts), default=0)) + 2
    room = width - LEAD - label - _TAIL - 1
    if width < _SCOPED:
        return Table(width, label, room, 0)
    scope = min(_SCOPE, max((cells.width(fact.scope) for fact in facts), default=0)) + 2
    longest = max((cells.width(fact.value) for fact in facts), default=0)
    # In steps, so that a figure which grows by a digit does not move everything.
    value = min(room - scope, max(_VALUE, -(-(longest + 2) // 8) * 8))
    return Table(LEAD + label + value + scope + _TAIL + 1, label, value, scope)


def _fact_row(fact: Fact, now: datetime, table: Table, glyphs: Glyphs) -> Row:
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
    line.append((f"{fact.door.value:<{DOOR}}{units.age(fact.at, now):>{AGE}}", "muted"))
    seen = f"seen {units.age(fact.at, now)} ago" if fact.at else "never seen"
    said = f"{fact.label}: {fact.value} ({fact.scope or fact.group}, {fact.door.value}, {seen})"
    return Row(line, key_of(fact), clean(said, 500))


def key_of(fact: Fact) -> str:
    """What the row of a fact is called."""
    return f"fact {fact.group} {fact.label} {fact.scope}"


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
    asides: Asides = NO_ASIDES,
    between: Callable[[Table], list[Row]] = lambda table: [],
) -> list[Row]:
    """Reasons first, then facts by group in the order they come; ``needle``'s words must occur.

    Without ``why`` it is the page's second column: facts only, and nothing where there are none.
    ``asides`` is what stands beside the reasons, ``between`` writes what stands before the facts.
    """
    words = needle.casefold().split()
    table = _table(facts, width)
    rows = [] if words or not why else reason_page(view, now, table, glyphs, asides)
    wide = table._replace(width=max(table.width, min(width, _SCOPED)))
    rows += [] if words else between(wide)
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        if _matches(fact, words):
            groups.setdefault(fact.group, []).append(fact)
    for group, members in groups.items():
        count = len(members) if len(members) > 3 else 0
        rows.append(heading(clean(group), table, glyphs, count=count))
        rows += [_fact_row(fact, now, table, glyphs) for fact in members]
        rows.append(BLANK)
    if not groups and why:
        text = (
            "No fact matches; esc shows all." if words else "No facts yet: they come with a look."
        )
        rows.append(Row([("   ", "text"), (text, "muted")]))
    return rows
