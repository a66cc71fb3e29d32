"""What is held against a tenant at a start because of its host key, and what is not any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from alfred_tui.config import Paths
from alfred_tui.fleet.last_known import last_shown, last_states
from alfred_tui.fleet.recalling import recalled
from alfred_tui.model.kept import KeptCondition, KeptState
from alfred_tui.model.tenant import HostKey, Secret, Tenant
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import TenantView
from alfred_tui.store.store import Store

SEEN = datetime(2026, 6, 1, 9, tzinfo=UTC)
"""The last look that met another key; the first was an hour before."""
BEGAN = SEEN - timedelta(hours=1)
MINUTE = timedelta(minutes=1)
HOST_KEY, DISK = "host-key-changed", "disk-high"


def fired(rule: str, pill: Pill) -> KeptCondition:
    return KeptCondition(rule, "so it is", pill, BEGAN, SEEN)


NEW = KeptState(
    "acme",
    TenantView("acme", Pill.DOWN, BEGAN),
    SEEN,
    conditions=(fired(HOST_KEY, Pill.DOWN), fired(DISK, Pill.DEGRADED)),
)
REASONS = tuple(Reason(rule, Pill.DOWN, "so", since=BEGAN, seen=SEEN) for rule in (HOST_KEY, DISK))
OLD = KeptState("acme", TenantView("acme", Pill.DOWN, BEGAN, REASONS), SEEN)
"""As a version kept it that knew no conditions."""


def pin(store: Store, at: datetime, tenant: str = "acme") -> None:
    store.repin(HostKey(tenant, "SHA256:n", "a person has said so", at, "ssh-ed25519", "AAAA"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.open(Paths(tmp_path / "home"))
    made.put_tenants(
        [Tenant(name, "https://h.example:1", Secret("k")) for name in ("acme", "beta")]
    )
    return made


@pytest.mark.parametrize("kept", [NEW, OLD], ids=["new", "old"])
def test_a_later_pin_ends_it_and_nothing_else(store: Store, kept: KeptState) -> None:
    other = msgspec.structs.replace(kept, tenant="beta")
    store.keep_states([kept, other])
    pin(store, SEEN + MINUTE)
    states = last_states(store)
    assert recalled(states["acme"]).keys() == {DISK}
    assert states["acme"].view == kept.view
    assert states["beta"] == other, "nobody has pinned its key"
    store.close()


@pytest.mark.parametrize("kept", [NEW, OLD], ids=["new", "old"])
@pytest.mark.parametrize("at", [BEGAN - MINUTE, SEEN - MINUTE, SEEN])
def test_a_pin_from_before_the_last_look_ends_nothing(
    store: Store, kept: KeptState, at: datetime
) -> None:
    store.keep_states([kept])
    pin(store, at)
    assert last_states(store) == {"acme": kept}
    store.close()


@pytest.mark.parametrize("quiet", [False, True], ids=["loud", "quieted"])
def test_who_only_reads_is_not_told_of_it_any_more(store: Store, quiet: bool) -> None:
    gone, left = REASONS[0], msgspec.structs.replace(REASONS[1], pill=Pill.DEGRADED)
    told = {"quieted": (left,)} if quiet else {"reasons": (gone, left)}
    both = TenantView("acme", Pill.DOWN, BEGAN, **({"reasons": (gone,)} | told))
    alone = TenantView("beta", Pill.STALE, BEGAN, (gone,))
    store.keep_states([KeptState("acme", both, SEEN), KeptState("beta", alone, SEEN)])
    pin(store, SEEN + MINUTE)
    pin(store, SEEN + MINUTE, "beta")
    states = last_shown(store)
    acme, beta = states["acme"].view, states["beta"].view
    assert (acme.pill, acme.quiet, acme.since) == (Pill.DEGRADED, quiet, None)
    assert (*acme.reasons, *acme.quieted) == (left,)
    assert (beta.pill, beta.reasons, beta.since) == (Pill.STALE, (), BEGAN)
    assert recalled(states["acme"]).keys() == {DISK}
    store.close()


def test_with_nothing_else_wrong_it_is_well(store: Store) -> None:
    view = TenantView("acme", Pill.DOWN, BEGAN, REASONS[:1])
    store.keep_states([KeptState("acme", view, SEEN)])
    assert last_shown(store)["acme"].view == view
    pin(store, SEEN + MINUTE)
    assert last_shown(store)["acme"].view.pill is Pill.OK
    store.close()


def test_who_is_trusted_is_as_it_was_kept(store: Store) -> None:
    kept = msgspec.structs.replace(NEW, conditions=(fired(DISK, Pill.DEGRADED),))
    store.keep_states([kept])
    pin(store, SEEN + MINUTE)
    assert last_states(store) == {"acme": kept}
    store.close()
