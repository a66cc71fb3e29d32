"""Sends the calls of one plan: the intent is written before each, the answer after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from alfred_tui import logs
from alfred_tui.model.ask import Ask
from alfred_tui.model.operation import Answer, Call, CallRecord, Outcome, Plan, RunRecord
from alfred_tui.model.text import clean
from alfred_tui.ops.operation import Eyes, Refused

log = logging.getLogger(__name__)
SAID = 2000
"""Characters of an answer that the journal keeps."""


T = TypeVar("T")


class Entries(Protocol):
    """What is written down of runs; within one transaction."""

    def begin(self, run: RunRecord) -> int:
        """A run begins; its number."""
        ...

    def intend(self, run: int, call: CallRecord) -> None:
        """A call is about to go out."""
        ...

    def answered(self, run: int, number: int, answer: Answer, at: datetime) -> None:
        """What came back of it."""
        ...

    def end(self, run: int, outcome: Outcome, text: str, after: str, at: datetime) -> None:
        """A run has ended."""
        ...


class Journal(Protocol):
    """Where runs are written down; synchronous, raises the store's errors."""

    def write(self, work: Callable[[Entries], T]) -> T:
        """One transaction, which is committed when it returns."""
        ...


class _Entry(NamedTuple):
    work: Callable[[Entries], Any]
    done: asyncio.Future[Any]


class Writer:
    """The journal from the event loop: ``ask`` carries its calls to the store's own thread.

    What comes while something is being written shares the next transaction: each waits until its
    own is committed, and a hundred tenants at once do not cost a hundred commits.
    """

    def __init__(self, journal: Journal, ask: Ask) -> None:
        self._journal, self._ask = journal, ask
        self._waiting: list[_Entry] = []
        self._task: asyncio.Task[None] | None = None

    async def begin(self, run: RunRecord) -> int:
        """A run begins; its number."""
        return await self._write(lambda entries: entries.begin(run))

    async def intend(self, run: int, call: CallRecord) -> None:
        """A call is about to go out."""
        await self._write(lambda entries: entries.intend(run, call))

    async def answered(self, run: int, number: int, answer: Answer, at: datetime) -> None:
        """What came back of it."""
        await self._write(lambda entries: entries.answered(run, number, answer, at))

    async def end(self, run: int, outcome: Outcome, text: str, after: str, at: datetime) -> None:
        """A run has ended."""
        await self._write(lambda entries: entries.end(run, outcome, text, after, at))

    async def _write(self, work: Callable[[Entries], T]) -> T:
        entry = _Entry(work, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._task is None or self._task.done():
            self._begin()
        try:
            written: T = await entry.done
        except _ByItself:  # what is wrong with one spoils no other
            return await self._ask(lambda: self._journal.write(work))
        return written

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._together(), name="journal")

    async def _together(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting, []
                await self._transaction(some)
        finally:
            if self._waiting:  # a bug, which the log tells: those who came meanwhile go on
                self._begin()

    async def _transaction(self, some: Sequence[_Entry]) -> None:
        written: list[Any] | None = None
        try:
            written = await self._ask(
                lambda: self._journal.write(lambda entries: [each.work(entries) for each in some])
            )
        except (OSError, RuntimeError) as trouble:
            log.info("%d entries of the journal go by themselves: %s", len(some), trouble)
        finally:
            for place, entry in enumerate(some):
                if entry.done.done():
                    continue  # nobody waits any more
                if written is None:
                    entry.done.set_exception(_ByItself())
                else:
                    entry.done.set_result(written[place])


class _ByItself(Exception):
    """The transaction that it was part of has failed."""


Send = Callable[[Call], Awaitable[Answer]]
"""Sends one call through its door; never raises but for cancellation."""


class PlannedHands:
    """Does what is in the plan, each call at most once and in their order, and nothing else."""

    def __init__(
        self,
        plan: Plan,
        number: int,
        send: Send,
        writer: Writer,
        now: Callable[[], datetime],
        tell: Callable[[str], None],
        eyes: Eyes,
    ) -> None:
        self.eyes = eyes
        self._plan, self._number = plan, number
        self._left = plan.calls
        self._send, self._writer, self._now = send, writer, now
        self.begun = 0
        """Calls whose intent was written."""
        self.tell = tell
        self.answers: list[Answer] = []

    @property
    def unknown(self) -> bool:
        """Whether a call went out of which nobody knows what it has done."""
        return any(answer.outcome is Outcome.UNKNOWN for answer in self.answers)

    async def do(self, call: Call) -> Answer:
        """Send one of the plan's calls that are still to come; those before it are left out.

        Raises:
            Refused: it is none of them.
            StoreError: the intent could not be written, and nothing was sent.
        """
        if call not in self._left:
            raise Refused(f"not in the plan of {self._plan.title}: {clean(call.line, 200)}")
        place = self.begun
        record = CallRecord(
            number=place + 1,
            door=call.door,
            says=call.says,
            line=logs.masked(call.line),
            intended=self._now(),
        )
        await self._writer.intend(self._number, record)
        self.begun += 1
        self._left = self._left[self._left.index(call) + 1 :]
        answer = await self._send(call)
        answer = msgspec.structs.replace(answer, text=clean(logs.masked(answer.text), SAID))
        self.answers.append(answer)
        await self._writer.answered(self._number, place + 1, answer, self._now())
        return answer
