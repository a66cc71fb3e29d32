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
"""Seconds to the second look that a service which was there before is given.

Fixed on purpose: less than the 5 s after which that look is made, more than two tries side by side.
"""


def left_stopped(sight: Sight) -> frozenset[str]:
    """Missing services that the backup, and not ``service-missing``, speaks for."""
    if sight.memory.backup_gone:
        return sight.memory.backup_gone
    # outside the window only the exact set is the backup's hand (one run late, or by a person)
    return sight.trio if _exactly(sight) and not _between(sight) else frozenset()


def _exactly(sight: Sight) -> bool:
    return sight.memory.missing == sight.trio


def _between(sight: Sight) -> bool:
    """Whether what was there may be between two containers."""
    return sight.recreating and any(sight.memory.services[name].last for name in sight.trio)


@rule("backup-left-stopped", (Look.CONTAINERS,))
def backup_left_stopped(sight: Sight) -> Sequence[Finding] | None:
    """What the nightly backup stops is still stopped: it failed half-way (runbook.md 9)."""
    if not sight.listing or not sight.memory.whole:
        return None
    memory = sight.memory
    if not memory.missing:
        return ()
    gone = left_stopped(sight)
    if not gone:
        return None if _exactly(sight) else ()
    if memory.backup is None:
        return (_out_of_hours(sight, gone),)
    if not sight.backup_running:
        return (_stopped(gone, _moment(memory.backup), _allowed(sight)),)
    found_so = [name for name in gone if not memory.services[name].dated]
    return (_perhaps(sight, frozenset(found_so)),) if found_so else ()


def _stopped(gone: frozenset[str], since: datetime, limit: str, looks: int = 1) -> Finding:
    return Finding(
        f"backup left stopped: {', '.join(sorted(gone))}",
        Pill.DOWN,
        value=f"{len(gone)} stopped",
        limit=limit,
        looks=looks,
        apart=CONFIRM_APART,
        since=since,
    )


def _out_of_hours(sight: Sight, gone: frozenset[str]) -> Finding:
    """Not the nightly backup: one by hand, or what it left behind."""
    tracks = [sight.memory.services[name] for name in gone]
    gone_at = [track.gone for track in tracks if track.gone is not None]
    since = _moment(min(gone_at)) if gone_at else sight.now
    # what was there a moment ago may be between stop and start of a restart
    looks = 2 if any(track.last for track in tracks) else 1
    return _stopped(gone, since, "running", looks)


def _perhaps(sight: Sight, gone: frozenset[str]) -> Finding:
    """First seen stopped inside the window: the backup at work, or what it left yesterday."""
    began = min(sight.memory.services[name].gone or sight.now.timestamp() for name in gone)
    since = _moment(began)
    watched = units.short_duration((sight.now - since).total_seconds())
    return Finding(
        f"stopped when first seen, perhaps by the backup: {', '.join(sorted(gone))}"
        f" (watched for {watched})",
        value=f"{len(gone)} stopped",
        limit=_allowed(sight),
        since=since,
    )


def _allowed(sight: Sight) -> str:
    return units.short_duration(sight.limits.backup_allowance)


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
