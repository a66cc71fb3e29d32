"""Each fault comes, shows on the wire, and goes; nobody else is touched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alfred_tui.sim.faults import Fault
from alfred_tui.sim.kinds import KINDS
from tests.sim.caller import (
    QUEUE,
    RUNNING,
    Caller,
    fleet,
    one,
    struck,
)
from tests.sim.sights import SEEN

NEXT_PULL = 300
"""Seconds after which what a pull says can have changed."""
LINGER = dict.fromkeys(("stream-broken", "stream-quiet", "composio-outage"), NEXT_PULL)
PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"


def test_every_fault_has_a_sight() -> None:
    assert SEEN.keys() | {"image-update", "image-published"} == KINDS.keys()


def test_every_fault_stands_on_its_page_with_its_sorts_and_its_unit() -> None:
    table = PAGE.read_text().partition("\n## Faults\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \|(.*)$", table, re.MULTILINE)
    assert [name for name, _ in rows] == list(KINDS)
    for name, row in rows:
        kind = KINDS[name]
        for word in (*kind.sorts, kind.usual, kind.unit, f"{kind.amount:g}" if kind.unit else ""):
            assert word in row, name
        assert ("of one route" in row) == kind.by_route, name
        assert ("--tls" in row) == kind.tls, name


@pytest.mark.parametrize("kind", sorted(SEEN))
def test_a_fault_comes_shows_and_goes(kind: str) -> None:
    caller = struck(kind, one(wanted=lambda p: p.volume_seen and p.records < 2000))
    sight = SEEN[kind]
    over = 690 + LINGER.get(kind, 0)
    seen = {second: sight(caller, second) for second in range(30, over + 400, 10)}
    assert not any(seen[second] for second in seen if second < 60), "not before its time"
    assert any(seen[second] for second in seen if 60 <= second < 660), "while it is in force"
    assert not any(seen[second] for second in seen if second >= over), "healed afterwards"


def test_another_tenant_is_not_touched() -> None:
    person = one()
    other = next(p for p in fleet(tenants=48).people if p.name != person.name)
    faults = [Fault(kind, person.name) for kind in KINDS.keys() - {"image-update"}]
    hit, well = Caller(fleet(*faults, tenants=48), other), Caller(fleet(tenants=48), other)
    for path in ("admin/containers", "schedules", QUEUE, RUNNING, "streams", "admin/system/info"):
        assert hit.ask(path, 500) == well.ask(path, 500)
