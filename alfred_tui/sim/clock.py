"""Moments as the wire writes them, and the beats of schedules. Times are epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alfred_tui.sim.catalogue import Plan
from alfred_tui.sim.dice import roll, share

Gap = tuple[float, float]
"""A time in which nothing is started: from, to."""


def stamp(t: float, digits: int = 0) -> str:
    """RFC 3339 with ``Z`` and 0, 3, 6 or 9 digits of a second."""
    whole = int(t)
    text = f"{_to_second(whole)}"
    if digits:
        micro = int((t - whole) * 1_000_000)
        text += "." + (f"{micro:06d}" + f"{micro * 7919 % 1000:03d}")[:digits]
    return text + "Z"


@lru_cache(maxsize=20_000)
def _to_second(whole: int) -> str:
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"


def in_gap(t: float, gaps: list[Gap]) -> bool:
    """Whether nothing is started at ``t``."""
    return any(begin <= t < end for begin, end in gaps)


def last_multiple(every: float, t: float, gaps: list[Gap]) -> float:
    """The last multiple of ``every`` not after ``t`` and not in a gap."""
    moment = t // every * every
    for begin, end in sorted(gaps, reverse=True):
        if begin <= moment < end:
            moment = (begin - 0.001) // every * every
    return moment


def past(plan: Plan, t: float, count: int, gaps: list[Gap], zone: str) -> list[float]:
    """The last ``count`` times that a plan was due and acted, oldest first."""
    if not plan.every:
        return [m for m in _days(plan, t, zone, range(-8, 1)) if m <= t][-count:]
    found: list[float] = []
    moment = t + plan.every
    for _ in range(count):
        moment = last_multiple(plan.every, moment - plan.every, gaps)
        if moment <= 0:
            break
        found.append(moment)
    return [m for m in (_jittered(plan, m) for m in reversed(found)) if m <= t]


def coming(plan: Plan, t: float, count: int, zone: str) -> list[float]:
    """The next ``count`` times that a plan is due."""
    if not plan.every:
        span = range(count + 3) if plan.weekdays == (0, 6) else range(count * 7 + 8)
        return [m for m in _days(plan, t, zone, span) if m > t][:count]
    first = t // plan.every * plan.every
    times = (_jittered(plan, first + plan.every * n) for n in range(count + 1))
    return [m for m in times if m > t][:count]


def _jittered(plan: Plan, moment: float) -> float:
    if not plan.jitter:
        return moment
    most = float(plan.jitter.removesuffix("s"))
    return moment + round(most * share(plan.id, int(moment)), 3)


def _days(plan: Plan, t: float, zone: str, span: range) -> list[float]:
    where = zone_of(zone if plan.zoned else "UTC")
    today = datetime.fromtimestamp(t, where)
    at_hour = today.replace(hour=plan.hour, minute=plan.minute, second=0, microsecond=0)
    low, high = plan.weekdays
    days = (at_hour + timedelta(days=n) for n in span)
    return [d.timestamp() for d in days if low <= (d.weekday() + 1) % 7 <= high]


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The zone, or UTC on a machine that has no zones."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def run_id(*words: object) -> str:
    """A run's id in the form of a UUID."""
    text = f"{roll(*words):016x}{roll('more', *words):016x}"
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-b{text[17:20]}-{text[20:]}"
