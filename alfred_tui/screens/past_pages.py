"""What was, as far as it matches a filter, page by page into the past: events, runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

PAGE = 200
"""Entries that the store is asked for at once."""
_LATE = timedelta(hours=1)
"""Entries are numbered as they are written, which may be this much out of the order of time."""


class Dated(Protocol):
    """An entry: numbered in the order of writing, with its time."""

    @property
    def number(self) -> int:
        """Larger is later."""
        ...

    @property
    def at(self) -> datetime:
        """Aware UTC."""
        ...


T = TypeVar("T", bound=Dated)
_Given = TypeVar("_Given", contravariant=True)


class Ask(Protocol[T]):
    """The store's question: newest first, ``before`` a number the page after it."""

    async def __call__(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = PAGE,
    ) -> list[T]:
        """Raises StoreError: it cannot be read."""
        ...


class Asked(Protocol[_Given]):
    """A filter: times go to the store, the rest is asked of each entry."""

    @property
    def since(self) -> datetime | None:
        """Nothing from before it."""
        ...

    @property
    def until(self) -> datetime | None:
        """Nothing from then on."""
        ...

    def matches(self, entry: _Given, /) -> bool:
        """Whether it is one of those that are asked for."""
        ...


class Pages(Generic[T]):
    """``more`` gives the matching entries of a page until ``done``; ``reached`` how far it was."""

    def __init__(
        self, ask: Ask[T], query: Asked[T], tenant: str | None = None, size: int = PAGE
    ) -> None:
        self.query = query
        self.done = False
        self.reached: datetime | None = None
        self.newest = 0
        self._ask = ask
        self._tenant = tenant
        self._size = size
        self._before: int | None = None

    async def more(self) -> list[T]:
        """Matching entries of the next page, newest first; none of them may match.

        Raises:
            StoreError: the store cannot be read.
        """
        query = self.query
        # The beginning is held against each entry, not asked for: then the store reads its newest
        # pages only, and need not look through a year to find that there are no more.
        page = await self._ask(
            self._tenant, until=query.until, before=self._before, limit=self._size
        )
        if page:
            self.newest = max(self.newest, page[0].number)
            self._before, self.reached = page[-1].number, page[-1].at
        self.done = len(page) < self._size or self._is_before(page[-1])
        return [entry for entry in page if query.matches(entry)]

    def _is_before(self, entry: T) -> bool:
        since = self.query.since
        return since is not None and entry.at < since - _LATE

    async def newer(self) -> tuple[list[T], list[T]] | None:
        """Matching entries written since, newest first, and the older ones of the newest page.

        ``None`` where there are more than a page of new ones.

        Raises:
            StoreError: the store cannot be read.
        """
        page = await self._ask(self._tenant, until=self.query.until, limit=self._size)
        fresh = [entry for entry in page if entry.number > self.newest]
        if len(fresh) == self._size and self.newest:
            return None
        older = page[len(fresh) :]
        if fresh:
            self.newest = fresh[0].number
        return [entry for entry in fresh if self.query.matches(entry)], older
