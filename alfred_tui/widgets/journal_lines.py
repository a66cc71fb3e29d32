"""Runs of the journal as lines: one each in the list, everything beneath one that is unfolded."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.operation import Outcome, RunRecord
from alfred_tui.model.text import clean
from alfred_tui.ops.standing import word
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.job_lines import what
from alfred_tui.widgets.outcomes import RISK_INKS, WIDTH, outcome_part, verdict_part
from alfred_tui.widgets.past_lines import shortened
from alfred_tui.widgets.run_lines import answers_text, call_lines, labelled, lasted
from alfred_tui.widgets.sheet import Row

_STEPS = ((152, 26, 34, 16), (112, 20, 20, 16), (96, 18, 20, 0), (0, 16, 20, 0))
"""From this width on, the cells of tenant, what was done, and who did it."""
_ROOMY = 112
"""From this width on pills have their words."""
_DATED = 110
"""From this width on the details have the date beside the age."""
_PILL = 10


class Columns(NamedTuple):
    """Cells of the list's columns; ``name`` is 0 where all runs are of one tenant."""

    width: int
    name: int
    title: int
    who: int


def columns(width: int, *, named: bool) -> Columns:
    """The columns for a width."""
    _, name, title, who = next(step for step in _STEPS if width >= step[0])
    return Columns(width, name if named else 0, title, who)


def key_of(run: RunRecord) -> str:
    """What the row of a run is called."""
    return f"run {run.number}"


def row(run: RunRecord, outcome: Outcome | None, table: Columns, glyphs: Glyphs) -> Row:
    """One run in one line: when, outcome, on whom, what, verdict before and after, who, words."""
    sign, ink = outcome_part(outcome, glyphs)
    line: list[Part] = [(f" {run.at:%H:%M:%S}  ", "muted"), (cells.left(sign, WIDTH + 1), ink)]
    for text, size, shade in (
        (run.tenant, table.name, "strong"),
        (what(run.title, run.tenant), table.title, "text"),
    ):
        if size:
            shown = cells.cut_middle(clean(text), size - 2, glyphs.ellipsis)
            line.append((cells.left(shown, size), shade))
    line += _change(run, glyphs, words=table.width >= _ROOMY)
    if table.who:
        who = cells.cut_middle(clean(run.who, 60), table.who - 2, glyphs.ellipsis)
        line.append((cells.left(who, table.who), "muted"))
    room = max(0, table.width - sum(cells.width(part) for part, _ in line) - 1)
    line.append((cells.cut_end(_words(run, outcome), room, glyphs.ellipsis), "muted"))
    return Row(line, key_of(run), copied(run, outcome))


def _change(run: RunRecord, glyphs: Glyphs, *, words: bool) -> list[Part]:
    """The pill before and after, each in cells of its own."""
    size = _PILL if words else 1
    before, _ = verdict_part(run.before, glyphs, words=words)
    after, ink = verdict_part(run.after, glyphs, words=words)
    arrow = f" {glyphs.turns} " if before or after else " " * (len(glyphs.turns) + 2)
    return [
        (cells.left(before, size), "muted"),
        (arrow, "faint"),
        (cells.left(after, size), ink),
        ("  ", "text"),
    ]


def _words(run: RunRecord, outcome: Outcome | None) -> str:
    """How it ended; of one without an end, what that means."""
    if run.ended is not None:
        return clean(run.text, 1000)
    if outcome is None:
        return "is being done"
    if any(call.answered is None for call in run.calls):
        left = "its last call may have been carried out"
    else:
        left = "what was answered is all" if run.calls else "no call was begun"
    return f"unknown outcome: no end was written; {left}"


def copied(run: RunRecord, outcome: Outcome | None) -> str:
    """A run as text: when, who, what, outcome, verdicts, every answer."""
    head = (
        f"{units.stamp(run.at)}  {clean(run.who, 60)}  {clean(run.title)}  {run.risk.value}  "
        f"{word(outcome)}  {_words(run, outcome)}"
    ).rstrip()
    pills = f"  verdict: {clean(run.before) or '-'} -> {clean(run.after) or '-'}"
    return "\n".join(part for part in (head, pills, answers_text(run.calls)) if part)


def whole(run: RunRecord, outcome: Outcome | None, width: int, glyphs: Glyphs) -> list[Line]:
    """Everything about a run but its line: by whom, how, verdicts, each call with its answer."""
    took = lasted(run.at, run.ended, run.at) if run.ended is not None else "no end written"
    by = f"{clean(run.who, 60)}, {clean(run.program, 80)}; {run.risk.value}; {took}"
    if run.bulk:
        by += f"; one of many, {clean(run.bulk, 20)}"
    lines = labelled("by", by, width, "muted")
    lines += labelled("end", _words(run, outcome), width)
    verdicts = f"{clean(run.before) or '-'} {glyphs.turns} {clean(run.after) or '-'}"
    lines += labelled("verdict", verdicts, width, "muted")
    return [*lines, *call_lines(run.calls, width, glyphs, running=outcome is None)]


def details(
    run: RunRecord,
    outcome: Outcome | None,
    now: datetime,
    width: int,
    height: int,
    glyphs: Glyphs,
) -> list[Line]:
    """As much of it as ``height`` lines hold: its head, then the calls, then the rest."""
    sign, ink = outcome_part(outcome, glyphs)
    when = f"{run.at:%Y-%m-%d %H:%M:%S}, " if width >= _DATED else ""
    head: list[Part] = [
        (" ", "text"),
        (cells.cut_middle(clean(run.title), max(12, width // 2), glyphs.ellipsis), "title"),
        (f"   {sign}", ink),
        (f"   {run.risk.value}", RISK_INKS[run.risk]),
        (f"   {when}{units.age(run.at, now)} ago", "muted"),
        (f"  by {clean(run.who, 40)}", "text"),
    ]
    calls = call_lines(run.calls, width, glyphs, running=outcome is None)
    said = [*calls, *labelled("end", _words(run, outcome), width)]
    verdicts = f"{clean(run.before) or '-'} {glyphs.turns} {clean(run.after) or '-'}"
    said += labelled("verdict", verdicts, width, "muted")
    return [head, *shortened(said, height - 1, glyphs)]
