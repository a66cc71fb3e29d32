"""Streams and their pulls (tenant-api.md 7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alfred_tui.sim.catalogue import Source
from alfred_tui.sim.clock import Gap, last_multiple, stamp
from alfred_tui.sim.dice import hexes, roll
from alfred_tui.sim.faults import Active
from alfred_tui.sim.people import Person
from alfred_tui.sim.replies import Reply, answer, refusal

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

SILENT_FOR = 3 * 3600.0


def listed(asked: Asked) -> Reply:
    """``GET /streams``."""
    gaps = _pull_gaps(asked)
    rows = [row(asked.person, s, asked.t, gaps, _about(asked, s.id)) for s in asked.person.streams]
    return answer({"streams": rows}, 0.03 + 0.01 * len(rows))


def one(asked: Asked, ident: str) -> Reply:
    """``GET /streams/{id}``."""
    source = next((s for s in asked.person.streams if s.id == ident), None)
    if source is None:
        return refusal(404, "NOT_FOUND", f"Stream {ident} not found", delay=0.002)
    faults = _about(asked, ident)
    found = detail(asked.person, source, asked.t, _pull_gaps(asked), faults)
    return answer({"stream": found}, 0.005)


def _about(asked: Asked, ident: str) -> list[Active]:
    return [fault for fault in asked.faults if fault.about == ident]


def _pull_gaps(asked: Asked) -> list[Gap]:
    """When nothing was pulled: pulls are Temporal's work."""
    idle = asked.scene.idle_since
    still = [] if idle is None else [(idle, asked.t + 1)]
    frozen = [(f.since, asked.t + 1) for f in asked.faults if f.kind == "temporal-silent"]
    return asked.scene.gaps + still + frozen


def row(
    person: Person, source: Source, t: float, gaps: list[Gap], faults: list[Active]
) -> dict[str, Any]:
    """A stream as it is listed; tokens are in it, as on the wire."""
    seed = roll(person.key, source.id)
    pulled = last_pull(source, t, gaps, faults)
    event = (pulled - 300 * (seed % 4)) if pulled else (t - 60 - (t + seed) % 7200)
    quiet = source.system and seed % 2
    made: dict[str, Any] = {
        "id": source.id,
        "name": source.name,
        "type": source.type,
        "source": source.source,
        "enabled": True,
        "status": _status(source, faults),
        "last_event_at": None if quiet else stamp(event, 3),
        "event_count": 0 if quiet else 20 + seed % 900 + int(event // 3600) % 100_000,
    }
    if source.system:
        made["system"] = True
    elif source.every:
        made["webhookToken"] = f"whk_{hexes(16, person.key, source.id)}"
    return made


def detail(
    person: Person, source: Source, t: float, gaps: list[Gap], faults: list[Active]
) -> dict[str, Any]:
    """A stream with its configuration and its last pull."""
    made = row(person, source, t, gaps, faults)
    pulled = last_pull(source, t, gaps, faults)
    if not pulled:
        return made
    broken = any(fault.kind == "stream-broken" for fault in faults)
    connection = f"conn_{hexes(10, person.key, source.id, 'connection')}"
    return made | {
        "parser": source.id.removeprefix("composio-"),
        "auth_type": "composio",
        "auth_config": {"connection_id": connection},
        "cursor_field": "historyId",
        "cursor_value": str(int(pulled) // 10),
        "cursor_param": "startHistoryId",
        "schedule_interval_seconds": source.every,
        "last_pull_at": stamp(pulled),
        "last_pull_status": "error: Complete result exceeds size limit" if broken else "ok",
        "last_pull_count": 0 if broken else roll(person.key, source.id, int(pulled)) % 5,
        "composio_action": source.action,
        "composio_connection_id": connection,
        "pull_mode": "append",
    }


def _status(source: Source, faults: list[Active]) -> str:
    if any(fault.kind == "stream-broken" for fault in faults):
        return "error"
    return "active" if source.every else "idle"


def last_pull(source: Source, t: float, gaps: list[Gap], faults: list[Active]) -> float:
    """When it was pulled last, 0 when nobody pulls it."""
    if not source.every:
        return 0.0
    for fault in faults:
        if fault.kind == "stream-silent":
            t = fault.since - (fault.amount or SILENT_FOR)
    return last_multiple(source.every, t - 4, gaps) + 3
