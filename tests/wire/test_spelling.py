"""The simulator's answers are read by their keys: misspell one, and the client sees less.

A client that agreed with the simulator by accident, or by not reading at all, would pass anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from alfred_tui.model.look import Look
from alfred_tui.sim.world import World
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.routes import ROUTES, SYSTEM_DISK, stream
from alfred_tui.tenant.wire import decode, decode_stream, decode_system_disk

AT = datetime(2026, 6, 2, 9, 17, 30, tzinfo=UTC)

KEYS: dict[str, tuple[str, ...]] = {
    "containers": (
        *("Service", "State", "Health", "Status", "CreatedAt", "ID", "Image", "Labels"),
    ),
    "dashboard": (
        *("health", "containers", "devices", "pairing", "vault", "inbox", "pending"),
        *("disk_percent", "memory_percent", "cloudflared_status"),
        *("records_by_type", "files", "Service", "State"),
    ),
    "queue": (
        *("pollers", "taskQueueType", "identity", "lastAccessTime"),
        "stats",
    ),
    "schedules": (
        *("scheduleId", "info", "spec", "interval", "structuredCalendar", "hour", "start"),
        *("workflowType", "name", "recentActions", "futureActionTimes"),
    ),
    "workflows": (
        *("execution", "workflowId", "runId", "type", "name", "startTime", "taskQueue"),
        *("searchAttributes", "indexedFields", "TemporalScheduledById", "data"),
    ),
    "streams": (*("streams", "id", "name", "status", "system", "last_event_at", "event_count"),),
    "stream": (
        *("stream", "id", "name", "status", "last_event_at", "event_count"),
        *("last_pull_at", "last_pull_status", "schedule_interval_seconds"),
    ),
    "system": ("uptime", "disk", "memory"),
    "disk": ("disk_used_pct",),
    "workers": ("raw", "workers", "status"),
}
"""By question: the keys that the client reads, as ctrl-api spells them.

Not here, since another key says the same of these tenants: the vault's ``total`` (the lists
add up to it) and a backlog of zero.
"""


@cache
def answers(question: str) -> tuple[bytes, ...]:
    """What the simulated tenants answer, at three moments, those of status 200."""
    world = World(tenants=12, seed=4, start=AT - timedelta(hours=6))
    found = []
    for name in world.by_name:
        for minutes in (0, 2, 7):
            at = AT + timedelta(minutes=minutes)
            headers = {"Authorization": f"Bearer {world.by_name[name].key}"}
            for target in targets(question, world, name, headers, at):
                reply = world.respond(name, "GET", target, headers, at)
                if reply.status == 200:
                    found.append(reply.body)
    return tuple(found)


def targets(
    question: str, world: World, name: str, headers: dict[str, str], at: datetime
) -> list[str]:
    if question == "disk":
        return [SYSTEM_DISK.target]
    if question == "stream":
        listed = world.respond(name, "GET", ROUTES[Look.STREAMS].target, headers, at)
        return [stream(row["id"]).target for row in json.loads(listed.body)["streams"]]
    return [ROUTES[Look(question)].target]


def misspelt(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {
            (f"{name}_" if name == key else name): misspelt(inner, key)
            for name, inner in value.items()
        }
    return [misspelt(inner, key) for inner in value] if isinstance(value, list) else value


def read(question: str, body: bytes) -> object:
    decoders: dict[str, Callable[[bytes], object]] = {
        "disk": decode_system_disk,
        "stream": decode_stream,
    }
    decoder = decoders.get(question) or (lambda raw: decode(Look(question), raw))
    try:
        return decoder(body)
    except BadAnswer as trouble:
        return trouble.failure


@pytest.mark.parametrize("question", sorted(KEYS))
def test_the_client_understands_the_simulator_without_an_oddity(question: str) -> None:
    assert answers(question)
    for body in answers(question):
        answer, odd = read(question, body)  # type: ignore[misc]
        assert answer is not None
        assert odd == ()


@pytest.mark.parametrize(
    ("question", "key"), [(question, key) for question in sorted(KEYS) for key in KEYS[question]]
)
def test_a_key_misspelt_by_the_simulator_is_missed_by_the_client(question: str, key: str) -> None:
    spelt = [body for body in answers(question) if f'"{key}"'.encode() in body]
    assert spelt, "the simulator never says it: nothing is proved"
    for body in spelt[:60]:
        wrong = json.dumps(misspelt(json.loads(body), key)).encode()
        if read(question, wrong) != read(question, body):
            return
    pytest.fail(f"the client does not read {key}")
