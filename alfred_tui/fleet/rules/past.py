"""Rules that hold the present against the tenant's own past."""

from __future__ import annotations

from collections.abc import Sequence

from alfred_tui.fleet.rules.registry import rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.facts import Dashboard, Scope, System
from alfred_tui.model.history import DAY
from alfred_tui.model.look import Look


@rule("disk-filling", (Look.SYSTEM, Look.DASHBOARD))
def disk_filling(sight: Sight) -> Sequence[Finding] | None:
    """At the trend of the last days the volume is full within a week."""
    answer = sight.seen.answer
    disk = answer.disk if isinstance(answer, (System, Dashboard)) else None
    if disk is None or disk.scope is Scope.CONTAINER:
        return None
    limits, past = sight.limits, sight.trend
    if past.disk_per_day is None or past.span < limits.filling_span:
        return ()
    if disk.percent > limits.disk_degraded:
        return ()  # disk-high says it already
    left = (100.0 - disk.percent) / past.disk_per_day if past.disk_per_day > 0 else float("inf")
    if left > limits.filling_days:
        # a day's margin: a trend on the edge does not flicker
        return () if left > limits.filling_days + 1.0 else None
    value = f"+{past.disk_per_day:.1f} %/day"
    text = f"disk {units.percent(disk.percent)}, full in {units.short_duration(left * DAY)}"
    return (Finding(text, value=value, limit=f"{limits.filling_days:g} d"),)


@rule("slow", (Look.CONTAINERS,))
def slow(sight: Sight) -> Sequence[Finding] | None:
    """It answers many times slower than it usually does, for minutes."""
    seen, limits, usual = sight.seen, sight.limits, sight.trend.latency
    if seen.failure is not None:
        return None
    if usual is None:
        return ()
    limit = max(limits.slow_least, limits.slow_factor * usual)
    if seen.took <= limit:
        return ()
    took, normal = units.latency(seen.took), units.latency(usual)
    return (
        Finding(
            f"answers in {took}, usually in {normal}",
            value=took,
            limit=units.latency(limit),
            lasting=limits.slow_for,
        ),
    )
