"""What earlier looks at one tenant leave behind for its rules. Written only by ``remember``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from alfred_tui.fleet import pulls
from alfred_tui.fleet.expectation import GROUP_OF, Expectation, is_one_shot
from alfred_tui.model.facts import (
    Container,
    Containers,
    Dashboard,
    Schedule,
    Schedules,
    Scope,
    Streams,
    System,
)
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.observation import TRANSPORT, FailureKind, Observation

AWAKE = frozenset({"running", "restarting", "paused", ""})
"""States of a listed container that is there; others (``exited``, ``dead`` ...) are as missing.

``""`` is a state that was not understood: the list has only what is there (tenant-api.md 3.1).
"""

MOST_TOLD = 8
"""An answer with so many odd places may have more that were not told.

Fixed: it is the bound up to which the decoder tells them.
"""
_DROPPED = re.compile(r"\$(\.containers)?(\[\d+\](\.Service)?)?")
_NONE: frozenset[str] = frozenset()
NOT_UTF8 = "not UTF-8"


class Streak(msgspec.Struct, frozen=True, gc=False):
    """Looks in a row that failed alike, and when the first of them was."""

    count: int
    since: datetime


def rows_dropped(seen: Observation) -> bool:
    """Whether rows of a containers list were lost: an odd place is a row, or what names it."""
    odd = seen.oddities
    if not odd:
        return False
    told = (place.path for place in odd if place.text != NOT_UTF8)
    return len(odd) >= MOST_TOLD or any(_DROPPED.fullmatch(path) for path in told)


class Track:
    """One service over the looks. Times are epoch seconds, ours.

    ``first`` is its first listing in this run, ``known`` that in this or an earlier one since it
    was last away; ``dated`` says that ``gone`` is when it went, and not when we came.
    """

    __slots__ = (
        "back",
        "dated",
        "first",
        "gone",
        "id",
        "image",
        "known",
        "last",
        "others",
        "restarts",
        "restless",
        "up",
        "up_at",
    )

    def __init__(self, at: float) -> None:
        self.first = at
        self.known = at
        self.last = at
        self.dated = True
        self.gone: float | None = None
        self.back: float | None = None
        self.id = ""
        self.image = ""
        self.others: frozenset[str] = _NONE
        """Containers of the same service that stood beside it in the newest list."""
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
        "before",
        "changed",
        "docker",
        "full",
        "missing",
        "paces",
        "pulls",
        "refused",
        "rows",
        "services",
        "skew",
        "skew_margin",
        "skewed",
        "streaks",
        "troubled",
        "whole",
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
        self.whole = True
        """Whether no row of the newest list was dropped: what is not in it is absent."""
        self.changed = 0.0
        """When a container was last created or changed its image, as far as was seen."""
        self.backup: float | None = None
        """Since when services of the nightly backup have been gone, inside its window."""
        self.backup_gone: frozenset[str] = frozenset()
        """Which ones those are."""
        self.before: frozenset[str] = _NONE
        """Services of the backup that the run before saw, shortly before this one."""
        self.docker: bool | None = None
        """Whether Docker answered the last dashboard; ``None`` where that could not be told."""
        self.refused: datetime | None = None
        """When the containers route last refused the key."""
        self.skew: float | None = None
        self.skew_margin = 0.0
        self.skewed = 0
        self.full: frozenset[Look] = frozenset()
        """Looks whose disk figure was above the upper limit, and has not fallen clearly since."""
        self.paces: Mapping[str, Pace] = {}
        self.pulls: Mapping[str, pulls.Pull] = {}

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
        _take_disk(memory, seen, seen.answer, limits)
        odd = any(o.path.startswith("$.containers") for o in seen.oddities)
        told = seen.answer.containers is not None
        memory.docker = told if told or not odd else None
        # its container list is the same as the containers look's, and is not kept twice
        seen = msgspec.structs.replace(
            seen, answer=msgspec.structs.replace(seen.answer, containers=None)
        )
    elif isinstance(seen.answer, Containers):
        memory.whole = not rows_dropped(seen)
        _take_containers(memory, seen, seen.answer, limits)
    elif isinstance(seen.answer, Schedules):
        memory.paces = _paces(memory.paces, seen, seen.answer)
    elif isinstance(seen.answer, Streams):
        memory.pulls = pulls.follow(memory.pulls, seen, seen.answer)
    elif isinstance(seen.answer, System):
        _take_disk(memory, seen, seen.answer, limits)
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


def _take_disk(
    memory: Memory, seen: Observation, answer: System | Dashboard, limits: Limits
) -> None:
    """A disk above the upper limit counts as full until it is clearly below it."""
    disk = answer.disk
    if disk is None or disk.scope is Scope.CONTAINER:
        return
    was = seen.look in memory.full
    full = disk.percent > limits.disk_down - (limits.disk_relief if was else 0.0)
    if full is not was:
        memory.full = memory.full ^ {seen.look}


class Pace(msgspec.Struct, frozen=True, gc=False):
    """Since when a schedule has been seen unpaused with this interval, our time."""

    interval: float | None
    since: datetime


def _paces(before: Mapping[str, Pace], seen: Observation, listed: Schedules) -> dict[str, Pace]:
    """By schedule that has an interval; in an odd list what is not in it stays."""
    after = dict(before) if seen.oddities else {}
    for row in listed.rows:
        if row.interval is not None:
            after[row.schedule_id] = _pace(before.get(row.schedule_id), row, seen.at)
    return after


def _pace(old: Pace | None, row: Schedule, at: datetime) -> Pace:
    if old is not None and not row.paused and old.interval == row.interval:
        return old
    return Pace(row.interval, at)


def _take_containers(memory: Memory, seen: Observation, listed: Containers, limits: Limits) -> None:
    at = seen.at.timestamp()
    before = memory.answers.get(Look.CONTAINERS)
    last_list = before.at.timestamp() if before is not None else 0.0
    young = seen.at + timedelta(seconds=memory.clock - limits.start_allowance)
    beside, troubled = dict[str, list[Container]](), list[Container]()
    rows = {row.service: row for row in listed.rows if row.state in AWAKE}
    if len(rows) != len(listed.rows):
        rows, beside, troubled = _by_service(listed)
    services, changed = memory.services, memory.changed
    for name, row in rows.items():
        if row.state != "running" or (row.health != "" and row.health != "healthy"):
            troubled.append(row)
        others = beside.get(name, ()) if beside else ()
        made = row.created_at
        if made is not None and made > young:
            changed = max(changed, at - max(0.0, (seen.at - made).total_seconds() + memory.clock))
        track = services.get(name)
        if track is None or not track.last:
            track = services[name] = _met(track, row, others, at)
        else:
            same = track.id == row.container_id and track.image == row.image_id
            if not same or others or track.others:
                changed = at if _replaced(track, row, others, at) else changed
            if track.last < last_list and at - track.last > limits.start_allowance:
                track.known = at  # away for longer than a restart: it begins anew
        _take_uptime(track, row, at, limits, excused=memory.backup is not None)
        track.last = at
        if track.gone is not None:
            track.gone, track.back, track.dated = None, at, True
    memory.rows, memory.troubled, memory.changed = rows, tuple(troubled), changed


def _by_service(
    listed: Containers,
) -> tuple[dict[str, Container], dict[str, list[Container]], list[Container]]:
    """The awake container of each service, those beside it, and which of these are not well.

    An update that broke leaves two of a service: the one created last speaks, as a list's order
    says nothing.
    """
    rows: dict[str, Container] = {}
    beside: dict[str, list[Container]] = {}
    for row in listed.rows:
        if row.state not in AWAKE:
            continue
        if row.service in rows:
            older, row = sorted((rows[row.service], row), key=_age)
            beside.setdefault(row.service, []).append(older)
        rows[row.service] = row
    unwell = [row for rest in beside.values() for row in rest if _unwell(row)]
    return rows, beside, unwell


def _unwell(row: Container) -> bool:
    return row.state != "running" or row.health not in ("", "healthy")


def _age(row: Container) -> tuple[bool, str, str]:
    made = row.created_at
    return made is not None, made.isoformat() if made is not None else "", row.container_id


def _met(old: Track | None, row: Container, others: Sequence[Container], at: float) -> Track:
    """A service listed for the first time in this run; ``old`` is what an earlier run knew."""
    track = Track(at)
    if old is not None:
        track.gone, track.known = old.gone, old.known or at
    track.id, track.image = row.container_id, row.image_id
    track.others = frozenset(each.container_id for each in others) if others else _NONE
    return track


def _replaced(track: Track, row: Container, others: Sequence[Container], at: float) -> bool:
    """Whether a container is listed that this service's previous list did not have."""
    same = track.id == row.container_id and track.image == row.image_id
    known = track.others | {track.id}
    fresh = row.container_id not in known or any(o.container_id not in known for o in others)
    fresh = fresh or (track.id == row.container_id and not same)
    if not same:
        track.up, track.restless = None, False
    if fresh:
        track.back = at
    track.id, track.image = row.container_id, row.image_id
    track.others = frozenset(each.container_id for each in others) if others else _NONE
    return fresh


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
            kept = track.restarts[-max(8, limits.restarts) :]
            track.restarts = (*(t for t in kept if t >= floor), at)
    track.restless = False
    track.up, track.up_at = up.low, at


ANSWERS = frozenset({"ctrl-api"})
"""What answers is there, wherever it runs: it is never missing from a list that it gave itself."""


def take_missing(memory: Memory, at: datetime, expected: Expectation) -> None:
    """Which expected services the newest list lacks, and since when.

    Where rows of it were dropped nothing new is missing.
    """
    missing = expected.services - memory.rows.keys() - ANSWERS
    if not memory.whole:
        missing &= memory.missing
    memory.missing = missing
    if not missing:
        return
    moment = at.timestamp()
    for name in missing:
        track = memory.services.get(name)
        if track is None:
            track = memory.services[name] = Track(0.0)  # never listed: ``last`` is 0
        if track.gone is None:
            track.gone, track.dated = moment, track.last > 0.0 or name in memory.before


def present_since(memory: Memory, name: str, floor: float) -> bool:
    """Whether a listed service may be expected from now on; ``floor`` is an epoch.

    A member of a known stack at once; one of no stack only after it has been listed for a while,
    so that something run by hand for a minute is not missed ever after.
    """
    if name in GROUP_OF:
        return True
    track = memory.services.get(name)
    if track is None or is_one_shot(name):
        return False
    return track.known <= floor
