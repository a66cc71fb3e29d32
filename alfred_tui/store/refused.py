"""Refused logins on disk: fail2ban counts those of all our programs together (runbook.md 1)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from alfred_tui.model.tenant import RefusedLogin
from alfred_tui.store import sql


class RefusedLogins:
    """Synchronous; errors are the store's. At most one is kept of a tenant, the last."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def every(self) -> list[RefusedLogin]:
        """Those that are held against a key still."""
        with sql.reading(self._engine, self._path) as connection:
            rows = connection.exec_driver_sql("SELECT tenant, way, at FROM refused_login")
            return [
                RefusedLogin(tenant, way, datetime.fromtimestamp(at, UTC))
                for tenant, way, at in rows.fetchall()
            ]

    def keep(self, refused: RefusedLogin) -> None:
        """In place of an earlier one; that of a tenant that is not known is left out."""
        with sql.writing(self._engine, self._path) as connection:
            connection.exec_driver_sql(
                "INSERT INTO refused_login (tenant, way, at)"
                " SELECT name, ?, ? FROM tenant WHERE name = ?"
                " ON CONFLICT (tenant) DO UPDATE SET way = excluded.way, at = excluded.at",
                (refused.way, refused.at.timestamp(), refused.tenant),
            )

    def forget(self, tenant: str) -> None:
        """It has let us in."""
        with sql.writing(self._engine, self._path) as connection:
            connection.exec_driver_sql("DELETE FROM refused_login WHERE tenant = ?", (tenant,))
