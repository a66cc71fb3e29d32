"""Rules about the host: its volume and its memory."""

from __future__ import annotations

from collections.abc import Sequence

from alfred_tui.fleet.rules.registry import rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.facts import Dashboard, Scope, System
from alfred_tui.model.look import Look
from alfred_tui.model.verdict import Pill


@rule("disk-high", (Look.SYSTEM, Look.DASHBOARD))
def disk_high(sight: Sight) -> Sequence[Finding] | None:
    """The volume is nearly full; a container's own root is never judged."""
    answer = sight.seen.answer
    disk = answer.disk if isinstance(answer, (System, Dashboard)) else None
    if disk is None or disk.scope is Scope.CONTAINER:
        return None
    limits, used = sight.limits, disk.percent
    if used <= limits.disk_degraded:
        # just below is neither: a figure on the edge keeps what was said and does not flicker
        return () if used <= limits.disk_degraded - limits.disk_relief else None
    down = sight.look in sight.memory.full
    limit = limits.disk_down if down else limits.disk_degraded
    if used <= limit:
        limit -= limits.disk_relief  # it was above, and has not fallen clearly below
    return (
        Finding(
            f"disk {_share(used, limit)} > {units.percent(limit)}",
            Pill.DOWN if down else Pill.DEGRADED,
            value=_share(used, limit),
            limit=units.percent(limit),
        ),
    )


def _share(used: float, limit: float) -> str:
    """A share that never looks like the limit it is above: ``90.3 %``."""
    whole = units.percent(used)
    return f"{used:.1f} %" if whole == units.percent(limit) else whole


@rule("memory-high", (Look.SYSTEM, Look.DASHBOARD))
def memory_high(sight: Sight) -> Sequence[Finding] | None:
    """The host's memory has been nearly used up for minutes."""
    answer = sight.seen.answer
    share = answer.memory_percent if isinstance(answer, (System, Dashboard)) else None
    if share is None:
        return None
    limit = sight.limits.memory_degraded
    if share <= limit:
        return ()
    return (
        Finding(
            f"memory {_share(share, limit)} > {units.percent(limit)}",
            value=_share(share, limit),
            limit=units.percent(limit),
            looks=sight.limits.memory_looks,
            lasting=sight.limits.memory_for,
            within=sight.limits.memory_gap,
        ),
    )
