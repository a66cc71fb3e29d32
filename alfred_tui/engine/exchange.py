"""Who is watched changes while the program runs: some come, some go, some are described anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Tenant

if TYPE_CHECKING:
    from alfred_tui.fleet.poller import Poller
    from alfred_tui.fleet.recorder import Recorder
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.tenant.door import ApiDoor


def differ(old: Sequence[Tenant], new: Sequence[Tenant]) -> tuple[set[str], list[Tenant]]:
    """Names that have gone; tenants that have come or are described otherwise."""
    known = {tenant.name: tenant for tenant in old}
    gone = known.keys() - {tenant.name for tenant in new}
    return set(gone), [tenant for tenant in new if known.get(tenant.name) != tenant]


def exchange(
    old: Sequence[Tenant],
    new: Sequence[Tenant],
    kept: Mapping[str, KeptState],
    state: FleetState,
    poller: Poller,
    recorder: Recorder | None,
    door: ApiDoor,
) -> set[str]:
    """Watch ``new`` instead of ``old``; those that stay keep what is known of them.

    Returns the names that came or changed.
    """
    gone, changed = differ(old, new)
    for name in gone:
        state.remove(name)
        if recorder is not None:
            recorder.forget(name)
    for tenant in changed:
        state.add(tenant, kept.get(tenant.name))
    stays = {tenant.name for tenant in new} - {tenant.name for tenant in changed}
    for tenant in old:
        if tenant.name not in stays:
            door.forget(tenant)
    poller.set_tenants(new)
    return {tenant.name for tenant in changed}
