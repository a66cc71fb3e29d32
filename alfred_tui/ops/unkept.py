"""The demo's journal: in memory, it ends with the program."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime

import msgspec

from alfred_tui.model.operation import Answer, CallRecord, Outcome, RunRecord

MOST = 500
"""Runs that are remembered."""


class Unkept:
    """Fits the journal, what writes and what reads."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._runs: OrderedDict[int, RunRecord] = OrderedDict()

    def begin(self, run: RunRecord) -> int:
        """A run begins; its number."""
        number = next(self._numbers)
        self._runs[number] = msgspec.structs.replace(run, number=number, outcome=Outcome.UNKNOWN)
        while len(self._runs) > MOST:
            self._runs.popitem(last=False)
        return number

    def intend(self, run: int, call: CallRecord) -> None:
        """A call is about to go out."""
        if (held := self._runs.get(run)) is not None:
            self._runs[run] = msgspec.structs.replace(held, calls=(*held.calls, call))

    def answered(self, run: int, number: int, answer: Answer, at: datetime) -> None:
        """What came back of it."""
        if (held := self._runs.get(run)) is None:
            return
        calls = tuple(
            msgspec.structs.replace(
                call,
                answered=at,
                outcome=answer.outcome,
                status=answer.status,
                text=answer.text,
            )
            if call.number == number
            else call
            for call in held.calls
        )
        self._runs[run] = msgspec.structs.replace(held, calls=calls)

    def end(self, run: int, outcome: Outcome, text: str, after: str, at: datetime) -> None:
        """A run has ended."""
        if (held := self._runs.get(run)) is not None:
            self._runs[run] = msgspec.structs.replace(
                held, ended=at, outcome=outcome, text=text, after=after
            )

    def runs(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[RunRecord]:
        """Runs with their calls, newest first; ``before`` a number: the page after it."""
        found = (
            run
            for run in reversed(list(self._runs.values()))
            if (tenant is None or run.tenant == tenant)
            and (since is None or run.at >= since)
            and (until is None or run.at < until)
            and (before is None or run.number < before)
        )
        return list(itertools.islice(found, limit))

    def of(self, operations: Collection[str]) -> list[RunRecord]:
        """Every run of these operations, oldest first."""
        return [run for run in self._runs.values() if run.operation in operations]
