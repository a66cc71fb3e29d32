"""A night over a healthy fleet: backups, updates, and nobody is woken (verdicts.md)."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

from alfred_tui.fleet.poller import Poller
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.limits import Limits
from alfred_tui.model.observation import Observation
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.verdict import Pill
from alfred_tui.sim.world import World
from tests.fleet.world_door import WorldDoor, tenants_of
from tests.support.virtual_loop import VirtualLoop, run_virtually

EVENING = datetime(2026, 6, 2, 2, 40, tzinfo=UTC)


class Night:
    """What the fleet showed while it was polled for so many seconds of the world's time."""

    def __init__(self, world: World, start: datetime, seconds: float) -> None:
        self.world, self.start, self.seconds = world, start, seconds
        self.changes: dict[str, list[tuple[datetime, Pill, tuple[str, ...]]]] = {}
        self.notes: Counter[str] = Counter()
        run_virtually(self._poll)

    async def _poll(self, loop: VirtualLoop) -> None:
        def now() -> datetime:
            return loop.now(self.start)

        state = FleetState(Limits(), now=now)
        people = tenants_of(self.world)
        for tenant in people:
            state.add(tenant)

        def take(seen: Observation) -> None:
            state.apply(seen)
            view = state.views[seen.tenant]
            told = self.changes.setdefault(seen.tenant, [])
            if not told or told[-1][1] is not view.pill:
                told.append((seen.at, view.pill, tuple(r.text for r in view.reasons)))
            self.notes.update(note.split()[0] for note in view.notes)

        poller = Poller(
            WorldDoor(self.world, now),
            PollSettings(containers_interval=15.0, dashboard_interval=900.0),
            on_observation=take,
            vanished=state.vanished,
            random=Random(7),
        )
        poller.set_tenants(people)
        await poller_for(poller, self.seconds)
        self.state = state
        self.stats = poller.stats()


async def poller_for(poller: Poller, seconds: float) -> None:
    """Let it run for so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await poller.run()


def test_a_night_passes_without_waking_anybody() -> None:
    world = World(40, 11, EVENING - timedelta(hours=2))
    night = Night(world, EVENING, 70 * 60.0)
    told = {
        name: [(str(at)[11:19], pill.value, why) for at, pill, why in changes[1:]]
        for name, changes in night.changes.items()
        if len(changes) > 2
    }
    assert night.stats.looks > 40 * 280
    assert night.notes["backup"] > 40, "the backups were in the night"
    assert night.notes["being"] > 0, "updates recreated services"
    assert not [n for n, c in night.changes.items() if any(p is Pill.DOWN for _, p, _ in c)], told
    assert not told, told
    assert {view.pill for view in night.state.views.values()} == {Pill.OK}
