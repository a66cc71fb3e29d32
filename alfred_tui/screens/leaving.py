"""Leaving while something is being done: asked first, in the one dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alfred_tui.model.operation import Consent
from alfred_tui.ops.bulk import UNDER_WAY
from alfred_tui.screens.asking import Question
from alfred_tui.screens.confirm import ConfirmScreen

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp


def ask(alfred: AlfredApp) -> None:
    """Leave and cancel what runs, or stay."""
    wishes = [made for made in alfred.bulks if made.running]
    parts = {id(line.job) for made in wishes for line in made.lines}
    jobs = [job for job in alfred.watch_jobs.running if id(job) not in parts]
    running = len(jobs) + len(wishes)
    count = f"{running:,} {'job' if running == 1 else 'jobs'}"
    whom = [job.plan.tenant for job in jobs]
    whom += [line.tenant for made in wishes for line in made.lines if line.state in UNDER_WAY]
    question = Question(
        title=f"Quit while {count} {'runs' if running == 1 else 'run'}",
        does=[
            *(f"cancel: {made.title} ({made.summary})" for made in wishes),
            *(f"cancel: {job.plan.title}" for job in jobs),
        ],
        whom=", ".join(dict.fromkeys(whom)),
        risk="disruptive",
        wrong=(
            "what is under way at a tenant may still be carried out: the journal then has it as "
            "unknown outcome",
        ),
        ink="degraded",
        consent=Consent.YES,
        verbs=("quit", "stay"),
    )

    def answered(yes: bool | None) -> None:
        if yes:
            alfred.exit(return_code=0)

    alfred.push_screen(ConfirmScreen(alfred, question), answered)
