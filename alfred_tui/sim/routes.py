"""Every route that the simulated tenants have (tenant-api.md 1.2, 1.5, 2 to 7.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from alfred_tui.sim import acts, containers, logs, machine, streams, temporal
from alfred_tui.sim.clock import Gap, stamp
from alfred_tui.sim.faults import Active
from alfred_tui.sim.people import Person
from alfred_tui.sim.replies import NO_DOCKER, Reply, answer, compact, failed_command, refusal
from alfred_tui.sim.replies import not_found as no_route

if TYPE_CHECKING:
    from alfred_tui.sim.world import World

API = "/api/v1/"
BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass
class Asked:
    """One request at epoch second ``t``; ``turn`` counts the requests to this tenant."""

    world: World
    person: Person
    method: str
    target: str
    headers: dict[str, str]
    t: float
    turn: int
    faults: list[Active]

    def __post_init__(self) -> None:
        parts = urlsplit(self.target)
        self.path, self.query = parts.path, parts.query
        self.parts = self.path.removeprefix(API).split("/")
        self.kinds = {fault.kind for fault in self.faults}
        self.life = self.world.life(self.person.name)
        self.told = self.world.told(self.person.name, self.t)

    @cached_property
    def scene(self) -> temporal.Scene:
        """What Temporal knows."""
        return self.world.scene(self.person, self.t, self.faults)

    def rows(self) -> bytes:
        """Compose's listing as JSON."""
        now = self.t + self.told
        return containers.join(containers.rows(self.life, self.t, self.faults, now, self.turn))

    def runs(self, service: str) -> bool:
        """Whether a service's container is there and not paused."""
        stopped = any(f.kind == "service-paused" and f.about == service for f in self.faults)
        return self.life.at(service, self.t) is not None and not stopped


def respond(asked: Asked) -> Reply:
    """The answer, before the faults of the wire."""
    if asked.method == "OPTIONS":
        return Reply(204)
    if (refused := _unknown_caller(asked)) is not None:
        return refused
    if asked.path in ("/healthz", "/api/v1/health") and asked.person.generation == "H":
        now = stamp(asked.t + asked.told, 3)
        return answer({"ok": True, "service": "ctrl-api", "ts": now}, 0.001)
    if asked.path.startswith(API):
        routes = GETS if asked.method == "GET" else POSTS if asked.method == "POST" else ()
        for pattern, handler in routes:
            if (found := pattern.fullmatch(asked.path[len(API) :])) is not None:
                try:
                    words = [_decoded(word) for word in found.groups()]
                except ValueError:
                    return refusal(500, "INTERNAL_ERROR", "URI malformed")
                reply = handler(asked, *words)
                if reply is not None:
                    return reply
    return no_route(asked.method, asked.path)


def _decoded(word: str) -> str:
    """A path parameter, decoded; ValueError for a broken escape or no UTF-8."""
    if BROKEN.search(word):
        raise ValueError(word)
    return unquote(word, errors="strict")


def _unknown_caller(asked: Asked) -> Reply | None:
    """The refusal of a request without the key: before any route is looked for."""
    open_paths = ("/healthz", "/api/v1/health") if asked.person.generation == "H" else ()
    if asked.method == "GET" and asked.path in open_paths:
        return None
    given = asked.headers.get("authorization", "").strip()
    if not given.startswith("Bearer "):
        return refusal(401, "UNAUTHORIZED", "Missing or malformed Authorization header")
    if given != f"Bearer {asked.person.key}" or "wrong-key" in asked.kinds:
        return refusal(401, "UNAUTHORIZED", "Invalid API key")
    if "x-tenant-id" in asked.headers and asked.person.generation in ("F3", "H"):
        text = "This platform does not use an X-Tenant-ID header. Leave it out."
        return refusal(400, "X_TENANT_ID_NOT_SUPPORTED", text)
    return None


# --- looks --------------------------------------------------------------------------------


def _containers(asked: Asked) -> Reply:
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    return answer(asked.rows(), 0.14)


def _dashboard(asked: Asked) -> Reply | None:
    person = asked.person
    if person.generation == "F1":
        return None
    silent = "docker-silent" in asked.kinds
    listed = b"[]" if silent else asked.rows()
    memory = int(machine.memory_percent(person, asked.t, asked.world.epoch, asked.faults))
    script = b'"disk_percent":%d,"memory_percent":%d,"cloudflared_status":"inactive"' % (
        person.root_disk,
        memory,
    )
    health = b'{"containers":' + listed + b"," + script + b"}"
    if person.generation == "H":
        # the script is often not installed there, and then nothing but this is said
        health = b'{"status":"degraded"}' if person.newest else health[:-1] + b',"status":"ok"}'
    parts = [b'{"health":', health, b',"containers":', b"null" if silent else listed]
    agent = asked.runs(person.agent) and not silent
    if person.generation == "H":
        parts.append(b',"pairing":' + (b'{"raw":"No pending pairings"}' if agent else b"null"))
    else:
        parts += [b',"devices":', compact(_devices(person)) if agent else b"null"]
    parts += [b',"vault":', machine.vault(person, asked.t, asked.world.epoch)]
    parts.append(b',"inbox":{"files":["_quarantine","memo.md","processed"]}')
    if person.generation != "H":
        parts += [b',"openclawCfg":', compact(_config(person))]
    return answer(b"".join([*parts, b"}"]), 0.35 + person.records * 0.00004)


def _devices(person: Person) -> dict[str, Any]:
    phone = {"id": "dev-1", "name": "phone", "type": "mobile", "pairedAt": "2026-04-02T10:00:00Z"}
    waiting = {"requestId": "req-1", "name": "laptop", "type": "desktop"}
    return {"pending": [waiting] if person.index % 7 == 0 else [], "paired": [phone]}


def _config(person: Person) -> dict[str, Any]:
    token = f"gw-{person.key}"
    return {
        "meta": {"lastTouchedAt": "2026-06-01T08:00:00.000Z"},
        "gateway": {"auth": {"mode": "token", "token": token}, "tools": {"allow": ["web_search"]}},
        "agents": {
            "defaults": {"model": {"primary": "openrouter/example-model"}},
            "list": [{"id": "main", "name": "Alfred"}],
        },
        "channels": {"telegram": {"botToken": f"tg-{person.key}"}},
    }


def _system(asked: Asked) -> Reply:
    info = machine.system_info(asked.person, asked.t, asked.world.epoch, asked.faults)
    return answer(info, 0.02)


def _system_disk(asked: Asked) -> Reply | None:
    if not asked.person.newest:
        return None
    disk = machine.disk_object(asked.person, asked.t, asked.world.epoch, asked.faults)
    return answer(disk, 0.01)


def _workers(asked: Asked) -> Reply:
    raw = (
        f"Alfred daemon status\n  curator    running   queue={asked.turn % 5}\n"
        "  janitor    idle\n  distiller  idle\n  surveyor   running"
    )
    trouble = ""
    if "docker-silent" in asked.kinds:
        trouble = NO_DOCKER
    elif not asked.runs("alfred"):
        trouble = 'service "alfred" is not running\n'
    if not asked.person.newest:
        return failed_command(trouble) if trouble else answer({"raw": raw}, 0.25)
    whole: dict[str, Any] = {"raw": None if trouble else raw, "workers": _ledger(asked)}
    if trouble:
        whole["raw_error"] = f"docker failed (1): {trouble}"[:200]
    return answer(whole | {"degraded": bool(trouble)}, 0.25)


def _ledger(asked: Asked) -> dict[str, Any]:
    metrics = {
        "queue_age_seconds": 3.2,
        "last_successful_output_at": stamp(asked.t + asked.told - 1200, 3),
        "failure_streak": 0,
        "throughput_window_seconds": 86400,
        "trailing_effective_throughput_per_minute": 1.4,
    }
    idle: dict[str, Any] = {
        "status": "idle",
        "active_run_id": None,
        "latest_run_id": "01JZX3Y8QK5T2V7W9ABCDEFGHJ",
        "health_reasons": [],
        "metrics": metrics,
    }
    return dict.fromkeys(("curator", "distiller", "janitor"), idle)


def _streams(asked: Asked) -> Reply:
    now, gaps = asked.t, _pull_gaps(asked)
    listed = [
        streams.row(asked.person, s, now, gaps, _about(asked, s.id)) for s in asked.person.streams
    ]
    return answer({"streams": listed}, 0.03 + 0.01 * len(listed))


def _stream(asked: Asked, ident: str) -> Reply:
    source = next((s for s in asked.person.streams if s.id == ident), None)
    if source is None:
        return refusal(404, "NOT_FOUND", f"Stream {ident} not found", delay=0.002)
    faults = _about(asked, ident)
    found = streams.detail(asked.person, source, asked.t, _pull_gaps(asked), faults)
    return answer({"stream": found}, 0.005)


def _about(asked: Asked, ident: str) -> list[Active]:
    return [fault for fault in asked.faults if fault.about == ident]


def _pull_gaps(asked: Asked) -> list[Gap]:
    """When nothing was pulled: pulls are Temporal's work."""
    idle = asked.scene.idle_since
    still = [] if idle is None else [(idle, asked.t + 1)]
    frozen = [(f.since, asked.t + 1) for f in asked.faults if f.kind == "temporal-silent"]
    return asked.scene.gaps + still + frozen


def _temporal_down(asked: Asked) -> Reply | None:
    """How every Temporal route fails while Temporal cannot be asked (6)."""
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    present = asked.life.at("temporal", asked.t)
    sorts = {fault.sort for fault in asked.faults if fault.kind == "temporal-silent"}
    if present is None or "stopped" in sorts:
        return failed_command('service "temporal" is not running\n')
    if not asked.runs("temporal"):
        ident = asked.life.container_id("temporal", present.created)
        return failed_command(f"Error response from daemon: Container {ident} is paused\n")
    if "temporal-silent" in asked.kinds or asked.t - present.started < 2.0:
        text = 'level=ERROR msg="failed reaching server: context deadline exceeded"\n'
        return failed_command(f"time={stamp(asked.t + asked.told, 3)[:-1]} {text}", 5.2)
    return None


def _queue(asked: Asked, name: str) -> Reply:
    return _temporal_down(asked) or answer(temporal.queue(asked.scene, name), 0.22)


def _schedules(asked: Asked) -> Reply:
    return _temporal_down(asked) or answer(temporal.schedules(asked.scene), 0.26)


CLAUSE = re.compile(r"""\s*(\w+)\s*(=|!=|>=|<=|>|<)\s*("[^"]*"|'[^']*')\s*""")
KNOWN = ("ExecutionStatus", "WorkflowType", "WorkflowId", "StartTime", "TaskQueue")


def _workflows(asked: Asked) -> Reply:
    if (down := _temporal_down(asked)) is not None:
        return down
    text = parse_qs(asked.query, keep_blank_values=True).get("query", [""])[0]
    clauses = []
    for part in re.split(r"\bAND\b", text, flags=re.IGNORECASE) if text.strip() else []:
        found = CLAUSE.fullmatch(part)
        if found is None:
            where = f"syntax error at position {len(text) + 28}"
            return _bad_query(asked, f"malformed SQL query: {where}")
        clauses.append((found[1], found[2], found[3][1:-1]))
    for name, _, _ in clauses:
        if name not in KNOWN:
            problem = f"column name '{name}' is not a valid search attribute"
            return _bad_query(asked, f"invalid expression: {problem}")
    rows = temporal.running(asked.scene)
    return answer([row for row in rows if all(_meets(row, *c) for c in clauses)], 0.26)


def _bad_query(asked: Asked, problem: str) -> Reply:
    moment = stamp(asked.t + asked.told, 3)[:-1]
    text = f'time={moment} level=ERROR msg="failed listing workflows: invalid query: {problem}"\n'
    return failed_command(text, 0.22, stdout="[\n]\n")


def _meets(row: dict[str, Any], name: str, sign: str, wanted: str) -> bool:
    value = {
        "ExecutionStatus": row["status"].removeprefix(temporal.PREFIX),
        "WorkflowType": row["type"]["name"],
        "WorkflowId": row["execution"]["workflowId"],
        "StartTime": row["startTime"],
        "TaskQueue": row["taskQueue"],
    }[name]
    if name == "ExecutionStatus":
        wanted = wanted.upper()
    signs: dict[str, Callable[[], bool]] = {
        "=": lambda: value == wanted,
        "!=": lambda: value != wanted,
        ">": lambda: value > wanted,
        "<": lambda: value < wanted,
        ">=": lambda: value >= wanted,
        "<=": lambda: value <= wanted,
    }
    return signs[sign]()


Handler = Callable[..., Reply | None]


def _table(listed: list[tuple[str, Handler]]) -> list[tuple[re.Pattern[str], Handler]]:
    return [(re.compile(path.replace("*", "([^/]+)")), handler) for path, handler in listed]


GETS = _table(
    [
        ("admin/containers", _containers),
        ("admin/dashboard", _dashboard),
        ("admin/system/info", _system),
        ("admin/system-info", _system_disk),
        ("admin/temporal/task-queues/*", _queue),
        ("admin/containers/*/logs", logs.show),
        ("schedules", _schedules),
        ("workflows", _workflows),
        ("streams", _streams),
        ("streams/*", _stream),
        ("workers/status", _workers),
    ]
)


def _behind(handler: Handler) -> Handler:
    """The same, when Temporal can be asked."""

    def ask(asked: Asked, *words: str) -> Reply | None:
        return _temporal_down(asked) or handler(asked, *words)

    return ask


POSTS = _table(
    [
        ("admin/containers/*/(restart|stop|start)", acts.container),
        ("admin/restart-learn", acts.restart_learn),
        ("schedules/*/(pause|unpause)", acts.pause_schedule),
        ("schedules/*/trigger", _behind(acts.trigger)),
        ("workflows/*/terminate", _behind(acts.terminate)),
    ]
)
