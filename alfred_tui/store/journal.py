"""The journal on disk: an intent is written and committed before its call goes out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine

from alfred_tui.model.operation import Answer, CallRecord, Outcome, Risk, RunRecord
from alfred_tui.store import sql

T = TypeVar("T")
_RUN = (
    "id, at, who, program, tenant, operation, title, risk, arguments, bulk, before, after, ended,"
    " outcome, text"
)
_CALL = "number, door, says, line, intended, answered, outcome, status, text"


class Entries:
    """What is written within one transaction; all of it or none."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, run: RunRecord) -> int:
        """Write that a run begins; its number."""
        done = self._connection.exec_driver_sql(
            "INSERT INTO run (at, who, program, tenant, operation, title, risk, arguments,"
            " bulk, before, after, ended, outcome, text)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,'',NULL,?,'')",
            (
                run.at.timestamp(),
                run.who,
                run.program,
                run.tenant,
                run.operation,
                run.title,
                run.risk.value,
                msgspec.json.encode(run.arguments),
                run.bulk,
                run.before,
                Outcome.UNKNOWN.value,
            ),
        )
        return int(done.lastrowid)

    def intend(self, run: int, call: CallRecord) -> None:
        """Write that a call is about to go out: from now on its outcome is unknown."""
        self._connection.exec_driver_sql(
            "INSERT INTO call (run, number, door, says, line, intended, outcome, text)"
            " VALUES (?,?,?,?,?,?,?,'')",
            (
                run,
                call.number,
                call.door,
                call.says,
                call.line,
                call.intended.timestamp(),
                Outcome.UNKNOWN.value,
            ),
        )

    def answered(self, run: int, number: int, answer: Answer, at: datetime) -> None:
        """Write what came back of a call."""
        self._connection.exec_driver_sql(
            "UPDATE call SET answered = ?, outcome = ?, status = ?, text = ?"
            " WHERE run = ? AND number = ?",
            (at.timestamp(), answer.outcome.value, answer.status, answer.text, run, number),
        )

    def end(self, run: int, outcome: Outcome, text: str, after: str, at: datetime) -> None:
        """Write how a run ended, and the verdict after it."""
        self._connection.exec_driver_sql(
            "UPDATE run SET ended = ?, outcome = ?, text = ?, after = ? WHERE id = ?",
            (at.timestamp(), outcome.value, text, after, run),
        )


class Journal:
    """Synchronous; errors are the store's. Nothing that it is given may hold a secret."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def write(self, work: Callable[[Entries], T]) -> T:
        """Write entries in one transaction, committed when it returns."""
        with sql.writing(self._engine, self._path) as connection:
            return work(Entries(connection))

    def runs(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[RunRecord]:
        """Runs with their calls, newest first; ``before`` a number gives the page after it."""
        where, values = sql.narrowed(tenant, since, until, before)
        with sql.reading(self._engine, self._path) as connection:
            rows = connection.exec_driver_sql(
                f"SELECT {_RUN} FROM run WHERE {where} ORDER BY id DESC LIMIT ?",
                (*values, limit),
            ).fetchall()
            return [_run(row, _calls(connection, int(row[0]))) for row in rows]

    def of(self, operations: Collection[str]) -> list[RunRecord]:
        """Every run of these operations, without their calls, oldest first."""
        places = ", ".join("?" * len(operations))
        with sql.reading(self._engine, self._path) as connection:
            rows = connection.exec_driver_sql(
                f"SELECT {_RUN} FROM run WHERE operation IN ({places}) ORDER BY id",
                tuple(operations),
            ).fetchall()
            return [_run(row, ()) for row in rows]


def _calls(connection: Connection, run: int) -> tuple[CallRecord, ...]:
    rows = connection.exec_driver_sql(
        f"SELECT {_CALL} FROM call WHERE run = ? ORDER BY number", (run,)
    )
    return tuple(
        CallRecord(
            number=number,
            door=door,
            says=says,
            line=line,
            intended=_moment(intended),
            answered=None if answered is None else _moment(answered),
            outcome=Outcome(outcome),
            status=status,
            text=text,
        )
        for number, door, says, line, intended, answered, outcome, status, text in rows
    )


def _run(row: Sequence[Any], calls: tuple[CallRecord, ...]) -> RunRecord:
    number, at, who, program, tenant, operation, title, risk, arguments, bulk, *rest = row
    before, after, ended, outcome, text = rest
    return RunRecord(
        number=number,
        at=_moment(at),
        who=who,
        program=program,
        tenant=tenant,
        operation=operation,
        title=title,
        risk=Risk(risk),
        arguments=_arguments(arguments),
        bulk=bulk,
        before=before,
        after=after,
        ended=None if ended is None else _moment(ended),
        outcome=Outcome(outcome),
        text=text,
        calls=calls,
    )


def _arguments(body: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(body, type=dict[str, str])
    except msgspec.MsgspecError as trouble:
        raise ValueError(f"arguments: {trouble}") from None


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
