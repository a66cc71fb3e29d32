"""Samples, stretches and events as the numbers and bytes that the store keeps."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from alfred_tui.model.history import NUMBER, RANK, Event, EventKind, Sample, Stretch
from alfred_tui.model.verdict import Pill, Reason

SAMPLE = "at, series, span, pill, latency, disk, memory, seen, expected"
"""The columns of ``sample``, in the order of a :data:`Row`."""
FIGURES = "watched, ok, degraded, down, worst, latency, latency_most, disk, memory, memory_most"
"""The columns that ``hour`` and ``day`` share, in the order of :data:`Figures`."""
Row = Sequence[int | None]
Figures = tuple[int, int, int, int, int, int | None, int | None, int | None, int | None, int | None]
"""Seconds, worst pill, milliseconds, tenths of a percent."""

_POINT = struct.Struct("<HHBHHHBB")
"""Second of the hour, span, pill, latency, disk, memory, seen, expected."""
_NONE16, _NONE8 = 0xFFFF, 0xFF


def scaled(value: float | None, factor: float) -> int | None:
    """A figure as a small whole number; what is too large is the largest there is."""
    return None if value is None else max(0, min(_NONE16 - 1, round(value * factor)))


def row(series: int, sample: Sample) -> tuple[int | None, ...]:
    """A sample as the store writes it."""
    return (
        sample.at,
        series,
        sample.span,
        NUMBER[sample.pill],
        scaled(sample.latency, 1000),
        scaled(sample.disk, 10),
        scaled(sample.memory, 10),
        sample.seen,
        sample.expected,
    )


def sample(tenant: str, columns: Row) -> Sample:
    """What the store wrote, as a sample."""
    at, _, span, pill, latency, disk, memory, seen, expected = columns
    return Sample(
        tenant,
        at or 0,
        span or 0,
        RANK[pill or 0],
        None if latency is None else latency / 1000,
        None if disk is None else disk / 10,
        None if memory is None else memory / 10,
        seen,
        expected,
    )


def packed(begin: int, rows: Iterable[Row]) -> bytes:
    """Rows of one hour and tenant as bytes, oldest first."""
    parts = []
    for at, _, span, pill, latency, disk, memory, seen, expected in rows:
        sixteen = [_NONE16 if value is None else value for value in (latency, disk, memory)]
        eight = [_NONE8 if value is None else min(value, _NONE8 - 1) for value in (seen, expected)]
        second = (at or 0) - begin
        parts.append(_POINT.pack(second, min(span or 0, _NONE16), pill or 0, *sixteen, *eight))
    return b"".join(parts)


def unpacked(tenant: str, begin: int, body: bytes) -> list[Sample]:
    """The samples of an hour; bytes that are cut short lose their last one."""
    whole = len(body) - len(body) % _POINT.size
    found = []
    for second, span, pill, *figures, seen, expected in _POINT.iter_unpack(body[:whole]):
        latency, disk, memory = (None if value == _NONE16 else value for value in figures)
        counts = [None if value == _NONE8 else value for value in (seen, expected)]
        found.append(
            sample(tenant, (begin + second, 0, span, pill, latency, disk, memory, *counts))
        )
    return found


def figures(rows: Sequence[Row]) -> Figures:
    """What a stretch says of its samples (rows as in ``sample``, oldest first).

    A sample stands for the seconds before it. Two programs may sample the same tenant: a second
    that both stand for counts once, for the one that looked first.
    """
    spent = [0] * len(RANK)
    before: int | None = None
    for each in rows:
        at, span = each[0] or 0, each[2] or 0
        spent[each[3] or 0] += span if before is None else min(span, at - before)
        before = at
    latency = [each[4] for each in rows if each[4] is not None]
    disk = [each[5] for each in rows if each[5] is not None]
    memory = [each[6] for each in rows if each[6] is not None]
    return (
        sum(spent),
        spent[NUMBER[Pill.OK]],
        spent[NUMBER[Pill.DEGRADED]],
        spent[NUMBER[Pill.DOWN]],
        min((each[3] or 0 for each in rows), default=NUMBER[Pill.UNKNOWN]),
        sum(latency) // len(latency) if latency else None,
        max(latency, default=None),
        disk[-1] if disk else None,
        sum(memory) // len(memory) if memory else None,
        max(memory, default=None),
    )


def stretch(columns: Row, length: int) -> Stretch:
    """``begin`` and figures as a stretch."""
    (begin, watched, ok, degraded, down, worst, *rest) = columns
    latency, most, disk, memory, memory_most = rest
    return Stretch(
        begin=begin or 0,
        length=length,
        watched=watched or 0,
        ok=ok or 0,
        degraded=degraded or 0,
        down=down or 0,
        worst=RANK[worst or 0],
        latency=None if latency is None else latency / 1000,
        latency_most=None if most is None else most / 1000,
        disk=None if disk is None else disk / 10,
        memory=None if memory is None else memory / 10,
        memory_most=None if memory_most is None else memory_most / 10,
    )


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def joined(parts: Sequence[Stretch], begin: int, length: int) -> Stretch:
    """Several stretches as one; means are weighted by the time watched."""

    def mean(values: Iterable[tuple[float | None, int]]) -> float | None:
        known = [(value, weight) for value, weight in values if value is not None]
        whole = sum(weight for _, weight in known)
        return sum(value * weight for value, weight in known) / whole if whole else None

    return Stretch(
        begin=begin,
        length=length,
        watched=sum(part.watched for part in parts),
        ok=sum(part.ok for part in parts),
        degraded=sum(part.degraded for part in parts),
        down=sum(part.down for part in parts),
        worst=min((part.worst for part in parts), key=lambda pill: NUMBER[pill]),
        latency=mean((part.latency, part.watched) for part in parts),
        latency_most=_most(part.latency_most for part in parts),
        disk=next((part.disk for part in reversed(parts) if part.disk is not None), None),
        memory=mean((part.memory, part.watched) for part in parts),
        memory_most=_most(part.memory_most for part in parts),
    )


def unstretched(part: Stretch) -> Figures:
    """A stretch as figures again."""
    return (
        part.watched,
        part.ok,
        part.degraded,
        part.down,
        NUMBER[part.worst],
        scaled(part.latency, 1000),
        scaled(part.latency_most, 1000),
        scaled(part.disk, 10),
        scaled(part.memory, 10),
        scaled(part.memory_most, 10),
    )


class _Body(msgspec.Struct, omit_defaults=True):
    before: tuple[Reason, ...] = ()
    after: tuple[Reason, ...] = ()
    text: str = ""
    who: str = ""


def event_row(happened: Event) -> tuple[object, ...]:
    """An event without its number."""
    body = _Body(happened.reasons_before, happened.reasons_after, happened.text, happened.who)
    return (
        happened.at.timestamp(),
        happened.tenant,
        happened.kind.value,
        None if happened.before is None else NUMBER[happened.before],
        None if happened.after is None else NUMBER[happened.after],
        msgspec.json.encode(body),
    )


def event(columns: Sequence[Any]) -> Event:
    """An event as it was written; one whose body is damaged says so.

    A kind that is not known here, of a later version, is told as one about the tenant.
    """
    number, at, tenant, kind, before, after, body = columns
    try:
        said = msgspec.json.decode(bytes(body or b"{}"), type=_Body)
    except msgspec.MsgspecError:
        said = _Body(text="what was written cannot be read any more")
    return Event(
        at=datetime.fromtimestamp(float(at), UTC),
        tenant=str(tenant),
        kind=EventKind(kind) if kind in set(EventKind) else EventKind.TENANT,
        before=_pill(before),
        after=_pill(after),
        reasons_before=said.before,
        reasons_after=said.after,
        text=said.text,
        who=said.who,
        number=int(number),
    )


def _pill(number: int | None) -> Pill | None:
    if number is None:
        return None
    return RANK[number] if 0 <= number < len(RANK) else Pill.UNKNOWN
