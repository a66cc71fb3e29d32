"""What an import would do, as lines: conflicts with both sides first, then what is new."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.takeover.found import Value, shown
from alfred_tui.takeover.merge import Change, Conflict, Side
from alfred_tui.takeover.plan import Import
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.sheet import Row

CONFLICT = "conflict|"
"""How the keys of a conflict's lines begin; its own key follows, then ``|`` and a side."""
_INDENT = 3
_STATE = 13
_NAMES = 24
_LONGEST = 300


def word(value: Value | None) -> str:
    """A field's value for a person; secrets masked."""
    text = shown(value)
    return "nothing" if text is None else clean(text, _LONGEST)


def conflict_of(row_key: str) -> str:
    """The conflict's key that a row stands for; empty for any other row."""
    if not row_key.startswith(CONFLICT):
        return ""
    return row_key.removeprefix(CONFLICT).rpartition("|")[0]


def page(
    done: Import,
    choices: Mapping[str, Side],
    notes: Sequence[str],
    width: int,
    glyphs: Glyphs,
    *,
    unfolded: bool = False,
    keys: tuple[str, str] = ("1", "2"),
) -> list[Row]:
    """All of it; ``choices`` are by a conflict's key, ``notes`` are lines about the sources.

    ``keys`` decide a conflict, for ours and for theirs.
    """
    outcome = done.outcome
    rows: list[Row] = []

    def section(title: str, about: str, lines: Iterable[Row]) -> None:
        if found := list(lines):
            rows.extend([*([Row(())] if rows else []), heading(title, about, width, glyphs)])
            rows.extend(found)

    together = list(dict.fromkeys(each.tenant for each in outcome.conflicts))
    conflicts = [
        row
        for each in sorted(outcome.conflicts, key=lambda each: together.index(each.tenant))
        for row in _conflict(each, choices.get(each.key, each.decided), keys, width, glyphs)
    ]
    section("Conflicts", "both know it, and differ: you decide", conflicts)
    tenants = {tenant.name: tenant for tenant in outcome.tenants}
    new = (_new(name, word(tenants[name].api_url), width, glyphs) for name in outcome.added)
    section("New", "not here yet", new)
    changed = (
        row
        for name, changes in outcome.changed.items()
        for row in _changed(name, changes, width, glyphs)
    )
    section("Changed", "here already: filled in, or decided so", changed)
    section("Left out", "cannot be taken", (
        row
        for left in outcome.left_out
        for row in _told(f"{left.name}: {left.why}", left.source, width)
    ))  # fmt: skip
    section(
        "To be read", "", (row for line in _notes(done, notes) for row in _told(line, "", width))
    )
    section("As they are here", "", _unchanged(outcome.unchanged, width, unfolded))
    return rows


def heading(title: str, about: str, width: int, glyphs: Glyphs) -> Row:
    """A section's first line."""
    said = f"{about} " if about else ""
    rule = glyphs.rule * max(0, width - len(title) - len(said) - 4)
    return Row([(f" {title} ", "accent"), (f" {said}" if said else "", "muted"), (rule, "rule")])


def _conflict(
    each: Conflict, side: Side | None, keys: tuple[str, str], width: int, glyphs: Glyphs
) -> list[Row]:
    key = f"{CONFLICT}{each.key}"
    who, field = clean(each.tenant), clean(each.field, 80)
    pill = Pill.OK if side else Pill.DEGRADED
    state = f"{glyphs.pills[pill]} {side.value.upper() if side else 'UNDECIDED'}"
    head: list[Part] = [
        (" " * _INDENT, "text"),
        (cells.left(state, _STATE), pill.value),
        (cells.left(cells.cut_middle(who, _NAMES, glyphs.ellipsis), _NAMES + 2), "strong"),
        (field, "text"),
    ]
    both = f"{who} {field}: ours {word(each.ours)}, {each.source} has {word(each.theirs)}"
    rows = [Row(head, f"{key}|", both)]
    sides = (
        (Side.OURS, keys[0], "ours", each.ours),
        (Side.THEIRS, keys[1], each.source, each.theirs),
    )
    for which, digit, name, value in sides:
        chosen = which is side
        sign = glyphs.mark if chosen else " "
        lead = _INDENT + 2
        rest = width - lead - _STATE - 12
        text = cells.cut_middle(word(value), rest, glyphs.ellipsis)
        ink = "strong" if chosen else "faint" if side else "text"
        line: list[Part] = [
            (" " * lead, "text"),
            (f"{sign} ", "ok"),
            (f"{digit} ", "key"),
            (cells.left(cells.cut_end(clean(name), 14, glyphs.ellipsis), 16), "muted"),
            (text, ink),
        ]
        rows.append(Row(line, f"{key}|{which.value}", word(value)))
    return rows


def _new(name: str, where: str, width: int, glyphs: Glyphs) -> Row:
    who = cells.left(cells.cut_middle(clean(name), _NAMES, glyphs.ellipsis), _NAMES + 2)
    line: list[Part] = [("   + ", "ok"), (who, "strong"), (where, "muted")]
    return Row(line, f"new|{name}", f"{clean(name)}  {where}")


def _changed(name: str, changes: Sequence[Change], width: int, glyphs: Glyphs) -> list[Row]:
    rows: list[Row] = []
    who = cells.left(cells.cut_middle(clean(name), _NAMES, glyphs.ellipsis), _NAMES + 2)
    for index, change in enumerate(changes):
        field = cells.cut_end(clean(change.field, 80), 22, glyphs.ellipsis)
        was, now = _beside(change, width - _INDENT - _NAMES - 30, glyphs)
        line: list[Part] = [
            (" " * (_INDENT + 2), "text"),
            (" " * (_NAMES + 2) if index else who, "strong"),
            (cells.left(field, 24), "muted"),
            (was, "faint"),
            (now, "text"),
        ]
        said = f"{clean(name)} {clean(change.field, 80)}: {word(change.was)} -> {word(change.now)}"
        rows.append(Row(line, f"changed|{name}|{change.field}", said))
    return rows


def _beside(change: Change, room: int, glyphs: Glyphs) -> tuple[str, str]:
    """What a field was, with a sign behind it, and what it becomes, in ``room`` cells."""
    was, now = word(change.was), word(change.now)
    if change.was is None:
        return "", cells.cut_middle(now, room, glyphs.ellipsis)
    sign = f" {glyphs.door} "
    room -= len(sign)
    half = max(room // 2, room - cells.width(now))
    was = cells.cut_middle(was, half, glyphs.ellipsis)
    now = cells.cut_middle(now, room - cells.width(was), glyphs.ellipsis)
    return was + sign, now


def _notes(done: Import, notes: Sequence[str]) -> list[str]:
    lines = [*notes, *done.notes]
    lines += [f"{name}: {line}" for name, said in done.warnings.items() for line in said]
    return [line.removeprefix("warning: ").removeprefix("note: ") for line in lines]


def _told(text: str, source: str, width: int) -> list[Row]:
    """A line for a person, wrapped: nothing of it is cut off."""
    whole = clean(f"{text} ({source})" if source else text, 600)
    lines = textwrap.wrap(whole, max(20, width - _INDENT - 4), break_on_hyphens=False) or [""]
    return [
        Row(
            [("   ! " if not index else "     ", "degraded"), (line, "text")],
            f"told|{whole}" if not index else "",
            whole,
        )
        for index, line in enumerate(lines)
    ]


def _unchanged(names: Sequence[str], width: int, unfolded: bool) -> list[Row]:
    if not names:
        return []
    if not unfolded:
        text = "1 tenant" if len(names) == 1 else f"{len(names):,} tenants"
        return [Row([(" " * (_INDENT + 2), "text"), (f"{text}: nothing new", "muted")])]
    return [
        Row([(" " * (_INDENT + 2), "text"), (clean(name), "muted")], f"same|{name}", clean(name))
        for name in names
    ]


def trouble(
    lines: Sequence[str], width: int, glyphs: Glyphs, *, written: bool, keys: tuple[str, str]
) -> list[Row]:
    """Why it cannot go on, every problem whole; ``written``: only the showing of it failed.

    ``keys`` read again and go back.
    """
    word, about = "NOT TAKEN OVER", "nothing was changed; "
    if written:
        word, about = "NOT SHOWN", "it is taken over; "
    head: list[Part] = [
        (f" {glyphs.pills[Pill.DOWN]} {word}", "down"),
        (f"  {about}", "muted"),
        (keys[0], "key"),
        (" reads again, ", "muted"),
        (keys[1], "key"),
        (" leaves" if written else " names other sources", "muted"),
    ]
    rows = [row for text in lines for row in _told(text, "", width)]
    return [Row(head), *rows, Row(())]
