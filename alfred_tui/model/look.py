"""How something was seen: through which door, by which look, on which beat."""

from __future__ import annotations

from enum import StrEnum


class Door(StrEnum):
    """The way a fact came to us."""

    API = "ctrl-api"
    SSH = "ssh"
    TEMPORAL = "temporal"
    PORT22 = "port 22"
    LOCAL = "own network"


class Look(StrEnum):
    """One question asked of a tenant. Values are stable: they are stored and shown."""

    CONTAINERS = "containers"
    DASHBOARD = "dashboard"
    QUEUE = "queue"
    SCHEDULES = "schedules"
    WORKFLOWS = "workflows"
    STREAMS = "streams"
    SYSTEM = "system"
    WORKERS = "workers"
    BANNER = "banner"
    SHELL = "shell"
    """A connection over SSH, opened because somebody needs one: it is never polled."""


class Beat(StrEnum):
    """The rhythm a look belongs to (architecture.md, Observing a fleet)."""

    CONTAINERS = "containers"
    DASHBOARD = "dashboard"
    PULSE = "pulse"


PULSE_LOOKS = (
    Look.QUEUE,
    Look.SCHEDULES,
    Look.WORKFLOWS,
    Look.WORKERS,
    Look.SYSTEM,
    Look.STREAMS,
)
"""What the pulse asks, one call at a time, in this order."""
