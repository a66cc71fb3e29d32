"""Operations without a network: the real board and the real operations over invented containers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from alfred_tui.model.facts import Container, Schedule, Uptime
from alfred_tui.model.look import Look
from alfred_tui.model.operation import (
    Answer,
    Call,
    CallRecord,
    Outcome,
    Risk,
    RunRecord,
    Target,
)
from alfred_tui.ops.board import Board
from alfred_tui.ops.hands import Writer
from alfred_tui.ops.operation import Refused, Said, Unseen
from alfred_tui.ops.programs import program
from tests.ui.fake_engine import NOW

if TYPE_CHECKING:
    from alfred_tui.model.tenant import Layout
    from tests.ui.fake_engine import FakeEngine

WHO = "ada@desk"
DONE = Answer(Outcome.DONE, 200, '{"ok":true}')


class FakeHouse:
    """Fits ``House``. ``gate`` holds looks back; a call gets ``answer`` once ``go`` is set.

    ``begun`` is released for each call that has gone out.
    """

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.sent: list[tuple[str, str]] = []
        self.looks = 0
        self.gate: asyncio.Event | None = None
        self.go: asyncio.Event | None = None
        self.trouble: Exception | None = None
        self.answer = DONE
        self.fresh: set[tuple[str, str]] = set()
        self.paused: dict[tuple[str, str], bool] = {}
        self.begun = asyncio.Semaphore(0)

    def eyes(self, tenant: str) -> FakeEyes:
        if tenant not in self.engine.rows:
            raise Refused(f"no tenant is called {tenant!r}")
        return FakeEyes(self, tenant)

    async def send(self, tenant: str, call: Call) -> Answer:
        self.sent.append((tenant, call.line))
        self.begun.release()
        if self.go is not None:
            await self.go.wait()
        *_, kind, name, verb = call.line.split("/")
        if self.answer.good and verb == "restart":
            self.fresh.add((tenant, name))
        if self.answer.good and verb in ("pause", "unpause", "resume"):
            schedule = f"chore-{name}" if kind == "chores" else name
            self.paused[tenant, schedule] = verb == "pause"
        return self.answer

    def locks(self, tenant: str) -> bool:
        return False

    def unlocked(self, tenant: str) -> str:
        return ""

    def verdict(self, tenant: str, *, anew: bool = False) -> str:
        view = self.engine.rows[tenant]
        return f"{view.pill.value}: {view.told[0].text}" if view.told else view.pill.value

    def now(self) -> datetime:
        return self.engine.now()


class FakeEyes:
    """Sees the engine's facts as containers."""

    def __init__(self, house: FakeHouse, tenant: str) -> None:
        self._house, self.name = house, tenant

    @property
    def where(self) -> Target:
        return Target(f"https://{self.name}.ts.example:3100", f"deploy@{self.name}.ts.example")

    @property
    def layout(self) -> Layout | None:
        return None

    def _facts(self) -> dict[str, str]:
        facts = self._house.engine.facts(self.name)
        return {fact.label: fact.value for fact in facts if fact.group == "Containers"}

    @property
    def services(self) -> frozenset[str]:
        return frozenset(self._facts())

    @property
    def core(self) -> frozenset[str]:
        return frozenset({"openclaw", "ctrl-api", "temporal"})

    def now(self) -> datetime:
        return self._house.now()

    async def containers(self) -> Mapping[str, Container]:
        self._house.looks += 1
        if self._house.gate is not None:
            await self._house.gate.wait()
        if self._house.trouble is not None:
            raise self._house.trouble
        return {
            name: self._container(name, value)
            for name, value in self._facts().items()
            if value != "not listed"
        }

    async def schedules(self) -> Mapping[str, Schedule]:
        self._house.looks += 1
        sights, paused = self._house.engine.sights, self._house.paused
        known = sights.last(self.name, Look.SCHEDULES)
        listed = sights.answers["schedules"] if known is None else known.answer
        return {
            row.schedule_id: msgspec.structs.replace(
                row, paused=paused.get((self.name, row.schedule_id), row.paused)
            )
            for row in listed.rows
        }

    async def ask(self, words: Sequence[str], limit: float = 20.0) -> Said:
        raise Unseen("this tenant has no ssh block")

    def _container(self, name: str, value: str) -> Container:
        fresh = (self.name, name) in self._house.fresh
        health = "unhealthy" if "unhealthy" in value and not fresh else "healthy"
        low = 0.0 if fresh else 86400.0 * 12
        return Container(name, "running", health, value, Uptime(low, low + 1), container_id="4f1c")


class FakeJournal:
    """Keeps runs in memory, newest first; fits what the board writes to and the screens read."""

    def __init__(self, runs: list[RunRecord] | None = None) -> None:
        self.kept = runs or []
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.asked: list[tuple[object, ...]] = []

    def begin(self, run: RunRecord) -> int:
        if self.error is not None:
            raise self.error
        number = max((kept.number for kept in self.kept), default=0) + 1
        self.kept.insert(0, msgspec.structs.replace(run, number=number))
        return number

    def write(self, work: Callable[[FakeJournal], Any]) -> Any:
        return work(self)

    def _change(self, number: int, **changes: object) -> None:
        for index, run in enumerate(self.kept):
            if run.number == number:
                self.kept[index] = msgspec.structs.replace(run, **changes)

    def _calls(self, number: int) -> tuple[CallRecord, ...]:
        return next(run.calls for run in self.kept if run.number == number)

    def intend(self, run: int, call: CallRecord) -> None:
        self._change(run, calls=(*self._calls(run), call))

    def answered(self, run: int, number: int, answer: Answer, at: datetime) -> None:
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
            for call in self._calls(run)
        )
        self._change(run, calls=calls)

    def end(self, run: int, outcome: Outcome, text: str, after: str, at: datetime) -> None:
        self._change(run, ended=at, outcome=outcome, text=text, after=after)

    async def runs(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[RunRecord]:
        self.asked.append((tenant, before, limit))
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        found = [
            run
            for run in self.kept
            if (tenant is None or run.tenant == tenant)
            and (since is None or run.at >= since)
            and (until is None or run.at < until)
            and (before is None or run.number < before)
        ]
        return found[:limit]


def board_over(house: FakeHouse, journal: FakeJournal) -> Board:
    async def run(work: Callable[[], object]) -> object:
        return work()

    carried: Callable[[Callable[[], object]], Awaitable[object]] = run
    return Board(house, Writer(journal, carried), WHO)


ROUND = (
    ("container.restart", "restart openclaw", Risk.DISRUPTIVE, Outcome.DONE),
    ("container.stop", "stop caddy", Risk.DISRUPTIVE, Outcome.FAILED),
    ("container.start", "start redis", Risk.SAFE, Outcome.DONE),
    ("container.restart", "restart ctrl-api", Risk.DISRUPTIVE, Outcome.UNKNOWN),
    ("container.restart", "restart temporal", Risk.DISRUPTIVE, Outcome.CANCELLED),
)
_TEXTS = {
    Outcome.DONE: "is running again, up 2 s",
    Outcome.FAILED: "the API answers 500: docker compose failed",
    Outcome.UNKNOWN: "the connection was lost while the answer was waited for",
    Outcome.CANCELLED: "cancelled",
}
TENANTS = ("harbor-law", "acme-dental", "fable-films", "iris-florist", "canal-street-books")


def run_of(number: int, at: datetime, **changes: object) -> RunRecord:
    """One of a few runs that come round and round."""
    operation, title, risk, outcome = ROUND[number % len(ROUND)]
    name = TENANTS[number % 4]
    verb, service = title.split()
    ended = at + timedelta(seconds=12)
    call = CallRecord(
        1,
        "ctrl-api",
        title,
        f"POST /api/v1/admin/containers/{service}/{verb}",
        at,
        at + timedelta(seconds=9),
        outcome if outcome is not Outcome.CANCELLED else Outcome.DONE,
        {Outcome.FAILED: 500, Outcome.UNKNOWN: None}.get(outcome, 200),
        _TEXTS[outcome] if outcome is not Outcome.DONE else '{"ok":true,"service":"openclaw"}',
    )
    run = RunRecord(
        number=number,
        at=at,
        who=WHO if number % 3 else "bob@bastion",
        program="1@elsewhere",
        tenant=name,
        operation=operation,
        title=f"{title} on {name}",
        risk=risk,
        arguments={"service": service},
        before="degraded: disk 93 % > 90 %" if number % 2 else "ok",
        after="ok" if outcome is Outcome.DONE else "down: openclaw is not listed",
        ended=ended,
        outcome=outcome,
        text=_TEXTS[outcome],
        calls=(call,),
    )
    return msgspec.structs.replace(run, **changes)


def done_before(count: int, every: float = 5400.0) -> list[RunRecord]:
    """Newest first; the second has no end: its program is gone."""
    found = [
        run_of(count - index, NOW - timedelta(seconds=200 + index * every))
        for index in range(count)
    ]
    if count > 1:
        call = msgspec.structs.replace(
            found[1].calls[0], answered=None, outcome=Outcome.UNKNOWN, status=None, text=""
        )
        found[1] = msgspec.structs.replace(
            found[1], ended=None, after="", text="", outcome=Outcome.UNKNOWN, calls=(call,)
        )
    return found


MINE = program()
