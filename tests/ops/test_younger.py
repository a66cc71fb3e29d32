"""When a restarted container counts as restarted: it began after the plan, it stays, it is well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from alfred_tui.model.facts import Container, Uptime
from alfred_tui.model.operation import Plan, Target
from alfred_tui.model.tenant import Layout
from alfred_tui.ops.containers import STAYS, Restart
from alfred_tui.ops.workers import RestartWorkers

AT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
OPERATIONS = [(Restart(), {"service": "alfred"}), (RestartWorkers(), {})]


class Tenant:
    """Eyes whose one container is set by hand; Docker rounds as it does."""

    name, where, layout = "acme", Target("https://acme.example:1", "deploy@acme.example"), Layout.F3
    services = core = frozenset({"alfred"})

    def __init__(self, up: float | None, health: str = "") -> None:
        self.at, self.up, self.health = AT, up, health

    def now(self) -> datetime:
        return self.at

    async def containers(self) -> Mapping[str, Container]:
        if self.up is None:
            return {"alfred": Container("alfred", "restarting")}
        grain = 1.0 if self.up < 60 else 60.0
        low = grain * int(self.up // grain)
        row = Container("alfred", "running", self.health, up=Uptime(low, low + grain))
        return {"alfred": row}


@pytest.fixture(params=OPERATIONS, ids=["one", "vault"])
def told(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    operation, arguments = request.param

    async def plan(acme: Tenant) -> Plan:
        return await operation.plan(acme, arguments)

    async def look(acme: Tenant, made: Plan, after: float, up: float | None) -> str | None:
        acme.at, acme.up = AT + timedelta(seconds=after), up
        return await operation.verify(made, acme, AT + timedelta(seconds=0.5))

    return plan, look


@pytest.mark.parametrize("age", [1.0, 3.0, 11.0, 50.0, 100.0, 4000.0])
async def test_one_that_goes_on_is_never_the_new_one(told, age: float) -> None:  # type: ignore[no-untyped-def]
    plan, look = told
    acme = Tenant(age)
    made = await plan(acme)
    for after in (0.7, 1.0, 9.4, 10.0, 12.0, 30.0, 59.0, 61.0, 119.0, 120.0):
        assert await look(acme, made, after, age + after) is None, after
    assert await look(acme, made, 15, STAYS + 0.5) is not None


async def test_one_without_a_healthcheck_counts_after_it_stayed(told) -> None:  # type: ignore[no-untyped-def]
    plan, look = told
    acme = Tenant(4000)
    made = await plan(acme)
    for after in range(2, 40):  # a loop whose every try lasts for nine seconds
        up = None if after % 10 == 9 else float(after % 10)
        assert await look(acme, made, after, up) is None
    assert await look(acme, made, 50, STAYS + 0.1) is not None


async def test_one_with_a_healthcheck_counts_when_it_is_healthy(told) -> None:  # type: ignore[no-untyped-def]
    plan, look = told
    acme = Tenant(4000, "healthy")
    made = await plan(acme)
    assert await look(acme, made, 1, 4001) is None
    for acme.health in ("starting", "unhealthy"):
        assert await look(acme, made, 30, 25) is None
    acme.health = "healthy"
    assert await look(acme, made, 4, 1.2) is not None
