"""When what is known of a tenant is too old to be called its state (verdicts.md: stale)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from alfred_tui.fleet.rhythm import backed_off
from alfred_tui.fleet.tenant_state import TenantState
from alfred_tui.model.look import Look

HANGS = 40.0
"""Seconds that a look may be under way: one that hangs is no sign that we do not look.

Fixed on purpose: a little more than the longest time limit of a containers look.
"""


def is_stale(
    state: TenantState,
    now: datetime,
    *,
    interval: float,
    trying: Callable[[str], bool] | None,
) -> bool:
    """Whether our own poller has not even tried for three intervals.

    ``interval`` is that of the containers looks, seconds; ``trying`` says whether one is under way.
    """
    contact = state.memory.attempts.get(Look.CONTAINERS)
    if contact is None:
        if state.kept_view is None or state.memory.attempts:
            return False
        oldest, failures = state.kept_view.oldest, 0
        if oldest is None:
            return False
    else:
        oldest = contact.at
        streak = state.memory.streaks.get(Look.CONTAINERS)
        failures = streak.count if streak else 0
    late = (now - oldest).total_seconds()
    limit = state.limits.stale_intervals * backed_off(interval, failures)
    if late <= limit:
        return False
    if trying is None:
        return late > limit + HANGS or contact is None
    return not (contact is not None and trying(state.tenant.name))
