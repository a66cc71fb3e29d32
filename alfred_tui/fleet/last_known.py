"""What was known last of each tenant, out of the store; what has been mended since is left out.

A host key is pinned by commands, too, while nobody looks. Functions raise the store's errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from alfred_tui.fleet.recalling import (
    host_key_refused,
    seen_with_host_key_pinned,
    with_host_key_pinned,
)
from alfred_tui.model.kept import KeptState

if TYPE_CHECKING:
    from alfred_tui.store.store import Store


def last_states(store: Store) -> dict[str, KeptState]:
    """By tenant, for a start: what fired because of a host key ends with a later pin.

    The view stays as it was seen, so that its end is an event.
    """
    found = store.last_states()
    return found | {name: with_host_key_pinned(found[name]) for name in _pinned(store, found)}


def last_shown(store: Store) -> dict[str, KeptState]:
    """By tenant, for who only reads: the view has it no more either."""
    found = store.last_states()
    for name in _pinned(store, found):
        kept = found[name]
        view = seen_with_host_key_pinned(kept.view)
        found[name] = msgspec.structs.replace(with_host_key_pinned(kept), view=view)
    return found


def _pinned(store: Store, found: dict[str, KeptState]) -> list[str]:
    """Whose host key was pinned after the last look that refused it."""
    refused = {name: at for name, kept in found.items() if (at := host_key_refused(kept))}
    return [
        name
        for name, at in refused.items()
        if any(key.first_seen > at for key in store.host_keys_of(name))
    ]
