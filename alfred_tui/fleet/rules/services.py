"""Rules about containers: Docker itself, missing, restarting, unwell, paused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from alfred_tui.fleet.expectation import is_one_shot
from alfred_tui.fleet.rules.backup import CONFIRM_APART, left_stopped
from alfred_tui.fleet.rules.registry import rule
from alfred_tui.fleet.sight import Finding, Sight, unsure
from alfred_tui.model import units
from alfred_tui.model.facts import Container
from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind
from alfred_tui.model.verdict import Pill


@rule("docker-silent", (Look.CONTAINERS, Look.DASHBOARD))
def docker_silent(sight: Sight) -> Sequence[Finding] | None:
    """Docker does not answer the API: the containers route fails, the dashboard has ``null``."""
    seen = sight.seen
    if seen.look is Look.DASHBOARD:
        if seen.failure is not None or sight.memory.docker is None:
            return None
        silent, said = not sight.memory.docker, "dashboard has containers: null"
    elif seen.failure is None:
        silent, said = False, ""
    else:
        silent = seen.failure.kind is FailureKind.COMMAND_FAILED
        said = seen.failure.text
        if not silent:
            return None
    if not silent:
        return ()
    return (
        Finding(
            f"Docker does not answer: {said}",
            value="2 looks failed",
            limit="answers",
            looks=2,
            apart=CONFIRM_APART,
            down_after=sight.limits.docker_down_after,
        ),
    )


@rule("service-missing", (Look.CONTAINERS,))
def service_missing(sight: Sight) -> Sequence[Finding] | None:
    """An expected service is not listed: stopped, exited or never started."""
    if not sight.listing:
        return None
    memory = sight.memory
    found = sight.unread()
    if not memory.missing:
        return found
    gone = memory.missing - left_stopped(sight)
    for name in sorted(gone) if sight.memory.whole else ():
        track = memory.services[name]
        away = sight.now.timestamp() - (track.gone or 0.0)
        if sight.recreating and away < sight.limits.start_allowance:
            # its siblings are new: it is between two containers, or waits for one
            found.append(unsure(name))
            continue
        core = name in sight.expectation.core
        found.append(
            Finding(
                f"{name} is not running",
                Pill.DOWN if core else Pill.DEGRADED,
                subject=name,
                value="not listed",
                limit="core" if core else "expected",
                # one that was there before is given a second look: a restart has a gap
                looks=2 if track.last else 1,
                apart=CONFIRM_APART,
                since=datetime.fromtimestamp(track.gone, UTC) if track.gone else None,
            )
        )
    return found


@rule("service-restarting", (Look.CONTAINERS,))
def service_restarting(sight: Sight) -> Sequence[Finding] | None:
    """In a restart loop: Docker says so, or its uptime began again several times."""
    if not sight.listing or sight.memory.backup is not None:
        return None  # what needs Temporal restarts until the backup has ended
    found = sight.unread()
    for name, count in _looping(sight).items():
        row = sight.memory.rows.get(name)
        if row is None or is_one_shot(name):
            continue
        if sight.young(row) and count < sight.limits.restarts:
            found.append(unsure(name))  # a new container may be cured, or not
            continue
        found.append(_restarting(sight, row, count))
    return found


def _looping(sight: Sight) -> dict[str, int]:
    """Services that restart, or did so often, and how often that was within the time."""
    limits = sight.limits
    floor = sight.now.timestamp() - limits.restarts_within
    looping = {row.service: 0 for row in sight.memory.troubled if row.state == "restarting"}
    for name, track in sight.memory.services.items():
        if track.restarts:
            count = sum(1 for t in track.restarts if t >= floor)
            if name in looping or count >= limits.restarts:
                looping[name] = count
    return looping


def _restarting(sight: Sight, row: Container, count: int) -> Finding:
    limits = sight.limits
    within = units.short_duration(limits.restarts_within)
    counted = f"{count} times in {within}" if count >= limits.restarts else ""
    return Finding(
        f"{row.service} keeps restarting",
        Pill.DOWN if row.service in sight.expectation.core else Pill.DEGRADED,
        subject=row.service,
        value=counted or row.status or row.state,
        limit=f"{limits.restarts} times in {within}",
    )


@rule("service-unhealthy", (Look.CONTAINERS,))
def service_unhealthy(sight: Sight) -> Sequence[Finding] | None:
    """Docker's healthcheck has been failing for a while."""
    if not sight.listing:
        return None
    found = sight.unread()
    for row in sight.memory.troubled:
        if row.health == "unhealthy" and not is_one_shot(row.service):
            # a new container has its start allowance; what the old one was is not healed by it
            found.append(unsure(row.service) if sight.young(row) else _unhealthy(sight, row))
    return found


def _unhealthy(sight: Sight, row: Container) -> Finding:
    limits = sight.limits
    core = row.service in sight.expectation.core
    return Finding(
        f"{row.service} unhealthy",
        subject=row.service,
        value="unhealthy",
        limit=units.short_duration(limits.unhealthy_for),
        # one that we never saw well was unwell before we came: no patience is due
        lasting=0.0 if _unwell_at_first_sight(sight, row) else limits.unhealthy_for,
        down_after=limits.unhealthy_down_after if core else None,
    )


def _unwell_at_first_sight(sight: Sight, row: Container) -> bool:
    track = sight.memory.services[row.service]
    return (
        track.first == track.last and row.up is not None and row.up.low > sight.limits.unhealthy_for
    )


@rule("service-starting", (Look.CONTAINERS,))
def service_starting(sight: Sight) -> Sequence[Finding] | None:
    """Its healthcheck has said ``starting`` for too long."""
    if not sight.listing:
        return None
    limit = sight.limits.starting_for
    found, looping = sight.unread(), _looping(sight)
    for row in sight.memory.troubled:
        if row.service in looping:
            continue  # it starts again and again, which is another rule's
        if row.health == "starting" and not is_one_shot(row.service):
            up = row.up.low if row.up is not None else 0.0
            found.append(
                Finding(
                    f"{row.service} still starting",
                    subject=row.service,
                    value=f"{units.short_duration(up)} up",
                    limit=units.short_duration(limit),
                    lasting=0.0 if up > limit else limit,
                )
            )
    return found


@rule("service-paused", (Look.CONTAINERS,))
def service_paused(sight: Sight) -> Sequence[Finding] | None:
    """Somebody paused a container."""
    if not sight.listing:
        return None
    found = sight.unread()
    found += [
        Finding(f"{row.service} is paused", subject=row.service, value="paused", limit="running")
        for row in sight.memory.troubled
        if row.state == "paused"
    ]
    return found
