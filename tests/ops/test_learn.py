"""When alfred-learn counts as back: a younger container, polls after its start, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from alfred_tui.model.facts import Container, Poller, Uptime
from alfred_tui.model.operation import Plan, Target
from alfred_tui.model.tenant import Layout
from alfred_tui.ops.workers import KINDS, RestartLearn

AT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
AHEAD = 300.0


class Tenant:
    """Eyes whose container and pollers are set by hand; its clock is ahead of ours."""

    name, where, clock = "acme", Target("https://acme.example:1", "deploy@acme.example"), AHEAD
    layout = Layout.F3

    def __init__(self, up: float | None) -> None:
        self.at = AT
        self.up = up
        self.polls: dict[str, float] = dict.fromkeys(KINDS, -5.0)

    def now(self) -> datetime:
        return self.at

    async def containers(self) -> Mapping[str, Container]:
        if self.up is None:
            return {}
        whole = float(int(self.up)) if self.up < 60 else 60.0 * int(self.up // 60)
        width = 1 if self.up < 60 else 60
        row = Container("alfred-learn", "running", up=Uptime(whole, whole + width))
        return {"alfred-learn": row}

    async def pollers(self) -> Sequence[Poller]:
        said = AT + timedelta(seconds=AHEAD)
        return [
            Poller(kind, "1@old", said + timedelta(seconds=seen))
            for kind, seen in self.polls.items()
        ]

    async def plan(self) -> Plan:
        return await RestartLearn().plan(self, {})  # type: ignore[arg-type]

    async def told(self, plan: Plan, after: float, up: float | None) -> str | None:
        self.at, self.up = AT + timedelta(seconds=after), up
        return await RestartLearn().verify(plan, self, AT)  # type: ignore[arg-type]


async def test_polls_of_the_old_worker_after_the_call_are_no_proof() -> None:
    acme = Tenant(4000)
    plan = await acme.plan()
    acme.polls = dict.fromkeys(KINDS, 9.0)  # it ignores SIGTERM, and polls until it is killed
    assert await acme.told(plan, 9.5, 4009.5) is None, "the container is the old one still"
    assert await acme.told(plan, 12, None) is None
    assert await acme.told(plan, 13, 1.4) is None, "the polls are from before its start"
    acme.polls["workflow"] = 16.0
    assert await acme.told(plan, 17, 5.4) is None, "one kind alone"
    acme.polls["activity"] = 16.0
    assert await acme.told(plan, 17, 5.4) == "alfred-learn polls again, 17 s after the restart"


async def test_a_container_that_was_young_before_is_not_the_new_one() -> None:
    for age in (3.0, 50.0, 100.0):
        acme = Tenant(age)
        plan = await acme.plan()
        for after in (1.0, 30.0, 65.0, 120.0):
            acme.polls = dict.fromkeys(KINDS, after)
            assert await acme.told(plan, after, age + after) is None, (age, after)
        acme.polls = dict.fromkeys(KINDS, 20.0)
        assert await acme.told(plan, 21, 7.0) is not None


async def test_one_that_was_not_there_counts_once_it_polls() -> None:
    acme = Tenant(None)
    plan = await acme.plan()
    assert await acme.told(plan, 12, 1.0) is None
    acme.polls = dict.fromkeys(KINDS, 19.0)
    assert await acme.told(plan, 20, 8.0) is not None
