"""Every route that a look may call, closed: there is no way to ask for another one.

Routes that consume (``streams/events?consumer=``), cost (``cross-tenant/ask``), notify or echo the
key (``debug/headers``) are not here, and no id can be made to name one (tenant-api.md 10).
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from alfred_tui.model.look import Look
from alfred_tui.tenant.errors import BadAnswer

MEGABYTE = 1_000_000


class Route(NamedTuple):
    """A path to GET. ``key`` is what is learnt about it, ``cap`` the bytes read of a 200."""

    key: str
    target: str
    cap: int = 4 * MEGABYTE


_RUNNING = quote('ExecutionStatus="Running"', safe="")

ROUTES: dict[Look, Route] = {
    Look.CONTAINERS: Route("containers", "/api/v1/admin/containers"),
    Look.DASHBOARD: Route("dashboard", "/api/v1/admin/dashboard", 16 * MEGABYTE),
    Look.QUEUE: Route("task-queues", "/api/v1/admin/temporal/task-queues/alfred-learn"),
    Look.SCHEDULES: Route("schedules", "/api/v1/schedules"),
    Look.WORKFLOWS: Route("workflows", f"/api/v1/workflows?query={_RUNNING}", 12 * MEGABYTE),
    Look.STREAMS: Route("streams", "/api/v1/streams"),
    Look.SYSTEM: Route("system/info", "/api/v1/admin/system/info"),
    Look.WORKERS: Route("workers/status", "/api/v1/workers/status"),
}

SYSTEM_DISK = Route("system-info", "/api/v1/admin/system-info")
"""The host's disk, on the newest H only (tenant-api.md 4.3)."""

# words that stand where a stream's id would: they are routes of their own
_TAKEN = frozenset(
    {"", ".", "..", "events", "ingest", "inbox", "prune", "stuck-report", "schema", "raw", "omi"}
)


def stream(stream_id: str) -> Route:
    """The detail of one stream.

    Raises:
        BadAnswer: an id that would name another route; a tenant that lists it is odd.
    """
    if stream_id.lower() in _TAKEN or len(stream_id) > 200:
        raise BadAnswer("a stream's id that is no id", path="$.id")
    return Route("streams/:id", f"/api/v1/streams/{quote(stream_id, safe='')}")
