"""The verdict rules (verdicts.md): each a small pure function from what is in view to findings.

A rule answers ``None`` when it cannot tell (its evidence is not in view, or known to mislead just
now): what it said before is held. An empty list says that all is well with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from alfred_tui.fleet.expectation import SCHEDULES, is_one_shot
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.facts import (
    Dashboard,
    Queue,
    Schedule,
    Schedules,
    Scope,
    Streams,
    System,
    Workflows,
)
from alfred_tui.model.look import PULSE_LOOKS, Door, Look
from alfred_tui.model.observation import TLS, TRANSPORT, FailureKind, Observation
from alfred_tui.model.verdict import Pill

Check = Callable[[Sight], "list[Finding] | None"]
API_LOOKS = frozenset({Look.CONTAINERS, Look.DASHBOARD, *PULSE_LOOKS})
TEMPORAL_LOOKS = (Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS)


class Rule(msgspec.Struct, frozen=True):
    """A rule, the looks it is seen through and the door named beside its reason."""

    id: str
    looks: frozenset[Look]
    check: Check
    door: Door = Door.API


RULES: dict[str, Rule] = {}
"""Every rule by id; each has its page ``docs/rules/<id>.md``."""


def rule(name: str, looks: Iterable[Look], door: Door = Door.API) -> Callable[[Check], Check]:
    """Register a rule under its stable id."""

    def register(check: Check) -> Check:
        RULES[name] = Rule(name, frozenset(looks), check, door)
        return check

    return register


def _lost(seen: Observation | None) -> bool:
    return seen is not None and seen.failure is not None and seen.failure.kind in TRANSPORT


def _broken(seen: Observation | None) -> bool:
    """An HTTP 5xx that is not a wrapped command's failure."""
    failure = seen.failure if seen else None
    return (
        failure is not None
        and failure.kind is FailureKind.SERVER_ERROR
        and (failure.status or 0) >= 500
    )


# --- reachability -----------------------------------------------------------------------------


@rule("host-down", (Look.CONTAINERS, Look.BANNER), Door.PORT22)
def host_down(sight: Sight) -> list[Finding] | None:
    """Neither HTTP nor the SSH port answers, twice within seconds."""
    seen, banner = sight.attempts.get(Look.CONTAINERS), sight.attempts.get(Look.BANNER)
    if not _lost(seen):
        return []
    streak = sight.memory.streaks.get(Look.CONTAINERS)
    if seen is None or banner is None or streak is None or streak.count < 2:
        return None
    if banner.ok:
        return []
    ssh = sight.tenant.ssh.port if sight.tenant.ssh else 22
    text = f"no answer on {sight.tenant.port} and {ssh}"
    return [Finding(text, Pill.DOWN, value=_kind(seen), limit="2 tries", since=streak.since)]


@rule("api-down", (Look.CONTAINERS, Look.BANNER))
def api_down(sight: Sight) -> list[Finding] | None:
    """HTTP is unreachable or answers 5xx while the host itself is there."""
    seen, banner = sight.attempts.get(Look.CONTAINERS), sight.attempts.get(Look.BANNER)
    lost, broken = _lost(seen), _broken(seen)
    if seen is None or not (lost or broken):
        return []
    streak = sight.memory.streaks.get(Look.CONTAINERS)
    if streak is None or streak.count < 2 or (lost and banner is None):
        return None
    if lost and banner is not None and not banner.ok:
        return []
    what = _kind(seen) if lost else f"HTTP {seen.failure.status if seen.failure else ''}"
    return [
        Finding(
            f"API down: {what}, host is up",
            value=what,
            limit="2 tries",
            down_after=sight.limits.api_down_after,
            since=streak.since,
        )
    ]


def _kind(seen: Observation) -> str:
    return seen.failure.kind.value if seen.failure else ""


@rule("key-refused", API_LOOKS)
def key_refused(sight: Sight) -> list[Finding] | None:
    """The API answers, and refuses our key: we cannot see."""
    newest = max(
        (o for k, o in sight.attempts.items() if k in API_LOOKS), key=lambda o: o.at, default=None
    )
    if newest is None or newest.failure is None:
        return []
    if newest.failure.kind is FailureKind.UNAUTHORIZED:
        return [Finding("cannot see: API key refused", value=f"HTTP {newest.failure.status}")]
    return None if newest.failure.kind in TRANSPORT else []


@rule("tls-bad", (Look.CONTAINERS,))
def tls_bad(sight: Sight) -> list[Finding] | None:
    """The certificate is expired, of an unknown issuer or for another name."""
    seen = sight.attempts.get(Look.CONTAINERS)
    if seen is None or seen.failure is None:
        return []
    if seen.failure.kind in TLS:
        return [Finding(f"TLS: {seen.failure.text}", value=seen.failure.kind.value)]
    return None if seen.failure.kind in TRANSPORT else []


@rule("tls-ending", (Look.CONTAINERS,))
def tls_ending(sight: Sight) -> list[Finding] | None:
    """The certificate ends soon."""
    seen = sight.answers.get(Look.CONTAINERS)
    if seen is None or seen.certificate_ends is None:
        return []
    left = (seen.certificate_ends - sight.now).total_seconds()
    days = sight.limits.certificate_days
    if left >= days * 86400:
        return []
    text = f"certificate ends in {units.short_duration(left)}"
    return [Finding(text, value=units.short_duration(left), limit=f"{days:g} d")]


@rule("configuration", (Look.CONTAINERS,), Door.LOCAL)
def configuration(sight: Sight) -> list[Finding] | None:
    """Our own settings or resources keep us from asking: nothing was sent."""
    seen = sight.attempts.get(Look.CONTAINERS)
    failure = seen.failure if seen else None
    if failure is not None and failure.kind is FailureKind.CONFIGURATION:
        return [Finding(f"cannot ask: {failure.text}")]
    return []


@rule("clock-skew", API_LOOKS)
def clock_skew(sight: Sight) -> list[Finding] | None:
    """The tenant's clock is more than a minute off, round trip allowed for."""
    newest = max(
        (o for o in sight.attempts.values() if o.skew is not None),
        key=lambda o: o.at,
        default=None,
    )
    if newest is None or newest.skew is None:
        return None
    if sight.memory.skewed < sight.limits.clock_skew_looks:
        return [] if sight.memory.skewed == 0 else None
    side = "ahead" if newest.skew > 0 else "behind"
    value = units.short_duration(abs(newest.skew))
    return [Finding(f"clock {value} {side}", value=value, limit=f"{sight.limits.clock_skew:g} s")]


@rule("answer-odd", API_LOOKS)
def answer_odd(sight: Sight) -> list[Finding] | None:
    """An answer came and was not understood; names the JSON path."""
    found = []
    for look in API_LOOKS:
        seen = sight.attempts.get(look)
        if seen is None:
            continue
        failure = seen.failure
        if failure is not None and failure.kind in (
            FailureKind.BAD_ANSWER,
            FailureKind.TOO_LARGE,
            FailureKind.REDIRECTED,
        ):
            where = failure.path or "$"
            found.append(
                Finding(f"{look} odd at {where}: {failure.text}", subject=look, value=where)
            )
        elif seen.oddities:
            first = seen.oddities[0]
            text = f"{look} odd at {first.path}: {first.text}"
            found.append(Finding(text, subject=look, value=first.path))
    return found


# --- containers -------------------------------------------------------------------------------


@rule("docker-silent", (Look.CONTAINERS, Look.DASHBOARD))
def docker_silent(sight: Sight) -> list[Finding] | None:
    """Docker does not answer the API: the containers route fails, the dashboard has ``null``."""
    seen = sight.attempts.get(Look.CONTAINERS)
    if seen is None:
        return None
    failure = seen.failure
    if failure is not None and failure.kind is FailureKind.COMMAND_FAILED:
        streak = sight.memory.streaks.get(Look.CONTAINERS)
        if streak is None or streak.count < 2:
            return None
        return [
            Finding(
                f"Docker does not answer: {failure.text}",
                value=failure.code,
                limit="2 looks",
                down_after=sight.limits.docker_down_after,
                since=streak.since,
            )
        ]
    return [] if seen.ok else None


def _usable(sight: Sight) -> bool:
    """Whether the newest containers look is an answer that was wholly understood."""
    seen = sight.attempts.get(Look.CONTAINERS)
    return seen is not None and seen.ok and not seen.oddities


@rule("backup-left-stopped", (Look.CONTAINERS,))
def backup_left_stopped(sight: Sight) -> list[Finding] | None:
    """What the nightly backup stops is still stopped: it failed half-way (runbook.md 9)."""
    if not _usable(sight):
        return None
    gone = sight.missing & sight.trio
    if not gone:
        return []
    since = sight.memory.backup_since
    if since is not None:
        if sight.backup_running:
            return []
    elif gone != sight.trio or sight.missing != sight.trio:
        return []
    names = ", ".join(sorted(gone))
    allowed = units.short_duration(sight.limits.backup_allowance)
    return [
        Finding(f"backup left stopped: {names}", Pill.DOWN, value=names, limit=allowed, since=since)
    ]


@rule("service-missing", (Look.CONTAINERS,))
def service_missing(sight: Sight) -> list[Finding] | None:
    """An expected service is not listed: stopped, exited or never started."""
    if not _usable(sight):
        return None
    gone = sight.missing
    if sight.memory.backup_since is not None or gone == sight.trio:
        gone -= sight.trio  # the backup rule speaks for these
    found = []
    for name in sorted(gone):
        since = sight.memory.gone_since.get(name, sight.now)
        away = (sight.now - since).total_seconds()
        if sight.recreating and away < sight.limits.start_allowance:
            continue
        core = name in sight.expectation.core
        found.append(
            Finding(
                f"{name} is not running",
                Pill.DOWN if core else Pill.DEGRADED,
                subject=name,
                value="not listed",
                limit="core" if core else "expected",
                # one that was there a moment ago may be between stop and start of a recreation
                looks=2 if name in sight.memory.listed_at else 1,
                since=since,
            )
        )
    return found


@rule("service-restarting", (Look.CONTAINERS,))
def service_restarting(sight: Sight) -> list[Finding] | None:
    """In a restart loop: Docker says so, or its uptime began again several times."""
    listed = sight.containers
    if listed is None or not _usable(sight):
        return None
    found = []
    floor = sight.now - timedelta(seconds=sight.limits.restarts_within)
    for row in listed.rows:
        times = [t for t in sight.memory.restarts.get(row.service, ()) if t >= floor]
        often = len(times) >= sight.limits.restarts
        if (row.state == "restarting" or often) and not is_one_shot(row.service):
            value = f"{len(times)} restarts" if often else "restarting"
            within = units.short_duration(sight.limits.restarts_within)
            found.append(
                Finding(
                    f"{row.service} keeps restarting",
                    _severity(sight, row.service),
                    subject=row.service,
                    value=value,
                    limit=f"{sight.limits.restarts} in {within}",
                )
            )
    return found


def _severity(sight: Sight, service: str) -> Pill:
    return Pill.DOWN if service in sight.expectation.core else Pill.DEGRADED


@rule("service-unhealthy", (Look.CONTAINERS,))
def service_unhealthy(sight: Sight) -> list[Finding] | None:
    """Docker's healthcheck has been failing for a while."""
    listed = sight.containers
    if listed is None or not _usable(sight):
        return None
    limit = sight.limits.unhealthy_for
    return [
        Finding(
            f"{row.service} unhealthy",
            subject=row.service,
            value="unhealthy",
            limit=units.short_duration(limit),
            # one that is already up for longer was unhealthy before we first looked
            lasting=0.0 if _first_look(sight, row.service) and _up(row) > limit else limit,
            down_after=(
                sight.limits.unhealthy_down_after if row.service in sight.expectation.core else None
            ),
        )
        for row in listed.rows
        if row.health == "unhealthy"
    ]


def _up(row: object) -> float:
    up = getattr(row, "up", None)
    return up.low if up is not None else 0.0


def _first_look(sight: Sight, service: str) -> bool:
    return sight.memory.listed_at.get(service) in (None, sight.now)


@rule("service-starting", (Look.CONTAINERS,))
def service_starting(sight: Sight) -> list[Finding] | None:
    """Its healthcheck has said ``starting`` for too long."""
    listed = sight.containers
    if listed is None or not _usable(sight):
        return None
    limit = sight.limits.starting_for
    return [
        Finding(
            f"{row.service} still starting",
            subject=row.service,
            value=units.short_duration(_up(row)),
            limit=units.short_duration(limit),
            lasting=max(0.0, limit - _up(row)),
        )
        for row in listed.rows
        if row.health == "starting"
    ]


@rule("service-paused", (Look.CONTAINERS,))
def service_paused(sight: Sight) -> list[Finding] | None:
    """Somebody paused a container."""
    listed = sight.containers
    if listed is None or not _usable(sight):
        return None
    return [
        Finding(f"{row.service} is paused", subject=row.service, value="paused")
        for row in listed.rows
        if row.state == "paused"
    ]


# --- Temporal ---------------------------------------------------------------------------------


@rule("temporal-silent", TEMPORAL_LOOKS)
def temporal_silent(sight: Sight) -> list[Finding] | None:
    """Temporal's routes fail: not running, frozen or paused; the text tells which."""
    newest = max(
        (o for k in TEMPORAL_LOOKS if (o := sight.attempts.get(k)) is not None),
        key=lambda o: o.at,
        default=None,
    )
    if newest is None or newest.ok:
        return []
    failure = newest.failure
    if failure is None or failure.kind is not FailureKind.COMMAND_FAILED:
        return None
    if sight.backup_running or sight.recreating or Look.CONTAINERS in sight.memory.streaks:
        return None
    counted = [s for k in TEMPORAL_LOOKS if (s := sight.memory.streaks.get(k)) is not None]
    if sum(s.count for s in counted) < 2:
        return None
    return [
        Finding(
            f"Temporal does not answer: {failure.text}",
            value=failure.code,
            limit="2 looks",
            down_after=sight.limits.temporal_down_after,
            since=min(s.since for s in counted),
        )
    ]


@rule("learn-no-pollers", (Look.QUEUE,))
def learn_no_pollers(sight: Sight) -> list[Finding] | None:
    """Nobody takes work from queue ``alfred-learn`` though its service is up."""
    seen = sight.attempts.get(Look.QUEUE)
    queue = seen.answer if seen is not None else None
    if not isinstance(queue, Queue) or sight.temporal_settling:
        return None
    listed = sight.containers
    row = listed.by_service.get("alfred-learn") if listed else None
    if listed is not None and (row is None or row.state != "running"):
        return None  # its absence is a reason of its own
    if row is not None and row.up is not None and row.up.low < sight.limits.start_allowance:
        return None
    within = sight.limits.pollers_seen_within
    floor = sight.theirs - timedelta(seconds=within)
    fresh = {p.kind for p in queue.pollers if p.last_access is not None and p.last_access >= floor}
    lacking = [] if "" in fresh else [k for k in ("workflow", "activity") if k not in fresh]
    if not lacking:
        return []
    what = "no pollers" if len(lacking) == 2 else f"no {lacking[0]} poller"
    newest = max((p.last_access for p in queue.pollers if p.last_access), default=None)
    return [
        Finding(
            f"alfred-learn: {what}",
            value="none listed"
            if newest is None
            else f"seen {units.age(newest, sight.theirs)} ago",
            limit=units.short_duration(within),
            down_after=sight.limits.pollers_down_after,
            since=newest,
        )
    ]


DURABLE = (
    "OnboardingPipeline",
    "TaskRunner",
    "MediaIngestion",
    "Briefing",
    "DecisionRouter",
    "StuckPipelineAlert",
)
"""Types that may run for days: age alone is no sign (runbook.md 4.1)."""

ALLOWANCES = {"PlaneSync": 600.0, "PlaneReverseSync": 600.0, "Steward": 600.0}
"""Seconds by the beginning of a type's name: twice its own run timeout (runbook.md 7, 8.2)."""


def allowance(workflow_type: str, default: float) -> float | None:
    """How long a workflow of this type may run, seconds; ``None`` for durable ones."""
    if workflow_type.startswith(DURABLE):
        return None
    for prefix, seconds in ALLOWANCES.items():
        if workflow_type.startswith(prefix):
            return min(seconds, default) if default < seconds else seconds
    return default


@rule("workflow-stuck", (Look.WORKFLOWS,))
def workflow_stuck(sight: Sight) -> list[Finding] | None:
    """A workflow has been running beyond its type's allowance."""
    seen = sight.attempts.get(Look.WORKFLOWS)
    listed = seen.answer if seen is not None else None
    if not isinstance(listed, Workflows) or sight.temporal_settling:
        return None
    found = []
    for row in listed.rows:
        limit = allowance(row.type, sight.limits.workflow_allowance)
        if limit is None or row.started is None:
            continue
        age = (sight.theirs - row.started).total_seconds()
        if age > limit:
            value = units.short_duration(age)
            found.append(
                Finding(
                    f"{row.type} running {value} > {units.short_duration(limit)}",
                    subject=row.workflow_id,
                    value=value,
                    limit=units.short_duration(limit),
                    since=row.started + timedelta(seconds=limit),
                )
            )
    return sorted(found, key=lambda f: f.since or sight.now)[:20]


def _platform(row: Schedule) -> bool:
    return row.schedule_id.startswith("al-")


def _schedules(sight: Sight) -> Schedules | None:
    seen = sight.attempts.get(Look.SCHEDULES)
    listed = seen.answer if seen is not None else None
    return listed if isinstance(listed, Schedules) else None


@rule("schedule-paused", (Look.SCHEDULES,))
def schedule_paused(sight: Sight) -> list[Finding] | None:
    """A platform schedule is paused: its work does not happen."""
    listed = _schedules(sight)
    if listed is None:
        return None
    return [
        Finding(
            f"{row.schedule_id} paused" + (f" ({row.note})" if row.note else ""),
            subject=row.schedule_id,
            value="paused",
        )
        for row in listed.rows
        if row.paused and _platform(row)
    ]


@rule("schedule-missing", (Look.SCHEDULES,))
def schedule_missing(sight: Sight) -> list[Finding] | None:
    """A schedule that every tenant has is absent."""
    listed = _schedules(sight)
    seen = sight.attempts.get(Look.SCHEDULES)
    if listed is None or (seen is not None and seen.oddities):
        return None
    have = {row.schedule_id for row in listed.rows}
    return [
        Finding(f"schedule {name} is missing", subject=name, value="absent")
        for name in sorted(SCHEDULES - have)
    ]


@rule("schedule-late", (Look.SCHEDULES,))
def schedule_late(sight: Sight) -> list[Finding] | None:
    """A schedule's next action lies in the past, or nothing happened for three intervals."""
    listed = _schedules(sight)
    if listed is None or sight.temporal_settling:
        return None
    flows = sight.answer(Look.WORKFLOWS, Workflows)
    busy = {w.schedule_id for w in flows.rows} if isinstance(flows, Workflows) else set()
    found = []
    for row in listed.rows:
        if row.paused or not _platform(row):
            continue
        late = _lateness(row, sight, running=row.schedule_id in busy)
        if late is not None:
            behind, limit = late
            value = units.short_duration(behind)
            text = f"{row.schedule_id} late by {value}"
            found.append(
                Finding(
                    text, subject=row.schedule_id, value=value, limit=units.short_duration(limit)
                )
            )
    return found


def _lateness(row: Schedule, sight: Sight, *, running: bool) -> tuple[float, float] | None:
    interval = row.interval or 3600.0
    slack = max(interval, 60.0) + row.jitter
    if row.next_times:
        overdue = (sight.theirs - row.next_times[0]).total_seconds()
        if overdue > slack:
            return overdue, slack
    # without a recent action the schedule may be new, and a running one is skipped over
    if row.interval and row.last_action and not running:
        idle = (sight.theirs - row.last_action).total_seconds()
        limit = sight.limits.schedule_intervals * slack
        if idle > limit:
            return idle, limit
    return None


@rule("stream-silent", (Look.STREAMS,))
def stream_silent(sight: Sight) -> list[Finding] | None:
    """A stream's last pull is old (silent), or its pulls keep failing (broken)."""
    seen = sight.attempts.get(Look.STREAMS)
    listed = seen.answer if seen is not None else None
    if not isinstance(listed, Streams) or sight.temporal_settling:
        return None
    found = []
    for row in listed.rows:
        if row.system or not row.enabled or row.status == "paused" or row.last_pull is None:
            continue
        interval = row.interval or 300.0
        limit = sight.limits.stream_intervals * interval
        age = (sight.theirs - row.last_pull).total_seconds()
        bad = _pull_failed(row.last_pull_status)
        if bad:
            text = f"stream {row.name} broken: {row.last_pull_status}"
            looks = 1 if age > limit else sight.limits.stream_failures
            found.append(Finding(text, subject=row.stream_id, value="failing", looks=looks))
        elif age > limit:
            value = units.short_duration(age)
            found.append(
                Finding(
                    f"stream {row.name} silent for {value}",
                    subject=row.stream_id,
                    value=value,
                    limit=units.short_duration(limit),
                    since=row.last_pull + timedelta(seconds=limit),
                )
            )
    return found


def _pull_failed(status: str) -> bool:
    lowered = status.lower()
    return lowered.startswith(("error", "fail")) or lowered in ("timeout", "exception")


# --- host -------------------------------------------------------------------------------------


@rule("disk-high", (Look.SYSTEM, Look.DASHBOARD))
def disk_high(sight: Sight) -> list[Finding] | None:
    """The volume is nearly full; a container's own root is never judged."""
    for look in (Look.SYSTEM, Look.DASHBOARD):
        seen = sight.answers.get(look)
        answer = seen.answer if seen is not None else None
        disk = answer.disk if isinstance(answer, (System, Dashboard)) else None
        if disk is None or disk.scope is Scope.CONTAINER:
            continue
        limits = sight.limits
        if disk.percent <= limits.disk_degraded:
            return []
        down = disk.percent > limits.disk_down
        limit = limits.disk_down if down else limits.disk_degraded
        return [
            Finding(
                f"disk {units.percent(disk.percent)} > {units.percent(limit)}",
                Pill.DOWN if down else Pill.DEGRADED,
                value=units.percent(disk.percent),
                limit=units.percent(limit),
            )
        ]
    return None


@rule("memory-high", (Look.SYSTEM, Look.DASHBOARD))
def memory_high(sight: Sight) -> list[Finding] | None:
    """The host's memory has been nearly used up for minutes."""
    newest: tuple[datetime, float] | None = None
    for look in (Look.SYSTEM, Look.DASHBOARD):
        seen = sight.answers.get(look)
        answer = seen.answer if seen is not None else None
        share = answer.memory_percent if isinstance(answer, (System, Dashboard)) else None
        if seen is not None and share is not None and (newest is None or seen.at > newest[0]):
            newest = (seen.at, share)
    if newest is None:
        return None
    share, limit = newest[1], sight.limits.memory_degraded
    if share <= limit:
        return []
    text = f"memory {units.percent(share)} > {units.percent(limit)}"
    return [
        Finding(
            text,
            value=units.percent(share),
            limit=units.percent(limit),
            lasting=sight.limits.memory_for,
        )
    ]
