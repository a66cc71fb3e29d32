"""The past on disk: samples written minute by minute, packed by the hour, rolled up by day.

A minute of the whole fleet is appended to ``sample``; when an hour is over, each tenant's samples
of it become one row of figures (``hour``) and one small blob (``packed``), and the samples go. So
writing touches few pages, and reading two days of one tenant touches fifty rows. Every method is
synchronous and belongs on the store's thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from alfred_tui.model.history import (
    DAY,
    HOUR,
    NUMBER,
    RANK,
    Event,
    EventKind,
    Sample,
    Stretch,
)
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.verdict import Pill
from alfred_tui.store import points, rolling, sql
from alfred_tui.store.errors import sound
from alfred_tui.store.points import FIGURES, SAMPLE

PAGE = 500
"""Events read at once."""
SAME = 60.0
"""Seconds within which two programs that look at a tenant see the same change of it."""


class History:
    """Writes and reads the past. Errors are the store's."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path
        self._series: dict[str, int] = {}

    # --- writing --------------------------------------------------------------------------

    def write(self, samples: Sequence[Sample], events: Sequence[Event] = ()) -> None:
        """Keep samples and events: all of them or, after an error, none.

        A change of a pill that another program has just told is not told twice.
        """
        if not samples and not events:
            return
        with self._writing() as connection:
            series = self._numbers(connection, {sample.tenant for sample in samples})
            rows = [points.row(series[sample.tenant], sample) for sample in samples]
            if rows:
                connection.exec_driver_sql(
                    "INSERT OR REPLACE INTO sample VALUES (?,?,?,?,?,?,?,?,?)", rows
                )
            told = [points.event_row(each) for each in events if not _told(connection, each)]
            if told:
                connection.exec_driver_sql(
                    "INSERT INTO event (at, tenant, kind, before, after, body)"
                    " VALUES (?,?,?,?,?,?)",
                    told,
                )

    def _numbers(self, connection: Connection, names: set[str]) -> dict[str, int]:
        """Each tenant's number; those without one get one."""
        if missing := names - self._series.keys():
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO series (tenant) VALUES (?)", [(name,) for name in missing]
            )
            self._series = {name: number for number, name in _names(connection).items()}
        return self._series

    def roll(self, now: int, keep: HistorySettings) -> bool:
        """Pack hours that are over, roll up days that are over, drop what is too old.

        A few hours at a time; whether there is more to do. Safe to interrupt and to repeat.
        """
        with self._writing() as connection, sound(self._path):
            return rolling.roll(connection, now, keep)

    # --- reading --------------------------------------------------------------------------

    def tenants(self) -> list[str]:
        """Everybody who has a past."""
        with self._reading() as connection:
            rows = connection.exec_driver_sql("SELECT tenant FROM series ORDER BY tenant")
            return [name for (name,) in rows]

    def strips(self, now: int, hours: int = 48) -> dict[str, list[Pill | None]]:
        """For everybody the worst pill of each of the last ``hours`` hours, the present one last.

        ``None``: nobody looked then. At most 62 hours.
        """
        first = now // HOUR * HOUR - (hours - 1) * HOUR
        found: dict[str, list[Pill | None]] = {}

        def note(name: str, begin: int, worst: int) -> None:
            strip = found.setdefault(name, [None] * hours)
            at = (begin - first) // HOUR
            held = strip[at]
            if held is None or worst < NUMBER[held]:
                strip[at] = RANK[worst]

        with self._reading() as connection:
            # hours as bits: a tenant's are one number for each pill
            rows = _at_once(
                connection,
                "tenant, worst, bits",
                "SELECT tenant, worst, SUM(1 << (begin - ?) / 3600) AS bits"
                " FROM series CROSS JOIN hour ON series = id WHERE begin >= ? AND begin <= ?"
                " GROUP BY id, worst",
                (first, first, now),
            )
            for name, worst, bits in rows:
                strip, pill = found.setdefault(name, [None] * hours), RANK[worst]
                for at in _places(bits):
                    strip[at] = pill
            rows = _at_once(
                connection,
                "tenant, h, pill",
                "SELECT tenant, h, pill FROM (SELECT DISTINCT series, at / 3600 * 3600 AS h, pill"
                " FROM sample WHERE at >= ? AND at <= ?) CROSS JOIN series ON series = id",
                (first, now),
            )
            for name, begin, worst in rows:
                note(name, begin, worst)
            # an outage that no sample met is in the events alone
            rows = _at_once(
                connection,
                "tenant, h, was, became",
                "SELECT tenant, CAST(at AS INTEGER) / 3600 * 3600 AS h, MIN(before) AS was,"
                " MIN(after) AS became FROM event WHERE at >= ? AND at <= ? AND kind = 'status'"
                " AND after IS NOT NULL GROUP BY tenant, h ORDER BY h",
                (first, now),
            )
            for name, begin, before, after in rows:
                note(name, begin, after)
                place = (begin - first) // HOUR
                # what was before belongs to this hour only if somebody had been watching
                if before is not None and place and found[name][place - 1] is not None:
                    note(name, begin, before)
        return found

    def samples(self, tenant: str, since: int, until: int) -> list[Sample]:
        """What was sampled of a tenant from ``since`` to before ``until``, oldest first."""
        with self._reading() as connection:
            number = _number(connection, tenant)
            if number is None:
                return []
            found: list[Sample] = []
            rows = connection.exec_driver_sql(
                "SELECT begin, body FROM packed WHERE series = ? AND begin > ? AND begin < ?"
                " ORDER BY begin",
                (number, since - HOUR, until),
            )
            for begin, body in rows:
                found += points.unpacked(tenant, begin, body)
            rows = connection.exec_driver_sql(
                f"SELECT {SAMPLE} FROM sample WHERE at >= ? AND at < ? AND series = ? ORDER BY at",
                (since, until, number),
            )
            found += [points.sample(tenant, row) for row in rows]
        return [sample for sample in found if since <= sample.at < until]

    def stretches(self, tenant: str, since: int, until: int, length: int = HOUR) -> list[Stretch]:
        """Hours (``length`` 3600) or days (86400) of a tenant, oldest first; the running one too.

        An hour belongs to the answer when it begins in it.
        """
        with self._reading() as connection:
            number = _number(connection, tenant)
            if number is None:
                return []
            table = "hour" if length == HOUR else "day"
            rows = connection.exec_driver_sql(
                f"SELECT begin, {FIGURES} FROM {table} WHERE series = ? AND begin >= ?"
                " AND begin < ? ORDER BY begin",
                (number, since, until),
            )
            found = [points.stretch(row, length) for row in rows]
            after = found[-1].begin + length if found else since
            found += rolling.running(connection, number, max(after, since), until, length)
        return found

    def availability(self, tenant: str, since: int, until: int) -> Stretch | None:
        """One stretch over a time, of days where they are rolled up and of hours elsewhere."""
        parts = self.stretches(tenant, since, until, DAY)
        return points.joined(parts, since, until - since) if parts else None

    def events(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Event]:
        """Events, newest first; ``before`` an event's number gives the page after it."""
        where, values = sql.narrowed(tenant, since, until, before)
        with self._reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id, at, tenant, kind, before, after, body FROM event"
                f" WHERE {where} ORDER BY id DESC LIMIT ?",
                (*values, limit),
            )
            return [points.event(row) for row in rows]

    def told(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        last: int | None = None,
    ) -> Iterator[Event]:
        """Events in the order of their time, oldest first; of those only the ``last`` so many.

        Read page by page, each by itself: a year takes no memory, and a slow reader holds nobody.
        """
        wanted: list[tuple[str, object]] = []
        if tenant is not None:
            wanted.append(("tenant = ?", tenant))
        if until is not None:
            wanted.append(("at < ?", until.timestamp()))
        begin = (since.timestamp() if since is not None else 0.0, 0)
        if last is not None:
            begin = self._back(wanted, begin, last)
        where = " AND ".join(["(at, id) >= (?, ?)", *(text for text, _ in wanted)])
        while True:
            with self._reading() as connection:
                rows = connection.exec_driver_sql(
                    "SELECT id, at, tenant, kind, before, after, body FROM event"
                    f" WHERE {where} ORDER BY at, id LIMIT ?",
                    (*begin, *(value for _, value in wanted), PAGE),
                ).fetchall()
                told = [points.event(row) for row in rows]
            yield from told
            if len(rows) < PAGE:
                return
            begin = (float(rows[-1][1]), int(rows[-1][0]) + 1)

    def _back(
        self, wanted: list[tuple[str, object]], begin: tuple[float, int], last: int
    ) -> tuple[float, int]:
        """Where the ``last`` so many begin, if that is later than ``begin``."""
        if last < 1:
            return (float("inf"), 0)
        where = " AND ".join(["at >= ?", *(text for text, _ in wanted)])
        with self._reading() as connection:
            row = connection.exec_driver_sql(
                f"SELECT at, id FROM event WHERE {where} ORDER BY at DESC, id DESC"
                " LIMIT 1 OFFSET ?",
                (begin[0], *(value for _, value in wanted), last - 1),
            ).fetchone()
        return begin if row is None else (float(row[0]), int(row[1]))

    # --- connections ----------------------------------------------------------------------

    def _reading(self) -> AbstractContextManager[Connection]:
        return sql.reading(self._engine, self._path)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with sql.writing(self._engine, self._path) as connection:
                yield connection
        except BaseException:
            self._series = {}  # numbers given in what was not kept are free for others
            raise


def _at_once(
    connection: Connection, columns: str, select: str, values: tuple[object, ...]
) -> list[list[Any]]:
    """The ``columns`` of a selection, fetched as one row.

    For each row that is fetched the interpreter's lock is let go and waited for: thousands of them
    take a second while the event loop is busy, as it is at a start.
    """
    row = connection.exec_driver_sql(
        f"SELECT json_group_array(json_array({columns})) FROM ({select})", values
    )
    found: list[list[Any]] = json.loads(row.scalar_one())
    return found


@lru_cache(256)
def _places(bits: int) -> tuple[int, ...]:
    """Which bits are set, the lowest being 0; most of a fleet has the same ones."""
    return tuple([place for place in range(bits.bit_length()) if bits >> place & 1])


def _told(connection: Connection, event: Event) -> bool:
    """Whether the change before or after this one, of the same tenant, is the same one."""
    if event.kind is not EventKind.STATUS or event.before is None or event.after is None:
        return False
    moment, change = event.at.timestamp(), (NUMBER[event.before], NUMBER[event.after])
    for way, order in (("<=", "DESC"), (">", "ASC")):
        row = connection.exec_driver_sql(
            "SELECT before, after, at FROM event WHERE tenant = ? AND kind = 'status'"
            f" AND at {way} ? ORDER BY at {order} LIMIT 1",
            (event.tenant, moment),
        ).fetchone()
        if row is not None and tuple(row[:2]) == change and abs(float(row[2]) - moment) <= SAME:
            return True
    return False


def _number(connection: Connection, tenant: str) -> int | None:
    found = connection.exec_driver_sql("SELECT id FROM series WHERE tenant = ?", (tenant,))
    number = found.scalar()
    return None if number is None else int(number)


def _names(connection: Connection) -> dict[int, str]:
    rows = connection.exec_driver_sql("SELECT id, tenant FROM series")
    return {int(number): str(name) for number, name in rows}
