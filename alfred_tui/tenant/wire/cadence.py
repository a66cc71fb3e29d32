"""A schedule's cadence in words: Temporal keeps no cron text (tenant-api.md 6.3)."""

from __future__ import annotations

from typing import Any

from alfred_tui.tenant.wire.values import parse_duration

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def words(
    intervals: list[str | None], calendars: list[dict[str, Any]], crons: list[str], zone: str
) -> str:
    """``every 15 s``, ``09:00 Mon Europe/Budapest``, ``06:30 Mon-Fri``; ``""`` if not readable."""
    parts = [every(seconds) for text in intervals[:3] if (seconds := parse_duration(text))]
    parts += [text for calendar in calendars[:3] if (text := _calendar(calendar))]
    parts += [f"cron {text}" for text in crons[:2] if text]
    joined = ", ".join(parts)
    return f"{joined} {zone}" if joined and zone and (calendars or crons) else joined


def every(seconds: float) -> str:
    """An interval: ``every 15 s``, ``every 5 min``, ``every 1 h``."""
    for span, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= span and seconds % span == 0:
            return f"every {seconds / span:.0f} {unit}"
    return f"every {seconds:g} s"


def _calendar(calendar: dict[str, Any]) -> str:
    hours, minutes = _ranges(calendar.get("hour"), 23), _ranges(calendar.get("minute"), 59)
    if hours is None or minutes is None:
        return ""
    if len(hours) == 24:
        if len(minutes) == 60:
            clock = "every minute"
        elif len(minutes) > 1 and _even(minutes, 60):
            clock = f"every {minutes[1] - minutes[0]} min"
        else:
            clock = "hourly at " + ", ".join(f":{m:02d}" for m in minutes[:4])
    else:
        clock = ", ".join(f"{h:02d}:{m:02d}" for h in hours[:4] for m in minutes[:2])
    days = _ranges(calendar.get("dayOfWeek"), 6)
    dates = _ranges(calendar.get("dayOfMonth"), 31)
    if days is not None and 0 < len(days) < 7:
        run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
        named = f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}" if run else ",".join(_DAYS[d] for d in days)
        clock += f" {named}"
    if dates is not None and 0 < len(dates) < 31:
        clock += " on day " + ",".join(str(d) for d in dates[:4])
    return clock


def _even(numbers: list[int], span: int) -> bool:
    step = numbers[1] - numbers[0]
    return numbers == list(range(numbers[0], span, step))


def _ranges(value: Any, top: int) -> list[int] | None:
    """The numbers of a list of ``{start,end,step}``; only zeros are omitted, so absent is 0."""
    if not isinstance(value, list):
        return None
    found: set[int] = set()
    for item in value[:60]:
        if not isinstance(item, dict):
            return None
        start, end, step = item.get("start", 0), item.get("end", 0), item.get("step", 1)
        if not all(isinstance(n, int) and 0 <= n <= 10_000 for n in (start, end, step)):
            return None
        found.update(range(start, min(max(start, end), top) + 1, step or 1))
    return sorted(found)
