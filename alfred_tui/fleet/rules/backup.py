"""The nightly backup that did not start again what it had stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from alfred_tui.fleet.rules.registry import rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.look import Look
from alfred_tui.model.verdict import Pill

CONFIRM_APART = 3.0
"""Seconds to the second look that a service which was there before is given."""


def left_stopped(sight: Sight) -> frozenset[str]:
    """Missing services that the backup, and not ``service-missing``, speaks for."""
    if sight.memory.backup_gone:
        return sight.memory.backup_gone
    # outside the window only the exact set is the backup's hand (one run late, or by a person)
    return sight.trio if sight.memory.missing == sight.trio else frozenset()


@rule("backup-left-stopped", (Look.CONTAINERS,))
def backup_left_stopped(sight: Sight) -> Sequence[Finding] | None:
    """What the nightly backup stops is still stopped: it failed half-way (runbook.md 9)."""
    if not sight.listing:
        return None
    memory = sight.memory
    if not memory.missing:
        return ()
    gone = left_stopped(sight)
    if not gone or sight.backup_running:
        return ()
    allowed = units.short_duration(sight.limits.backup_allowance)
    if memory.backup is not None:
        since, looks = datetime.fromtimestamp(memory.backup, UTC), 1
        limit = allowed
    else:
        tracks = [memory.services[name] for name in gone]
        if sight.recreating and any(track.last for track in tracks):
            return ()
        gone_at = [track.gone for track in tracks if track.gone is not None]
        since = datetime.fromtimestamp(min(gone_at), UTC) if gone_at else sight.now
        # what was there a moment ago may be between stop and start of a restart
        looks, limit = (2 if any(track.last for track in tracks) else 1), "running"
    names = ", ".join(sorted(gone))
    return (
        Finding(
            f"backup left stopped: {names}",
            Pill.DOWN,
            value=f"{len(gone)} stopped",
            limit=limit,
            looks=looks,
            apart=CONFIRM_APART,
            since=since,
        ),
    )
