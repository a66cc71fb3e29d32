"""What the screens ask of this room: the doctor, and an import in three steps.

Everything runs on a loop of its own beside the screen's, and is imported there: this module is
cheap. Whatever goes wrong with a source or the store is a :class:`SourceError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from alfred_tui.takeover.aside import aside
from alfred_tui.takeover.found import SourceError

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.model.tenant import HostKey, Tenant
    from alfred_tui.store.store import Store
    from alfred_tui.takeover.findings import Finding
    from alfred_tui.takeover.gathering import Reading, Request
    from alfred_tui.takeover.merge import Preference
    from alfred_tui.takeover.plan import Gathered, Import

T = TypeVar("T")


class Desk:
    """Over the settings in force; holds nothing open between two wishes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def examine(self, told: Callable[[Sequence[Finding]], None]) -> None:
        """Every check of the doctor; ``told`` is called on this loop with each part as it comes."""
        tell = _from_aside(told)

        async def work() -> None:
            from alfred_tui.takeover.doctor import examine

            await examine(self._settings, told=tell)

        await aside(work)

    async def gather(self, request: Request, told: Callable[[str], None]) -> Reading:
        """Read every source; ``told`` is called on this loop with the name of the present one.

        Raises:
            SourceError: a source told nothing, or is wrong; every problem a line of its text.
        """
        tell = _from_aside(told)

        async def work() -> Reading:
            from alfred_tui.store.inventory import InventoryError
            from alfred_tui.takeover.gathering import gather

            try:
                return await gather(self._settings, request, tell)
            except InventoryError as trouble:
                raise SourceError("\n".join(trouble.problems)) from None

        return await aside(work)

    async def weigh(self, gathered: Gathered, prefer: Preference) -> Import:
        """What taking it over would do; nothing is written.

        Raises:
            SourceError: the store cannot be read, or the tailnet has no map.
        """

        def look(store: Store) -> Import:
            from alfred_tui.takeover.plan import plan

            return plan(store.tenants(), store.host_keys(), gathered, prefer)

        return await aside(lambda: self._with_store(look))

    async def take(self, gathered: Gathered, prefer: Preference) -> Import:
        """Take it over into the store, all or nothing; what is undecided stays as it is.

        Raises:
            SourceError: the store cannot be written, or the tailnet has no map.
        """
        return await aside(lambda: self._with_store(lambda store: take(store, gathered, prefer)))

    async def _with_store(self, work: Callable[[Store], T]) -> T:
        from alfred_tui.store.store import Store, StoreError

        try:
            store = Store.open(self._settings.paths)
            try:
                return work(store)
            finally:
                store.close()
        except StoreError as trouble:
            raise SourceError(str(trouble)) from None


def take(store: Store, gathered: Gathered, prefer: Preference) -> Import:
    """Merge into the store within one transaction; what that did.

    Raises:
        StoreError: it cannot be written.
        SourceError: the tailnet is asked for and its client has no map of it.
    """
    from alfred_tui.takeover.plan import plan

    made: list[Import] = []

    def decide(
        tenants: list[Tenant], pinned: list[HostKey]
    ) -> tuple[list[Tenant], tuple[HostKey, ...]]:
        made.append(plan(tenants, pinned, gathered, prefer))
        return list(made[0].outcome.tenants), made[0].outcome.host_keys

    store.change_tenants(decide)
    return made[0]


def _from_aside(told: Callable[[Any], None]) -> Callable[[Any], None]:
    """``told`` for the thread aside: called on this loop, in order."""
    loop = asyncio.get_running_loop()

    def tell(news: Any) -> None:
        loop.call_soon_threadsafe(told, news)

    return tell
