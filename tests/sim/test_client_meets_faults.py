"""The real client at the doors of troubled tenants: each is told for what it is, nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from alfred_tui.fleet.poller import Poller
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.limits import Limits
from alfred_tui.model.observation import Observation
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.view import TenantView
from alfred_tui.store.inventory import read_inventory
from alfred_tui.tenant.door import ApiDoor
from tests.sim.fleet import running
from tests.support.simulator import faults

EAGER = PollSettings(containers_interval=1.0, answer_timeout=4.0, tls_timeout=10.0)
WITHIN = 60.0
TROUBLES: tuple[tuple[dict[str, Any], set[str], str], ...] = (
    ({"fault": "certificate-expired"}, {"tls-bad"}, "expired"),
    ({"fault": "certificate-wrong-name"}, {"tls-bad"}, "is not for"),
    ({"fault": "certificate-unknown"}, {"tls-bad"}, "unknown issuer"),
    ({"fault": "certificate-ending", "days": 5}, {"tls-ending"}, "ends in 4 d"),
    ({"fault": "answer-huge", "amount": 40, "route": "containers"}, {"answer-odd"}, "large"),
    ({"fault": "answer-drip", "amount": 8, "route": "containers"}, {"api-down"}, "timed out"),
    ({"fault": "redirect", "sort": "inside", "route": "containers"}, {"answer-odd"}, "redirect"),
    ({"fault": "rate-limited", "route": "containers"}, {"answer-odd"}, "429"),
    ({"fault": "gateway", "sort": "page", "amount": 503}, {"api-down"}, "503"),
    ({"fault": "gateway", "sort": "bare", "route": "containers"}, {"api-down"}, "502"),
    ({"fault": "starting"}, {"service-starting"}, "ollama still starting"),
    ({"fault": "schedule-late", "at": -3600}, {"schedule-late"}, "al-event-processor"),
    ({"fault": "clock-skew", "seconds": -630}, {"clock-skew"}, "10 min behind"),
    ({"fault": "tailnet-gone", "sort": "partition"}, {"api-down"}, "answers"),
    ({"fault": "service-lost", "at": -60, "service": "ollama"}, {"service-missing"}, "ollama"),
    ({"fault": "latency-storm", "seconds": 0.1}, set(), ""),
)


def watch(
    inventory: Path, enough: Callable[[dict[str, TenantView]], bool]
) -> dict[str, TenantView]:
    """The views of a client that looks eagerly until it has seen enough."""

    async def main() -> dict[str, TenantView]:
        def now() -> datetime:
            return datetime.now(UTC)

        state = FleetState(Limits(), now=now, containers_interval=EAGER.containers_interval)
        door = ApiDoor(poll=EAGER, now=now)
        tenants = read_inventory(inventory)
        for tenant in tenants:
            state.add(tenant)
        seen_enough = asyncio.Event()

        def take(seen: Observation) -> None:
            state.apply(seen)
            if enough(dict(state.views)):
                seen_enough.set()

        poller = Poller(door, EAGER, on_observation=take, random=Random(7))
        poller.set_tenants(tenants)
        looking = asyncio.create_task(poller.run())
        # after the deadline what was seen is compared all the same: it tells more
        with suppress(TimeoutError):
            await asyncio.wait_for(seen_enough.wait(), WITHIN)
        looking.cancel()
        await asyncio.wait([looking])
        await door.aclose()
        return dict(state.views)

    return asyncio.run(main())


def rules(view: TenantView | None) -> set[str] | None:
    """Which rules speak; ``None`` for one that was not seen yet."""
    return None if view is None else {reason.rule for reason in view.reasons}


@pytest.mark.timeout(180)
def test_each_trouble_is_told_for_what_it_is(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    told = [{"tenant": index} | trouble for index, (trouble, _, _) in enumerate(TROUBLES)]
    words = ("--tls", "--request-log", str(log), *faults(tmp_path, *told))
    with running(tmp_path, *words, tenants=len(TROUBLES) + 2) as fleet:
        names = [tenant["name"] for tenant in fleet.tenants]

        def enough(views: dict[str, TenantView]) -> bool:
            return all(
                rules(views.get(name)) == wanted
                for name, (_, wanted, _) in zip(names, TROUBLES, strict=False)
            )

        views = watch(fleet.inventory, enough)
    for name, (trouble, wanted, word) in zip(names, TROUBLES, strict=False):
        text = "; ".join(reason.text for reason in views[name].reasons)
        assert rules(views[name]) == wanted, (trouble, text)
        assert word in text, (trouble, text)
    for name in names[len(TROUBLES) :]:
        assert views[name].reasons == (), name
    asked = [json.loads(line) for line in log.read_text().splitlines()]
    assert not [line for line in asked if "/moved" in line["target"]], "never follows a redirect"
    refused = {names[index] for index in range(3)}
    assert not [line for line in asked if line["tenant"] in refused], "and shows them no key"
