"""Which limits stand behind a rule: what a person may set to have it speak earlier or later."""

from __future__ import annotations

LIMITS: dict[str, tuple[str, ...]] = {
    "api-down": ("api_down_after",),
    "tls-ending": ("certificate_days",),
    "clock-skew": (
        "clock_skew",
        "clock_skew_looks",
    ),
    "backup-left-stopped": (
        "backup_window_start",
        "backup_window_length",
        "backup_allowance",
    ),
    "docker-silent": ("docker_down_after",),
    "service-missing": (
        "start_allowance",
        "presence",
        "learn_after",
    ),
    "service-restarting": (
        "restarts",
        "restarts_within",
        "start_allowance",
    ),
    "service-unhealthy": (
        "unhealthy_for",
        "unhealthy_down_after",
        "start_allowance",
    ),
    "service-starting": ("starting_for",),
    "temporal-silent": (
        "temporal_down_after",
        "settle",
        "start_allowance",
    ),
    "learn-no-pollers": (
        "pollers_seen_within",
        "pollers_down_after",
        "settle",
    ),
    "workflow-stuck": (
        "workflow_allowance",
        "settle",
    ),
    "schedule-missing": ("settle",),
    "schedule-late": (
        "schedule_intervals",
        "settle",
    ),
    "stream-silent": (
        "stream_intervals",
        "stream_interval",
        "stream_failures",
        "settle",
    ),
    "disk-high": (
        "disk_degraded",
        "disk_down",
        "disk_relief",
    ),
    "memory-high": (
        "memory_degraded",
        "memory_for",
        "memory_looks",
        "memory_gap",
    ),
    "disk-filling": (
        "filling_days",
        "filling_span",
        "disk_degraded",
    ),
    "slow": (
        "slow_factor",
        "slow_least",
        "slow_for",
    ),
}
"""By rule; those that are not in it have none."""
HEALING = "limits.quiet_looks"
"""Stands behind the end of every rule."""


def settings_behind(rule: str) -> tuple[str, ...]:
    """Dotted keys of everything that can be set of a rule; empty where it is none of the rules."""
    from alfred_tui.fleet.rules import RULES

    if rule not in RULES:
        return ()
    own = tuple(f"limits.{name}" for name in LIMITS.get(rule, ()))
    return (*own, f"damping.{rule.replace('-', '_')}", HEALING)
