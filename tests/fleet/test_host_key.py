"""A changed host key: red at once with both fingerprints, gone with the first good connection."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from alfred_tui.fleet.state import FleetState
from alfred_tui.model.facts import Shell
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import FailureKind, Observation
from alfred_tui.model.tenant import HostKey
from alfred_tui.model.verdict import Pill
from alfred_tui.tenant.ssh.contact import Contact, observed
from alfred_tui.tenant.ssh.errors import (
    AuthenticationFailed,
    HostKeyChanged,
    LockedOut,
    Refused,
    SshError,
)
from tests.fleet.makers import NOON, rows, tenant

OLD = HostKey("acme", "SHA256:" + "o" * 43, "first use over SSH", NOON, "ssh-ed25519", "old")
OTHER = HostKey("acme", "SHA256:" + "r" * 43, "first use over SSH", NOON, "ssh-rsa", "rsa")
NEW = HostKey("acme", "SHA256:" + "n" * 43, "offered", NOON, "ssh-ed25519", "new")
CHANGED = HostKeyChanged("acme", [OTHER, OLD], NEW)


def later(seconds: float) -> Observation:
    """The API, well."""
    return Observation(
        "acme", Look.CONTAINERS, NOON + timedelta(seconds=seconds), 0.1, Door.API, rows()
    )


def contact(seconds: float, trouble: SshError | None = None) -> Observation:
    key = NEW if trouble is None else None
    return observed(Contact("acme", 0.2, key, trouble), NOON + timedelta(seconds=seconds))


@pytest.fixture
def state() -> FleetState:
    made = FleetState(Limits(), now=lambda: NOON)
    made.add(tenant())
    made.apply(later(0))
    return made


def test_it_is_red_at_once_and_says_both_fingerprints_whole(state: FleetState) -> None:
    assert state.view("acme").pill is Pill.OK
    assert state.apply(contact(1, CHANGED))
    view = state.view("acme")
    assert view.pill is Pill.DOWN
    (reason,) = view.reasons
    assert (reason.rule, reason.door) == ("host-key-changed", Door.SSH)
    assert NEW.fingerprint in reason.text
    assert OLD.fingerprint in reason.text, "of several pinned keys the one of the same kind"


def test_what_the_api_says_changes_nothing_of_it(state: FleetState) -> None:
    state.apply(contact(1, CHANGED))
    for seconds in range(10, 60, 10):
        state.apply(later(seconds))
    assert [each.rule for each in state.view("acme").reasons] == ["host-key-changed"]


def test_the_first_good_connection_ends_it(state: FleetState) -> None:
    state.apply(contact(1, CHANGED))
    state.apply(contact(60))
    view = state.view("acme")
    assert (view.pill, view.reasons) == (Pill.OK, ())
    assert state.known("acme").memory.answers[Look.SHELL].answer == Shell(NEW.fingerprint)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "trouble",
    [
        Refused("acme", "connection refused"),
        AuthenticationFailed("acme", "deploy", "/k", NOON),
        LockedOut("acme", "connection refused", NOON, NOON + timedelta(hours=1)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_connection_that_came_to_nothing_says_nothing_of_the_key(
    state: FleetState, trouble: SshError
) -> None:
    state.apply(contact(1, CHANGED))
    state.apply(contact(60, trouble))
    assert [each.rule for each in state.view("acme").reasons] == ["host-key-changed"]
    fresh = FleetState(Limits(), now=lambda: NOON)
    fresh.add(tenant())
    fresh.apply(later(0))
    fresh.apply(contact(60, trouble))
    assert fresh.view("acme").reasons == (), "nor is it a fault of the tenant's owner"


def test_a_refused_ssh_key_is_no_refused_api_key(state: FleetState) -> None:
    state.apply(contact(1, AuthenticationFailed("acme", "deploy", "/k", NOON)))
    state.apply(later(10))
    assert state.view("acme").reasons == ()


def test_each_is_a_kind_of_its_own() -> None:
    refused = AuthenticationFailed("acme", "deploy", "/k", NOON)
    out = LockedOut("acme", "connection refused", NOON, NOON + timedelta(hours=1))
    assert CHANGED.failure.kind is FailureKind.HOST_KEY
    assert refused.failure.kind is FailureKind.UNAUTHORIZED
    assert out.failure.kind is FailureKind.LOCKED_OUT


def test_ssh_that_answers_is_no_sign_that_our_network_is_back(state: FleetState) -> None:
    """HTTP lost everywhere while SSH answers is a partition, and stays one."""
    names = [f"t{number}" for number in range(6)]
    for name in names:
        state.add(tenant(name))
        state.apply(msgspec.structs.replace(later(1), tenant=name))
    lost = msgspec.structs.replace(
        later(30), answer=None, failure=Refused("", "x").failure, tenant="t0"
    )
    state.apply(lost)
    assert set(state.contact.lost) == {"t0"}
    state.apply(msgspec.structs.replace(contact(31), tenant="t0"))
    assert "t0" in state.contact.lost
