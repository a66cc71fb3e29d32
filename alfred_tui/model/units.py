"""Durations, ages, sizes and shares in an operator's words."""

from __future__ import annotations

from datetime import datetime


def short_duration(seconds: float) -> str:
    """``8 s``, ``4 min``, ``3 h``, ``41 d``: one unit, rounded down; never negative."""
    s = max(0.0, seconds)
    if s < 60:
        return f"{int(s)} s"
    if s < 3600:
        return f"{int(s // 60)} min"
    if s < 48 * 3600:
        return f"{int(s // 3600)} h"
    return f"{int(s // 86400)} d"


def compact_duration(seconds: float) -> str:
    """The same without the blank (``4min``, ``41d``) for narrow columns."""
    return short_duration(seconds).replace(" ", "").replace("min", "m")


def latency(seconds: float) -> str:
    """A round trip: ``88 ms`` below a second, ``1.4 s`` above."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def percent(value: float) -> str:
    """``93 %``."""
    return f"{value:.0f} %"


def size(count: float) -> str:
    """Bytes as ``512 B``, ``49 kB``, ``1.2 MB``, ``3.4 GB`` (powers of 1000)."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def age(then: datetime | None, now: datetime) -> str:
    """How long ago, as a short duration; ``never`` for no time at all."""
    return "never" if then is None else short_duration((now - then).total_seconds())


def stamp(moment: datetime) -> str:
    """``2026-06-01 09:00:00 UTC``."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
