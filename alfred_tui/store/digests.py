"""Image digests on disk: of each service the images that its tenant was well with, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine

from alfred_tui.model.images import Image, KeptImage
from alfred_tui.store import sql

MOST = 12
"""Images of a service that are kept; what is older than that is no way back any more."""
_COLUMNS = "tenant, service, image_id, reference, digests, first_seen, last_seen"


class Digests:
    """Synchronous; errors are the store's."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def keep(self, tenant: str, images: Sequence[Image], at: datetime) -> None:
        """These were seen at a tenant that was well. One that is not known is left out.

        An image that was seen before is seen again; its digests stay where it tells none now.
        """
        moment = at.timestamp()
        with sql.writing(self._engine, self._path) as connection:
            known = connection.exec_driver_sql("SELECT 1 FROM tenant WHERE name = ?", (tenant,))
            if known.first() is None:
                return
            for image in images:
                connection.exec_driver_sql(
                    f"INSERT INTO digest ({_COLUMNS}) VALUES (?,?,?,?,?,?,?)"
                    " ON CONFLICT (tenant, service, image_id) DO UPDATE SET"
                    " reference = excluded.reference, last_seen = excluded.last_seen,"
                    " digests = CASE WHEN ? THEN excluded.digests ELSE digests END",
                    (
                        tenant,
                        image.service,
                        image.image_id,
                        image.reference,
                        msgspec.json.encode(image.digests),
                        moment,
                        moment,
                        bool(image.digests),
                    ),
                )
            for service in {image.service for image in images}:
                _forget(connection, tenant, service)

    def of(self, tenant: str) -> list[KeptImage]:
        """A tenant's, by service, the one seen last first."""
        return self._read("WHERE tenant = ?", (tenant,))

    def everywhere(self) -> list[KeptImage]:
        """Everybody's, by tenant and service, the one seen last first."""
        return self._read("", ())

    def _read(self, where: str, values: tuple[str, ...]) -> list[KeptImage]:
        with sql.reading(self._engine, self._path) as connection:
            rows = connection.exec_driver_sql(
                f"SELECT {_COLUMNS} FROM digest {where}"
                " ORDER BY tenant, service, last_seen DESC, first_seen DESC",
                values,
            ).fetchall()
            return [_kept(row) for row in rows]


def _forget(connection: Connection, tenant: str, service: str) -> None:
    connection.exec_driver_sql(
        "DELETE FROM digest WHERE tenant = ? AND service = ? AND image_id NOT IN"
        " (SELECT image_id FROM digest WHERE tenant = ? AND service = ?"
        " ORDER BY last_seen DESC, first_seen DESC LIMIT ?)",
        (tenant, service, tenant, service, MOST),
    )


def _kept(row: Sequence[Any]) -> KeptImage:
    tenant, service, image_id, reference, digests, first, last = row
    try:
        names = msgspec.json.decode(digests, type=tuple[str, ...])
    except msgspec.MsgspecError as trouble:
        raise ValueError(f"digests: {trouble}") from None
    image = Image(service, reference, image_id, names)
    return KeptImage(tenant, image, _moment(first), _moment(last))


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
