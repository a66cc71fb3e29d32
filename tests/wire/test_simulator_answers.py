"""The simulator's answers against the recorded and documented ones; no client code in between."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.sim.world import World
from tests.support.shape import Shape, kind

HERE = Path(__file__).parent
START = datetime(2026, 6, 2, 9, 0, 30, tzinfo=UTC)
TENANTS = 30

ROUTES = {
    "containers": "/api/v1/admin/containers",
    "dashboard": "/api/v1/admin/dashboard",
    "health": "/api/v1/admin/health",
    "system": "/api/v1/admin/system/info",
    "system disk": "/api/v1/admin/system-info",
    "queue": "/api/v1/admin/temporal/task-queues/alfred-learn",
    "schedules": "/api/v1/schedules",
    "running": "/api/v1/workflows?query=ExecutionStatus%3D%22Running%22",
    "workflows": "/api/v1/workflows",
    "streams": "/api/v1/streams",
    "workers": "/api/v1/workers/status",
    "devices": "/api/v1/devices",
}
"""Routes with data of their own; a stream's detail is asked for by the ids of the list."""

MAPS = re.compile(r".*\.records_by_type|\$\.workers")
"""Places whose keys are data."""
ZERO = re.compile(r".*\.structuredCalendar\[\]\.\w+\[\]\.(start|end): missing")
"""What may be lacking though the recordings have it: a range is written without its zeros."""


@cache
def entries() -> tuple[dict[str, Any], ...]:
    found = [json.loads(path.read_text()) for path in sorted(HERE.glob("*/*.json"))]
    return tuple(entry for entry in found if "request" in entry)


def body_of(entry: dict[str, Any]) -> Any:
    response = entry["response"]
    return response.get("body")


def line_of(name: str) -> str:
    """Whose data an entry is: H's shapes and F's differ."""
    return "H" if name.startswith("h-") else "F"


def is_route(route: str, path: str) -> bool:
    if route == "stream":
        return re.fullmatch(r"/api/v1/streams/[^/]+", path) is not None
    if route == "queue":
        return "/temporal/task-queues/" in path
    wanted = ROUTES[route]
    if route == "running":
        return path == wanted
    return path.split("?")[0] == wanted.split("?")[0]


@cache
def learnt(route: str, line: str) -> Shape:
    """The shape of a route's good answers. Keys must be there where every recording has them;
    documented blocks are cut short, so they only tell what may be there, unless H has nothing else.
    """
    shape = Shape()
    mine = [
        e for e in entries() if e["request"]["method"] == "GET" and e["response"]["status"] == 200
    ]
    mine = [e for e in mine if is_route(route, e["request"]["path"])]
    alone = any(line_of(e["name"]) == "H" for e in mine)
    for entry in mine:
        body = body_of(entry)
        if body is None or kind(body) not in ("object", "list"):
            continue
        recorded = (HERE / "recorded" / f"{entry['name']}.json").exists()
        own = line_of(entry["name"]) == line
        if alone and line == "H" and kind(body) == "object":
            # an object of H may lack F's keys and the other way round
            if own:
                shape.learn(body, whole=True)
            elif route == "dashboard":
                shape.learn({key: body[key] for key in _SHARED if key in body}, whole=False)
        elif line_of(entry["name"]) == "F":
            shape.learn(body, whole=recorded)
    return shape


_SHARED = ("health", "containers", "vault", "inbox")


def world() -> World:
    return World(TENANTS, 11, START)


def get(world: World, name: str, target: str, at: datetime = START) -> Any:
    key = next(person.key for person in world.people if person.name == name)
    return world.respond(name, "GET", target, {"authorization": f"Bearer {key}"}, at)


def answers(route: str) -> Iterator[tuple[str, str, Any]]:
    """Tenant, its line, and the parsed good answers of one route over the fleet and some time."""
    made = world()
    for person in made.people:
        line = "H" if person.generation == "H" else "F"
        targets = [ROUTES[route]] if route != "stream" else _streams(made, person.name)
        for target in targets:
            for minutes in (0, 7, 211):
                reply = get(made, person.name, target, START + timedelta(minutes=minutes))
                if reply.status == 200:
                    yield person.name, line, json.loads(reply.body)
                else:
                    assert reply.status == 404 or person.generation == "F1", (person.name, target)


def _streams(made: World, name: str) -> list[str]:
    listed = json.loads(get(made, name, ROUTES["streams"]).body)["streams"]
    return [f"/api/v1/streams/{row['id']}" for row in listed]


def is_map(path: str) -> bool:
    return MAPS.fullmatch(path) is not None


def differences(route: str, line: str, body: Any) -> list[str]:
    """Where an answer differs from all that its tenant's line may say, worded once for a list."""
    shapes = [learnt(route, line)]
    if line == "H":
        shapes.append(learnt(route, "F"))  # H's older builds answer some routes as F does
    alone = route == "stream" and "schedule_interval_seconds" not in body.get("stream", body)
    if alone and "stream" in body:
        listed = learnt("streams", "F").keys["streams"].items
        assert listed is not None
        shapes, body = [listed], body["stream"]
    found: list[list[str]] = []
    for shape in shapes:
        said = {re.sub(r"\[\d+\]", "[]", fault) for fault in shape.faults(body, maps=is_map)}
        found.append(sorted(fault for fault in said if not ZERO.fullmatch(fault)))
    return min(found, key=len)


@pytest.mark.parametrize("route", [*ROUTES, "stream"])
def test_every_answer_has_the_recorded_shape(route: str) -> None:
    seen = 0
    wrong: dict[str, str] = {}
    for name, line, body in answers(route):
        seen += 1
        for fault in differences(route, line, body):
            wrong.setdefault(fault, name)
    assert seen >= 3
    assert not wrong, "\n".join(f"{fault} ({name})" for fault, name in wrong.items())


@pytest.mark.parametrize("route", [*ROUTES, "stream"])
def test_a_key_spelt_otherwise_is_found(route: str) -> None:
    name, line, body = next(answers(route))
    places = {}
    for path, holder, key in _keys(body, "$"):
        places[re.sub(r"\[\d+\]", "[]", path)] = (holder, key)
    assert places, name
    for path, (holder, key) in places.items():
        value = holder.pop(key)
        holder[key.upper() if key.islower() else key.lower() + "_"] = value
        assert differences(route, line, body), path
        holder.pop(next(reversed(holder)))
        holder[key] = value


def _keys(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    if isinstance(value, list):
        for index, item in enumerate(value[:40]):
            yield from _keys(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key in list(value):
            if not is_map(path):
                yield f"{path}.{key}", value, key
            yield from _keys(value[key], f"{path}.{key}")


def test_the_ledger_of_the_newest_h_names_its_workers() -> None:
    (documented,) = (e for e in entries() if e["name"] == "h-workers-status")
    ledgers = [body["workers"] for _, _, body in answers("workers") if "workers" in body]
    assert ledgers
    for ledger in ledgers:
        assert set(ledger) == set(documented["response"]["body"]["workers"])


# --- refusals, asked again ------------------------------------------------------------------

AGAIN = {
    *("auth-basic", "auth-lowercase-scheme", "auth-missing", "auth-query-token", "auth-quoted-key"),
    *("auth-two-blanks", "auth-wrong-key", "auth-trailing-blank", "api-health-key"),
    *("bad-percent-escape-unmatched", "bad-percent-escape", "container-logs-tail-all"),
    *("container-logs-unknown", "container-restart-bad-name-dot", "container-restart-unknown"),
    *("double-slash", "guard-ctrl-api-no-header", "guard-openclaw-YES", "guard-openclaw-no-header"),
    *("guard-openclaw-true", "head", "healthz-key", "healthz-no-key", "hermes-ready", "root"),
    *("schedule-describe-unknown", "schedule-trigger-unknown", "stream-unknown"),
    *("system-info-hyphen", "trailing-slash", "unknown-route", "unknown-route-no-key"),
    *("uppercase-path", "workers-runs", "workflow-describe-unknown", "workflow-terminate-unknown"),
    *("workflows-bad-query", "workflows-empty", "workflows-unknown-attribute", "wrong-method"),
    *("x-tenant-id", "x-tenant-id-no-key", "container-start", "container-stop", "schedule-pause"),
    *("guard-unneeded-header", "f2-storage-metrics", "f2-restart-openclaw", "f2-admin-audit"),
}
"""Recordings whose request means the same to any tenant of that generation."""

MOMENT = re.compile(r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}")


@pytest.mark.parametrize("name", sorted(AGAIN))
def test_a_recorded_request_gets_the_recorded_answer(name: str) -> None:
    path = HERE / "recorded" / f"{name}.json"
    if not path.exists():
        pytest.skip("not among the recordings kept here")
    entry = json.loads(path.read_text())
    made = world()
    person = next(
        p
        for p in made.people
        if p.generation == ("F2" if name.startswith("f2-") else "F3") and "mcp-server" in p.services
    )
    request = entry["request"]
    headers = {
        key.lower(): value.replace("<AAS_API_KEY>", person.key).strip()
        for key, value in request["headers"].items()
    }
    target = request["path"].replace("<AAS_API_KEY>", person.key)
    reply = made.respond(person.name, request["method"], target, headers, START)
    assert reply.status == entry["response"]["status"], reply.body
    assert set(reply.headers) == set(entry["response"]["headers"]) - {"Connection"}
    if request["method"] == "HEAD":
        return
    said, recorded = json.loads(reply.body), entry["response"]["body"]
    if name == "schedule-pause":
        assert len(reply.body) == pytest.approx(entry["response"]["body_bytes"], rel=0.1)
        said, recorded = (_first_line(text) for text in (said, recorded))
    if name == "x-tenant-id":
        said, recorded = ({"code": e["error"]["code"]} for e in (said, recorded))
    assert _timeless(said) == _timeless(recorded)


def _first_line(body: Any) -> Any:
    error = body["error"]
    return {
        "code": error["code"],
        "message": error["message"].splitlines()[0],
        "stderr": error["details"]["stderr"].splitlines()[0],
    }


def _timeless(body: Any) -> Any:
    return json.loads(MOMENT.sub("time=", json.dumps(body)))
