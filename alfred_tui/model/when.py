"""Moments as a person writes them: so long ago or from now, a date, a time of day. All are UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_SPAN = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|w)", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
SPAN = "30m, 36h, 2d or 1w"
PAST = f"{SPAN} ago, or 2026-11-20, 2026-11-20T14:30 (UTC where no zone is given)"
FUTURE = "08:00, 2026-11-20 or 2026-11-20T14:30 (UTC where no zone is given)"


def span(text: str) -> timedelta:
    """``4h`` and the like.

    Raises:
        ValueError: it is none; the text says what is allowed.
    """
    if (found := _SPAN.fullmatch(text.strip())) is None:
        raise ValueError(f"allowed is {SPAN}")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def before(text: str, now: datetime) -> datetime:
    """The moment that is named, a span meaning so long ago; aware UTC.

    Raises:
        ValueError: it is none, or beyond the calendar; the text says what is allowed.
    """
    try:
        if _SPAN.fullmatch(text.strip()):
            return now - span(text)
        return _dated(text)
    except (ValueError, OverflowError):
        raise ValueError(f"allowed is {PAST}") from None


def after(text: str, now: datetime) -> datetime:
    """The moment to come that is named; a time of day is the next such. Aware UTC.

    Raises:
        ValueError: it is none, or has passed; the text says what is allowed.
    """
    given = text.strip()
    try:
        if clock := _CLOCK.fullmatch(given):
            found = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
            return found if found > now else found + timedelta(days=1)
        found = _dated(given)
    except (ValueError, OverflowError):
        raise ValueError(f"allowed is {FUTURE}") from None
    if found <= now:
        raise ValueError(f"that has passed; allowed is {FUTURE}")
    return found


def _dated(text: str) -> datetime:
    found = datetime.fromisoformat(text.strip())
    return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
