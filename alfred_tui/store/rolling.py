"""Packing hours, rolling up days, dropping what is too old: little by little, under one lock."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection

from alfred_tui.model.history import DAY, HOUR, Stretch
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.store import points
from alfred_tui.store.points import FIGURES, SAMPLE, Row

_WATCHED = "watched "
"""Begins the names under which the last packed hours are noted."""
HOURS_AT_ONCE = 6
"""Hours rolled up in one go: the write lock is held for a moment, not for a year."""
CONFIRMED_BY = 12
"""Hours that must have been watched before what was kept is measured by them: a clock that runs
ahead for a while would else have the whole past dropped as too old."""
GAP = DAY
"""As far from the first of those hours the clock is believed as it is."""
MOST_EVENTS = 500_000
"""Events kept in all, whatever their age: a tenant that flaps for months fills no disk."""


def roll(connection: Connection, now: int, keep: HistorySettings) -> bool:
    """Pack the hours and days that are over, a few at a time; whether there is more to do."""
    first = connection.exec_driver_sql("SELECT MIN(at) FROM sample").scalar()
    last = now // HOUR * HOUR
    begin = last if first is None else min(last, first // HOUR * HOUR)
    end = min(last, begin + HOURS_AT_ONCE * HOUR)
    # what is noted of a time to come was noted by a clock that ran ahead
    for what, until in (("hour", last), ("day", last // DAY * DAY)):
        connection.exec_driver_sql(
            "UPDATE rolled SET until = ? WHERE what = ? AND until > ?", (until, what, now + DAY)
        )
    late = {hour // DAY * DAY for hour in range(begin, end, HOUR) if _pack(connection, hour)}
    series = [number for (number,) in connection.exec_driver_sql("SELECT id FROM series")]
    # of an older day some hours are gone: what is there is more than could be made of the rest
    whole = now - keep.hour_days * DAY
    for day in late:
        if day < (_noted(connection, "day") or 0):
            _roll(connection, day, day + DAY, series, whole)
    _roll_days(connection, end, series, whole)
    if (age_from := _believed(connection, now)) is not None:
        _drop(connection, age_from, keep, series)
    connection.exec_driver_sql(
        "DELETE FROM event WHERE id <= (SELECT MAX(id) FROM event) - ?", (MOST_EVENTS,)
    )
    return end < last


def _pack(connection: Connection, hour: int) -> bool:
    """The samples of one hour into figures and bytes; what was written late is joined to it.

    Whether it was late.
    """
    rows = connection.exec_driver_sql(
        f"SELECT {SAMPLE} FROM sample WHERE at >= ? AND at < ? ORDER BY series, at",
        (hour, hour + HOUR),
    ).fetchall()
    if not rows:
        return False
    by_series: dict[int, list[Row]] = {}
    for row in rows:
        by_series.setdefault(row[1], []).append(row)
    late = hour < (_noted(connection, "hour") or 0)
    there: dict[int, bytes] = {}
    if late:
        found = connection.exec_driver_sql(
            "SELECT series, body FROM packed WHERE begin = ?", (hour,)
        )
        there = {int(number): bytes(body) for number, body in found}
    bodies: list[tuple[int, int, bytes]] = []
    figures: list[tuple[int | None, ...]] = []
    alone: list[tuple[int | None, ...]] = []
    for number, mine in by_series.items():
        held = there.get(number, b"")
        if held:
            old = [points.row(number, each) for each in points.unpacked("", hour, held)]
            mine = sorted([*old, *mine], key=lambda row: row[0] or 0)
        bodies.append((number, hour, points.packed(hour, mine)))
        # of an hour whose samples are dropped already its figures are more than these
        (alone if late and not held else figures).append((number, hour, *points.figures(mine)))
    connection.exec_driver_sql("INSERT OR REPLACE INTO packed VALUES (?,?,?)", bodies)
    _put(connection, "hour", figures)
    _put(connection, "hour", alone, "IGNORE")
    connection.exec_driver_sql("DELETE FROM sample WHERE at >= ? AND at < ?", (hour, hour + HOUR))
    _note(connection, "hour", hour + HOUR)
    _note(connection, f"{_WATCHED}{hour}", hour)
    return late


def _roll_days(connection: Connection, packed_until: int, series: list[int], whole: int) -> None:
    """Days whose hours are all packed."""
    end = packed_until // DAY * DAY
    done = _noted(connection, "day")
    if done is None:
        first = connection.exec_driver_sql("SELECT MIN(begin) FROM hour").scalar()
        if first is None:
            return
        done = first // DAY * DAY
    if done < end:
        _roll(connection, done, end, series, whole)
        _note(connection, "day", end)


def _roll(connection: Connection, since: int, until: int, series: list[int], whole: int) -> None:
    """Days out of their hours; one before ``whole`` only where there is none yet."""
    for number in series:
        rows = connection.exec_driver_sql(
            f"SELECT begin, {FIGURES} FROM hour WHERE series = ? AND begin >= ? AND begin < ?"
            " ORDER BY begin",
            (number, since, until),
        )
        hours = (points.stretch(row, HOUR) for row in rows)
        made = [
            (number, day, *points.unstretched(points.joined(list(parts), day, DAY)))
            for day, parts in groupby(hours, lambda hour: hour.begin // DAY * DAY)
        ]
        _put(connection, "day", [row for row in made if row[1] >= whole])
        _put(connection, "day", [row for row in made if row[1] < whole], "IGNORE")


def _believed(connection: Connection, now: int) -> int | None:
    """The moment from which ages are counted; ``None`` while too little was watched to tell."""
    # an hour after now was written by a clock that has been proven wrong
    connection.exec_driver_sql(
        "DELETE FROM rolled WHERE what GLOB ? AND until > ?", (f"{_WATCHED}*", now)
    )
    rows = connection.exec_driver_sql(
        "SELECT until FROM rolled WHERE what GLOB ? AND until <= ? ORDER BY until DESC",
        (f"{_WATCHED}*", now),
    ).fetchall()
    if len(rows) < CONFIRMED_BY:
        return None
    oldest = int(rows[CONFIRMED_BY - 1][0])
    connection.exec_driver_sql(
        "DELETE FROM rolled WHERE what GLOB ? AND until < ?", (f"{_WATCHED}*", oldest)
    )
    return now if now - oldest <= GAP else oldest


def _put(
    connection: Connection,
    table: str,
    rows: Sequence[tuple[int | None, ...]],
    otherwise: str = "REPLACE",
) -> None:
    """``otherwise`` is what becomes of one that is there already."""
    if rows:
        connection.exec_driver_sql(
            f"INSERT OR {otherwise} INTO {table} (series, begin, {FIGURES})"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            rows,
        )


def _drop(connection: Connection, now: int, keep: HistorySettings, series: list[int]) -> None:
    """By tenant, along the primary keys: no table is read from end to end."""
    for table, seconds in (
        ("packed", keep.raw_hours * HOUR),
        ("hour", keep.hour_days * DAY),
        ("day", keep.day_days * DAY),
    ):
        if series:
            connection.exec_driver_sql(
                f"DELETE FROM {table} WHERE series = ? AND begin < ?",
                [(number, now - seconds) for number in series],
            )
    connection.exec_driver_sql("DELETE FROM event WHERE at < ?", (now - keep.event_days * DAY,))


def _noted(connection: Connection, what: str) -> int | None:
    until = connection.exec_driver_sql("SELECT until FROM rolled WHERE what = ?", (what,)).scalar()
    return None if until is None else int(until)


def _note(connection: Connection, what: str, until: int) -> None:
    connection.exec_driver_sql(
        "INSERT INTO rolled VALUES (?, ?) ON CONFLICT (what)"
        " DO UPDATE SET until = MAX(until, excluded.until)",
        (what, until),
    )


def running(
    connection: Connection, number: int, since: int, until: int, length: int
) -> list[Stretch]:
    """Stretches that are not rolled up yet, from hours and from the samples of the present one."""
    hours: list[Stretch] = []
    if length != HOUR:
        rows = connection.exec_driver_sql(
            f"SELECT begin, {FIGURES} FROM hour WHERE series = ? AND begin >= ? AND begin < ?"
            " ORDER BY begin",
            (number, since, until),
        )
        hours = [points.stretch(row, HOUR) for row in rows]
    rows = connection.exec_driver_sql(
        f"SELECT {SAMPLE} FROM sample WHERE at >= ? AND at < ? AND series = ? ORDER BY at",
        (since, until, number),
    )
    by_hour: dict[int, list[Row]] = {}
    for row in rows:
        by_hour.setdefault(row[0] // HOUR * HOUR, []).append(row)
    hours += [
        points.stretch((begin, *points.figures(mine)), HOUR) for begin, mine in by_hour.items()
    ]
    if length == HOUR:
        return hours
    by_day: dict[int, list[Stretch]] = {}
    for hour in hours:
        by_day.setdefault(hour.begin // length * length, []).append(hour)
    return [points.joined(parts, begin, length) for begin, parts in by_day.items()]
