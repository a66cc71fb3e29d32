"""Which of the schedules that we paused are paused still."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alfred_tui.model import units
from alfred_tui.model.facts import Schedules
from alfred_tui.model.observation import Observation
from alfred_tui.model.paused import Paused


class Ledger:
    """The schedules that were paused with this program, by tenant."""

    def __init__(self) -> None:
        self._ours: dict[str, list[Paused]] = {}

    def replace(self, paused: Iterable[Paused]) -> set[str]:
        """These it is from now on; the tenants of which it says something else than before."""
        before, found = self._ours, dict[str, list[Paused]]()
        for each in paused:
            found.setdefault(each.tenant, []).append(each)
        self._ours = found
        return {name for name in found.keys() | before if found.get(name) != before.get(name)}

    def standing(self, tenant: str, seen: Observation | None) -> tuple[Paused, ...]:
        """Those of a tenant that are paused still, by the newest look at its schedules."""
        ours = self._ours.get(tenant)
        return standing(ours, seen) if ours else ()


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
