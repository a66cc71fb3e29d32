"""Every route that the simulated tenants have, and who may ask (tenant-api.md 1.2, 1.5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from alfred_tui.sim import acts, admin, chores, containers, logs, streams, temporal
from alfred_tui.sim import temporal_routes as behind
from alfred_tui.sim.faults import Active
from alfred_tui.sim.people import Person
from alfred_tui.sim.replies import Reply, refusal
from alfred_tui.sim.replies import not_found as no_route

if TYPE_CHECKING:
    from alfred_tui.sim.world import World

API = "/api/v1/"
OPEN = ("/healthz", "/api/v1/health")
"""What H answers to anybody."""
BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass
class Asked:
    """One request at epoch second ``t``."""

    world: World
    person: Person
    method: str
    target: str
    headers: dict[str, str]
    t: float
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
        return containers.join(containers.rows(self.life, self.t, self.faults, now))

    def has(self, service: str) -> bool:
        """Whether the tenant's compose file has a service."""
        lost = any(f.kind == "service-lost" and f.about == service for f in self.faults)
        return service in self.person.services and not lost

    def state(self, service: str) -> str:
        """The state of a service's container, empty when it is not listed."""
        return containers.state(self.life, service, self.t, self.faults)

    def runs(self, service: str) -> bool:
        """Whether a service's container is there, not paused and not between two starts."""
        return self.state(service) == "running"

    def healthy(self, service: str) -> bool:
        """Whether a service runs and passes its healthcheck."""
        return self.runs(service) and containers.healthy(self.life, service, self.t, self.faults)


def respond(asked: Asked) -> Reply:
    """The answer, before the faults of the wire."""
    if asked.method == "OPTIONS":
        return Reply(204)
    if (refused := _unknown_caller(asked)) is not None:
        return refused
    if asked.method == "GET" and asked.path in OPEN and (reply := admin.alive(asked)) is not None:
        return reply
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
    open_paths = OPEN if asked.person.generation == "H" else ()
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


Handler = Callable[..., Reply | None]


def _table(listed: list[tuple[str, Handler]]) -> list[tuple[re.Pattern[str], Handler]]:
    return [(re.compile(path.replace("*", "([^/]+)")), handler) for path, handler in listed]


GETS = _table(
    [
        ("admin/containers", admin.containers),
        ("admin/dashboard", admin.dashboard),
        ("admin/health", admin.health),
        ("admin/system/info", admin.system),
        ("admin/system-info", admin.system_disk),
        ("admin/storage-metrics", admin.storage_metrics),
        ("admin/temporal/cluster", behind.cluster),
        ("admin/temporal/task-queues/*", behind.queue),
        ("admin/containers/*/logs", logs.show),
        ("schedules", behind.all_schedules),
        ("schedules/*", behind.schedule),
        ("workflows", behind.workflows),
        ("workflows/*", behind.workflow),
        ("workflows/*/history", behind.workflow_history),
        ("streams", streams.listed),
        ("streams/*", streams.one),
        ("workers/status", admin.workers),
        ("devices", admin.devices),
        ("chores", chores.listed),
        ("chores/*", chores.one),
        ("(openclaw|hermes)/ready", admin.ready),
    ]
)
POSTS = _table(
    [
        ("admin/containers/*/(restart|stop|start)", acts.container),
        ("admin/restart-learn", acts.restart_learn),
        ("workers/restart", acts.restart_workers),
        ("admin/chores/emergency-pause-all", chores.pause_all),
        ("schedules/*/(pause|unpause)", acts.pause_schedule),
        ("schedules/*/trigger", acts.trigger),
        ("workflows/*/terminate", acts.terminate),
        ("workflows/*/cancel", acts.cancel),
        ("chores/*/(pause|resume)", chores.toggle),
        ("chores/*/trigger", chores.trigger),
    ]
)
