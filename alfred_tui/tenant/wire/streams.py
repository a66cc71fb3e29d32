"""``GET /streams`` and ``GET /streams/{id}`` (tenant-api.md 7.1). Their tokens have no field."""

from __future__ import annotations

import msgspec

from alfred_tui.model import facts
from alfred_tui.tenant.wire import shapes, values, words
from alfred_tui.tenant.wire.lenient import MOST_ROWS, Oddities, nothing_usable, read

_LIST = msgspec.json.Decoder(shapes.StreamsBody)
_BARE = msgspec.json.Decoder(list[shapes.StreamRow])
_ONE = msgspec.json.Decoder(shapes.StreamBody)


def streams(body: bytes) -> tuple[facts.Streams, Oddities]:
    """Streams as listed: without their last pulls, so ``detailed`` is false.

    Raises:
        BadAnswer: no list, or one without a single usable row.
    """
    if body[:64].lstrip()[:1] == b"[":
        rows, odd = read(body, _BARE)
    else:
        wire, odd = read(body, _LIST)
        rows = wire.streams
        if not rows and odd:
            raise nothing_usable(odd)
    return facts.Streams(tuple([_stream(row) for row in rows[:MOST_ROWS]]), detailed=False), odd


def stream(body: bytes) -> tuple[facts.Stream, Oddities]:
    """One stream's detail: the only place where its last pull is shown.

    Raises:
        BadAnswer: no stream with an id in it.
    """
    wire, odd = read(body, _ONE)
    return _stream(wire.stream), odd


def _stream(row: shapes.StreamRow) -> facts.Stream:
    return facts.Stream(
        stream_id=words.line(row.id, 200),
        name=words.line(row.name or row.id, 60),
        status=words.word(row.status, 20),
        enabled=row.enabled is not False,
        system=bool(row.system),
        last_event=values.parse_time(row.last_event_at),
        event_count=values.integer(row.event_count),
        last_pull=values.parse_time(row.last_pull_at),
        last_pull_status=words.line(row.last_pull_status, 120),
        interval=values.seconds(row.schedule_interval_seconds),
    )
