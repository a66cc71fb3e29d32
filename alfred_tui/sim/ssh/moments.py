"""Moments and spans as systemd writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

UNITS = (("month", 2_629_800), ("w", 604_800), ("day", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_SPAN = re.compile(r"(\d+)\s*([a-z]+)")
_SIZES = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def written(t: float) -> str:
    """``Tue 2026-06-02 12:20:30 UTC``."""
    return f"{datetime.fromtimestamp(t, UTC):%a %Y-%m-%d %H:%M:%S} UTC"


def span(seconds: float) -> str:
    """The two largest units: ``1h 5min``, ``9min 30s``, ``2 days``."""
    parts: list[str] = []
    left = int(abs(seconds))
    for name, size in UNITS:
        count, left = divmod(left, size)
        if count:
            wide = name in ("month", "day")
            parts.append(f"{count} {name}{'s' if count > 1 else ''}" if wide else f"{count}{name}")
    return " ".join(parts[:2]) or "0s"


def read(text: str, now: float) -> float | None:
    """The epoch second that ``--since`` means; None when it means none."""
    text = text.strip()
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"now": now, "today": today.timestamp()}
    named["yesterday"] = (today - timedelta(days=1)).timestamp()
    if text in named:
        return named[text]
    if text.startswith("@"):
        return float(text[1:])
    if text.endswith(" ago") or text.startswith("-"):
        found = _SPAN.findall(text)
        sizes = [_SIZES.get("m" if unit.startswith("mi") else unit[0]) for _, unit in found]
        if not found or None in sizes:
            return None
        return now - sum(int(n) * (size or 0) for (n, _), size in zip(found, sizes, strict=True))
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC").replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
