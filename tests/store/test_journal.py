"""The journal on disk: intents before answers, pages, and what a damaged row does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.operation import Answer, CallRecord, Outcome, Risk, RunRecord
from alfred_tui.store.errors import StoreDamaged
from alfred_tui.store.store import Store

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Paths(tmp_path))
    yield opened
    opened.close()


def run(tenant: str = "acme", hours: int = 0) -> RunRecord:
    at = NOON + timedelta(hours=hours)
    return RunRecord(
        number=0,
        at=at,
        who="ada@desk",
        program="7@desk",
        tenant=tenant,
        operation="container.restart",
        title=f"restart alfred on {tenant}",
        risk=Risk.DISRUPTIVE,
        arguments={"service": "alfred"},
        before="ok",
    )


def call(number: int = 1) -> CallRecord:
    return CallRecord(number, "ctrl-api", "restart alfred", "POST /x", NOON)


def test_a_call_is_unknown_from_its_intent_to_its_answer(store: Store) -> None:
    number = store.journal.write(lambda entries: entries.begin(run()))
    store.journal.write(lambda entries: entries.intend(number, call()))
    (held,) = store.journal.runs()
    assert (held.outcome, held.ended, held.calls[0].outcome) == (
        Outcome.UNKNOWN,
        None,
        Outcome.UNKNOWN,
    )
    answer = Answer(Outcome.DONE, 200, "restarted")
    store.journal.write(lambda entries: entries.answered(number, 1, answer, NOON))
    store.journal.write(lambda entries: entries.end(number, Outcome.DONE, "it runs", "ok", NOON))
    (held,) = store.journal.runs()
    assert (held.outcome, held.text, held.after, held.ended) == (
        Outcome.DONE,
        "it runs",
        "ok",
        NOON,
    )
    assert (held.calls[0].outcome, held.calls[0].status) == (Outcome.DONE, 200)
    assert held.arguments == {"service": "alfred"}


def test_runs_come_newest_first_by_page_tenant_and_time(store: Store) -> None:
    six = [run("acme" if n % 2 else "birch", n) for n in range(6)]
    numbers = store.journal.write(lambda entries: [entries.begin(each) for each in six])
    assert [r.number for r in store.journal.runs(limit=2)] == numbers[:3:-1]
    assert [r.number for r in store.journal.runs(before=numbers[4], limit=2)] == numbers[3:1:-1]
    assert {r.tenant for r in store.journal.runs("acme")} == {"acme"}
    some = store.journal.runs(since=NOON + timedelta(hours=2), until=NOON + timedelta(hours=4))
    assert [r.number for r in some] == [numbers[3], numbers[2]]


@pytest.mark.parametrize(
    "spoilt",
    [
        "UPDATE run SET outcome = 'perhaps'",
        "UPDATE run SET risk = 'none'",
        "UPDATE run SET arguments = x'ff'",
        "UPDATE run SET at = 1e300",
        "UPDATE call SET outcome = ''",
        "UPDATE call SET intended = 'noon'",
    ],
)
def test_a_row_that_nobody_has_written_is_told_as_damage(
    store: Store, tmp_path: Path, spoilt: str
) -> None:
    store.journal.write(lambda entries: entries.intend(entries.begin(run()), call()))
    with closing(sqlite3.connect(tmp_path / "alfred.db")) as raw:
        raw.execute(spoilt)
        raw.commit()
    with pytest.raises(StoreDamaged):
        store.journal.runs()
