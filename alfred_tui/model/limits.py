"""Every limit a rule knows, with its default (verdicts.md, Rules). Seconds and percent."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the verdict rules; each is a setting ``limits.<name>``.

    ``*_down_after`` says how long a DEGRADED condition may last before it is DOWN.
    ``start_allowance`` is how long a service just recreated may be missing or unwell;
    ``settle`` how long Temporal's work may need to catch up after it or its worker came back;
    ``learn_after`` how long a service must have run well to be expected for good;
    ``presence`` how long one of no known stack must have been listed to be expected at all.
    ``stream_interval`` is what a stream that pulls and names no interval is taken to have;
    ``memory_gap`` how far apart two looks at the memory may lie to count together.
    """

    api_down_after: float = 600.0
    docker_down_after: float = 300.0
    temporal_down_after: float = 600.0
    clock_skew: float = 60.0
    clock_skew_looks: int = 3
    certificate_days: float = 14.0
    restarts: int = 3
    restarts_within: float = 900.0
    unhealthy_for: float = 120.0
    unhealthy_down_after: float = 600.0
    starting_for: float = 600.0
    start_allowance: float = 180.0
    settle: float = 300.0
    pollers_seen_within: float = 120.0
    pollers_down_after: float = 1800.0
    workflow_allowance: float = 1800.0
    schedule_intervals: float = 3.0
    stream_intervals: float = 3.0
    stream_failures: int = 3
    stream_interval: float = 86400.0
    disk_degraded: float = 90.0
    disk_down: float = 97.0
    disk_relief: float = 1.0
    filling_days: float = 7.0
    filling_span: float = 86400.0
    slow_factor: float = 10.0
    slow_least: float = 2.0
    slow_for: float = 300.0
    memory_degraded: float = 95.0
    memory_for: float = 300.0
    memory_looks: int = 3
    memory_gap: float = 1200.0
    backup_window_start: float = 3 * 3600.0
    backup_window_length: float = 1800.0
    backup_allowance: float = 600.0
    quiet_looks: int = 2
    stale_intervals: float = 3.0
    presence: float = 600.0
    learn_after: float = 86400.0
