"""Each fault comes, shows on the wire, and goes; nobody else is touched."""

from __future__ import annotations

import pytest

from alfred_tui.sim.faults import KINDS, Fault
from tests.sim.caller import (
    QUEUE,
    RUNNING,
    Caller,
    fleet,
    one,
    struck,
)
from tests.sim.sights import SEEN


def test_every_fault_has_a_sight() -> None:
    assert SEEN.keys() | {"image-update"} == KINDS


@pytest.mark.parametrize("kind", sorted(SEEN))
def test_a_fault_comes_shows_and_goes(kind: str) -> None:
    caller = struck(kind, one(wanted=lambda p: p.volume_seen and p.records < 2000))
    sight = SEEN[kind]
    seen = [sight(caller, second) for second in range(30, 1100, 10)]
    assert not any(seen[:3]), "not before its time"
    assert any(seen[3:63]), "while it is in force"
    assert not any(seen[66:]), "healed afterwards"


def test_another_tenant_is_not_touched() -> None:
    person = one()
    other = next(p for p in fleet(tenants=48).people if p.name != person.name)
    faults = [Fault(kind, person.name) for kind in KINDS - {"image-update"}]
    hit, well = Caller(fleet(*faults, tenants=48), other), Caller(fleet(tenants=48), other)
    for path in ("admin/containers", "schedules", QUEUE, RUNNING, "streams", "admin/system/info"):
        assert hit.ask(path, 500) == well.ask(path, 500)
