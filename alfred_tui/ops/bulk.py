"""One wish for many: a plan each, a few at once, and an end after too many failures."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from alfred_tui import logs
from alfred_tui.model.operation import Outcome, Plan
from alfred_tui.model.text import clean
from alfred_tui.ops.ending import whatever_comes
from alfred_tui.ops.operation import Refused, Unseen

if TYPE_CHECKING:
    from alfred_tui.ops.board import Board, Job, Yes


log = logging.getLogger(__name__)


class State(StrEnum):
    """How far one tenant's part is. ``held`` was not begun: too many others had failed."""

    WAITS = "waits"
    RUNS = "runs"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    HELD = "held"
    CANCELLED = "cancelled"


UNDER_WAY = frozenset({State.WAITS, State.RUNS})
"""States of a part that has not ended."""
_BAD = frozenset({State.FAILED, State.UNKNOWN})
_AGAIN = _BAD | {State.REFUSED, State.HELD}


class Target(NamedTuple):
    """A tenant, and what the operation is told of it. A tenant may be there more than once."""

    tenant: str
    arguments: Mapping[str, str]


@dataclass
class Line:
    """The part of one target: its result in a line, and its ``job`` once there is one."""

    target: Target
    state: State = State.WAITS
    text: str = ""
    job: Job | None = None

    @property
    def tenant(self) -> str:
        """Whose it is."""
        return self.target.tenant


@dataclass
class Bulk:
    """One wish for many. So many ``failures`` end it for those not begun.

    What could not be planned, or was refused, is none: nothing was sent there. ``bad`` are those
    that have gone wrong so far.
    """

    operation: str
    lines: list[Line]
    failures: int
    plan: Plan
    name: str = field(default_factory=lambda: secrets.token_hex(6))
    task: asyncio.Task[None] | None = None
    bad: int = 0

    @property
    def running(self) -> bool:
        """Whether a part has not ended."""
        return any(line.state in UNDER_WAY for line in self.lines)

    @property
    def failed(self) -> list[Target]:
        """What to try again: what went wrong, was refused or held."""
        return [line.target for line in self.lines if line.state in _AGAIN]

    @property
    def title(self) -> str:
        """What is done, and to how many."""
        return title(self.plan, [line.target for line in self.lines])

    @property
    def summary(self) -> str:
        """How many parts are how far: ``3 done, 1 failed``."""
        counts = Counter(line.state for line in self.lines)
        return ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])

    async def done(self) -> None:
        """Wait for its end."""
        if self.task is not None:
            await asyncio.wait({self.task})

    async def cancel(self) -> None:
        """Begin no further part, and end those that run."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            await asyncio.wait({self.task})


def alike(tenants: Sequence[str], arguments: Mapping[str, str]) -> list[Target]:
    """The same of each of several tenants."""
    return [Target(name, arguments) for name in tenants]


def names(targets: Sequence[Target]) -> list[str]:
    """Each target's tenant, with what it is told where that is not the same for all."""
    if all(target.arguments == targets[0].arguments for target in targets):
        return [clean(target.tenant) for target in targets]
    return [clean(f"{t.tenant}: {' '.join(t.arguments.values())}", 200) for t in targets]


def title(plan: Plan, targets: Sequence[Target]) -> str:
    """``restart caddy on 12 tenants``, by the first one's plan; ``unpause 5 schedules on 3``."""
    tenants = len({target.tenant for target in targets})
    whom = f"{tenants} tenants" if tenants > 1 else plan.tenant
    if len({tuple(target.arguments.items()) for target in targets}) > 1:
        kind = next(iter(targets[0].arguments), "line")
        return f"{plan.operation.rpartition('.')[2]} {len(targets)} {kind}s on {whom}"
    what = plan.title.removesuffix(f" on {plan.tenant}").removesuffix(f" of {plan.tenant}")
    return f"{what} on {whom}"


async def first_plan(board: Board, operation: str, targets: Sequence[Target]) -> Plan:
    """The plan of the first of them for which one can be made.

    Raises:
        Refused, Unseen: of none; the text is the first one's.
    """
    troubles: list[Refused | Unseen] = []
    for target in targets:
        try:
            return await board.plan(operation, target.tenant, target.arguments)
        except (Refused, Unseen) as trouble:
            troubles.append(trouble)
    raise troubles[0]


async def begin(
    board: Board,
    operation: str,
    targets: Sequence[Target],
    yes: Yes | None,
    *,
    in_flight: int,
    failures: int,
    typed: str = "",
    seen: Plan | None = None,
) -> Bulk:
    """Say yes once, for all of them; returns while it runs.

    ``seen`` is the plan that a person has read, the first that could be made; without one it is
    made now. Every other one is made when its turn comes, so that it rests on what is there then.
    Those of one tenant take turns.

    Raises:
        Refused, Unseen: no plan can be made, or it was not said yes to. Nothing was sent.
    """
    first = seen if seen is not None else await first_plan(board, operation, targets)
    board.allow(first, yes, typed)
    bulk = Bulk(operation, [Line(target) for target in targets], failures, first)
    bulk.task = asyncio.create_task(_run(board, bulk, yes, typed, in_flight))
    return bulk


async def _run(
    board: Board,
    bulk: Bulk,
    yes: Yes | None,
    typed: str,
    in_flight: int,
) -> None:
    places = asyncio.Semaphore(in_flight)
    turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def part(line: Line) -> None:
        async with turns[line.tenant], places:
            if bulk.bad >= bulk.failures:
                has = "has" if bulk.bad == 1 else "have"
                line.state, line.text = State.HELD, f"not begun: {bulk.bad} {has} failed"
            else:
                line.state = State.RUNS
                try:
                    await _one(board, bulk, line, yes, typed)
                finally:
                    bulk.bad += line.state in _BAD

    try:
        async with asyncio.TaskGroup() as group:
            for line in bulk.lines:
                group.create_task(part(line))
    except asyncio.CancelledError:
        for line in bulk.lines:
            if line.state is State.WAITS:
                line.state, line.text = State.CANCELLED, "not begun"


async def _one(board: Board, bulk: Bulk, line: Line, yes: Yes | None, typed: str) -> None:
    try:
        plan = await board.plan(bulk.operation, line.tenant, line.target.arguments)
        # a name that was typed says yes to that tenant and to no other
        job = line.job = await board.start(plan, yes, typed=typed, bulk=bulk.name)
    except (Refused, Unseen) as trouble:
        line.state, line.text = State.REFUSED, str(trouble)
        return
    except asyncio.CancelledError:
        line.state, line.text = State.CANCELLED, "not begun"
        raise
    except Exception as trouble:  # of one part: the others' jobs go on
        log.exception("%s on %s could not be begun", bulk.operation, line.tenant)
        text = str(trouble) or type(trouble).__name__
        line.state, line.text = State.FAILED, clean(logs.masked(text), 300)
        return
    try:
        outcome = await job.done()
    except asyncio.CancelledError:
        await whatever_comes(board.cancel(job))
        outcome = job.outcome or Outcome.UNKNOWN
        line.state, line.text = _state(outcome), job.text
        raise
    line.state, line.text = _state(outcome), job.text


def _state(outcome: Outcome) -> State:
    return {
        Outcome.DONE: State.DONE,
        Outcome.UNKNOWN: State.UNKNOWN,
        Outcome.CANCELLED: State.CANCELLED,
    }.get(outcome, State.FAILED)
