"""Sends the calls of one plan: the intent is written before each, the answer after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

import msgspec

from alfred_tui import logs
from alfred_tui.model.ask import Ask
from alfred_tui.model.operation import Answer, Call, CallRecord, Outcome, Plan, RunRecord
from alfred_tui.model.text import clean
from alfred_tui.ops.operation import Eyes, Refused

SAID = 2000
"""Characters of an answer that the journal keeps."""


class Journal(Protocol):
    """Where runs are written down; synchronous, raises the store's errors."""

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


class Writer:
    """The journal from the event loop: ``ask`` carries its calls to the store's own thread."""

    def __init__(self, journal: Journal, ask: Ask) -> None:
        self._journal, self._ask = journal, ask

    async def begin(self, run: RunRecord) -> int:
        """A run begins; its number."""
        return await self._ask(lambda: self._journal.begin(run))

    async def intend(self, run: int, call: CallRecord) -> None:
        """A call is about to go out."""
        await self._ask(lambda: self._journal.intend(run, call))

    async def answered(self, run: int, number: int, answer: Answer, at: datetime) -> None:
        """What came back of it."""
        await self._ask(lambda: self._journal.answered(run, number, answer, at))

    async def end(self, run: int, outcome: Outcome, text: str, after: str, at: datetime) -> None:
        """A run has ended."""
        await self._ask(lambda: self._journal.end(run, outcome, text, after, at))


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
