"""Pinned host keys behind the SSH door, in the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alfred_tui.model.ask import Ask
from alfred_tui.model.tenant import HostKey

if TYPE_CHECKING:
    from alfred_tui.store.store import Store


class StoredPins:
    """``ask`` carries a call of the store to its own thread. Raises the store's errors."""

    def __init__(self, store: Store, ask: Ask) -> None:
        self._store, self._ask = store, ask

    async def pinned(self, tenant: str) -> Sequence[HostKey]:
        """All pinned keys of a tenant."""
        return await self._ask(lambda: self._store.host_keys_of(tenant))

    async def pin(self, key: HostKey) -> None:
        """Keep one more; one of the same tenant and kind is never replaced."""
        await self._ask(lambda: self._store.pin([key]))

    async def replace(self, key: HostKey) -> None:
        """Make it the only one of its tenant: a person has said so."""
        await self._ask(lambda: self._store.repin(key))
