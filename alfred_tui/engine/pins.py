"""Pinned host keys behind the SSH door, in the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alfred_tui.fleet.recalling import host_key_refused, with_host_key_pinned
from alfred_tui.model.ask import Ask
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import HostKey

if TYPE_CHECKING:
    from alfred_tui.store.store import Store


def last_states(store: Store) -> dict[str, KeptState]:
    """Last known states by tenant; what fired because of a host key ends with a later pin.

    A key is pinned by commands, too, while nobody looks. Raises the store's errors.
    """
    found = store.last_states()
    for name, kept in found.items():
        refused = host_key_refused(kept)
        if refused and any(key.first_seen > refused for key in store.host_keys_of(name)):
            found[name] = with_host_key_pinned(kept)
    return found


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
