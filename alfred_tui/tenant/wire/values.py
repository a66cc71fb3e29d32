"""The small notations of the wire: times, durations, Docker's words, df and free."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from alfred_tui.model.facts import Disk, Scope, Uptime
from alfred_tui.model.text import clean

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|UTC|[+-]\d\d:?\d\d)?"
)
EARLIEST_YEAR, LATEST_YEAR = 1971, 2999
LONGEST = 10 * 365 * 86400.0
"""Seconds above which a duration is no duration: adding it to a time must be possible."""


def parse_time(text: object) -> datetime | None:
    """RFC 3339 or Go text with 0 to 9 fraction digits as aware UTC; also ``{seconds, nanos}``.

    ``None`` for the zero time (``0001-01-01``) and for what is no time (real-parts.md, 6).
    """
    if not isinstance(text, str):
        return _from_epoch(text)
    usual = _usual(text)
    if usual is not None:
        return usual if EARLIEST_YEAR <= usual.year <= LATEST_YEAR else None
    if not (found := _TIME.match(text)):
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    micro = int((found.group(7) or "0").ljust(6, "0")[:6])
    zone = found.group(8) or "Z"
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=UTC)
    except ValueError:
        return None
    if zone in ("Z", "UTC"):
        return moment
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return moment - sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


def _usual(text: str) -> datetime | None:
    """The two spellings that nearly every time has, read by the standard library."""
    if text[19:] == " +0000 UTC":
        text = text[:19] + "Z"
    elif text[-1:] != "Z" or text[10:11] not in ("T", " "):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_epoch(value: object) -> datetime | None:
    nanos = 0
    if isinstance(value, dict):
        nanos = integer(value.get("nanos", 0)) or 0
        value = integer(value.get("seconds"))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not 365 * 86400.0 < value < (LATEST_YEAR - 1970) * 365 * 86400.0:
        return None
    return datetime.fromtimestamp(float(value) + min(nanos, 10**9) / 1e9, UTC)


_SPAN_UNITS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
    "week": 7 * 86400.0,
    "month": 30 * 86400.0,
    "year": 365 * 86400.0,
    "decade": 3650 * 86400.0,
}
_HUMAN = re.compile(
    r"(\d{1,9}|Less than a|About an?|an?)\s+(second|minute|hour|day|week|month|year)s?"
)


@lru_cache(maxsize=4096)
def parse_uptime(status: str) -> Uptime | None:
    """Docker's ``Up About a minute (healthy)`` as the interval of seconds it stands for.

    ``None`` when the text does not begin with ``Up``: the container is not running. Docker rounds
    to the nearest hour and takes days, weeks and months of those; below an hour it rounds down.
    """
    if not status.startswith("Up"):
        return None
    found = _HUMAN.search(status)
    if found is None:
        return None
    count, unit = found.groups()
    span = _SPAN_UNITS[unit]
    if count == "Less than a":
        return Uptime(0.0, 1.0)
    number = min(float(count), 1e6) if count.isdigit() else 1.0
    if unit in ("second", "minute"):
        return Uptime(number * span, (number + 1.0) * span)
    half = 1800.0
    if unit == "hour":
        return Uptime(max(span, number * span - half), number * span + half)
    return Uptime(number * span - half, (number + 1.0) * span - half)


_UPTIME_PART = re.compile(r"(\d{1,9})\s+(decade|year|month|week|day|hour|minute|second)s?")


def parse_host_uptime(text: str) -> float | None:
    """``up 3 weeks, 2 days, 44 minutes`` in seconds; ``None`` for ``unknown`` and other words."""
    if not text.startswith("up"):
        return None
    parts = _UPTIME_PART.findall(text[:200])
    if not parts:
        return 0.0 if text.strip() == "up" else None
    return min(float(sum(int(n) * _SPAN_UNITS[unit] for n, unit in parts)), 10 * LONGEST)


_GO_DURATION = re.compile(r"([\d.]+)\s*(h|ms|us|µs|ns|m|s|d)")
_MILLI = re.compile(r"\s*([\d.]+)m s\s*")
_GO_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}


def parse_duration(text: object) -> float | None:
    """``"300s"``, ``"0.500s"``, ``"5m 24.3s"``, ``"350m s"`` (milliseconds, oddly) in seconds.

    ``None`` for what is no duration, or a longer one than anything here lasts.
    """
    if not isinstance(text, str):
        return None
    if odd := _MILLI.fullmatch(text):
        return _number(odd.group(1), 1e-3)
    total, seen = 0.0, False
    for count, unit in _GO_DURATION.findall(text[:100]):
        value = _number(count, _GO_UNITS.get(unit, 1e-9))
        if value is None:
            return None
        total, seen = total + value, True
    return total if seen and total <= LONGEST else None


def _number(text: str, factor: float) -> float | None:
    try:
        value = float(text) * factor
    except ValueError:
        return None
    return value if 0 <= value <= LONGEST else None


def seconds(value: object) -> float | None:
    """A positive number of seconds, as a number or as text; ``None`` for anything else."""
    if isinstance(value, str):
        value = integer(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 < value <= LONGEST else None


def share(value: float | None) -> float | None:
    """A share in percent; ``None`` where the tenant could not tell (it says ``-1``)."""
    return value if value is not None and 0 <= value <= 100 else None


_COUNT = re.compile(r"[0-9]{1,15}")
VOLUME = "/mnt/encrypted"
"""Where a tenant's encrypted volume is mounted (tenant-api.md 4.2)."""


def parse_df(text: str) -> Disk | None:
    """The last row of ``df -h``, read from the right: mount, ``Use%`` (tenant-api.md 4.2).

    A long device name may stand on a line of its own. ``/`` on ``overlay`` is the container's own
    root and says nothing of the volume.
    """
    tokens = text[-2000:].split()
    if len(tokens) < 3 or not tokens[-2].endswith("%"):
        return None
    used, mount = tokens[-2][:-1], clean(tokens[-1], 60)
    if not _COUNT.fullmatch(used) or (percent := share(float(used))) is None:
        return None
    device = tokens[-6] if len(tokens) >= 6 else ""
    if mount == VOLUME or mount.startswith(VOLUME + "/"):
        return Disk(percent, Scope.VOLUME, mount)
    inside = "overlay" in device
    return Disk(percent, Scope.CONTAINER if inside else Scope.HOST, mount)


def parse_free(text: str) -> float | None:
    """Share of memory in use out of ``free -m``, percent: all that is not available."""
    for line in text[:4000].splitlines():
        if line.lstrip().startswith("Mem:"):
            numbers = [int(part) for part in line.split()[1:7] if _COUNT.fullmatch(part)]
            if len(numbers) < 2 or numbers[0] <= 0:
                return None
            used = numbers[0] - numbers[5] if len(numbers) == 6 else numbers[1]
            return max(0.0, min(100.0, 100.0 * used / numbers[0]))
    return None


def payload(value: object) -> object:
    """A search attribute, wrapped (base64 JSON under ``data``) or plain (real-parts.md, 3)."""
    if not isinstance(value, dict) or "data" not in value:
        return value
    data = value["data"]
    if not isinstance(data, str) or len(data) > 10_000:
        return None
    try:
        return json.loads(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None


_INT64 = re.compile(r"-?[0-9]{1,19}")


def integer(value: object) -> int | None:
    """An int64, which arrives as a string or as a number."""
    if isinstance(value, str) and _INT64.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < 1 << 63 else None


def image_id(labels: str) -> str:
    """The local image id out of a container's joined labels, 12 hex digits; ``""`` if absent."""
    at = labels.find("com.docker.compose.image=sha256:")
    if at < 0:
        return ""
    return labels[at + 32 : at + 44].split(",", 1)[0]
