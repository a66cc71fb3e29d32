"""Proof that a trigger has begun a run: a new action that is not on the schedule's own timetable.

A trigger that the overlap policy skips is answered with success (tenant-api.md 6.4), and the next
time of the timetable comes all the same. Both times compared are the tenant's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from alfred_tui.model.facts import Schedule
from alfred_tui.ops.operation import Eyes, Unseen

EARLY, LATE = 0.1, 1.0
"""Seconds that an action may be before and after its time: 0.03 to 0.09 after it were seen."""


def seen(row: Schedule) -> dict[str, Any]:
    """What a plan holds of a schedule: its last action, its next times, and how they go on.

    Times are epoch seconds of the tenant's, ``step`` and ``jitter`` seconds; ``step`` is ``None``
    where nothing tells it.
    """
    coming = sorted(moment.timestamp() for moment in row.next_times)
    step = row.interval or (coming[1] - coming[0] if len(coming) > 1 else None)
    last = row.last_action.timestamp() if row.last_action is not None else None
    return {"last": last, "coming": coming, "step": step, "jitter": row.jitter}


async def acted(name: str, before: Mapping[str, Any], eyes: Eyes) -> str | None:
    """Whether a schedule has acted since ``before`` (:func:`seen`), and not by its timetable.

    Raises:
        Unseen: they cannot be listed; or all that is new is of the timetable, beside which that of
            a trigger is not seen.
    """
    row = (await eyes.schedules()).get(name)
    if row is None or not (fresh := newer(row, before["last"])):
        return None
    if any(not timely(moment, before) for moment in fresh) or twice(fresh, before["step"]):
        return f"{name} has begun a new run"
    at = fresh[-1].strftime("%H:%M:%S UTC")
    raise Unseen(
        f"a run of {name} began at {at} by its timetable; "
        "it cannot be told whether the trigger began one"
    )


def newer(row: Schedule, last: float | None) -> list[datetime]:
    """What is listed as done since, oldest first; ``last`` in epoch seconds."""
    listed = {*row.actions, *([row.last_action] if row.last_action is not None else [])}
    return sorted(moment for moment in listed if last is None or moment.timestamp() > last)


def twice(moments: Sequence[datetime], step: float | None) -> bool:
    """Whether it acted twice at one time of its timetable: once more than that asks for."""
    near = timedelta(seconds=EARLY + LATE)
    if step is not None and step <= 2 * near.total_seconds():
        return False
    return any(after - moment <= near for moment, after in pairwise(moments))


def timely(moment: datetime, before: Mapping[str, Any]) -> bool:
    """Whether the timetable that was seen ``before`` has an action at that moment."""
    coming, step, jitter = before["coming"], before["step"], before["jitter"]
    at = moment.timestamp()
    if not coming:
        return False
    if any(-EARLY <= at - each <= LATE for each in coming):
        return True
    if at < coming[-1] or not step:  # up to there every time is known
        return False
    away = (at - coming[-1] + jitter + EARLY) % step
    return bool(away <= EARLY + LATE + 2 * jitter)
