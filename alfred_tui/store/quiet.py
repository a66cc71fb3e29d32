"""Wishes for quiet on disk, each written together with the event that tells of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine

from alfred_tui.model import units
from alfred_tui.model.history import Event, EventKind
from alfred_tui.model.quiet import Acked, Quiet, QuietKind, joined, replaces
from alfred_tui.store import points, sql

log = logging.getLogger(__name__)
_COLUMNS = "id, kind, tenant, rule, at, until, body"


class _Body(msgspec.Struct):
    who: str = ""
    reason: str = ""
    acked: tuple[Acked, ...] = ()


class Quiets:
    """Reads and writes wishes. Synchronous; errors are the store's."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def read(self, now: datetime) -> list[Quiet]:
        """Those in force, by number."""
        with sql.reading(self._engine, self._path) as connection:
            return _read(connection, now)

    def put(self, wishes: Iterable[Quiet], now: datetime) -> list[Quiet]:
        """Keep wishes, all or none, and return them with their numbers.

        One takes the place of an older one of the same kind and scope; an acknowledgement also
        keeps what the tenant's older one held. Tenants that are not known are left out.
        """
        kept: list[Quiet] = []
        with sql.writing(self._engine, self._path) as connection:
            known = {name for (name,) in connection.exec_driver_sql("SELECT name FROM tenant")}
            connection.exec_driver_sql("DELETE FROM quiet WHERE until <= ?", (now.timestamp(),))
            there = _read(connection, now)
            for wish in wishes:
                if wish.tenant and wish.tenant not in known:
                    continue
                older = [each for each in there if replaces(wish, each)]
                wish = joined(wish, older)
                _delete(connection, older)
                wish = msgspec.structs.replace(wish, number=_insert(connection, wish))
                there = [*(each for each in there if each not in older), wish]
                kept = [*(each for each in kept if each not in older), wish]
            _tell(connection, [_told(wish) for wish in kept])
        return kept

    def shrink(self, less: Sequence[Quiet], now: datetime) -> None:
        """Acknowledgements that have lost reasons; one without any is over, and that is told.

        What another program has ended meanwhile stays ended.
        """
        with sql.writing(self._engine, self._path) as connection:
            for each in less:
                there = [old for old in _read(connection, now) if old.number == each.number]
                if not there:
                    continue
                if each.acked:
                    connection.exec_driver_sql(
                        "UPDATE quiet SET body = ? WHERE id = ?", (_body(each), each.number)
                    )
                else:
                    _delete(connection, there)
                    text = f"acknowledged reasons changed: loud again ({each.reason})"
                    _tell(connection, [_event(each, now, text, "")])

    def end(self, wishes: Sequence[Quiet], now: datetime, who: str) -> list[Quiet]:
        """Take wishes back before their time; those that were still in force."""
        with sql.writing(self._engine, self._path) as connection:
            numbers = {each.number for each in wishes}
            there = [each for each in _read(connection, now) if each.number in numbers]
            _delete(connection, there)
            _tell(
                connection, [_event(each, now, f"loud again: {_what(each)}", who) for each in there]
            )
        return there


def _read(connection: Connection, now: datetime) -> list[Quiet]:
    rows = connection.exec_driver_sql(
        f"SELECT {_COLUMNS} FROM quiet WHERE until > ? ORDER BY id", (now.timestamp(),)
    )
    return [wish for row in rows if (wish := _wish(*row)) is not None]


def _wish(
    number: int, kind: str, tenant: str | None, rule: str, at: float, until: float, body: bytes
) -> Quiet | None:
    """A wish as it was written; one that cannot be read keeps nothing quiet."""
    try:
        more = msgspec.json.decode(body, type=_Body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        log.warning("the wish for quiet no. %s cannot be read: it is not followed", number)
        return None
    return Quiet(
        kind=QuietKind(kind),
        at=datetime.fromtimestamp(at, UTC),
        until=datetime.fromtimestamp(until, UTC),
        tenant=tenant or "",
        rule=rule,
        reason=more.reason,
        who=more.who,
        acked=more.acked,
        number=number,
    )


def _body(wish: Quiet) -> bytes:
    return msgspec.json.encode(_Body(wish.who, wish.reason, wish.acked))


def _insert(connection: Connection, wish: Quiet) -> int:
    row: tuple[Any, ...] = (
        wish.kind.value,
        wish.tenant or None,
        wish.rule,
        wish.at.timestamp(),
        wish.until.timestamp(),
        _body(wish),
    )
    done = connection.exec_driver_sql(
        "INSERT INTO quiet (kind, tenant, rule, at, until, body) VALUES (?,?,?,?,?,?)", row
    )
    return int(done.lastrowid)


def _delete(connection: Connection, wishes: Iterable[Quiet]) -> None:
    numbers = [(each.number,) for each in wishes]
    if numbers:
        connection.exec_driver_sql("DELETE FROM quiet WHERE id = ?", numbers)


def _tell(connection: Connection, events: Sequence[Event]) -> None:
    if events:
        connection.exec_driver_sql(
            "INSERT INTO event (at, tenant, kind, before, after, body) VALUES (?,?,?,?,?,?)",
            [points.event_row(event) for event in events],
        )


def _what(wish: Quiet) -> str:
    if wish.kind is QuietKind.ACK:
        return ", ".join(dict.fromkeys(each.rule for each in wish.acked))
    return wish.rule or "everything"


def _told(wish: Quiet) -> Event:
    verb = "muted" if wish.kind is QuietKind.MUTE else "acknowledged"
    why = f": {wish.reason}" if wish.reason else ""
    text = f"{verb} {_what(wish)} until {units.stamp(wish.until)}{why}"
    return _event(wish, wish.at, text, wish.who)


def _event(wish: Quiet, at: datetime, text: str, who: str) -> Event:
    return Event(at=at, tenant=wish.tenant, kind=EventKind.QUIET, text=text, who=who)
