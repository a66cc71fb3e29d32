"""What was done as lines: the calls of a run with their answers, for jobs and the journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alfred_tui.model import units
from alfred_tui.model.operation import CallRecord
from alfred_tui.model.text import clean
from alfred_tui.widgets.checks import wrapped
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.outcomes import WIDTH, outcome_part

INDENT = 5
_LONGEST = 2000


def call_lines(
    calls: Sequence[CallRecord], width: int, glyphs: Glyphs, *, running: bool = False
) -> list[Line]:
    """Each call as it was sent, with what came back of it; nothing of these is cut off.

    While the run is ``running``, one without an answer is under way.
    """
    lines: list[Line] = []
    room = width - INDENT - 1
    for call in calls:
        sent = f"{call.number}  {call.door}: {clean(call.line, _LONGEST)}"
        for index, text in enumerate(wrapped(sent, room)):
            lines.append([(" " * (INDENT if not index else INDENT + 3), "text"), (text, "strong")])
        waits = running and call.answered is None
        word, ink = outcome_part(None if waits else call.outcome, glyphs)
        margin = " " * (INDENT + 3)
        answer = f"sent {call.intended:%H:%M:%S}, under way" if waits else _answer(call)
        told = wrapped(answer, room - WIDTH - 5) or [""]
        lines.append([(margin, "text"), (f"{word:<{WIDTH}}  ", ink), (told[0], "text")])
        lines += [[(f"{margin}{'':{WIDTH + 2}}", "text"), (more, "text")] for more in told[1:]]
    return lines


def _answer(call: CallRecord) -> str:
    if call.answered is None:
        return f"sent {call.intended:%H:%M:%S}; no answer was written down: it may have been done"
    took = units.latency((call.answered - call.intended).total_seconds())
    status = "" if call.status is None else f"{call.status}"
    parts = [status, f"after {took}", clean(call.text, _LONGEST)]
    return "  ".join(part for part in parts if part)


def answers_text(calls: Sequence[CallRecord]) -> str:
    """The same for the clipboard, a call a line."""
    return "\n".join(
        f"  {call.door}: {clean(call.line, _LONGEST)}  {call.outcome.value}  {_answer(call)}"
        for call in calls
    )


def labelled(label: str, text: str, width: int, ink: str = "text") -> list[Line]:
    """A word and what belongs to it, wrapped."""
    lead = f"{'':{INDENT}}{label:<9}"
    lines: list[Line] = []
    for index, part in enumerate(wrapped(text, width - len(lead) - 1)):
        start: Part = (lead if not index else " " * len(lead), "muted")
        lines.append([start, (part, ink)])
    return lines


def lasted(began: datetime, ended: datetime | None, now: datetime) -> str:
    """How long it took, or takes by now."""
    return units.short_duration(((ended or now) - began).total_seconds())
