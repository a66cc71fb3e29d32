"""The store: SQLModel on SQLite (WAL), its schema under Alembic, errors that say what to do."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

import msgspec
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session

from alfred_tui import logs
from alfred_tui.config import Paths, tighten
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import HostKey, Tenant
from alfred_tui.store import schema, sql
from alfred_tui.store.digests import Digests
from alfred_tui.store.errors import (
    StoreAbsent,
    StoreDamaged,
    StoreError,
    StoreReadOnly,
    StoreUnreachable,
    of_system,
    reported,
    sound,
)
from alfred_tui.store.history import History
from alfred_tui.store.inspection import host_key_of_row, tenant_of_row
from alfred_tui.store.journal import Journal
from alfred_tui.store.quiet import Quiets
from alfred_tui.store.reading import connected, pooled, reader, why_not_written
from alfred_tui.store.refused import RefusedLogins
from alfred_tui.store.tables import HostKeyRow, LastStateRow, TenantRow

__all__ = ["ImportReport", "Store", "StoreError"]

log = logging.getLogger(__name__)
PATIENCE = 10.0


class ImportReport(msgspec.Struct, frozen=True):
    """What putting tenants did, by name."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def _bare(tenant: Tenant) -> bytes:
    """A tenant as JSON without its name and key."""
    held = {f: getattr(tenant, f) for f in Tenant.__struct_fields__ if f not in ("name", "api_key")}
    return msgspec.json.encode(held, order="sorted")


class Store:
    """One SQLite file. Synchronous; several processes may use it side by side.

    ``notices`` are lines for a person about what opening it has done (tightened, copied), and
    ``refusal`` is why nothing could be written when it was opened to be.
    Every method raises a :class:`StoreError` where the file cannot be used.
    """

    def __init__(
        self,
        engine: Engine,
        path: Path,
        notices: tuple[str, ...] = (),
        refusal: StoreError | None = None,
    ) -> None:
        self._engine = engine
        self._path = path
        self.notices = notices
        self.refusal = refusal
        self.history = History(engine, path)
        self.quiets = Quiets(engine, path)
        self.journal = Journal(engine, path)
        self.digests = Digests(engine, path)
        self.refused = RefusedLogins(engine, path)

    @classmethod
    def open(cls, paths: Paths, *, patience: float = PATIENCE) -> Store:
        """Open, create or migrate the store; ``patience`` seconds for another one's lock.

        One that can be read and not written is opened for that, with a notice: whatever would
        change it raises :class:`StoreReadOnly`, or :class:`StoreFull` until there is room again.

        Raises:
            StoreError: no permission, damaged, locked, or written by a newer version; full, and
                there is none yet or it has an older schema.
        """
        path = paths.database
        try:
            notices = _made_private(paths)
        except OSError as trouble:
            found = of_system(path, trouble)
            if not isinstance(found, StoreReadOnly):
                raise found from None
            return cls._open_unwritable(path, found.said, patience)
        engine = pooled(path, lambda: connected(path, patience, "rw", _pragmas))
        try:
            with reported(path):
                copy = schema.migrate(engine, path)
                refusal = why_not_written(engine, path)
        except BaseException:
            engine.dispose()
            raise
        if copy is not None:
            notices.append(f"the store was brought to a newer schema; what it was: {copy}")
        if refusal is not None:
            notices.append(f"nothing new is kept just now: {refusal}")
        for notice in notices:
            log.warning("%s", notice)
        return cls(engine, path, tuple(notices), refusal)

    @classmethod
    def reading(cls, paths: Paths, *, patience: float = PATIENCE) -> Store:
        """Open the store to read it: it is not made, and another one's lock does not matter.

        An older schema is brought up to date first, as whenever it is opened.

        Raises:
            StoreAbsent: there is none.
            StoreError: it cannot be read, or a newer version has written it.
        """
        path = paths.database
        with reported(path):
            there = path.exists() and path.stat().st_size > 0
        if not there:
            raise StoreAbsent(path)
        engine, older = cls._reader(path, patience)
        if not older:
            return cls(engine, path)
        engine.dispose()
        return cls.open(paths, patience=patience)

    @classmethod
    def _open_unwritable(cls, path: Path, said: str, patience: float) -> Store:
        try:
            engine, older = cls._reader(path, patience)
        except StoreUnreachable:
            raise StoreReadOnly(path, said) from None
        if older:
            engine.dispose()
            raise StoreReadOnly(path, f"{said}, and its schema is older than this version's")
        notice = f"{path} can be read and not written ({said}): nothing new is kept"
        log.warning("%s", notice)
        return cls(engine, path, (notice,), StoreReadOnly(path, said))

    @staticmethod
    def _reader(path: Path, patience: float) -> tuple[Engine, bool]:
        """Connections that cannot write, and whether the schema is an older one."""
        with reported(path):
            engine = reader(path, patience)
            try:
                current, head = schema.standing(engine, path)
            except BaseException:
                engine.dispose()
                raise
        return engine, current != head

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with reported(self._path), sound(self._path), Session(self._engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """A session that holds the write lock from its first statement on: what it reads stays
        true until it has written; all of it or, after an error, nothing."""
        with reported(self._path), Session(self._engine) as session:
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield session
            session.commit()

    def tenants(self) -> list[Tenant]:
        """Every tenant in the order of import; their keys are masked in the log from now on."""
        with self._reading() as session:
            return self._tenants(session)

    def _tenants(self, session: Session) -> list[Tenant]:
        rows = session.scalars(select(TenantRow).order_by(TenantRow.position, TenantRow.name))  # type: ignore[arg-type]
        try:
            found = [tenant_of_row(row.name, row.api_key, row.body) for row in rows]
        except msgspec.MsgspecError as trouble:
            raise StoreDamaged(self._path, f"a tenant cannot be read ({trouble})") from None
        logs.mask(*[tenant.api_key.reveal() for tenant in found])
        return found

    def changes(self) -> dict[str, int]:
        """How often ``tenants`` and ``quiet`` were changed, by whatever program."""
        with self._reading() as session:
            rows = session.connection().exec_driver_sql("SELECT what, number FROM changes")
            return {str(what): int(number) for what, number in rows}

    def compare(self, tenants: Iterable[Tenant]) -> ImportReport:
        """What :meth:`put_tenants` would do."""
        return _difference(self.tenants(), tenants)

    def put_tenants(self, tenants: list[Tenant]) -> ImportReport:
        """Add or replace tenants by name, all or none; one added stands after those there."""
        return self.change_tenants(lambda _, __: (tenants, ()))

    def change_tenants(
        self,
        decide: Callable[[list[Tenant], list[HostKey]], tuple[list[Tenant], Iterable[HostKey]]],
    ) -> ImportReport:
        """As :meth:`put_tenants` and :meth:`pin`, for what ``decide`` makes of what is there.

        Nobody writes between its reading and its writing.
        """
        with self._writing() as session:
            there = self._tenants(session)
            with sound(self._path):
                pinned = _host_keys(session)
            tenants, host_keys = decide(there, pinned)
            report = _difference(there, tenants)
            touched = {*report.added, *report.changed}
            logs.mask(*(tenant.api_key.reveal() for tenant in tenants))
            place = session.scalar(select(func.max(TenantRow.position))) or 0
            for tenant in tenants:
                if tenant.name not in touched:
                    continue
                place += 1
                values = {"api_key": tenant.api_key.reveal(), "body": _bare(tenant)}
                session.execute(
                    insert(TenantRow)
                    .values(name=tenant.name, position=place, **values)
                    .on_conflict_do_update(index_elements=["name"], set_=values)
                )
            _pin(session, host_keys)
        return report

    def host_keys(self) -> list[HostKey]:
        """Every pinned host key, by tenant and kind."""
        with self._reading() as session:
            return _host_keys(session)

    def pin(self, host_keys: Iterable[HostKey]) -> None:
        """Keep host keys of tenants that are known; one pinned before is never replaced."""
        with self._writing() as session:
            _pin(session, host_keys)

    def host_keys_of(self, tenant: str) -> list[HostKey]:
        """The pinned host keys of one tenant."""
        with sql.reading(self._engine, self._path) as connection:
            rows = connection.exec_driver_sql(
                "SELECT tenant, fingerprint, source, first_seen, kind, key FROM host_key"
                " WHERE tenant = ? ORDER BY kind",
                (tenant,),
            ).fetchall()
            return list(map(host_key_of_row, rows))

    def repin(self, key: HostKey) -> None:
        """Make a key the only one of its tenant: a person has compared it and said so."""
        with self._writing() as session:
            session.execute(delete(HostKeyRow).where(HostKeyRow.tenant == key.tenant))  # type: ignore[arg-type]
            _pin(session, [key])

    def remove_tenant(self, name: str) -> bool:
        """Forget a tenant with everything known of it; false where there was none."""
        with self._writing() as session:
            gone = session.execute(delete(TenantRow).where(TenantRow.name == name))  # type: ignore[arg-type]
            return bool(getattr(gone, "rowcount", 0))

    def last_states(self) -> dict[str, KeptState]:
        """Last known states by tenant; one that cannot be read any more is left out."""
        found = {}
        with self._reading() as session:
            for row in session.scalars(select(LastStateRow)):
                try:
                    found[row.tenant] = msgspec.json.decode(row.body, type=KeptState)
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    log.warning("the last state of %s cannot be read: left out", row.tenant)
        return found

    def keep_states(self, states: Iterable[KeptState]) -> None:
        """Keep last known states; those of tenants removed meanwhile are dropped."""
        made = [
            {"tenant": s.tenant, "kept_at": s.kept_at, "body": msgspec.json.encode(s)}
            for s in states
        ]
        if not made:
            return
        statement = insert(LastStateRow)
        newer = {"kept_at": statement.excluded.kept_at, "body": statement.excluded.body}
        with self._writing() as session:
            known = set(session.scalars(select(TenantRow.name)))  # type: ignore[call-overload]
            if values := [each for each in made if each["tenant"] in known]:
                session.execute(
                    statement.on_conflict_do_update(index_elements=["tenant"], set_=newer), values
                )

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _host_keys(session: Session) -> list[HostKey]:
    rows = session.scalars(select(HostKeyRow).order_by(HostKeyRow.tenant, HostKeyRow.kind))
    return [
        HostKey(
            tenant=row.tenant,
            fingerprint=row.fingerprint,
            source=row.source,
            # SQLite keeps no time zone; what was written was UTC
            first_seen=row.first_seen.replace(tzinfo=UTC),
            kind=row.kind,
            key=row.key,
        )
        for row in rows
    ]


def _pin(session: Session, host_keys: Iterable[HostKey]) -> None:
    known = set(session.scalars(select(TenantRow.name)))  # type: ignore[call-overload]
    for each in host_keys:
        if each.tenant in known:
            session.execute(
                insert(HostKeyRow).values(**msgspec.structs.asdict(each)).on_conflict_do_nothing()
            )


def _difference(there: list[Tenant], tenants: Iterable[Tenant]) -> ImportReport:
    known = {tenant.name: tenant for tenant in there}
    added: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    for tenant in tenants:
        old = known.get(tenant.name)
        group = added if old is None else unchanged if old == tenant else changed
        group.append(tenant.name)
    return ImportReport(tuple(added), tuple(changed), tuple(unchanged))


def _made_private(paths: Paths) -> list[str]:
    """The file, there and the owner's only; what had to be tightened, in words.

    It is created with its mode: SQLite gives its side files the same.
    """
    found = []
    if paths.ensure():
        found.append(f"{paths.home} was open to others and is yours only now")
    os.close(os.open(paths.database, os.O_RDWR | os.O_CREAT, 0o600))
    beside = [paths.database.with_name(paths.database.name + end) for end in ("", "-wal", "-shm")]
    for file in beside:
        try:
            tightened = tighten(file, 0o600)
        except FileNotFoundError:
            continue  # the side files come and go with other programs
        if tightened:
            found.append(
                f"{file} could be read by others: it is yours only now; if this is a shared "
                "machine, renew the API keys in it"
            )
    return found


def _pragmas(connection: sqlite3.Connection, _: object = None) -> None:
    _write_ahead(connection)
    for line in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {line}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """WAL, also where another program is just beginning the same store.

    SQLite does not wait for locks in this one change, whatever its timeout is: we do.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as trouble:
            held = trouble.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not held or time.monotonic() >= deadline:
                raise
        time.sleep(0.01)
