"""What is in view of one tenant when it is judged: newest looks, memory, clock, limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from alfred_tui.fleet.expectation import Expectation, agent_of
from alfred_tui.fleet.memory import Memory
from alfred_tui.fleet.trend import NONE, Trend
from alfred_tui.model.damping import Damp
from alfred_tui.model.facts import Answer, Container
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.tenant import Layout, Tenant
from alfred_tui.model.verdict import Pill

BACKUP_EARLY = 60.0
"""Seconds before the window that still count as inside: clocks are never quite alike.

Fixed on purpose: it is not a matter of taste; the window's start and length are settings.
"""


NO_DAMPING: Mapping[str, Damp] = MappingProxyType({})


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A rule's word on one subject at this look, before damping.

    It fires after ``looks`` consecutive looks that are ``apart`` seconds from each other, and
    ``lasting`` seconds; seen on for ``down_after`` seconds it is DOWN. Looks that are more than
    ``within`` seconds from each other do not count together. ``since`` overrides when it began.
    ``held`` says that nothing can be told of this subject now: what was said of it stays as it was.
    With ``of`` the ``looks`` need not be consecutive: so many of the last ``of``.
    """

    text: str
    pill: Pill = Pill.DEGRADED
    subject: str = ""
    value: str = ""
    limit: str = ""
    looks: int = 1
    apart: float = 0.0
    lasting: float = 0.0
    down_after: float | None = None
    within: float | None = None
    since: datetime | None = None
    held: bool = False
    of: int = 0


def unsure(subject: str = "") -> Finding:
    """The finding that says: I cannot tell about this subject now."""
    return Finding("", subject=subject, held=True)


class Sight:
    """One tenant in view, just after ``seen`` was taken into ``memory``. Rules only read it.

    ``zone`` is the host's time zone; ``suspect`` says that our own network may be the cause of
    what fails, ``partition`` that HTTP is lost everywhere while SSH answers, ``own_clock`` that
    it is our own clock that is wrong. ``damping`` is what is set for a rule over its own damping.
    """

    __slots__ = (
        "damping",
        "expectation",
        "layout",
        "limits",
        "memory",
        "now",
        "own_clock",
        "partition",
        "seen",
        "suspect",
        "tenant",
        "trend",
        "zone",
    )

    def __init__(
        self,
        *,
        tenant: Tenant,
        layout: Layout | None,
        expectation: Expectation,
        limits: Limits,
        memory: Memory,
        seen: Observation,
        zone: tzinfo = UTC,
        suspect: bool = False,
        partition: bool = False,
        own_clock: bool = False,
        trend: Trend = NONE,
        damping: Mapping[str, Damp] = NO_DAMPING,
    ) -> None:
        self.damping = damping
        self.tenant = tenant
        self.layout = layout
        self.expectation = expectation
        self.limits = limits
        self.memory = memory
        self.seen = seen
        self.now = seen.at
        self.zone = zone
        self.suspect = suspect
        self.partition = partition
        self.own_clock = own_clock
        self.trend = trend

    @property
    def look(self) -> Look:
        """The look that is being judged."""
        return self.seen.look

    def answer(self, look: Look, kind: type[Answer]) -> Answer | None:
        """The newest answer to ``look``, if there was one."""
        seen = self.memory.answers.get(look)
        return seen.answer if seen is not None and isinstance(seen.answer, kind) else None

    @property
    def listing(self) -> bool:
        """Whether the newest containers look is an answer: the rows that it has are true."""
        seen = self.memory.attempts.get(Look.CONTAINERS)
        return seen is not None and seen.failure is None

    def unread(self) -> list[Finding]:
        """For services that may stand in a row that was dropped: nothing can be said of them."""
        memory = self.memory
        if memory.whole:
            return []
        return [unsure(name) for name in memory.services if name not in memory.rows]

    @property
    def theirs(self) -> datetime:
        """The moment of this look on the tenant's own clock."""
        return self.now + timedelta(seconds=self.memory.clock)

    @property
    def trio(self) -> frozenset[str]:
        """What the backup script stops (runbook.md 9)."""
        return trio_of(self.layout)

    @property
    def backup_running(self) -> bool:
        """Some of the trio is gone inside the window, for less than a backup may take."""
        since = self.memory.backup
        return since is not None and (self.now.timestamp() - since <= self.limits.backup_allowance)

    @property
    def recreating(self) -> bool:
        """Containers were recreated within the start allowance: absence proves nothing yet."""
        return self.now.timestamp() - self.memory.changed < self.limits.start_allowance

    def young(self, row: Container) -> bool:
        """Whether a container was created within its start allowance, by the tenant's clock."""
        if row.created_at is None:
            return False
        age = (self.theirs - row.created_at).total_seconds()
        return age < self.limits.start_allowance

    @property
    def settling(self) -> bool:
        """Temporal or its worker is away for a backup, or came back a moment ago.

        What their looks show then is a consequence: it is neither counted nor forgotten.
        """
        if self.memory.backup is not None:
            return True
        return any(self._came_back(name) for name in ("temporal", "alfred-learn"))

    def _came_back(self, name: str) -> bool:
        track = self.memory.services.get(name)
        if track is None or not track.last:
            return False
        at, settle = self.now.timestamp(), self.limits.settle
        if track.back is not None and at - track.back < settle:
            return True
        return track.up is not None and track.up + (at - track.up_at) < settle


def trio_of(layout: Layout | None) -> frozenset[str]:
    """What the nightly backup of this generation stops."""
    return frozenset({"alfred", agent_of(layout), "temporal"})


def in_backup_window(theirs: datetime, zone: tzinfo, limits: Limits) -> bool:
    """Whether a backup may have begun at ``theirs``: from 03:00 host time, start delay included."""
    local = theirs.astimezone(zone)
    second = local.hour * 3600 + local.minute * 60 + local.second
    begin = limits.backup_window_start - BACKUP_EARLY
    length = limits.backup_window_length + limits.backup_allowance + BACKUP_EARLY
    return (second - begin) % 86400.0 < length


def follow_backup(
    memory: Memory, at: datetime, trio: frozenset[str], zone: tzinfo, limits: Limits
) -> None:
    """Note which of the backup's services went away inside its window, and since when.

    One that was gone before the window began is not the backup's doing.
    """
    gone = memory.missing & trio
    if gone:
        ahead = memory.clock
        since: dict[str, float] = {}
        for name in gone:
            began = memory.services[name].gone
            if began is None:
                continue
            theirs = datetime.fromtimestamp(began, UTC) + timedelta(seconds=ahead)
            if in_backup_window(theirs, zone, limits):
                since[name] = began
        memory.backup_gone = frozenset(since)
        memory.backup = min(since.values(), default=None)
    elif memory.backup is not None:
        memory.backup, memory.backup_gone = None, frozenset()


def zone_of(name: str | None) -> tzinfo:
    """A tenant's time zone; UTC where none is known or the name is no zone. Reads a file."""
    if name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC
    return UTC
