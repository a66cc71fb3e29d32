"""Events as lines: one each in the list, and all that is known of one beneath it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.history import Event, EventKind
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import WORDS, Glyphs
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.past_lines import shortened
from alfred_tui.widgets.sheet import Row

_TIME = 8
_PILL = 10
_CALM = frozenset({Pill.OK, Pill.BUILDING})
_KINDS = {EventKind.QUIET: "muting", EventKind.TENANT: "tenant"}
_STEPS = ((152, 28), (112, 22), (96, 19), (0, 16))
"""From this width on, the cells of a tenant's name."""
_ROOMY = 72
"""Below this width only the pill after the change is shown."""


class Columns(NamedTuple):
    """Cells of the list's columns; ``name`` is 0 where all events are of one tenant."""

    width: int
    name: int
    change: int


def columns(width: int, *, named: bool, glyphs: Glyphs) -> Columns:
    """The columns for a width."""
    arrow = len(glyphs.turns) + 2
    change = 2 * _PILL + arrow if width >= _ROOMY else _PILL + arrow - 1
    name = next(name for least, name in _STEPS if width >= least) if named else 0
    return Columns(width, name, change)


def _half(pill: Pill, glyphs: Glyphs, *, old: bool) -> list[Part]:
    text = cells.left(glyphs.pill(pill), _PILL)
    return [(text, "muted" if old else pill.value)]


def change_parts(event: Event, glyphs: Glyphs, *, whole: bool = True) -> list[Part]:
    """``● OK → ■ DOWN``: what was, without colour, and what is."""
    arrow: Part = (f"{glyphs.turns} ", "faint")
    if event.after is None:
        kind = _KINDS.get(event.kind, event.kind.value)
        lead = " " * (_PILL + 1) if whole else ""
        return [(lead, "text"), arrow, (cells.left(kind, _PILL), "muted")]
    before: list[Part] = []
    if whole:
        blank: list[Part] = [(" " * _PILL, "text")]
        before = _half(event.before, glyphs, old=True) if event.before else blank
        before = [*before, (" ", "text")]
    return [*before, arrow, *_half(event.after, glyphs, old=False)]


def why(event: Event) -> Part:
    """What is said beside the change: the worst reason now, or the one that is over."""
    if event.text:
        return (clean(event.text), "text")
    if event.reasons_after:
        return (clean(event.reasons_after[0].text), "text")
    if event.reasons_before and event.after in _CALM:
        return (f"over: {clean(event.reasons_before[0].text)}", "muted")
    return ("", "text")


def row(event: Event, table: Columns, glyphs: Glyphs) -> Row:
    """One event in one line."""
    parts: list[Part] = [(f" {event.at:%H:%M:%S}  ", "muted")]
    if table.name:
        name = cells.cut_middle(clean(event.whom), table.name, glyphs.ellipsis)
        strong = event.after is Pill.DOWN
        parts.append((cells.left(name, table.name + 2), "strong" if strong else "text"))
    parts += change_parts(event, glyphs, whole=table.width >= _ROOMY)
    text, ink = why(event)
    by = f"  by {clean(event.who, 40)}" if event.who else ""
    more = len(event.reasons_after) - 1
    tail = f" +{more}" if more > 0 and not event.text else ""
    used = sum(cells.width(part) for part, _ in parts)
    room = table.width - used - 3
    if room - cells.width(tail + by) < 12:
        by = ""
    shown = cells.cut_end(text, max(0, room - cells.width(tail + by)), glyphs.ellipsis)
    parts += [("  ", "text"), (shown, ink), (tail, "accent"), (by, "muted")]
    return Row(parts, key_of(event), copied(event))


def key_of(event: Event) -> str:
    """What the row of an event is called."""
    return f"event {event.number}"


def copied(event: Event) -> str:
    """An event as text for the clipboard: when, who, from what to what, all reasons."""
    change = ""
    if event.after is not None:
        change = f"{WORDS[event.before]} -> " if event.before else ""
        change += f"{WORDS[event.after]}  "
    reasons = event.reasons_after or event.reasons_before
    over = "over: " if reasons and not event.reasons_after else ""
    said = "; ".join(clean(reason.text) for reason in reasons)
    texts = [clean(event.text), over + said, f"by {clean(event.who)}" if event.who else ""]
    why_text = "  ".join(text for text in texts if text)
    return f"{units.stamp(event.at)}  {clean(event.whom)}  {change}{why_text}".rstrip()


def details(event: Event, now: datetime, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Everything about one event in at most ``height`` lines: change, reasons after and before."""
    parts = change_parts(event, glyphs)
    change: list[Part] = [(text.strip() + " ", ink) for text, ink in parts if text.strip()]
    head: list[Part] = [
        (" ", "text"),
        (cells.cut_middle(clean(event.whom), max(12, width // 3), glyphs.ellipsis), "title"),
        ("   ", "text"),
        *change,
        (f"  {event.at:%Y-%m-%d %H:%M:%S}, {units.age(event.at, now)} ago", "muted"),
        (f"  by {clean(event.who, 40)}" if event.who else "", "text"),
    ]
    said: list[Line] = []
    if event.text:
        said.append([("   ", "text"), (clean(event.text, 400), "text")])
    said += [_reason(reason, width, glyphs, "") for reason in event.reasons_after]
    said += [_reason(reason, width, glyphs, "before: ") for reason in event.reasons_before]
    return [head, *shortened(said, height - 1, glyphs)]


def _reason(reason: Reason, width: int, glyphs: Glyphs, lead: str) -> Line:
    old = bool(lead)
    extra = f"rule {reason.rule}, seen through {reason.door.value}"
    if reason.limit:
        extra = f"limit {clean(reason.limit, 60)}, {extra}"
    text = cells.cut_end(clean(reason.text), max(8, width - 10), glyphs.ellipsis)
    return [
        ("   ", "text"),
        (glyphs.pills[reason.pill], "muted" if old else reason.pill.value),
        (f" {lead}", "muted"),
        (text, "muted" if old else "text"),
        (f"   {extra}", "faint"),
    ]
