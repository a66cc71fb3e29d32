"""Follows which schedules were paused with this program, by anybody, and not unpaused since."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from alfred_tui.model.ask import Ask
from alfred_tui.model.operation import Outcome, RunRecord
from alfred_tui.model.paused import Paused

PAUSE, UNPAUSE = "schedule.pause", "schedule.unpause"
MATTERS = (Outcome.DONE, Outcome.UNKNOWN)
"""Outcomes after which the schedule may be another one than before."""


class Runs(Protocol):
    """The journal, as far as it is needed here; synchronous, raises the store's errors."""

    def of(self, operations: Collection[str]) -> list[RunRecord]:
        """Every run of these operations, oldest first."""
        ...


async def paused(journal: Runs, ask: Ask) -> list[Paused]:
    """What was paused and not unpaused, as far as the journal knows."""
    return left(await ask(lambda: journal.of((PAUSE, UNPAUSE))))


def left(runs: Iterable[RunRecord]) -> list[Paused]:
    """Of runs, oldest first: the pauses that no later unpause has ended."""
    found: dict[tuple[str, str], Paused] = {}
    for run in runs:
        schedule = run.arguments.get("schedule", "")
        if run.outcome not in MATTERS or not schedule:
            continue
        place = (run.tenant, schedule)
        sure = run.outcome is Outcome.DONE
        if run.operation == PAUSE:
            reason = run.arguments.get("reason", "")
            before = found.get(place)
            # a second try of which nobody knows leaves the first one standing
            if before is None or sure:
                at = run.ended or run.at
                found[place] = Paused(run.tenant, schedule, run.who, at, reason, sure)
        elif sure:
            found.pop(place, None)
    return list(found.values())
