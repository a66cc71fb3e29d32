"""Leaving while something is being done: asked first, in the one dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alfred_tui.model.operation import Consent
from alfred_tui.screens.asking import Question
from alfred_tui.screens.confirm import ConfirmScreen

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp


def ask(alfred: AlfredApp) -> None:
    """Leave and cancel what runs, or stay."""
    jobs = alfred.watch_jobs.running
    count = f"{len(jobs):,} {'job' if len(jobs) == 1 else 'jobs'}"
    question = Question(
        title=f"Quit while {count} {'runs' if len(jobs) == 1 else 'run'}",
        does=[f"cancel: {job.plan.title}" for job in jobs],
        whom=", ".join(dict.fromkeys(job.plan.tenant for job in jobs)),
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
