"""The same seed, faults, acts and moments give the same bytes, whatever was asked before."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from alfred_tui.sim.catalogue import SERVICES
from alfred_tui.sim.faults import Fault
from tests.sim.caller import QUEUE, RUNNING, Caller, fleet, one

PATHS = (
    *("admin/containers", "admin/dashboard", "admin/health", "admin/system/info", "devices"),
    *("admin/storage-metrics", "admin/temporal/cluster", "schedules", "schedules/al-learning"),
    *("workflows", RUNNING, QUEUE, "streams", "streams/composio-gmail", "workers/status", "chores"),
    *("openclaw/ready", "hermes/ready", "admin/containers/alfred/logs"),
)
FAULTS = ("workflow-stuck", "unhealthy", "zero-pollers", "restart-loop", "clock-skew")


def lived(generation: str, *, nosy: bool) -> list[Any]:
    """A day with faults and acts; the nosy asker asks a great deal in between, and ahead."""
    person = one(generation)
    faults = [Fault(kind, person.name, at=900.0 * n, lasts=4000) for n, kind in enumerate(FAULTS)]
    caller = Caller(fleet(*(f for f in faults if f.fits(person)), quiet=False, tenants=48), person)

    def pry(*moments: float) -> None:
        for moment in moments if nosy else ():
            for path in PATHS:
                caller.ask(path, moment)

    pry(*range(0, 900, 100), 30_000.0)
    said = [caller.post("admin/containers/mcp-server/stop", 1000)]
    pry(1001, 2500, 90_000.0)
    said += [caller.post("chores/daily-brief/pause", 3000)]
    said += [caller.post("schedules/al-judgment/trigger", 3100)]
    pry(3101, 4000.5)
    said += [caller.post("admin/containers/alfred-learn/restart", 5000)]
    pry(5001.001, 5001.002)
    moments = (0, 999, 1500, 2800, 3050, 3110.25, 5005, 5400, 40_000, 90_000)
    return said + [caller.ask(path, moment) for moment in moments for path in PATHS]


@pytest.mark.parametrize("generation", ["F1", "F2", "F3", "H"])
def test_how_often_was_asked_before_changes_no_byte(generation: str) -> None:
    assert lived(generation, nosy=True) == lived(generation, nosy=False)


def labels(caller: Caller, seconds: float) -> dict[str, list[str]]:
    rows = caller.get("admin/containers", seconds)
    return {row["Service"]: row["Labels"].split(",com.") for row in rows}


def test_labels_come_in_another_order_from_moment_to_moment() -> None:
    """They do so on a real tenant: whoever keeps them out of diffs is tried (3.1)."""
    caller = Caller(fleet(), one())
    seen = [labels(caller, 10.0 * n) for n in range(12)]
    for before, after in pairwise(seen):
        assert before != after, "some row's labels moved"
    for name in seen[0]:
        assert len({tuple(look[name]) for look in seen}) > 1, f"{name} in {SERVICES[name]}"
        wholes = {tuple(sorted(",com.".join(look[name]).split(","))) for look in seen}
        assert len(wholes) == 1, "only their order moved"


def test_at_one_moment_labels_come_in_one_order() -> None:
    caller = Caller(fleet(), one())
    assert labels(caller, 7.5) == labels(caller, 7.5)
    dashboard = caller.get("admin/dashboard", 7.5)
    assert dashboard["containers"] == caller.get("admin/containers", 7.5)
