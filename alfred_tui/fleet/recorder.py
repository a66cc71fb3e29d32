"""Keeps the fleet's past: hands samples and events to the store, and holds the 48-hour strips.

The store is never waited for by a look: what is to be written gathers here and goes out on the
store's own thread. A store that cannot be written loses nothing that it had acknowledged; events
wait for the next try, samples of the meantime are gone, and a person is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from alfred_tui.fleet.sampler import Sampler, interval
from alfred_tui.model.ask import Ask
from alfred_tui.model.history import HOUR, NUMBER, Event, Sample
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView

log = logging.getLogger(__name__)
STRIP_HOURS = 48
ROLL_EVERY = 300.0
"""Seconds between two looks for hours that are over."""
SOON = 5.0
"""Seconds to the next step where rolling up is behind."""


class Past(Protocol):
    """What the recorder needs of the store; its methods are synchronous and raise OSErrors."""

    def write(self, samples: Sequence[Sample], events: Sequence[Event] = ()) -> None:
        """Keep them all or none."""
        ...

    def roll(self, now: int, keep: HistorySettings) -> bool:
        """Pack and drop; whether there is more to do."""
        ...

    def strips(self, now: int, hours: int = STRIP_HOURS) -> dict[str, list[Pill | None]]:
        """The worst pill of every hour."""
        ...


class Recorder:
    """``ask`` carries a call of the store to its own thread and brings the answer back."""

    def __init__(
        self,
        past: Past,
        ask: Ask,
        settings: HistorySettings,
    ) -> None:
        self.sampler = Sampler()
        self._troubles: dict[str, str] = {}
        self._past, self._ask, self._settings = past, ask, settings
        self._strips: dict[str, list[Pill | None]] = {}
        self._hour = 0
        self._rolled, self._roll_at = 0.0, 0.0

    @property
    def trouble(self) -> str:
        """Why the past is not read, written or packed, as long as that is so; else ``""``."""
        return "; ".join(dict.fromkeys(self._troubles.values()))

    def begin(self, views: Mapping[str, TenantView]) -> None:
        """Take what was known last as the state before the first event."""
        self.sampler.begin(views.values())

    def forget(self, name: str) -> None:
        """A tenant has gone."""
        self.sampler.forget(name)
        self._strips.pop(name, None)

    async def load(self, now: datetime) -> None:
        """Read the strips: before the first beat."""
        moment = int(now.timestamp())
        self._hour = moment // HOUR
        read: dict[str, list[Pill | None]] = {}
        if await self._do("reading", lambda: read.update(self._past.strips(moment))):
            self._strips = read

    async def beat(self, views: Mapping[str, TenantView], now: datetime) -> None:
        """Once a second or so: write what there is to write."""
        settings = self._settings
        every = interval(
            len(views), settings.sample_every, settings.raw_hours, settings.most_samples
        )
        samples = self.sampler.take_samples(views, now, every)
        events = self.sampler.take_events()
        there_is = bool(samples or events)
        if there_is and not await self._do("writing", lambda: self._past.write(samples, events)):
            self.sampler.give_back(events)
        if int(now.timestamp()) // HOUR < self._hour:  # the clock was ahead
            await self.load(now)
        self._advance(now, samples, [e for e in events if self.sampler.knows(e.tenant)])
        moment = now.timestamp()
        if not self._rolled <= moment < self._roll_at:
            more: list[bool] = []
            await self._do("packing", lambda: more.append(self._past.roll(int(moment), settings)))
            self._rolled = moment
            self._roll_at = moment + (ROLL_EVERY if more == [False] else SOON)

    async def end(self) -> None:
        """Write the events that are left."""
        if events := self.sampler.take_events():
            await self._do("writing", lambda: self._past.write([], events))

    async def _do(self, what: str, work: Callable[[], object]) -> bool:
        """Have ``work`` done; its trouble is told until the same kind of work has gone well."""
        try:
            await self._ask(work)
        except (OSError, RuntimeError) as trouble:
            self._troubles[what] = f"history not kept: {trouble}"
            log.warning("history not kept: %s", what, exc_info=True)
            return False
        self._troubles.pop(what, None)
        return True

    def _advance(self, now: datetime, samples: Sequence[Sample], events: Sequence[Event]) -> None:
        """The strips go on without being read again."""
        hour = int(now.timestamp()) // HOUR
        passed = hour - self._hour
        if passed > 0:
            for strip in self._strips.values():
                del strip[:passed]
                strip.extend([None] * (STRIP_HOURS - len(strip)))
        self._hour = hour
        seen = [(sample.tenant, sample.pill) for sample in samples]
        for event in events:
            seen += [(event.tenant, pill) for pill in self._told(event) if pill is not None]
        for name, pill in seen:
            strip = self._strips.setdefault(name, [None] * STRIP_HOURS)
            held = strip[-1]
            if held is None or NUMBER[pill] < NUMBER[held]:
                strip[-1] = pill

    def _told(self, event: Event) -> tuple[Pill | None, ...]:
        """Pills of the present hour; what was before if somebody watched in the hour before."""
        strip = self._strips.get(event.tenant)
        watched = strip is not None and strip[-2] is not None
        return (event.before, event.after) if watched else (event.after,)

    def hours_of(self, name: str) -> Sequence[Pill | None]:
        """The worst pill of each of the last 48 hours, the present one last; empty if unknown."""
        return self._strips.get(name, ())
