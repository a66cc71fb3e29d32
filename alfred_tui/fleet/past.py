"""The past as screens and commands ask for it: read off the loop, empty where there is none."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from alfred_tui.model.ask import Ask
from alfred_tui.model.history import HOUR, Event, Sample, Stretch
from alfred_tui.model.verdict import Reason


def line(event: Event) -> str:
    """An event as one line of JSON, in the form of every export (docs/commands.md)."""
    whole = {
        "number": event.number,
        "at": event.at.isoformat(),
        "tenant": event.tenant,
        "kind": event.kind.value,
        "before": event.before,
        "after": event.after,
        "reasons_before": [reason_of(each) for each in event.reasons_before],
        "reasons_after": [reason_of(each) for each in event.reasons_after],
        "text": event.text,
        "who": event.who,
    }
    return msgspec.json.encode(whole).decode()


def reason_of(reason: Reason) -> dict[str, object]:
    """A reason as ``--json`` prints it everywhere."""
    return {
        "rule": reason.rule,
        "text": reason.text,
        "value": reason.value,
        "limit": reason.limit,
        "since": reason.since.isoformat() if reason.since else None,
        "door": reason.door.value,
    }


class Shelf(Protocol):
    """What of the store is read here; synchronous, raises the store's errors."""

    def samples(self, tenant: str, since: int, until: int) -> list[Sample]:
        """Raw samples, oldest first."""
        ...

    def stretches(self, tenant: str, since: int, until: int, length: int = HOUR) -> list[Stretch]:
        """Hours or days, oldest first."""
        ...

    def availability(self, tenant: str, since: int, until: int) -> Stretch | None:
        """One stretch over a time."""
        ...

    def events(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Event]:
        """Events, newest first."""
        ...


class PastReader:
    """Reads the shelf off the loop. Without a shelf (before the start) everything is empty."""

    def __init__(self, shelf: Shelf | None, ask: Ask) -> None:
        self._shelf, self._ask = shelf, ask

    async def samples(self, tenant: str, since: datetime, until: datetime) -> list[Sample]:
        """A tenant's raw samples (the last 48 hours are kept), oldest first.

        Raises:
            StoreError: the store cannot be read.
        """
        shelf = self._shelf
        if shelf is None:
            return []
        begin, end = int(since.timestamp()), int(until.timestamp())
        return await self._ask(lambda: shelf.samples(tenant, begin, end))

    async def stretches(
        self, tenant: str, since: datetime, until: datetime, length: int = HOUR
    ) -> list[Stretch]:
        """A tenant's hours (``length`` 3600) or days (86400), oldest first, the present one too.

        Raises:
            StoreError: the store cannot be read.
        """
        shelf = self._shelf
        if shelf is None:
            return []
        begin, end = int(since.timestamp()), int(until.timestamp())
        return await self._ask(lambda: shelf.stretches(tenant, begin, end, length))

    async def availability(self, tenant: str, since: datetime, until: datetime) -> Stretch | None:
        """One stretch over a time; ``None`` where nobody watched.

        Raises:
            StoreError: the store cannot be read.
        """
        shelf = self._shelf
        if shelf is None:
            return None
        begin, end = int(since.timestamp()), int(until.timestamp())
        return await self._ask(lambda: shelf.availability(tenant, begin, end))

    async def events(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Event]:
        """Events of a tenant or of the fleet, newest first; ``before`` a number: the page after it.

        Raises:
            StoreError: the store cannot be read.
        """
        shelf = self._shelf
        if shelf is None:
            return []
        return await self._ask(
            lambda: shelf.events(tenant, since=since, until=until, before=before, limit=limit)
        )
