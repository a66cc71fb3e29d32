"""From a tenant's JSON to our facts: typed and quick, or piece by piece where it is odd."""

from __future__ import annotations

from collections.abc import Callable

from alfred_tui.model.facts import Answer, Disk, Oddity, Stream
from alfred_tui.model.look import Look
from alfred_tui.tenant.wire.containers import containers
from alfred_tui.tenant.wire.dashboard import dashboard
from alfred_tui.tenant.wire.host import system, system_disk, workers
from alfred_tui.tenant.wire.lenient import Oddities
from alfred_tui.tenant.wire.streams import stream, streams
from alfred_tui.tenant.wire.temporal import queue, schedules, workflows

__all__ = ["DECODERS", "decode", "decode_stream", "decode_system_disk"]

DECODERS: dict[Look, Callable[[bytes], tuple[Answer, Oddities]]] = {
    Look.CONTAINERS: containers,
    Look.DASHBOARD: dashboard,
    Look.QUEUE: queue,
    Look.SCHEDULES: schedules,
    Look.WORKFLOWS: workflows,
    Look.STREAMS: streams,
    Look.SYSTEM: system,
    Look.WORKERS: workers,
}
"""A decoder for every look that reads JSON."""


def decode(look: Look, body: bytes) -> tuple[Answer, tuple[Oddity, ...]]:
    """The facts in the body of a 200 answer to ``look``, and the places not understood.

    Raises:
        BadAnswer: nothing in it could be used; ``failure.path`` is the JSON path.
    """
    answer, odd = DECODERS[look](body)
    return answer, tuple(odd)


def decode_stream(body: bytes) -> tuple[Stream, tuple[Oddity, ...]]:
    """One stream's detail. Raises :class:`BadAnswer`."""
    answer, odd = stream(body)
    return answer, tuple(odd)


def decode_system_disk(body: bytes) -> tuple[Disk | None, tuple[Oddity, ...]]:
    """H's host disk. Raises :class:`BadAnswer`."""
    answer, odd = system_disk(body)
    return answer, tuple(odd)
