"""The jobs: each a plan that a person has said yes to, run to its end, watched, written down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from alfred_tui import logs
from alfred_tui.model.operation import (
    Answer,
    Call,
    Consent,
    Outcome,
    Plan,
    Risk,
    RunRecord,
    ShellCall,
)
from alfred_tui.model.text import clean
from alfred_tui.ops import lock
from alfred_tui.ops.ending import whatever_comes
from alfred_tui.ops.hands import PlannedHands, Send, Writer
from alfred_tui.ops.operation import OPERATIONS, Eyes, Refused, Stopped, Unseen, said
from alfred_tui.ops.programs import program

log = logging.getLogger(__name__)


class Yes(StrEnum):
    """What a person has done to say yes."""

    ENTER = "enter"
    KEY = "y"
    NAME = "name"


class House(Protocol):
    """What the board needs of the program around it."""

    def eyes(self, tenant: str) -> Eyes:
        """Looks at a tenant. Raises ``Refused`` for an unknown name."""
        ...

    async def send(self, tenant: str, call: Call) -> Answer:
        """Send one call; never raises but for cancellation."""
        ...

    def locks(self, tenant: str) -> bool:
        """Whether a lock can be left on a tenant."""
        ...

    def unlocked(self, tenant: str) -> str:
        """Why none will be left, as far as it is known now; empty where one will."""
        ...

    def verdict(self, tenant: str, *, anew: bool = False) -> str:
        """The pill of a tenant, with its worst reason: now, or as it was known last.

        ``anew``: not as it was known last; empty where nobody judges it.
        """
        ...

    def now(self) -> datetime:
        """Aware UTC."""
        ...


@dataclass
class Job:
    """One run. ``told`` are the words on how far it is, newest last."""

    plan: Plan
    number: int
    began: datetime
    told: list[str] = field(default_factory=list)
    outcome: Outcome | None = None
    text: str = ""
    ended: datetime | None = None
    task: asyncio.Task[None] | None = None
    holder: lock.Holder | None = None

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.outcome is None

    async def done(self) -> Outcome:
        """Wait for its end."""
        if self.task is not None:
            await asyncio.wait({self.task})
        assert self.outcome is not None
        return self.outcome


KEPT = 1000
"""Jobs that are remembered here; all of them are in the journal."""


class Board:
    """Runs plans; one at a time for each tenant.

    ``speed`` is how many seconds of the house's time pass in one of the person's who reads a plan.
    """

    def __init__(
        self,
        house: House,
        writer: Writer,
        who: str,
        *,
        read_only: bool = False,
        speed: float = 1.0,
    ) -> None:
        self.jobs: list[Job] = []
        self.read_only = read_only
        self._speed = speed
        self._house, self._writer, self._who = house, writer, who
        self._taken: set[int] = set()
        self._running: dict[int, Job] = {}

    @property
    def running(self) -> list[Job]:
        """Jobs that have not ended."""
        return list(self._running.values())

    async def plan(self, operation: str, tenant: str, arguments: Mapping[str, str]) -> Plan:
        """What an operation would do to a tenant now.

        Raises:
            Refused: there is no such operation or tenant, or it must not be done.
            Unseen: what the plan would rest on could not be looked at.
        """
        if operation not in OPERATIONS:
            known = ", ".join(sorted(OPERATIONS))
            raise Refused(f"no operation is called {clean(operation, 60)!r}; known are {known}")
        plan = await OPERATIONS[operation].plan(self._house.eyes(tenant), arguments)
        if _heavy(plan) and (why := self._house.unlocked(tenant)):
            alone = f"no lock can be left there, a colleague may be at the same ({why})"
            plan = msgspec.structs.replace(plan, wrong=(*plan.wrong, alone))
        # a person reads as slowly in a world that is hurried
        return msgspec.structs.replace(plan, good_for=plan.good_for * self._speed)

    async def start(self, plan: Plan, yes: Yes | None, *, typed: str = "", bulk: str = "") -> Job:
        """Run a plan that a person has said yes to; returns while it runs.

        Raises:
            Refused: read-only, stale, run already, not said yes to as it asks for, or something
                else is being done to this tenant. Nothing was sent.
            StoreError: the journal cannot be written. Nothing was sent.
        """
        self.allow(plan, yes, typed)
        self._taken.add(id(plan))
        run = RunRecord(
            number=0,
            at=self._house.now(),
            who=self._who,
            program=program(),
            tenant=plan.tenant,
            operation=plan.operation,
            title=logs.masked(plan.title),
            risk=plan.risk,
            arguments={name: logs.masked(text) for name, text in plan.arguments.items()},
            bulk=bulk,
            before=self._house.verdict(plan.tenant),
        )
        job = Job(plan, 0, run.at)
        while len(self.jobs) >= KEPT and not self.jobs[0].running:
            self._taken.discard(id(self.jobs.pop(0).plan))
        self.jobs.append(job)
        self._running[id(job)] = job
        beginning = asyncio.ensure_future(self._writer.begin(run))
        try:
            job.number = await asyncio.shield(beginning)
        except asyncio.CancelledError:
            await whatever_comes(self._withdraw(job, beginning))
            raise
        except BaseException:
            self._never_was(job)
            raise
        job.task = asyncio.create_task(self._run(job), name=plan.title)
        return job

    async def _withdraw(self, job: Job, beginning: asyncio.Future[int]) -> None:
        """Cancelled while the journal begins it: nothing was sent, and its line has an end."""
        await asyncio.wait({beginning})
        if beginning.exception() is not None:
            self._never_was(job)
            return
        job.number = beginning.result()
        await self._end(job, Outcome.CANCELLED, "cancelled")

    def _never_was(self, job: Job) -> None:
        """The journal could not begin it: nothing was sent, and its plan may be run yet."""
        self.jobs.remove(job)
        del self._running[id(job)]
        self._taken.discard(id(job.plan))

    def allow(self, plan: Plan, yes: Yes | None, typed: str = "") -> None:
        """Refuse what must not be run now.

        Raises:
            Refused: read-only, stale, run already, not said yes to, or the tenant is busy.
        """
        if self.read_only and plan.risk is not Risk.READ:
            raise Refused("read-only: nothing is changed while the setting ops.read_only is true")
        if id(plan) in self._taken:
            raise Refused(f"{plan.title}: this plan was run already; make it anew")
        if plan.stale(self._house.now()):
            raise Refused(f"{plan.title}: what it rests on is too old by now; make it anew")
        if not agrees(plan, yes, typed):
            raise Refused(f"{plan.title}: {asks(plan)}")
        for job in self.running:
            if job.plan.tenant == plan.tenant and plan.risk is not Risk.READ:
                raise Refused(f"{job.plan.title} is being done: wait for its end, or cancel it")

    async def _run(self, job: Job) -> None:
        plan, house = job.plan, self._house
        operation = OPERATIONS[plan.operation]

        def tell(text: str) -> None:
            job.told.append(clean(logs.masked(text), 300))

        try:
            eyes = house.eyes(plan.tenant)
        except Refused as gone:  # taken out of the fleet since the plan was made
            await whatever_comes(self._end(job, Outcome.FAILED, str(gone)))
            return
        hands = PlannedHands(
            plan,
            job.number,
            self._sending(job, tell),
            self._writer,
            house.now,
            tell,
            eyes,
        )
        outcome, text = Outcome.FAILED, ""
        try:
            if not lock.alone(plan):
                await self._lock(job, tell)
            await operation.run(plan, hands)
            outcome, text = await self._watch(job, hands, tell)
        except asyncio.CancelledError:
            outcome, text = Outcome.CANCELLED, "cancelled"
            if hands.unknown or len(hands.answers) < hands.begun:
                outcome, text = Outcome.UNKNOWN, "cancelled while a call was under way"
        except (Refused, Stopped) as trouble:
            text = str(trouble)
            if hands.unknown:
                outcome = Outcome.UNKNOWN
        except Exception as trouble:  # whatever it is, the lock is given back and an end is written
            log.exception("%s ended unexpectedly", plan.title)
            text = str(trouble) or type(trouble).__name__
            if hands.begun:
                outcome = Outcome.UNKNOWN
        await whatever_comes(self._close(job, outcome, text))

    async def _lock(self, job: Job, tell: Callable[[str], None]) -> None:
        """Say on the tenant who is at work, where that matters and can be done.

        ``job.holder`` is what may stand there of ours: to be taken away at the end.

        Raises:
            Refused: somebody else is.
        """
        plan, house = job.plan, self._house
        if not self._locks(plan):
            return
        mine = self._holder(job)
        over: str | None = None
        for _ in range(2):
            job.holder = mine
            answer = await house.send(plan.tenant, lock.take(mine, over))
            line = answer.text.strip()
            if not answer.good:
                # the API may well work where SSH does not: the work goes on without a lock
                tell(f"no lock on the tenant: {answer.text}")
                if answer.outcome is not Outcome.UNKNOWN:
                    job.holder = None
                return
            if line == lock.MINE:
                return
            job.holder, there = None, lock.read(line)
            if there is not None and lock.stands(there, mine, house.now()):
                since = there.since.strftime("%H:%M:%S UTC")
                raise Refused(f"{there.who} has been at work on {plan.tenant} since {since}")
            over = line
        if not over:  # the file is made, and has no room for a line
            tell("no lock on the tenant: nothing can be written there; is its disk full?")
            return
        raise Refused(f"the lock on {plan.tenant} cannot be taken: {clean(over or '', 80)}")

    def _locks(self, plan: Plan) -> bool:
        """Whether it matters who else is at work, and can be said."""
        return _heavy(plan) and self._house.locks(plan.tenant)

    def _holder(self, job: Job) -> lock.Holder:
        lasts = lock.lasts(job.plan, OPERATIONS[job.plan.operation].within)
        return lock.Holder(self._who, program(), job.began, lasts)

    def _sending(self, job: Job, tell: Callable[[str], None]) -> Send:
        """How the plan's calls go out: one that runs alone holds its line on the tenant itself."""
        plan, house = job.plan, self._house

        async def plainly(call: Call) -> Answer:
            return await house.send(plan.tenant, call)

        async def holding(call: Call) -> Answer:
            assert isinstance(call, ShellCall)
            mine = job.holder = self._holder(job)
            answer = await house.send(plan.tenant, lock.holding(mine, call))
            if answer.outcome is not Outcome.UNKNOWN:
                job.holder = None  # it was never there, or was taken away by itself
            if not lock.kept_away(mine, answer):
                return answer
            try:
                await self._lock(job, tell)
            except Refused as other:
                return Answer(Outcome.NOT_SENT, None, str(other))
            return await plainly(call)

        return holding if lock.alone(plan) and self._locks(plan) else plainly

    async def _close(self, job: Job, outcome: Outcome, text: str) -> None:
        if job.holder is not None:
            await self._house.send(job.plan.tenant, lock.give(job.holder))
        await self._end(job, outcome, text)

    async def _watch(
        self, job: Job, hands: PlannedHands, tell: Callable[[str], None]
    ) -> tuple[Outcome, str]:
        """Look for the effect until it is there or time is up."""
        plan, operation = job.plan, OPERATIONS[job.plan.operation]
        if plan.watches:
            tell(f"watching {plan.watches}")
        eyes, unseen = hands.eyes, ""
        loop = asyncio.get_running_loop()
        until = loop.time() + operation.within
        while True:
            try:
                if (seen := await operation.verify(plan, eyes, job.began)) is not None:
                    return Outcome.DONE, seen
                unseen = ""
            except Unseen as trouble:
                unseen = str(trouble)
            if loop.time() + operation.every > until:
                break
            await asyncio.sleep(operation.every)
        why = unseen or f"not seen: {plan.watches}"
        if hands.answers and not (last := hands.answers[-1]).good:
            why = f"{said(last)}; {why}"
        return (Outcome.UNKNOWN if hands.unknown or unseen else Outcome.FAILED), why

    async def _end(self, job: Job, outcome: Outcome, text: str) -> None:
        job.ended, job.text = self._house.now(), clean(logs.masked(text), 1000)
        after = self._house.verdict(job.plan.tenant, anew=True)
        try:
            await self._writer.end(job.number, outcome, job.text, after, job.ended)
        except (OSError, RuntimeError) as trouble:
            job.text = f"{job.text} (the journal could not be written: {trouble})"
            log.exception("the end of %s could not be written", job.plan.title)
        job.outcome = outcome
        self._running.pop(id(job), None)

    async def cancel(self, job: Job) -> None:
        """End a job; what is under way at the tenant may still be carried out."""
        if job.task is not None and job.running:
            job.task.cancel()
            await asyncio.wait({job.task})

    async def aclose(self) -> None:
        """End all of them."""
        await asyncio.gather(*(self.cancel(job) for job in self.running))


def _heavy(plan: Plan) -> bool:
    """Whether it matters who else is at work."""
    return plan.risk in (Risk.DISRUPTIVE, Risk.DESTRUCTIVE)


def agrees(plan: Plan, yes: Yes | None, typed: str) -> bool:
    """Whether that is how this plan must be said yes to; a stronger yes will do."""
    match plan.consent:
        case Consent.NONE:
            return True
        case Consent.ENTER:
            return yes is not None
        case Consent.YES:
            return yes in (Yes.KEY, Yes.NAME)
        case Consent.NAME:
            return yes is Yes.NAME and typed == plan.tenant


def asks(plan: Plan) -> str:
    """How this plan must be said yes to, in words."""
    return {
        Consent.NONE: "",
        Consent.ENTER: "Enter says yes",
        Consent.YES: "y says yes",
        Consent.NAME: f"type {plan.tenant} to say yes",
    }[plan.consent]
