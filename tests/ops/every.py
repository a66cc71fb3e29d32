"""A case for every operation that there is: what it is told, and what must be so beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from alfred_tui.engine import Engine
from alfred_tui.ops import lock

STUCK = "@stuck"
"""Stands for the id of a run of ``al-learning``."""
CHORE = "chore-daily-brief"
"""Every tenant has it; here and there it is paused from the begin."""
_HOLDER = lock.Holder("anybody", "1@anywhere", datetime(2026, 6, 1, tzinfo=UTC))
SAYS = {"take": lock.take(_HOLDER).says, "give": lock.give(_HOLDER).says}
"""How the calls are called that take the lock on a tenant, and give it back."""


class Case(NamedTuple):
    """``calls`` that go out where the first ways work; ``trouble`` is of every tenant."""

    given: dict[str, str]
    calls: int = 1
    trouble: dict[str, Any] | None = None


CASES: dict[str, Case] = {
    "container.restart": Case({"service": "ollama"}),
    "container.stop": Case({"service": "ollama"}),
    "container.start": Case(
        {"service": "ollama"},
        trouble={"fault": "container-exit", "service": "ollama", "tenant": "all"},
    ),
    "schedule.pause": Case({"schedule": "al-reflection", "reason": "moving house"}, 2),
    "schedule.unpause": Case(
        {"schedule": "al-event-processor"}, 2, {"fault": "schedule-paused", "tenant": "all"}
    ),
    "schedule.trigger": Case({"schedule": "al-reflection"}),
    "workflow.restart": Case(
        {"workflow": STUCK}, 2, {"fault": "workflow-stuck", "seconds": 9000, "tenant": "all"}
    ),
    "learn.restart": Case({}),
    "workers.restart": Case({}),
    "update.run": Case({}),
    "shell.run": Case({"command": "sleep 1; echo hello"}),
}

CHORES: dict[str, Case] = {
    "schedule.pause": Case({"schedule": CHORE, "reason": "moving house"}),
    "schedule.unpause": Case(
        {"schedule": CHORE}, 1, {"fault": "schedule-paused", "schedule": CHORE, "tenant": "all"}
    ),
}
"""The same of a chore: it has routes of its own, which work."""


async def told(engine: Engine, tenant: str, given: Mapping[str, str]) -> dict[str, str]:
    """What an operation is told, with what only the tenant knows put in."""
    found = dict(given)
    if found.get("workflow") == STUCK:
        rows = (await engine.sights.workflows(tenant)).answer.rows
        ids = [row.workflow_id for row in rows if row.schedule_id == "al-learning"]
        found["workflow"] = ids[0] if ids else "al-learning"
    return found
