"""What earlier looks at one tenant leave behind for its rules. Written only by ``remember``."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alfred_tui.fleet.expectation import GROUP_OF, Expectation, is_one_shot
from alfred_tui.model.facts import Container, Containers, Dashboard, Schedules, Streams
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.observation import TRANSPORT, FailureKind, Observation

AWAKE = ("running", "restarting", "paused")
"""States of a listed container that is there; others (``exited``, ``dead`` ...) are as missing."""


class Streak(msgspec.Struct, frozen=True, gc=False):
    """Looks in a row that failed alike, and when the first of them was."""

    count: int
    since: datetime


class Track:
    """One service over the looks. Times are epoch seconds, ours."""

    __slots__ = (
        "back",
        "first",
        "gone",
        "id",
        "image",
        "last",
        "restarts",
        "restless",
        "up",
        "up_at",
    )

    def __init__(self, at: float) -> None:
        self.first = at
        self.last = at
        self.gone: float | None = None
        self.back: float | None = None
        self.id = ""
        self.image = ""
        self.up: float | None = None
        self.up_at = at
        self.restless = False
        self.restarts: tuple[float, ...] = ()


class Memory:
    """One tenant's past: newest attempts and answers by look, services, failures in a row."""

    __slots__ = (
        "answers",
        "attempts",
        "backup",
        "backup_gone",
        "changed",
        "docker",
        "missing",
        "refused",
        "rows",
        "services",
        "skew",
        "skew_margin",
        "skewed",
        "streaks",
        "stream_failures",
        "troubled",
        "unpaused",
    )

    def __init__(self) -> None:
        self.attempts: dict[Look, Observation] = {}
        self.answers: dict[Look, Observation] = {}
        self.streaks: dict[Look, Streak] = {}
        self.services: dict[str, Track] = {}
        self.rows: dict[str, Container] = {}
        """Awake containers by service, of the newest list."""
        self.missing: frozenset[str] = frozenset()
        self.troubled: tuple[Container, ...] = ()
        """Rows of the newest list that are not simply running and well."""
        self.changed = 0.0
        """When a container was last created or changed its image, as far as was seen."""
        self.backup: float | None = None
        """Since when services of the nightly backup have been gone, inside its window."""
        self.backup_gone: frozenset[str] = frozenset()
        """Which ones those are."""
        self.docker: bool | None = None
        """Whether Docker answered the last dashboard; ``None`` where that could not be told."""
        self.refused: datetime | None = None
        """When the containers route last refused the key."""
        self.skew: float | None = None
        self.skew_margin = 0.0
        self.skewed = 0
        self.unpaused: dict[str, datetime] = {}
        """By schedule: when it was last seen paused."""
        self.stream_failures: dict[str, tuple[datetime | None, int]] = {}

    @property
    def clock(self) -> float:
        """Tenant clock minus ours, seconds; what may be mere round trip counts as none."""
        if self.skew is None or abs(self.skew) <= self.skew_margin + 1.0:
            return 0.0
        return self.skew


def remember(memory: Memory, seen: Observation, limits: Limits) -> None:
    """Take ``seen`` into memory."""
    look = seen.look
    _count_failures(memory, seen)
    if seen.skew is not None and look is not Look.BANNER:
        memory.skew, memory.skew_margin = seen.skew, seen.skew_margin
        sure = abs(seen.skew) - seen.skew_margin > limits.clock_skew
        near = abs(seen.skew) + seen.skew_margin <= limits.clock_skew
        memory.skewed = memory.skewed + 1 if sure else (0 if near else memory.skewed)
    if isinstance(seen.answer, Dashboard):
        odd = any(o.path.startswith("$.containers") for o in seen.oddities)
        memory.docker = None if odd else seen.answer.containers is not None
        # its container list is the same as the containers look's, and is not kept twice
        seen = msgspec.structs.replace(
            seen, answer=msgspec.structs.replace(seen.answer, containers=None)
        )
    elif isinstance(seen.answer, Containers):
        _take_containers(memory, seen, seen.answer, limits)
    elif isinstance(seen.answer, Schedules):
        paused = {row.schedule_id: seen.at for row in seen.answer.rows if row.paused}
        memory.unpaused = {**memory.unpaused, **paused} if paused else memory.unpaused
    elif isinstance(seen.answer, Streams):
        _take_streams(memory, seen.answer)
    memory.attempts[look] = seen
    if seen.failure is None:
        memory.answers[look] = seen
    elif look is Look.CONTAINERS and seen.failure.kind is FailureKind.UNAUTHORIZED:
        memory.refused = seen.at


def _count_failures(memory: Memory, seen: Observation) -> None:
    """Failures in a row per look; a failure of another sort begins a new row."""
    if seen.failure is None:
        if memory.streaks:
            memory.streaks.pop(seen.look, None)
        return
    old, before = memory.streaks.get(seen.look), memory.attempts.get(seen.look)
    alike = (
        old is not None
        and before is not None
        and before.failure is not None
        and (before.failure.kind in TRANSPORT) == (seen.failure.kind in TRANSPORT)
    )
    streak = Streak(old.count + 1, old.since) if old and alike else Streak(1, seen.at)
    memory.streaks[seen.look] = streak


def _take_containers(memory: Memory, seen: Observation, listed: Containers, limits: Limits) -> None:
    at = seen.at.timestamp()
    young = seen.at + timedelta(seconds=memory.clock - limits.start_allowance)
    rows: dict[str, Container] = {}
    troubled: list[Container] = []
    services, changed = memory.services, memory.changed
    for row in listed.rows:
        if row.state not in AWAKE:
            continue
        name = row.service
        rows[name] = row
        if row.state != "running" or (row.health != "" and row.health != "healthy"):
            troubled.append(row)
        made = row.created_at
        if made is not None and made > young:
            changed = max(changed, at - max(0.0, (seen.at - made).total_seconds() + memory.clock))
        track = services.get(name)
        if track is None or not track.last:
            track = services[name] = Track(at)
            track.id, track.image = row.container_id, row.image_id
        elif track.id != row.container_id or track.image != row.image_id:
            changed = at
            track.id, track.image = row.container_id, row.image_id
            track.up, track.restless, track.back = None, False, at
        _take_uptime(track, row, at, limits, excused=memory.backup is not None)
        track.last = at
        if track.gone is not None:
            track.gone, track.back = None, at
    memory.rows, memory.troubled, memory.changed = rows, tuple(troubled), changed


def _take_uptime(track: Track, row: Container, at: float, limits: Limits, *, excused: bool) -> None:
    """Notice that the same container began anew: it is up for less than it must be by now.

    What begins anew because of a backup is ``excused``.
    """
    up = row.up
    if up is None:
        track.restless = track.restless or row.state == "restarting"
        return
    elapsed = at - track.up_at
    again = track.restless or (
        track.up is not None
        and up.low <= elapsed + 2.0  # began since the last look: no frozen figure is a restart
        and up.high + 2.0 < track.up + elapsed
    )
    if again:
        track.back = at - up.low
        if not excused:
            floor = at - limits.restarts_within
            track.restarts = (*(t for t in track.restarts[-8:] if t >= floor), at)
    track.restless = False
    track.up, track.up_at = up.low, at


def take_missing(memory: Memory, at: datetime, expected: Expectation) -> None:
    """Which expected services the newest list lacks, and since when."""
    missing = expected.services - memory.rows.keys()
    memory.missing = missing
    if not missing:
        return
    moment = at.timestamp()
    for name in missing:
        track = memory.services.get(name)
        if track is None:
            track = memory.services[name] = Track(0.0)  # never listed: ``last`` is 0
        if track.gone is None:
            track.gone = moment


def _take_streams(memory: Memory, listed: Streams) -> None:
    """Count failed pulls by the pull, not by the look: one seen twice is one."""
    counts: dict[str, tuple[datetime | None, int]] = {}
    for row in listed.rows:
        if row.last_pull is None or not pull_failed(row.last_pull_status):
            continue
        pulled, failures = memory.stream_failures.get(row.stream_id, (None, 0))
        if pulled != row.last_pull:
            pulled, failures = row.last_pull, failures + 1
        counts[row.stream_id] = (pulled, failures)
    memory.stream_failures = counts


def pull_failed(status: str) -> bool:
    """Whether a stream's last pull failed: its status is a word or ``error: <text>``."""
    word = status.strip().lower()
    return word.startswith(("error", "fail", "timeout", "timed out", "exception", "unauthor"))


def present_long_enough(memory: Memory, name: str, at: datetime, presence: float) -> bool:
    """Whether a listed service may be expected from now on.

    A member of a known stack at once; one of no stack only after it has been listed for a while,
    so that something run by hand for a minute is not missed ever after.
    """
    if name in GROUP_OF:
        return True
    track = memory.services.get(name)
    if track is None or is_one_shot(name):
        return False
    return at.timestamp() - track.first >= presence
