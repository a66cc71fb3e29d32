"""A world watched by the client for a while, in virtual time: every change of every tenant."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from alfred_tui.fleet.poller import Poller
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.limits import Limits
from alfred_tui.model.observation import Observation
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import TenantView
from alfred_tui.sim.world import World
from tests.fleet.world_door import WorldDoor, tenants_of
from tests.support.virtual_loop import VirtualLoop, run_virtually

NIGHT = 50 * 60.0
"""Seconds from a little before the first backup may begin to a little after the last one ends."""


class Turn(NamedTuple):
    """What a tenant showed from ``at`` (seconds since the world's start) on."""

    at: float
    pill: Pill
    reasons: tuple[Reason, ...]

    @property
    def words(self) -> tuple[object, ...]:
        """What makes it another one than the turn before; figures do not."""
        return self.pill, *((r.rule, r.pill, r.subject, r.parts) for r in self.reasons)

    @property
    def rules(self) -> set[str]:
        return {reason.rule for reason in self.reasons}


class Watched:
    """What the fleet showed while it was watched from its start for so many seconds."""

    def __init__(
        self, world: World, seconds: float, poll: PollSettings, night: float | None = None
    ) -> None:
        """``night``: how often containers are looked at while backups are due, if not as ever."""
        self.world, self.seconds, self.poll, self.night = world, seconds, poll, night
        self.turns: dict[str, list[Turn]] = {person.name: [] for person in world.people}
        self.notes: dict[str, Counter[str]] = {person.name: Counter() for person in world.people}
        run_virtually(self._watch)

    async def _watch(self, loop: VirtualLoop) -> None:
        def now() -> datetime:
            return loop.now(self.world.start)

        every = self.poll.containers_interval
        self.state = FleetState(Limits(), now=now, containers_interval=every)
        tenants = tenants_of(self.world)
        for tenant in tenants:
            self.state.add(tenant)

        def take(seen: Observation) -> None:
            self.state.apply(seen)
            self._note(self.state.views[seen.tenant], loop.time())

        poller = Poller(
            WorldDoor(self.world, now),
            self.poll,
            on_observation=take,
            vanished=self.state.vanished,
            healing=self.state.healing,
            random=Random(7),
        )
        self.state.trying = poller.trying
        poller.set_tenants(tenants)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds), asyncio.TaskGroup() as group:
                group.create_task(poller.run())
                if self.night is not None:
                    group.create_task(self._follow_the_sun(poller, self.night, now))
        self.looks = poller.stats().looks

    async def _follow_the_sun(
        self, poller: Poller, night: float, now: Callable[[], datetime]
    ) -> None:
        while True:
            begin = now().replace(hour=2, minute=55, second=0, microsecond=0)
            if now() >= begin:
                begin += timedelta(days=1)
            await asyncio.sleep((begin - now()).total_seconds())
            poller.set_interval(night)
            await asyncio.sleep(NIGHT)
            poller.set_interval(self.poll.containers_interval)

    def _note(self, view: TenantView, at: float) -> None:
        told, turn = self.turns[view.name], Turn(at, view.pill, view.reasons)
        if not told or told[-1].words != turn.words:
            told.append(turn)
        self.notes[view.name].update(note.split()[0] for note in view.notes)

    def shown(self, name: str, at: float) -> Turn:
        """What a tenant showed at a moment."""
        return [turn for turn in self.turns[name] if turn.at <= at][-1]

    def after_first(self, name: str) -> list[tuple[int, str, list[str]]]:
        """A tenant's changes after its first pill, for a person who reads a failed test."""
        return [
            (round(turn.at), turn.pill.value, [reason.text for reason in turn.reasons])
            for turn in self.turns[name][1:]
        ]
