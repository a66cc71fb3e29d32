"""How a run of the journal stands: one without an end runs, or nobody knows how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alfred_tui.model.operation import Outcome, RunRecord
from alfred_tui.ops.programs import lives, program

if TYPE_CHECKING:
    from alfred_tui.ops.board import Board

LONGEST = timedelta(hours=2)
"""Nothing runs for longer: a process of that number is another one by then."""


def word(outcome: Outcome | None) -> str:
    """``done``, or ``running`` for what has not ended."""
    return outcome.value if outcome is not None else "running"


def standing(
    run: RunRecord,
    now: datetime,
    mine: str,
    running: Iterable[int],
    lives: Callable[[str], bool] = lives,
) -> Outcome | None:
    """The outcome of a run, ``None`` while it runs.

    ``mine`` is this program as the journal names it, ``running`` the numbers of its jobs. A run
    without an end whose program is gone, or is on another machine, is unknown: its last call may
    have been carried out.
    """
    if run.ended is not None:
        return run.outcome
    if run.program == mine:
        return None if run.number in set(running) else Outcome.UNKNOWN
    if now - run.at < LONGEST and lives(run.program):
        return None
    return Outcome.UNKNOWN


def teller(
    board: Board | None, now: Callable[[], datetime]
) -> Callable[[RunRecord], Outcome | None]:
    """Tells it of any run, as things are when it is asked."""
    mine = program()

    def tell(run: RunRecord) -> Outcome | None:
        jobs = board.running if board is not None else []
        return standing(run, now(), mine, [job.number for job in jobs])

    return tell
