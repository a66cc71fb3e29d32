"""What the recorded and documented answers look like, and what the simulated fleet answers.

No client code in between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alfred_tui.sim.world import World
from tests.support.shape import Shape, kind, union

HERE = Path(__file__).parent
START = datetime(2026, 6, 2, 9, 0, 30, tzinfo=UTC)
TENANTS = 15

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
    "storage": "/api/v1/admin/storage-metrics",
    "cluster": "/api/v1/admin/temporal/cluster",
    "ready": "/api/v1/openclaw/ready",
    "hermes": "/api/v1/hermes/ready",
    "alive": "/healthz",
    "chores": "/api/v1/chores",
    "logs": "/api/v1/admin/containers/alfred/logs",
}
OF_LIST = {
    "stream": (r"/api/v1/streams/[^/]+", "streams"),
    "schedule": (r"/api/v1/schedules/[^/]+", "schedules"),
    "workflow": (r"/api/v1/workflows/[^/]+", "workflows"),
    "history": (r"/api/v1/workflows/[^/]+/history", "workflows"),
    "chore": (r"/api/v1/chores/[^/]+", "chores"),
}
"""Routes about one of a list: what their paths look like, and the list that tells the ids."""
ALL = (*ROUTES, *OF_LIST)

MAPS = re.compile(
    r".*\.records_by_type|\$\.workers|.*\.requestIdInfos|\$\.request_latency"
    r"|\$\.vault\.by_type(_disk)?|\$\.state_db\.tables|(.*\.)?\$?\.?result(\[\d*\])?"
)
"""Places whose keys are data."""
LACKING = re.compile(
    r".*\.structuredCalendar\[\]\.\w+\[\]\.(start|end): missing"
    r"|.*\.indexedFields\.BuildIds: missing"
)
"""What may be lacking though the recordings have it: a range is written without its zeros, and no
build worked on a run that nobody has taken up."""


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
    if route in OF_LIST:
        return re.fullmatch(OF_LIST[route][0], path.split("?")[0]) is not None
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
    if route == "workflow":
        _learn_attributes(shape, line)
    if route == "history":
        _learn_closing(shape)
    return shape


def _learn_attributes(shape: Shape, line: str) -> None:
    """No scheduled run was described; a list shows which attributes those have."""
    rows = learnt("workflows", line).items
    assert rows is not None
    mine = shape.keys["workflowExecutionInfo"].keys["searchAttributes"].keys
    mine["indexedFields"] = union(
        mine["indexedFields"], rows.keys["searchAttributes"].keys["indexedFields"]
    )


def _learn_closing(shape: Shape) -> None:
    """No terminated run's history was recorded; its description ends with the same event."""
    for entry in entries():
        body = body_of(entry)
        if is_route("workflow", entry["request"]["path"]) and "closeEvent" in body:
            event = body["closeEvent"]
            if event["eventType"].endswith("_TERMINATED"):
                shape.learn([{"events": [event]}], whole=False)


_SHARED = ("health", "containers", "vault", "inbox")


def world() -> World:
    return World(TENANTS, 11, START)


def get(world: World, name: str, target: str, at: datetime = START) -> Any:
    key = next(person.key for person in world.people if person.name == name)
    return world.respond(name, "GET", target, {"authorization": f"Bearer {key}"}, at)


ABSENT = {
    "dashboard": {"F1"},
    "system disk": {"F1", "F2", "F3", "H"},  # an older H lacks it
    "storage": {"F1", "F2", "H"},
    "ready": {"F1", "H"},
    "hermes": {"F1", "F2", "F3"},
    "alive": {"F1", "F2", "F3"},
}
"""Who lacks a route (tenant-api.md 0)."""


def answers(route: str) -> Iterator[tuple[str, str, Any]]:
    """Tenant, its line, and the parsed good answers of one route over the fleet and some time."""
    made = world()
    for person in made.people:
        line = "H" if person.generation == "H" else "F"
        for minutes in (0, 211):
            at = START + timedelta(minutes=minutes)
            for target in targets(made, person.name, route, at):
                reply = get(made, person.name, target, at)
                if reply.status == 200:
                    yield person.name, line, json.loads(reply.body)
                elif route == "devices" and line == "H":
                    assert reply.status == 500  # the path is there, its command is not
                else:
                    assert reply.status == 404, (person.name, target)
                    assert person.generation in ABSENT[route], (person.name, target)


def targets(made: World, name: str, route: str, at: datetime) -> list[str]:
    if route not in OF_LIST:
        return [ROUTES[route]]
    listed = json.loads(get(made, name, ROUTES[OF_LIST[route][1]], at).body)
    base, tail = {
        "stream": ("streams", ""),
        "schedule": ("schedules", ""),
        "workflow": ("workflows", ""),
        "history": ("workflows", "/history"),
        "chore": ("chores", ""),
    }[route]
    rows = listed if isinstance(listed, list) else listed[base]
    some = rows[:: 1 + len(rows) // 6]  # running and closed ones are among them
    return [f"/api/v1/{base}/{quote(_id(row), safe='')}{tail}" for row in some]


def _id(row: dict[str, Any]) -> str:
    for key in ("id", "scheduleId", "slug"):
        if key in row:
            return str(row[key])
    return str(row["execution"]["workflowId"])


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
        found.append(sorted(fault for fault in said if not LACKING.fullmatch(fault)))
    return min(found, key=len)
