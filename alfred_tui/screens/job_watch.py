"""Jobs as every screen knows of them: a word while they run, and a word when one ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from alfred_tui.model.text import clean
from alfred_tui.widgets.inks import Part

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.board import Board, Job

STAYS = 6.0
"""Seconds that the word of an end stays."""
_SEVERITY: dict[str, Literal["information", "warning", "error"]] = {
    "failed": "error",
    "unknown": "warning",
}


class JobWatch:
    """Looks at the board when something may have changed."""

    def __init__(self, alfred: AlfredApp) -> None:
        self._alfred = alfred
        self._board: Board | None = None
        self._told = 0
        """The highest number of a job that was seen."""
        self._waits: list[Job] = []
        self._wishes: set[str] = set()

    @property
    def running(self) -> list[Job]:
        """Jobs under way."""
        board = self._alfred.board
        return board.running if board is not None else []

    def parts(self, *, counted: bool = True) -> list[Part]:
        """For a header: how many run (if ``counted``), whether anything may be done at all."""
        board = self._alfred.board
        if board is None:
            return []
        parts: list[Part] = []
        if counted and (count := len(board.running)):
            parts.append((f"{count:,} {'job' if count == 1 else 'jobs'}  ", "building"))
        if board.read_only:
            parts.append(("READ-ONLY  ", "degraded"))
        return parts

    def look(self) -> None:
        """Say of each job that has ended since the last look how it ended."""
        board = self._alfred.board
        if board is None:
            return
        if board is not self._board:
            self._board, self._told, self._waits = board, 0, []
        # one without a number is being written down: it may yet be taken back
        fresh = [job for job in board.jobs if job.number > self._told]
        self._told = max((job.number for job in fresh), default=self._told)
        seen = [*self._waits, *fresh]
        self._waits = [job for job in seen if job.running]
        parts = {id(line.job) for made in self._alfred.bulks for line in made.lines}
        for job in seen:
            if job.outcome is not None and id(job) not in parts:
                self._say(job)
        self._look_at_wishes()

    def _look_at_wishes(self) -> None:
        """One word for all parts of a wish for many, when the last has ended."""
        for made in self._alfred.bulks:
            if not made.running and made.name not in self._wishes:
                self._wishes.add(made.name)
                text = f"{made.title}: {made.summary}"
                severity: Literal["information", "error"] = "error" if made.bad else "information"
                self._alfred.notify(
                    clean(text, 300), severity=severity, markup=False, timeout=STAYS
                )

    def _say(self, job: Job) -> None:
        assert job.outcome is not None
        outcome = job.outcome.value
        text = f"{job.plan.title}: {outcome}"
        if job.text and job.text != outcome:
            text += f": {job.text}"
        severity = _SEVERITY.get(outcome, "information")
        self._alfred.notify(clean(text, 300), severity=severity, markup=False, timeout=STAYS)
