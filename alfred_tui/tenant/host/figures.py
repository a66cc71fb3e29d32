"""Figures of a machine: the kernel's, ``df``'s and Docker's. Each raises ``ValueError``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import msgspec

from alfred_tui.model.host import Mount, Usage
from alfred_tui.model.text import clean, first_line
from alfred_tui.tenant.stack import PROJECTS

PSEUDO = frozenset(
    {"tmpfs", "devtmpfs", "overlay", "squashfs", "efivarfs", "ramfs", "fuse.snapfuse", "shm"}
)
"""Kinds of filesystems that are no disk, or another's; a container has an overlay each."""
_DISK = re.compile(r"(\S.*?)\s+(\S+)\s+(\d{1,20})\s+(\d{1,20})\s+-?\d+\s+(?:\d+%|-)\s+(/.*)")
_SIZE = re.compile(r"([\d.]{1,20})\s*([kKMGTP]?)(i?)B")
_POWERS = " KMGTP"
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_CONTAINER = re.compile(rf"(?:{'|'.join(PROJECTS)})-(.+)-\d+")


def uptime(text: str) -> float:
    """Seconds since boot (``/proc/uptime``)."""
    return _finite(_words(text)[0])


def load(text: str) -> tuple[float, ...]:
    """The averages over 1, 5 and 15 minutes (``/proc/loadavg``)."""
    one, five, fifteen = map(_finite, _words(text)[:3])
    return one, five, fifteen


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{first_line(text)} is no figure")
    return number


def whole(text: str) -> int | None:
    """A number of at most 18 digits; Python refuses to read the longest, and none is meant."""
    return int(text) if _WHOLE.fullmatch(text) else None


def _words(text: str) -> list[str]:
    words = text.split()
    if not words:
        raise ValueError("it said nothing")
    return words


def memory(text: str) -> tuple[int, int]:
    """Bytes that are not available, and all of them (``/proc/meminfo``)."""
    figures = dict(re.findall(r"^(\w+):\s+(\d{1,18}) kB$", text, re.MULTILINE))
    if "MemTotal" not in figures or "MemAvailable" not in figures:
        raise ValueError(first_line(text) or "it said nothing")
    total = int(figures["MemTotal"]) * 1024
    return total - int(figures["MemAvailable"]) * 1024, total


def disks(text: str) -> tuple[Mount, ...]:
    """Mounted disks (``df -P -T -B1``); other lines are complaints about single mounts."""
    rows = [found.groups() for line in text.splitlines() if (found := _DISK.fullmatch(line))]
    if not rows:
        raise ValueError(first_line(text) or "it said nothing")
    return tuple(
        Mount(clean(place), clean(device), clean(kind, 40), int(size), int(used))
        for device, kind, size, used, place in rows
        if kind not in PSEUDO and int(size)
    )


class _Figures(msgspec.Struct):
    """A row of ``docker stats``, as far as it is used."""

    Name: str
    CPUPerc: str = ""
    MemUsage: str = ""
    MemPerc: str = ""
    PIDs: str = ""


def usage(text: str) -> tuple[Usage, ...]:
    """Containers by service (``docker stats``)."""
    return tuple(sorted(_rows(text), key=lambda row: row.service))


def _rows(text: str) -> Iterator[Usage]:
    for line in text.splitlines():
        try:
            row = msgspec.json.decode(line, type=_Figures)
        except msgspec.MsgspecError:
            continue
        found = _CONTAINER.fullmatch(row.Name)
        yield Usage(
            clean(found[1] if found else row.Name, 120),
            _share(row.CPUPerc),
            _bytes(row.MemUsage.partition("/")[0]),
            _share(row.MemPerc),
            whole(row.PIDs),
        )


def _share(text: str) -> float | None:
    """``1.83%``; Docker says ``--`` of one that has just ended."""
    number = text.strip().removesuffix("%")
    return float(number) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", number) else None


def _bytes(text: str) -> int | None:
    """``42.1MiB``, ``806kB``."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or found[1].count(".") > 1:
        return None
    power = _POWERS.index(found[2].upper() or " ")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** power)
