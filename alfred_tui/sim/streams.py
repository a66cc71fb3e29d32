"""Streams and their pulls (tenant-api.md 7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from alfred_tui.sim.catalogue import Source
from alfred_tui.sim.clock import Gap, last_multiple, stamp
from alfred_tui.sim.dice import hexes, roll
from alfred_tui.sim.faults import Active
from alfred_tui.sim.replies import Reply, answer, refusal

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

TROUBLES = {
    "stream-broken": "error: Complete result exceeds size limit",
    "composio-outage": "error: composio answered 503 Service Unavailable",
}
"""What the last pull says of a fault."""
GIVEN_UP = {"stream-broken": 1, "composio-outage": 3}
"""Pulls that fail in a row before the stream's own state is ``error``."""


class Pull(NamedTuple):
    """The last pull of a stream, ``at`` 0 when nobody pulls it.

    ``news`` is when something came last. ``trouble`` is empty when it went well; ``given_up``: it
    was not the first one that failed.
    """

    at: float
    news: float
    trouble: str = ""
    given_up: bool = False


def listed(asked: Asked) -> Reply:
    """``GET /streams``."""
    rows = [_row(asked, source, _pull(asked, source)) for source in asked.person.streams]
    return answer({"streams": rows}, 0.03 + 0.01 * len(rows))


def one(asked: Asked, ident: str) -> Reply:
    """``GET /streams/{id}``."""
    source = next((s for s in asked.person.streams if s.id == ident), None)
    if source is None:
        return refusal(404, "NOT_FOUND", f"Stream {ident} not found", delay=0.002)
    return answer({"stream": _detail(asked, source)}, 0.005)


def _pull(asked: Asked, source: Source) -> Pull:
    """How the last pull went: by what was wrong when it was made, not by what is wrong now."""
    at = _last(asked, source)
    t = at or asked.t
    then = asked.world.active(asked.person.name, t)
    seed = roll(asked.person.key, source.id)
    news = at - 300 * (seed % 4) if at else t - 60 - (t + seed) % 7200
    for fault in then:
        if fault.kind == "stream-quiet" and fault.about == source.id:
            news = fault.since - fault.amount
    failing = [fault for fault in then if at and _concerns(fault, source)]
    return _failed(failing[0], source, at, news) if failing else Pull(at, news)


def _last(asked: Asked, source: Source) -> float:
    """When a stream was pulled last, 0 when nobody pulls it."""
    if not source.every:
        return 0.0
    t = asked.t
    for fault in asked.faults:
        if fault.kind == "stream-silent" and fault.about == source.id:
            t = fault.since - fault.amount
    return last_multiple(source.every, t - 4, _gaps(asked)) + 3


def _concerns(fault: Active, source: Source) -> bool:
    if fault.kind == "composio-outage":
        return source.source == "composio"
    return fault.kind in TROUBLES and fault.about == source.id


def _failed(fault: Active, source: Source, at: float, news: float) -> Pull:
    failed = 1 + int((at - fault.since) // source.every)
    given_up = failed >= GIVEN_UP[fault.kind]
    return Pull(at, min(news, fault.since), TROUBLES[fault.kind], given_up)


def _gaps(asked: Asked) -> list[Gap]:
    """When nothing was pulled: pulls are Temporal's work."""
    idle = asked.scene.idle_since
    still = [] if idle is None else [(idle, asked.t + 1)]
    frozen = [(f.since, asked.t + 1) for f in asked.faults if f.kind == "temporal-silent"]
    return asked.scene.gaps + still + frozen


def _row(asked: Asked, source: Source, pull: Pull) -> dict[str, Any]:
    """A stream as it is listed; tokens are in it, as on the wire."""
    seed = roll(asked.person.key, source.id)
    never = source.system and seed % 2
    status = "active" if source.every else "idle"
    made: dict[str, Any] = {
        "id": source.id,
        "name": source.name,
        "type": source.type,
        "source": source.source,
        "enabled": True,
        "status": "error" if pull.given_up else status,
        "last_event_at": None if never else stamp(pull.news, 3),
        "event_count": 0 if never else 20 + seed % 900 + int(pull.news // 3600) % 100_000,
    }
    if source.system:
        made["system"] = True
    elif source.every:
        made["webhookToken"] = f"whk_{hexes(16, asked.person.key, source.id)}"
    return made


def _detail(asked: Asked, source: Source) -> dict[str, Any]:
    """A stream with its configuration and its last pull."""
    pull = _pull(asked, source)
    made = _row(asked, source, pull)
    if not pull.at:
        return made
    key = asked.person.key
    connection = f"conn_{hexes(10, key, source.id, 'connection')}"
    came = pull.news > pull.at - source.every and not pull.trouble
    return made | {
        "parser": source.id.removeprefix("composio-"),
        "auth_type": "composio",
        "auth_config": {"connection_id": connection},
        "cursor_field": "historyId",
        "cursor_value": str(int(pull.news) // 10),
        "cursor_param": "startHistoryId",
        "schedule_interval_seconds": source.every,
        "last_pull_at": stamp(pull.at),
        "last_pull_status": pull.trouble or "ok",
        "last_pull_count": 1 + roll(key, source.id, int(pull.at)) % 4 if came else 0,
        "composio_action": source.action,
        "composio_connection_id": connection,
        "pull_mode": "append",
    }
