"""A year of a fleet's past, put in place as retention leaves it: in seconds, by SQL alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from alfred_tui.model.history import Sample
from alfred_tui.model.kept import KeptState
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store import points

NOW = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp())
HOUR, DAY = 3600, 86400
_COUNT = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
_BODY = (
    '{"after":[{"rule":"service-missing","pill":"down","text":"openclaw is not listed, core",'
    '"value":"not listed","limit":"listed","since":"2026-10-31T11:59:30Z","door":"ctrl-api",'
    '"subject":"openclaw"}]}'
)


def tenants_and_states(path: Path, count: int, *, host_keys: bool) -> None:
    """``count`` tenants, each with a last state and, from schema 0002 on, a host key."""
    names = [f"tenant-{number:04d}" for number in range(count)]
    body = b'{"api_url":"https://alfred.tail0.ts.example:3100"}'
    at = datetime.fromtimestamp(NOW, UTC)
    states = [
        (name, "2026-11-01 12:00:00.000000", _state(KeptState(name, TenantView(name, Pill.OK), at)))
        for name in names
    ]
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.executemany(
            "INSERT INTO tenant VALUES (?, 'canary-31', ?, ?)",
            [(name, body, place) for place, name in enumerate(names, 1)],
        )
        plain.executemany("INSERT INTO last_state VALUES (?, ?, ?)", states)
        if host_keys:
            plain.executemany(
                "INSERT INTO host_key VALUES (?, 'ssh-ed25519', 'AAAA', 'SHA256:x', ?, 'test')",
                [(name, "2026-11-01 12:00:00.000000") for name in names],
            )


def _state(state: KeptState) -> bytes:
    return msgspec.json.encode(state)


def past(
    path: Path, count: int, *, days: int = 365, hour_days: int = 90, events_a_week: float = 1.0
) -> None:
    """Two days of packed samples (one a minute), ``hour_days`` of hours, ``days`` of days."""
    minutes = [Sample("", 60 * n, 60, Pill.OK, 0.088, 43.0, 51.0, 12, 12) for n in range(60)]
    figures = "{0}, {0} - 10, 10, 0, 1, 88, 140, 430, 510, 512"
    spans = (("hour", HOUR, hour_days * 24), ("day", DAY, days))
    with closing(sqlite3.connect(path)) as plain, plain:
        # nobody needs to survive a crash of this
        for line in ("synchronous=OFF", "journal_mode=MEMORY", "cache_size=-200000"):
            plain.execute(f"PRAGMA {line}")
        plain.execute(
            f"{_COUNT.format(last=count - 1)} INSERT INTO series (tenant)"
            " SELECT printf('tenant-%04d', i) FROM n"
        )
        for table, length, rows in spans:
            end = NOW // length * length
            plain.execute(
                f"{_COUNT.format(last=rows - 1)} INSERT INTO {table}"
                f" SELECT id, {end} - ({rows} - i) * {length},"
                f" {figures.format(length)} FROM series CROSS JOIN n"
            )
        plain.execute(
            f"{_COUNT.format(last=47)} INSERT INTO packed"
            f" SELECT id, {NOW // HOUR * HOUR} - (48 - i) * {HOUR}, ?"
            " FROM series CROSS JOIN n",
            (points.packed(0, [points.row(1, sample) for sample in minutes]),),
        )
        rounds = round(days / 7 * events_a_week)
        plain.execute(
            f"{_COUNT.format(last=rounds - 1)} INSERT INTO event"
            " (at, tenant, kind, before, after, body)"
            f" SELECT {NOW} - ({rounds} - i) * {7 * DAY / events_a_week}, tenant, 'status', 5, 0, ?"
            " FROM n CROSS JOIN series",
            (_BODY.encode(),),
        )
        plain.executemany(
            "INSERT INTO rolled VALUES (?, ?)",
            [("hour", NOW // HOUR * HOUR), ("day", NOW // DAY * DAY)],
        )
        plain.commit()
        plain.execute("PRAGMA journal_mode=WAL")


def wishes(path: Path, count: int) -> None:
    """A mute of each tenant, for good."""
    body = b'{"reason":"a rebuild","who":"ada@desk"}'
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute(
            f"{_COUNT.format(last=count - 1)} INSERT INTO quiet (kind, tenant, rule, at, until,"
            f" body) SELECT 'mute', printf('tenant-%04d', i), '', {NOW}, {NOW + 30 * DAY}, ?"
            " FROM n",
            (body,),
        )


def deeds(path: Path, count: int, each: int = 52) -> None:
    """The journal of a year: ``each`` runs of a tenant, of two calls."""
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute(
            f"{_COUNT.format(last=count * each - 1)} INSERT INTO run (at, who, program, tenant,"
            " operation, title, risk, arguments, bulk, before, after, ended, outcome, text)"
            f" SELECT {NOW} - i * 600, 'ada@desk', '7@desk#1', printf('tenant-%04d', i % {count}),"
            " 'container.restart', 'restart alfred', 'disruptive', '{\"service\":\"alfred\"}', '',"
            f" 'ok', 'ok', {NOW} - i * 600 + 9, 'done', 'it is running again' FROM n"
        )
        for number, door in ((1, "ctrl-api"), (2, "ssh")):
            plain.execute(
                "INSERT INTO call SELECT id, ?, ?, 'restart alfred', 'POST /x', at, at + 1,"
                " 'done', 200, 'restarted' FROM run",
                (number, door),
            )
