"""``GET /admin/containers`` (tenant-api.md 3.1)."""

from __future__ import annotations

import msgspec

from alfred_tui.model import facts
from alfred_tui.tenant.wire import shapes, values, words
from alfred_tui.tenant.wire.lenient import MOST_ROWS, Oddities, read

_LIST = msgspec.json.Decoder(list[shapes.ContainerRow])


def containers(body: bytes) -> tuple[facts.Containers, Oddities]:
    """The rows of ``docker compose ps``.

    Raises:
        BadAnswer: no list, or one without a single usable row.
    """
    wire, odd = read(body, _LIST, wrapped="containers")
    return listed(wire), odd


def listed(wire: list[shapes.ContainerRow]) -> facts.Containers:
    """Typed rows as facts."""
    return facts.Containers(tuple([_container(row) for row in wire[:MOST_ROWS]]))


def _container(row: shapes.ContainerRow) -> facts.Container:
    status = words.name(row.status, 60)
    return facts.Container(
        service=words.name(row.service, 60),
        state=words.word(row.state, 20),
        health=words.word(row.health, 20),
        status=status,
        up=values.parse_uptime(status),
        created_at=values.parse_time(row.created_at),
        container_id=words.line(row.id, 12),
        image=words.name(row.image, 120),
        image_id=words.name(values.image_id(row.labels or ""), 12),
    )
