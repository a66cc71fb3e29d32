"""Why a tenant's pill is what it is: its reasons, what keeps some quiet, what set their limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import PurePath
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.quiet import Quiet, QuietKind
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import Counting, TenantView
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.page_parts import (
    AGE,
    BLANK,
    DOOR,
    INDENT,
    LEAD,
    Table,
    flow,
    heading,
)
from alfred_tui.widgets.sheet import Row

Behind = Callable[[str], Iterable[tuple[str, object, str]]]
"""The settings behind a rule: key, value, where it came from."""
_DEFAULT = "default"


class Asides(NamedTuple):
    """What stands beside reasons: ``wishes`` that keep some quiet, and the settings behind a rule.

    Only those that somebody has set, or with ``whole`` all of them. ``counting`` is what will be a
    reason, or is healing.
    """

    wishes: tuple[Quiet, ...] = ()
    behind: Behind = lambda _: ()
    whole: bool = False
    counting: tuple[Counting, ...] = ()

    def settings(self, rule: str) -> list[str]:
        """In words: ``limits.disk_degraded 95 (config.toml, for this tenant)``."""
        return [
            f"{key} {_value(value)} ({_origin(origin)})"
            for key, value, origin in self.behind(rule)
            if origin != _DEFAULT or (self.whole and value != "")
        ]


NO_ASIDES = Asides()


def _value(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else clean(str(value), 40)


def _origin(origin: str) -> str:
    """Of a file only its name: where it is, `alfred-tui settings` tells."""
    place, comma, rest = origin.partition(",")
    return clean(f"{PurePath(place).name}{comma}{rest}", 80)


def key_of(reason: Reason) -> str:
    """The key of a reason's line."""
    return f"reason {reason.rule} {reason.subject}"


def _reason_rows(
    reason: Reason,
    now: datetime,
    table: Table,
    glyphs: Glyphs,
    asides: Asides,
    quiet: tuple[Quiet, ...] | None = None,
) -> list[Row]:
    """A reason with what is known of it; ``quiet`` are the wishes that keep it so."""
    right = f"{reason.door.value:<{DOOR}}{units.age(reason.seen, now):>{AGE}} "
    room = max(10, table.width - INDENT - len(right))
    text = cells.cut_end(clean(reason.text), room - 2, glyphs.ellipsis)
    pill = cells.left(glyphs.pill(reason.pill), INDENT - LEAD)
    first: list[Part] = [
        (" " * LEAD, "text"),
        (pill, reason.pill.value if quiet is None else "muted"),
        (cells.left(text, room), "strong" if quiet is None else "muted"),
        (right, "muted"),
    ]
    said = [*_said(reason, now), *_healing(reason, asides)]
    copy = f"{clean(reason.text)} ({', '.join(said)})"
    row = Row(first, key_of(reason), copy)
    wishes = [_wish(wish, now) for wish in quiet or ()]
    return [row, *_details(said, wishes, asides.settings(reason.rule), table, glyphs)]


def _details(
    said: list[str], wishes: list[str], settings: list[str], table: Table, glyphs: Glyphs
) -> list[Row]:
    """What is known, then a line for each wish, then the settings."""
    wide, between = max(10, table.width - INDENT - 2), f" {glyphs.dot} "
    parts = (said, *([wish] for wish in wishes), settings)
    texts = [text for part in parts for text in flow(part, wide, between)]
    return [Row([(" " * INDENT, "text"), (text, "muted")]) for text in texts]


def _healing(reason: Reason, asides: Asides) -> list[str]:
    """How far a reason is from its end; which of it, where it is told of several."""
    found, mine = [], frozenset(_subjects(reason))
    for each in asides.counting:
        gone = mine.intersection(_subjects(each.reason))
        if each.healing and each.reason.rule == reason.rule and gone:
            which = "" if gone == mine else f"{clean(', '.join(sorted(gone)), 60)} "
            found.append(f"{which}healing: {each.progress}")
    return found


def _subjects(reason: Reason) -> tuple[str, ...]:
    return reason.parts or (reason.subject,)


def _counting_rows(
    each: Counting, now: datetime, table: Table, glyphs: Glyphs, asides: Asides
) -> list[Row]:
    """A condition that is no reason yet, and how far it is: below it where it is too long."""
    reason = each.reason
    right = f"{reason.door.value:<{DOOR}}{units.age(reason.seen, now):>{AGE}} "
    room = max(10, table.width - INDENT - len(right))
    text = whole = f"{clean(reason.text)}: {each.progress}"
    fits = cells.width(whole) <= room - 2
    if not fits:
        text = cells.cut_end(clean(reason.text), room - 2, glyphs.ellipsis)
    word = cells.left(f"{glyphs.dot} counting", INDENT - LEAD)
    line: list[Part] = [
        (" " * LEAD, "text"),
        (word, "muted"),
        (cells.left(text, room), "muted"),
        (right, "muted"),
    ]
    said = [*_said(reason, now), f"then {reason.pill.value.upper()}"]
    copy = f"{whole} ({', '.join(said)})"
    row = Row(line, f"counting {reason.rule} {reason.subject}", copy)
    wishes = [_wish(wish, now) for wish in asides.wishes if wish.covers(reason)]
    said = said if fits else [each.progress, *said]
    return [row, *_details(said, wishes, asides.settings(reason.rule), table, glyphs)]


def _wish(wish: Quiet, now: datetime) -> str:
    verb = "acknowledged" if wish.kind is QuietKind.ACK else "muted"
    left = units.short_duration((wish.until - now).total_seconds())
    why = f": {clean(wish.reason)}" if wish.reason else ""
    return f"{verb} by {clean(wish.who, 60)}, {left} left{why}"


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


def reason_page(
    view: TenantView, now: datetime, table: Table, glyphs: Glyphs, asides: Asides
) -> list[Row]:
    """The reasons, loud ones first, or why there is none; what is not one yet; what is going on."""
    right = f"{'door':<{DOOR}}{'seen':>{AGE}}"
    rows = [heading("Why", table, glyphs, right)]
    for reason in view.reasons:
        rows += _reason_rows(reason, now, table, glyphs, asides)
    for reason in view.quieted:
        wishes = tuple(wish for wish in asides.wishes if wish.covers(reason))
        rows += _reason_rows(reason, now, table, glyphs, asides, wishes)
    if not view.told:
        text, ink = _no_reason(view, now, counting=bool(asides.counting))
        text = cells.cut_end(text, table.width - 6, glyphs.ellipsis)
        sign = (glyphs.pills[view.pill], view.pill.value)
        rows.append(Row([("   ", "text"), sign, (" ", "text"), (text, ink)]))
    for each in asides.counting:
        if not each.healing:
            rows += _counting_rows(each, now, table, glyphs, asides)
    rows += [Row([("   ", "text"), (clean(note), "muted")]) for note in view.notes]
    return [*rows, BLANK]


def _no_reason(view: TenantView, now: datetime, *, counting: bool) -> Part:
    if view.oldest is None:
        return ("not looked at yet", "muted")
    oldest = f"oldest fact {units.age(view.oldest, now)} old"
    match view.pill:
        case Pill.OK if counting:
            return (f"no reason yet, {oldest}", "text")
        case Pill.OK:
            return (f"everything expected was seen within its limits, {oldest}", "text")
        case Pill.STALE:
            return (f"nothing new for too long, {oldest}", "muted")
        case Pill.BUILDING:
            return (f"{view.lifecycle.replace('_', ' ')}, {oldest}", "text")
        case _:
            return (oldest, "muted")
