"""The store: SQLModel on SQLite (WAL), its schema under Alembic, errors that say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, delete, event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session, create_engine

from alfred_tui.config import Paths
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.store.tables import LastStateRow, TenantRow

MIGRATIONS = Path(__file__).with_name("migrations")


class StoreError(RuntimeError):
    """The store cannot be used as asked; the text says why and what to do."""


class ImportReport(msgspec.Struct, frozen=True):
    """What putting tenants did, by name."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def _bare(tenant: Tenant) -> bytes:
    """A tenant as JSON without its name and key."""
    held = {f: getattr(tenant, f) for f in Tenant.__struct_fields__ if f not in ("name", "api_key")}
    return msgspec.json.encode(held, order="sorted")


def _tenant(row: TenantRow) -> Tenant:
    held: dict[str, Any] = msgspec.json.decode(row.body)
    held["name"] = row.name
    made = msgspec.convert(held, Tenant)
    return msgspec.structs.replace(made, api_key=Secret(row.api_key))


class Store:
    """One SQLite file. Synchronous; several processes may use it side by side."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    @classmethod
    def open(cls, paths: Paths) -> Store:
        """Open, create or migrate the store.

        Raises:
            StoreError: no permission, damaged, locked, or written by a newer version.
        """
        path = paths.database
        try:
            paths.ensure()
            # created for the owner only: SQLite gives its side files the same mode
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
        except OSError as trouble:
            raise StoreError(
                f"cannot use {path}: {trouble.strerror}; choose another folder with ALFRED_TUI_HOME"
            ) from None
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})
        event.listen(engine, "connect", _pragmas)
        store = cls(engine, path)
        with store._typed():
            store._migrate()
        return store

    @contextmanager
    def _typed(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except OperationalError as trouble:
            text = str(trouble.orig)
            advice = {
                "locked": "another program holds it: close that one and try again",
                "readonly": "it is read-only: give yourself permission to write",
                "full": "the disk is full: make room and try again",
                "disk I/O": "the disk fails: copy the file elsewhere",
            }
            said = next((a for word, a in advice.items() if word in text), text)
            raise StoreError(f"store {self._path}: {said}") from None
        except DatabaseError as trouble:
            raise StoreError(
                f"store {self._path} is damaged ({trouble.orig}): move it away, import again"
            ) from None

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        script = ScriptDirectory.from_config(config)
        head = script.get_current_head()
        with self._engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return
        if current is not None:
            known = {revision.revision for revision in script.walk_revisions()}
            if current not in known:
                raise StoreError(
                    f"store {self._path} was written by a newer alfred-tui (schema {current}, this "
                    f"one knows {head}): install that version or use another ALFRED_TUI_HOME"
                )
            shutil.copyfile(self._path, self._path.with_suffix(f".before-{head}"))
            self._path.with_suffix(f".before-{head}").chmod(0o600)
        with self._engine.connect() as connection:
            # two programs may open a new store at once: the second waits here and finds it done
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            if MigrationContext.configure(connection).get_current_revision() != head:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            connection.commit()

    def tenants(self) -> list[Tenant]:
        """Every tenant in the order of import."""
        with self._typed(), Session(self._engine) as session:
            rows = session.scalars(select(TenantRow).order_by(TenantRow.position, TenantRow.name))  # type: ignore[arg-type]
            return [_tenant(row) for row in rows]

    def compare(self, tenants: Iterable[Tenant]) -> ImportReport:
        """What :meth:`put_tenants` would do."""
        known = {tenant.name: tenant for tenant in self.tenants()}
        added: list[str] = []
        changed: list[str] = []
        unchanged: list[str] = []
        for tenant in tenants:
            old = known.get(tenant.name)
            group = added if old is None else unchanged if old == tenant else changed
            group.append(tenant.name)
        return ImportReport(tuple(added), tuple(changed), tuple(unchanged))

    def put_tenants(self, tenants: list[Tenant]) -> ImportReport:
        """Add or replace tenants by name, all or none."""
        report = self.compare(tenants)
        touched = {*report.added, *report.changed}
        with self._typed(), Session(self._engine) as session:
            place = len(self.tenants())
            for tenant in tenants:
                if tenant.name not in touched:
                    continue
                place += 1
                values = {
                    "name": tenant.name,
                    "api_key": tenant.api_key.reveal(),
                    "body": _bare(tenant),
                    "position": place,
                }
                statement = insert(TenantRow).values(values)
                session.execute(
                    statement.on_conflict_do_update(
                        index_elements=["name"],
                        set_={"api_key": values["api_key"], "body": values["body"]},
                    )
                )
            session.commit()
        return report

    def remove_tenant(self, name: str) -> bool:
        """Forget a tenant with everything known of it; false where there was none."""
        with self._typed(), Session(self._engine) as session:
            gone = session.execute(delete(TenantRow).where(TenantRow.name == name))  # type: ignore[arg-type]
            session.commit()
            return bool(getattr(gone, "rowcount", 0))

    def last_states(self) -> dict[str, KeptState]:
        """Last known states by tenant; one that cannot be read any more is left out."""
        found = {}
        with self._typed(), Session(self._engine) as session:
            for row in session.scalars(select(LastStateRow)):
                try:
                    found[row.tenant] = msgspec.json.decode(row.body, type=KeptState)
                except msgspec.DecodeError:
                    continue
        return found

    def keep_states(self, states: Iterable[KeptState]) -> None:
        """Keep last known states; those of tenants removed meanwhile are dropped."""
        with self._typed(), Session(self._engine) as session:
            known = set(session.scalars(select(TenantRow.name)))  # type: ignore[call-overload]
            values = [
                {"tenant": s.tenant, "kept_at": s.kept_at, "body": msgspec.json.encode(s)}
                for s in states
                if s.tenant in known
            ]
            if values:
                statement = insert(LastStateRow)
                session.execute(
                    statement.on_conflict_do_update(
                        index_elements=["tenant"],
                        set_={
                            "kept_at": statement.excluded.kept_at,
                            "body": statement.excluded.body,
                        },
                    ),
                    values,
                )
            session.commit()

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _pragmas(connection: sqlite3.Connection, _: object) -> None:
    for line in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {line}")
