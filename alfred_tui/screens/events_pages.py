"""The events that match a filter, page by page into the past."""

from __future__ import annotations

from datetime import datetime, timedelta

from alfred_tui.model.history import Event
from alfred_tui.screens.ports import Past
from alfred_tui.widgets.event_filter import EventQuery

PAGE = 200
"""Events that the store is asked for at once."""
_LATE = timedelta(hours=1)
"""Events are numbered as they are written, which may be this much out of the order of time."""


class Pages:
    """``more`` gives the next page's matching events until ``done``; ``reached`` how far it was."""

    def __init__(
        self, past: Past, query: EventQuery, tenant: str | None = None, size: int = PAGE
    ) -> None:
        self.query = query
        self.done = False
        self.reached: datetime | None = None
        self.newest = 0
        self._past = past
        self._tenant = tenant
        self._size = size
        self._before: int | None = None

    async def more(self) -> list[Event]:
        """Matching events of the next page, newest first; none of them may match.

        Raises:
            StoreError: the store cannot be read.
        """
        query = self.query
        # The beginning is held against each event, not asked for: then the store reads its newest
        # pages only, and need not look through a year to find that there are no more.
        page = await self._past.events(
            self._tenant, until=query.until, before=self._before, limit=self._size
        )
        if page:
            self.newest = max(self.newest, page[0].number)
            self._before, self.reached = page[-1].number, page[-1].at
        self.done = len(page) < self._size or self._is_before(page[-1])
        return [event for event in page if query.matches(event)]

    def _is_before(self, event: Event) -> bool:
        since = self.query.since
        return since is not None and event.at < since - _LATE

    async def newer(self) -> list[Event] | None:
        """Matching events written since, newest first; ``None`` where they are more than a page.

        Raises:
            StoreError: the store cannot be read.
        """
        page = await self._past.events(self._tenant, until=self.query.until, limit=self._size)
        fresh = [event for event in page if event.number > self.newest]
        if len(fresh) == self._size and self.newest:
            return None
        if fresh:
            self.newest = fresh[0].number
        return [event for event in fresh if self.query.matches(event)]
