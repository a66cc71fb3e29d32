"""The journal's writer: what comes at one time shares a transaction, and none spoils another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.operation import CallRecord, Outcome, Risk, RunRecord
from alfred_tui.ops.hands import Writer
from alfred_tui.store.errors import StoreError
from alfred_tui.store.store import Store

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CALL = CallRecord(number=1, door="ssh", says="run it", line="true", intended=NOON)


def run(tenant: str) -> RunRecord:
    return RunRecord(
        number=0,
        at=NOON,
        who="ada@desk",
        program="7@desk",
        tenant=tenant,
        operation="shell.run",
        title=f"run `true` on {tenant}",
        risk=Risk.DISRUPTIVE,
    )


class Counted:
    """A journal whose transactions are counted."""

    def __init__(self, store: Store) -> None:
        self._store, self.transactions = store, 0

    def write(self, work: Callable[[Any], Any]) -> Any:
        self.transactions += 1
        return self._store.journal.write(work)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Paths(tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def over(store: Store, thread: ThreadPoolExecutor) -> tuple[Writer, Counted]:
    async def ask(work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    journal = Counted(store)
    return Writer(journal, ask), journal


async def test_a_hundred_at_once_share_few_transactions(
    store: Store, thread: ThreadPoolExecutor
) -> None:
    writer, journal = over(store, thread)
    names = [f"t{number}" for number in range(100)]
    numbers = await asyncio.gather(*(writer.begin(run(name)) for name in names))
    await asyncio.gather(*(writer.intend(number, CALL) for number in numbers))
    assert journal.transactions <= 4
    kept = {each.number: each for each in store.journal.runs()}
    assert [kept[number].tenant for number in numbers] == names
    assert all(len(each.calls) == 1 for each in kept.values())


async def test_whoever_waits_no_more_is_written_all_the_same_and_disturbs_nobody(
    store: Store, thread: ThreadPoolExecutor
) -> None:
    writer, _ = over(store, thread)
    waiting = [asyncio.create_task(writer.begin(run(name))) for name in ("a", "b", "c")]
    await asyncio.sleep(0)
    waiting[1].cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(done[1], asyncio.CancelledError)
    assert {each.tenant for each in store.journal.runs()} == {"a", "b", "c"}
    end = [writer.end(number, Outcome.DONE, "", "", NOON) for number in (done[0], done[2])]
    await asyncio.gather(*end)
    assert [each.ended for each in store.journal.runs()].count(None) == 1


async def test_one_that_cannot_be_written_spoils_no_other(
    store: Store, thread: ThreadPoolExecutor
) -> None:
    writer, _ = over(store, thread)
    nobody = 999  # a call of no run: the database refuses it
    first = await writer.begin(run("a"))
    tries = [writer.intend(nobody, CALL), writer.intend(first, CALL), writer.begin(run("b"))]
    refused, written, begun = await asyncio.gather(*tries, return_exceptions=True)
    assert isinstance(refused, StoreError)
    assert (written, begun) == (None, first + 1)
    later, earlier = store.journal.runs()
    assert (later.tenant, later.calls, len(earlier.calls)) == ("b", (), 1)
    assert await writer.begin(run("c")) == first + 2, "and it goes on"
