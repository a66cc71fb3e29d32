"""What systemd says: timers, units, the journal (systemctl(1), journalctl(1), systemd 252).

Each raises ``ValueError`` where nothing of it can be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from alfred_tui.model.host import Entry, Timer, Unit
from alfred_tui.model.text import clean, first_line
from alfred_tui.tenant.host.figures import whole

SHUT_OUT = ("insufficient permissions", "not seeing messages")
"""What journalctl says to whom it does not show all."""
_WORST, _LEAST = 0, 7
_FARTHEST = 2**53
"""Microseconds: no moment that Python can tell is later, and systemd's "never" is."""


class _Timer(msgspec.Struct):
    unit: str
    activates: str | None = None
    next: int | None = None
    last: int | None = None


class _Unit(msgspec.Struct):
    unit: str
    active: str = ""
    sub: str = ""
    description: str = ""


def timers(text: str) -> tuple[Timer, ...]:
    """Of ``list-timers --output=json``, by name."""
    found = _listed(text, list[_Timer])
    return tuple(
        Timer(clean(row.unit), clean(row.activates or ""), _moment(row.next), _moment(row.last))
        for row in sorted(found, key=lambda row: row.unit)
    )


def units(text: str) -> tuple[Unit, ...]:
    """Of ``show``, in the order that was asked for; those that do not exist are left out."""
    found = []
    for block in text.split("\n\n"):
        told = dict(line.partition("=")[::2] for line in block.splitlines())
        if "Id" in told and told.get("LoadState") != "not-found":
            words = (told.get(key, "") for key in ("ActiveState", "SubState", "Result"))
            state, sub, result = (clean(word, 40) for word in words)
            about = clean(told.get("Description", ""))
            found.append(Unit(clean(told["Id"]), state, sub, result, about))
    if not found and "LoadState=" not in text:
        raise ValueError(first_line(text) or "it said nothing")
    return tuple(found)


def failed(text: str) -> tuple[Unit, ...]:
    """Of ``list-units --state=failed --output=json``."""
    return tuple(
        Unit(clean(row.unit), clean(row.active, 40), clean(row.sub, 40), "", clean(row.description))
        for row in _listed(text, list[_Unit])
    )


def _listed(text: str, kind: type[Any]) -> Any:
    """The list in ``text``; a warning may stand before it."""
    line = next((line for line in text.splitlines() if line.startswith("[")), "")
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError:
        raise ValueError(first_line(text) or "it said nothing") from None


def _moment(micro: int | None) -> datetime | None:
    """``None`` for never: systemd says null, 0 or the largest number."""
    if not micro or not 0 < micro < _FARTHEST:
        return None
    return datetime.fromtimestamp(micro / 1_000_000, UTC)


def journal(text: str) -> tuple[Entry, ...]:
    """Entries of ``--output=json``, as they come; other lines are the program's own words."""
    lines = [line for line in text.splitlines() if line and not line.startswith("-- ")]
    found = [_entry(line) for line in lines if line.startswith("{")]
    if lines and not any(found):
        raise ValueError(lines[0])
    return tuple(entry for entry in found if entry is not None)


def newest(entries: Iterable[Entry], most: int) -> tuple[Entry, ...]:
    """Each once, the newest last, so many of them."""
    floor = datetime.min.replace(tzinfo=UTC)
    unique = dict.fromkeys((each.at, each.unit, each.text, each.priority) for each in entries)
    kept = sorted(unique, key=lambda each: each[0] or floor)
    return tuple(Entry(*each) for each in kept[-most:])


def _entry(line: str) -> Entry | None:
    try:
        told = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None
    names = (told.get(key) for key in ("UNIT", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER"))
    unit = next((name for name in names if isinstance(name, str) and name), "")
    micro, priority = (whole(str(told.get(key))) for key in ("__REALTIME_TIMESTAMP", "PRIORITY"))
    return Entry(
        _moment(micro),
        clean(unit),
        clean(_text(told.get("MESSAGE")), 600),
        6 if priority is None else min(_LEAST, max(_WORST, priority)),
    )


def _text(message: object) -> str:
    """A message that is no UTF-8 comes as its bytes; one that is too long does not come at all."""
    if isinstance(message, str):
        return message
    if isinstance(message, list) and all(isinstance(b, int) and 0 <= b < 256 for b in message):
        return bytes(message).decode("utf-8", "replace")
    return "(a message that the journal does not tell)" if message is None else str(message)
