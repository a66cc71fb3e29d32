"""Jobs as lines: those that run first, then those that have ended, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from alfred_tui.model.operation import CallRecord
from alfred_tui.model.text import clean
from alfred_tui.ops.standing import word
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.outcomes import WIDTH, outcome_part
from alfred_tui.widgets.run_lines import answers_text, call_lines, labelled, lasted
from alfred_tui.widgets.sheet import Row

if TYPE_CHECKING:
    from alfred_tui.ops.board import Job

_TIME = 7
_STEPS = ((152, 28, 34), (112, 22, 26), (96, 19, 22), (0, 16, 20))
"""From this width on, the cells of a tenant's name and of what is done."""


class Columns(NamedTuple):
    """Cells of the list's columns."""

    width: int
    name: int
    title: int


def columns(width: int) -> Columns:
    """The columns for a width."""
    _, name, title = next(step for step in _STEPS if width >= step[0])
    return Columns(width, name, title)


def ordered(jobs: Iterable[Job]) -> list[Job]:
    """Running ones first, the oldest of them on top; then the others, newest first."""
    jobs = list(jobs)
    done = sorted((job for job in jobs if not job.running), key=_ended, reverse=True)
    return [job for job in jobs if job.running] + done


def _ended(job: Job) -> float:
    return (job.ended or job.began).timestamp()


def key_of(job: Job) -> str:
    """What the row of a job is called."""
    return f"job {job.number}"


def what(title: str, tenant: str) -> str:
    """A title without the name that stands in a column of its own."""
    return clean(title.removesuffix(f" on {tenant}"))


def row(job: Job, now: datetime, table: Columns, glyphs: Glyphs) -> Row:
    """One job: outcome, tenant, what, how long, its last word."""
    sign, ink = outcome_part(job.outcome, glyphs)
    plan = job.plan
    title = _cut(what(plan.title, plan.tenant), table.title - 2, glyphs)
    line: list[Part] = [
        (" ", "text"),
        (cells.left(sign, WIDTH + 1), ink),
        (cells.left(_cut(clean(plan.tenant), table.name - 2, glyphs), table.name), "strong"),
        (cells.left(title, table.title), "text"),
        (f"{lasted(job.began, job.ended, now):>{_TIME}}  ", "muted"),
    ]
    room = max(0, table.width - sum(cells.width(part) for part, _ in line) - 1)
    line.append((cells.cut_end(last_word(job), room, glyphs.ellipsis), "muted"))
    return Row(line, key_of(job), copied(job))


def _cut(text: str, room: int, glyphs: Glyphs) -> str:
    return cells.cut_middle(text, room, glyphs.ellipsis)


def last_word(job: Job) -> str:
    """How it ended, or how far it is."""
    if job.text:
        return clean(job.text, 1000)
    return clean(job.told[-1], 300) if job.told else ""


def copied(job: Job) -> str:
    """For the clipboard: what, when, how it ended, every word."""
    head = f"{job.began:%Y-%m-%d %H:%M:%S} UTC  {clean(job.plan.title)}  {word(job.outcome)}"
    return "  ".join(part for part in (head, last_word(job)) if part)


def copied_with(job: Job, calls: Sequence[CallRecord]) -> str:
    """The same with every answer."""
    return "\n".join(part for part in (copied(job), answers_text(calls)) if part)


def told(
    job: Job, calls: Sequence[CallRecord], missing: str, table: Columns, glyphs: Glyphs
) -> list[Row]:
    """Everything about a job: all its words, and each call with its answer.

    ``missing`` says why there are no answers where there are none.
    """
    lines: list[Line] = []
    for index, text in enumerate(job.told):
        lines += labelled("told" if not index else "", text, table.width, "muted")
    if job.text:
        lines += labelled("end", job.text, table.width)
    if calls:
        lines += call_lines(calls, table.width, glyphs, running=job.running)
    elif missing:
        lines += labelled("answers", missing, table.width, "degraded")
    return [*(Row(line) for line in lines), Row(())]
