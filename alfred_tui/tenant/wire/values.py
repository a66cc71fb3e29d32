"""The small notations of the wire: times, durations, Docker's words, df and free."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from datetime import UTC, datetime

from alfred_tui.model.facts import Disk, Scope, Uptime

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|UTC|[+-]\d\d:?\d\d)?"
)
_GO_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4})")


def parse_time(text: object) -> datetime | None:
    """RFC 3339 or Go text with 0 to 9 fraction digits as aware UTC.

    ``None`` for the zero time (``0001-01-01``), for a non-string and for what is no time
    (real-parts.md, 6).
    """
    if not isinstance(text, str) or not (found := _TIME.match(text.strip())):
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if year < 1971:
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
    offset = sign * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)
    try:
        return datetime.fromtimestamp(moment.timestamp() - offset, UTC)
    except (OverflowError, ValueError, OSError):
        return None


_SPAN_UNITS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
    "week": 7 * 86400.0,
    "month": 30 * 86400.0,
    "year": 365 * 86400.0,
}
_HUMAN = re.compile(r"(\d+|Less than a|About an?|an?)\s+(second|minute|hour|day|week|month|year)s?")


def parse_uptime(status: str) -> Uptime | None:
    """Docker's ``Up About a minute (healthy)`` as the interval of seconds it stands for.

    ``None`` when the text does not begin with ``Up``: the container is not running.
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
    number = float(count) if count.isdigit() else 1.0
    if unit == "hour":  # Docker rounds hours to the nearest, everything else down
        return Uptime(max(0.0, (number - 0.5)) * span, (number + 0.5) * span)
    return Uptime(number * span, (number + 1.0) * span)


_UPTIME_PART = re.compile(r"(\d+)\s+(year|month|week|day|hour|minute|second)s?")


def parse_host_uptime(text: str) -> float | None:
    """``up 3 weeks, 2 days, 44 minutes`` in seconds; ``None`` for ``unknown`` and other words."""
    if not text.startswith("up"):
        return None
    parts = _UPTIME_PART.findall(text)
    if not parts:
        return 0.0 if text.strip() in ("up", "up 0 minutes") else None
    return float(sum(int(n) * _SPAN_UNITS[unit] for n, unit in parts))


_GO_DURATION = re.compile(r"([\d.]+)\s*(h|ms|us|µs|ns|m|s|d)")
_GO_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}


def parse_duration(text: object) -> float | None:
    """``"300s"``, ``"0.500s"``, ``"5m 24.3s"``, ``"350m s"`` (milliseconds, oddly) in seconds."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text) if math.isfinite(text) else None
    if not isinstance(text, str):
        return None
    odd = re.fullmatch(r"\s*([\d.]+)m s\s*", text)
    if odd:
        return _number(odd.group(1), 1e-3)
    total, seen = 0.0, False
    for count, unit in _GO_DURATION.findall(text):
        value = _number(count, _GO_UNITS.get(unit, 1e-9))
        if value is None:
            return None
        total, seen = total + value, True
    return total if seen else None


def _number(text: str, factor: float) -> float | None:
    try:
        return float(text) * factor
    except ValueError:
        return None


def parse_df(text: str) -> Disk | None:
    """The last row of ``df -h``, read from the right: mount, ``Use%`` (tenant-api.md 4.2).

    A long device name may stand on a line of its own. ``/`` on ``overlay`` is the container's own
    root and says nothing of the volume.
    """
    tokens = text.split()
    if len(tokens) < 3 or not tokens[-2].endswith("%"):
        return None
    share = tokens[-2][:-1]
    if not share.isdigit():
        return None
    mount = tokens[-1]
    overlay = "overlay" in tokens
    if mount.startswith("/mnt/encrypted"):
        scope = Scope.VOLUME
    elif overlay or mount == "/":
        scope = Scope.CONTAINER
    else:
        scope = Scope.HOST
    return Disk(float(share), scope, mount)


def parse_free(text: str) -> float | None:
    """Share of memory in use out of ``free -m``, percent: used of total, as the host script."""
    for line in text.splitlines():
        if line.lstrip().startswith("Mem:"):
            numbers = [part for part in line.split()[1:] if part.isdigit()]
            if len(numbers) >= 2 and int(numbers[0]) > 0:
                total = int(numbers[0])
                free = total - int(numbers[5]) if len(numbers) >= 6 else int(numbers[1])
                return max(0.0, min(100.0, 100.0 * free / total))
    return None


def payload(value: object) -> object:
    """A search attribute, wrapped (base64 JSON under ``data``) or plain (real-parts.md, 3)."""
    if not isinstance(value, dict) or "data" not in value:
        return value
    data = value["data"]
    if not isinstance(data, str):
        return None
    try:
        return json.loads(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None


def integer(value: object) -> int | None:
    """An int64, which arrives as a string or as a number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
        return int(value)
    return None


def image_id(labels: str) -> str:
    """The local image id out of a container's joined labels, 12 hex digits; ``""`` if absent."""
    at = labels.find("com.docker.compose.image=sha256:")
    if at < 0:
        return ""
    return labels[at + 32 : at + 44]
