"""A past without a store: invented events, hours and days; it can fail, and be slow."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from alfred_tui.model.history import DAY, HOUR, Event, EventKind, Stretch
from alfred_tui.model.verdict import Pill
from tests.ui.fake_engine import NOW, reason

ROUND = (
    (Pill.OK, Pill.DEGRADED, "disk-high", "disk 93 % > 90 %"),
    (Pill.DEGRADED, Pill.OK, "disk-high", "disk 93 % > 90 %"),
    (Pill.OK, Pill.DOWN, "host-down", "no answer on 3100 and 22"),
    (Pill.DOWN, Pill.DEGRADED, "learn-no-pollers", "alfred-learn: no pollers"),
    (Pill.DEGRADED, Pill.OK, "learn-no-pollers", "alfred-learn: no pollers"),
)
WHO = ("harbor-law", "acme-dental", "fable-films", "iris-florist", "canal-street-books")


def told(number: int, at: datetime, tenant: str) -> Event:
    """One of a few changes that come round and round."""
    before, after, rule, text = ROUND[number % len(ROUND)]
    why = reason(rule, before if after is Pill.OK else after, text, limit="90 %")
    was = (reason("memory-high", before, "memory 96 % > 95 %"),) if before is Pill.DOWN else ()
    over = after is Pill.OK
    return Event(
        at,
        tenant,
        before=before,
        after=after,
        reasons_before=(why,) if over else was,
        reasons_after=() if over else (why,),
        number=number,
    )


def happened(count: int, every: float = 1800.0) -> list[Event]:
    """Newest first; in between a person mutes a tenant."""
    found = []
    for index in range(count):
        number, at = count - index, NOW - timedelta(seconds=131 + index * every)
        name = WHO[number % len(WHO)]
        if number % 7 == 3:
            text = "muted for 4 h: the disk is being made larger"
            found.append(Event(at, name, EventKind.QUIET, text=text, who="ann", number=number))
        else:
            found.append(told(number, at, name))
    return found


def days(count: int = 92) -> list[Stretch]:
    """Days of a tenant that was down for an hour on some of them, the present one last."""
    today = int(NOW.timestamp()) // DAY * DAY
    return [_stretch(today - back * DAY, DAY, back) for back in range(count - 1, -1, -1)]


def hours(count: int = 48) -> list[Stretch]:
    """Its hours, the present one last."""
    now = int(NOW.timestamp()) // HOUR * HOUR
    return [_stretch(now - back * HOUR, HOUR, back) for back in range(count - 1, -1, -1)]


def _stretch(begin: int, length: int, back: int) -> Stretch:
    down = length // 24 if back % 17 == 5 else 0
    return Stretch(
        begin,
        length,
        watched=length,
        ok=length - down,
        down=down,
        worst=Pill.DOWN if down else Pill.OK,
        latency=0.08 + (back * 37 % 11) / 100,
        latency_most=0.3 + (back * 13 % 7) / 5,
        disk=61.0 - back / 10,
        memory=45.0 + back * 7 % 20,
        memory_most=60.0,
    )


class FakePast:
    """Fits ``Past``. ``error`` is raised by everything; ``gate`` holds answers back while set."""

    def __init__(self, events: list[Event] | None = None) -> None:
        self.told = events or []
        self.by_hour: dict[str, list[Stretch]] = {}
        self.by_day: dict[str, list[Stretch]] = {}
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.asked: list[tuple[object, ...]] = []

    async def _answer(self, *asked: object) -> None:
        self.asked.append(asked)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error

    async def stretches(
        self, tenant: str, since: datetime, until: datetime, length: int = HOUR
    ) -> list[Stretch]:
        await self._answer("stretches", tenant, length)
        kept = (self.by_hour if length == HOUR else self.by_day).get(tenant, [])
        return [s for s in kept if since.timestamp() <= s.begin < until.timestamp()]

    async def availability(self, tenant: str, since: datetime, until: datetime) -> Stretch | None:
        await self._answer("availability", tenant, since, until)
        kept = self.by_day.get(tenant, [])
        parts = [s for s in kept if since.timestamp() <= s.begin < until.timestamp()]
        if not parts:
            return None
        ok, down = sum(s.ok for s in parts), sum(s.down for s in parts)
        return Stretch(parts[0].begin, DAY * len(parts), ok + down, ok=ok, down=down)

    async def events(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Event]:
        await self._answer("events", tenant, before, limit)
        found = [
            event
            for event in self.told
            if (tenant is None or event.tenant == tenant)
            and (since is None or event.at >= since)
            and (until is None or event.at < until)
            and (before is None or event.number < before)
        ]
        return found[:limit]
