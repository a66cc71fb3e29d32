"""What is in view of one tenant when it is judged: newest looks, memory, clock; all values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from alfred_tui.fleet.expectation import Expectation, agent_of
from alfred_tui.model.facts import Answer, Container, Containers
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.tenant import Layout, Tenant
from alfred_tui.model.verdict import Pill


class Finding(msgspec.Struct, frozen=True):
    """A rule's word on one subject at this look, before damping.

    ``looks`` consecutive looks and ``lasting`` seconds are needed before it fires; after
    ``down_after`` seconds it is DOWN. ``since`` overrides when it began.
    """

    text: str
    pill: Pill = Pill.DEGRADED
    subject: str = ""
    value: str = ""
    limit: str = ""
    looks: int = 1
    lasting: float = 0.0
    down_after: float | None = None
    since: datetime | None = None


class Streak(msgspec.Struct, frozen=True):
    """Failed looks in a row and when the first of them was."""

    count: int
    since: datetime


class Memory(msgspec.Struct, frozen=True):
    """What earlier looks leave behind for the rules; all by service or by look."""

    listed_at: dict[str, datetime] = {}
    gone_since: dict[str, datetime] = {}
    restarts: dict[str, tuple[datetime, ...]] = {}
    recreated_at: datetime | None = None
    temporal_back: datetime | None = None
    backup_since: datetime | None = None
    streaks: dict[Look, Streak] = {}
    skewed: int = 0
    stream_failures: dict[str, int] = {}


class Sight(msgspec.Struct, frozen=True):
    """One tenant in view. ``attempts`` are the newest looks, ``answers`` the newest good ones."""

    tenant: Tenant
    layout: Layout | None
    expectation: Expectation
    limits: Limits
    now: datetime
    attempts: Mapping[Look, Observation]
    answers: Mapping[Look, Observation]
    memory: Memory

    def answer(self, look: Look, kind: type[Answer]) -> Answer | None:
        """The newest answer to ``look``, if there was one."""
        seen = self.answers.get(look)
        return seen.answer if seen is not None and isinstance(seen.answer, kind) else None

    @property
    def containers(self) -> Containers | None:
        """The newest container list."""
        found = self.answer(Look.CONTAINERS, Containers)
        return found if isinstance(found, Containers) else None

    @property
    def theirs(self) -> datetime:
        """Now, on the tenant's own clock."""
        for look in (Look.CONTAINERS, Look.QUEUE, Look.DASHBOARD):
            seen = self.attempts.get(look)
            if seen is not None and seen.skew is not None:
                doubt = seen.skew_margin
                return (
                    self.now + timedelta(seconds=seen.skew) if abs(seen.skew) > doubt else self.now
                )
        return self.now

    @property
    def trio(self) -> frozenset[str]:
        """What the backup script stops (runbook.md 9)."""
        return frozenset({"alfred", agent_of(self.layout), "temporal"})

    @property
    def missing(self) -> frozenset[str]:
        """Expected services that the newest list does not have."""
        listed = self.containers
        return self.expectation.services - listed.by_service.keys() if listed else frozenset()

    @property
    def in_backup_window(self) -> bool:
        """Whether a backup may be running: from 03:00 host time, start delay and run included."""
        local = self.theirs.astimezone(zone(self.tenant.timezone))
        second = local.hour * 3600 + local.minute * 60 + local.second
        begin = self.limits.backup_window_start
        return (
            begin
            <= second
            < begin + self.limits.backup_window_length + (self.limits.backup_allowance)
        )

    @property
    def backup_running(self) -> bool:
        """Some of the trio is gone inside the window, for less than a backup may take."""
        since = self.memory.backup_since
        return since is not None and (self.now - since).total_seconds() <= (
            self.limits.backup_allowance
        )

    @property
    def recreating(self) -> bool:
        """Containers were recreated within the start allowance: absence proves nothing yet."""
        at = self.memory.recreated_at
        return at is not None and (self.now - at).total_seconds() < self.limits.start_allowance

    @property
    def temporal_settling(self) -> bool:
        """Temporal is stopped for a backup, being recreated, or came back a moment ago."""
        if self.backup_running or "temporal" in self.missing:
            return True
        row = self.containers.by_service.get("temporal") if self.containers else None
        if row is not None and row.up is not None and row.up.low < self.limits.start_allowance:
            return True
        back = self.memory.temporal_back
        return back is not None and (self.now - back).total_seconds() < self.limits.start_allowance

    def age_of(self, row: Container) -> float | None:
        """Seconds since a container was created, on the tenant's own clock."""
        return None if row.created_at is None else (self.theirs - row.created_at).total_seconds()


def zone(name: str | None) -> tzinfo:
    """A tenant's time zone; UTC where none is known or the name is no zone."""
    if name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return UTC
    return UTC


def remember(
    memory: Memory, before: Sight | None, seen: Observation, limits: Limits, sight: Sight
) -> Memory:
    """Memory after ``seen``; ``before`` is the view without it, ``sight`` the one with it. Pure."""
    changes: dict[str, object] = {"streaks": _streaks(memory.streaks, seen)}
    if seen.skew is not None:
        off = abs(seen.skew) - seen.skew_margin > limits.clock_skew
        changes["skewed"] = memory.skewed + 1 if off else 0
    if seen.look is Look.CONTAINERS and isinstance(seen.answer, Containers):
        changes |= _container_memory(memory, before, seen, sight)
    return msgspec.structs.replace(memory, **changes)


def _streaks(streaks: dict[Look, Streak], seen: Observation) -> dict[Look, Streak]:
    if seen.ok:
        return {k: v for k, v in streaks.items() if k is not seen.look} if streaks else streaks
    old = streaks.get(seen.look)
    return {**streaks, seen.look: Streak(old.count + 1, old.since) if old else Streak(1, seen.at)}


def _container_memory(
    memory: Memory, before: Sight | None, seen: Observation, sight: Sight
) -> dict[str, object]:
    listed = seen.answer
    assert isinstance(listed, Containers)
    now, rows = seen.at, listed.by_service
    old = before.containers.by_service if before and before.containers else {}
    then = before.answers[Look.CONTAINERS].at if old and before else now
    recreated = memory.recreated_at
    restarts = memory.restarts
    for name, row in rows.items():
        age = sight.age_of(row)
        if age is not None and 0 <= age < sight.limits.start_allowance:
            moment = now - timedelta(seconds=age)
            recreated = max(recreated, moment) if recreated else moment
        earlier = old.get(name)
        if earlier is not None and _restarted(earlier, row, (now - then).total_seconds()):
            times = (*restarts.get(name, ()), now)
            floor = now - timedelta(seconds=sight.limits.restarts_within)
            restarts = {**restarts, name: tuple(t for t in times if t >= floor)[-9:]}
    gone = {
        name: memory.gone_since.get(name, now)
        for name in sight.expectation.services
        if name not in rows
    }
    backup = memory.backup_since
    if not (gone.keys() & sight.trio):
        backup = None
    elif backup is None and sight.in_backup_window:
        backup = now
    back = memory.temporal_back
    if "temporal" in rows and "temporal" in memory.gone_since:
        back = now
    return {
        "listed_at": {**memory.listed_at, **dict.fromkeys(rows, now)},
        "gone_since": gone,
        "restarts": restarts,
        "recreated_at": recreated,
        "temporal_back": back,
        "backup_since": backup,
    }


def _restarted(earlier: Container, row: Container, elapsed: float) -> bool:
    """The same container, up for less than it must be if it had gone on since the last look."""
    if earlier.container_id != row.container_id or earlier.up is None or row.up is None:
        return False
    return row.up.high + 2.0 < earlier.up.low + elapsed
