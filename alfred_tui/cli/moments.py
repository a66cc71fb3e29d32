"""Moments as a person writes them: how long ago, a date, a date with a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from alfred_tui.cli.output import Refused

_AGO = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
ALLOWED = "30m, 36h, 2d, 1w ago, or 2026-11-20, 2026-11-20T14:30 (UTC where no zone is given)"


def moment(text: str, now: datetime, flag: str) -> datetime:
    """The moment that ``text`` names, aware UTC; ``flag`` is the option it was given for.

    Raises:
        Refused: it cannot be understood, or lies beyond what a calendar has.
    """
    given = text.strip()
    try:
        if ago := _AGO.fullmatch(given):
            return now - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
        found = datetime.fromisoformat(given)
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(f"{flag} {text}: allowed is {ALLOWED}") from None
