"""Which of the schedules that we paused are paused still."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alfred_tui.model import units
from alfred_tui.model.facts import Schedules
from alfred_tui.model.observation import Observation
from alfred_tui.model.paused import Paused


def standing(ours: Iterable[Paused], seen: Observation | None) -> tuple[Paused, ...]:
    """Those that the newest list does not show as running again, or gone.

    A list from before the pause says nothing of it, nor does an odd one of what it lacks. What is
    not sure counts only once it was seen.
    """
    listed = seen.answer if seen is not None else None
    if seen is None or not isinstance(listed, Schedules):
        return tuple(each for each in ours if each.sure)
    states = {row.schedule_id: row.paused for row in listed.rows}
    found = []
    for each in ours:
        paused = states.get(each.schedule)
        if seen.at <= each.at or (paused is None and seen.oddities):
            paused = each.sure
        if paused:
            found.append(each)
    return tuple(found)


def told(paused: Iterable[Paused], now: datetime) -> tuple[str, ...]:
    """One line each: what, who, how long ago, why."""
    lines = []
    for each in paused:
        ago = units.short_duration(max(timedelta(0), now - each.at).total_seconds())
        why = f": {each.reason}" if each.reason else ""
        lines.append(f"{each.schedule} paused by {each.who}, {ago}{why}")
    return tuple(lines)
