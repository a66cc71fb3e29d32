"""What an operation is: one file with a plan, the calls in their order, and a look at the effect.

Adding one: docs/operations.md.
"""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import ClassVar, NamedTuple, Protocol

from alfred_tui.model.facts import Container, Poller, Schedule, Workflow
from alfred_tui.model.observation import FailureKind
from alfred_tui.model.operation import Answer, Call, Outcome, Plan, Risk, Target
from alfred_tui.model.tenant import Layout

ENDED = re.compile(r"docker failed \((255|null)\)")
"""How ctrl-api says that it has ended Docker's command itself, after 30 s."""
AWAY = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)


LOOKS, SETTLES = 3, 1.0
"""Looks after a call, and seconds between them: lists follow with delay."""


class Refused(Exception):
    """It is not done, and nothing was sent; the text says why and what can be done instead."""


class Stopped(Exception):
    """A run ends here: a call has not done what the next ones need."""


class Unseen(Exception):
    """What is to be looked at could not be: the text says how that failed, ``kind`` what it was."""

    def __init__(self, text: str, kind: FailureKind | None = None) -> None:
        super().__init__(text)
        self.kind = kind


class Argument(NamedTuple):
    """One thing that an operation must be told."""

    name: str
    about: str


class Said(NamedTuple):
    """What came of a command that only looks: its exit code and what it wrote."""

    status: int
    out: str
    err: str


class Eyes(Protocol):
    """Looks at one tenant, now. Every look raises :class:`Unseen` where it fails."""

    @property
    def name(self) -> str:
        """The tenant's name."""
        ...

    @property
    def where(self) -> Target:
        """Where calls to it go."""
        ...

    @property
    def layout(self) -> Layout | None:
        """Its generation, as far as it is known."""
        ...

    @property
    def services(self) -> frozenset[str]:
        """Services that are, or were, or ought to be there."""
        ...

    @property
    def core(self) -> frozenset[str]:
        """Those without which its owner has no service."""
        ...

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    @property
    def clock(self) -> float:
        """Seconds that the tenant's clock is ahead of ours, as far as it is known."""
        ...

    async def containers(self) -> Mapping[str, Container]:
        """What is listed now, by service; stopped ones are not (tenant-api.md 3.1)."""
        ...

    async def schedules(self) -> Mapping[str, Schedule]:
        """Every schedule now, by id (tenant-api.md 6.3)."""
        ...

    async def workflows(self) -> Sequence[Workflow]:
        """What runs now (tenant-api.md 6.1)."""
        ...

    async def pollers(self) -> Sequence[Poller]:
        """Who polls the learning queue; one that is gone is listed for minutes (6.5)."""
        ...

    async def ask(self, words: Sequence[str], limit: float = 20.0) -> Said:
        """Run a command on the host, over SSH, that changes nothing; ``limit`` seconds."""
        ...


class Hands(Protocol):
    """Sends the calls of one plan, each written down before and after. Nothing else can be sent."""

    @property
    def eyes(self) -> Eyes:
        """Looks at the plan's tenant, for an operation that must decide between calls."""
        ...

    async def do(self, call: Call) -> Answer:
        """Send it.

        Raises:
            Refused: it is not in the plan.
            StoreError: the intent could not be written, and nothing was sent.
        """
        ...

    def tell(self, text: str) -> None:
        """A word on how far it is."""
        ...


class Operation(ABC):
    """``verify`` is asked every ``every`` seconds for at most ``within``."""

    id: ClassVar[str]
    about: ClassVar[str]
    risk: ClassVar[Risk]
    takes: ClassVar[tuple[Argument, ...]] = ()
    every: ClassVar[float] = 2.0
    within: ClassVar[float] = 120.0

    @abstractmethod
    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """What it would do to this tenant now. Sends nothing that changes anything.

        Raises:
            Refused: it cannot be done, or must not.
            Unseen: what the plan would rest on could not be looked at.
        """

    async def run(self, plan: Plan, hands: Hands) -> None:
        """Send the calls in their order; a failed one ends it.

        After the last one whose answer was lost its effect is looked for all the same.

        Raises:
            Stopped: a call has failed; the text is the run's.
        """
        for call in plan.calls:
            hands.tell(call.says)
            answer = await hands.do(call)
            if answer.good or (call is plan.calls[-1] and lost(call, answer)):
                continue
            raise Stopped(f"{call.says}: {said(answer)}")

    @abstractmethod
    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """Whether the effect is there: how that is told, or ``None`` as long as it is not.

        Raises:
            Unseen: it could not be looked at; it is asked again.
            Stopped: it will not come any more.
        """


def lost(call: Call, answer: Answer) -> bool:
    """Whether it may well be under way at the tenant, or done, though nobody has said so.

    Docker's command is ended by ctrl-api after 30 s, and goes on (tenant-api.md 3.2); what stands
    before an API that is being restarted says that it is away.
    """
    if answer.outcome is Outcome.UNKNOWN:
        return True
    ended = answer.status == HTTPStatus.INTERNAL_SERVER_ERROR and ENDED.search(answer.text)
    return bool(ended) or (call.may_lose and answer.status in AWAY)


async def appears(effect: Callable[[], Awaitable[bool]]) -> bool:
    """Whether an effect shows within moments; what cannot be looked at may be there.

    For a call of which a proxy has said that the API is away, and not whether the API had it.
    """
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(SETTLES)
        try:
            if await effect():
                return True
        except Unseen:
            return True
    return False


def said(answer: Answer) -> str:
    """What came of a call, in words."""
    if answer.text or answer.status is None:
        return answer.text or answer.outcome.value
    return f"ended with status {answer.status}"


OPERATIONS: dict[str, Operation] = {}
"""Every operation by id."""


def operation(kind: type[Operation]) -> type[Operation]:
    """Register an operation under its stable id.

    Raises:
        ValueError: another one has it; two would do each other's work.
    """
    if kind.id in OPERATIONS:
        raise ValueError(f"two operations are called {kind.id}")
    OPERATIONS[kind.id] = kind()
    return kind


def told(operation: Operation, arguments: Mapping[str, str]) -> dict[str, str]:
    """The arguments that an operation takes, all of them and no others.

    Raises:
        Refused: one is missing, empty, or none of its own.
    """
    names = [each.name for each in operation.takes]
    if strangers := arguments.keys() - set(names):
        raise Refused(f"{operation.id} takes {', '.join(names) or 'nothing'}, not {min(strangers)}")
    for each in operation.takes:
        if not arguments.get(each.name):
            raise Refused(f"{operation.id} needs {each.name}: {each.about}")
    return {name: arguments[name] for name in names}
