"""Host keys against a real sshd: pinned on first use, enforced ever after, on every way in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest

from alfred_tui.config import Paths
from alfred_tui.model.tenant import HostKey
from alfred_tui.store.store import Store
from alfred_tui.tenant.ssh import hostkeys
from alfred_tui.tenant.ssh.command import Command
from alfred_tui.tenant.ssh.dialling import Opener
from alfred_tui.tenant.ssh.errors import ConnectionCut, HostKeyChanged, Unconfigured
from alfred_tui.tenant.ssh.hostkeys import Standing, algorithms, standing
from tests.ssh.doors import Doors, Pins
from tests.support.sshd import Sshd, public

ID = Command(("true",))


def bare(key: HostKey) -> HostKey:
    """As the former tool handed it down: a fingerprint and nothing else."""
    return HostKey(key.tenant, key.fingerprint, "taken over", key.first_seen)


async def test_first_use_pins_what_the_server_has(server: Sshd, doors: Doors) -> None:
    assert (await doors.make().run(server.tenant(), ID)).ok
    expected = server.host_key()
    (pinned,) = doors.pins.keys
    assert (pinned.kind, pinned.key) == (expected.kind, expected.key)
    assert (pinned.fingerprint, pinned.tenant) == (expected.fingerprint, "acme")
    assert (pinned.source, pinned.first_seen) == (hostkeys.FIRST_USE, doors.now)


async def test_a_changed_key_is_refused_before_any_login_and_never_kept(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(), server.tenant()
    await door.run(tenant, ID)
    old = list(doors.pins.keys)
    new = server.new_host_key()
    server.restart()
    for _ in range(2):
        with pytest.raises(HostKeyChanged) as told:
            await door.run(tenant, ID)
        assert (told.value.pinned, told.value.sent) == (tuple(old), False)
        assert told.value.offered.fingerprint == new.fingerprint
        for word in (old[0].fingerprint, new.fingerprint, "acme", "ssh-ed25519"):
            assert word in str(told.value)
    assert doors.pins.keys == old
    await asyncio.to_thread(server.log.wait_for, r"preauth|Connection (closed|reset)", 2)
    assert len(server.log.matching("Accepted publickey|Failed publickey")) == 1


async def test_a_connection_that_stands_is_no_way_around(server: Sshd, doors: Doors) -> None:
    """A second door, with the same pins, meets the other key as well."""
    await doors.make().run(server.tenant(), ID)
    server.new_host_key()
    server.restart()
    with pytest.raises(HostKeyChanged):
        await doors.make().secure(server.tenant())


async def test_repinning_takes_the_key_that_was_shown_and_no_other(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(), server.tenant()
    await door.run(tenant, ID)
    old, new = server.host_key(), server.new_host_key()
    server.restart()
    for wrong in (old.fingerprint, "SHA256:" + "A" * 43):
        with pytest.raises(HostKeyChanged):
            await door.repin(tenant, wrong)
        assert doors.pins.fingerprints == [old.fingerprint]
    with pytest.raises(Unconfigured):
        await door.repin(tenant, "")
    (pinned,) = await door.repin(tenant, new.fingerprint)
    assert (pinned.fingerprint, pinned.source) == (new.fingerprint, hostkeys.REPINNED)
    assert (await door.run(tenant, ID)).ok
    assert doors.pins.keys == [pinned]


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
async def test_a_server_that_has_another_kind_as_well_is_not_changed(
    server: Sshd, doors: Doors, kind: str
) -> None:
    other = server.new_host_key(kind)
    server.restart()
    doors.pins.keys = [other]
    assert (await doors.make().run(server.tenant(), ID)).ok
    assert doors.pins.keys == [other]
    assert len(server.log.matching("Connection from")) == 1


async def test_a_server_that_lost_the_pinned_kind_is_changed(server: Sshd, doors: Doors) -> None:
    rsa = server.new_host_key("rsa")
    doors.pins.keys = [rsa]
    with pytest.raises(HostKeyChanged) as told:
        await doors.make().run(server.tenant(), ID)
    assert told.value.offered.kind == "ssh-ed25519"


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
async def test_a_bare_fingerprint_is_found_whatever_its_kind_and_completed(
    server: Sshd, doors: Doors, kind: str
) -> None:
    for each in ("rsa", "ecdsa"):
        server.new_host_key(each)
    server.restart()
    expected = server.host_key(kind)
    doors.pins.keys = [bare(expected)]
    pinned = await doors.make().secure(server.tenant())
    (whole,) = hostkeys.whole(pinned)
    assert (whole.kind, whole.key) == (expected.kind, expected.key)
    assert whole.fingerprint == expected.fingerprint
    assert whole.source == hostkeys.COMPLETED


async def test_a_bare_fingerprint_of_none_of_its_keys_is_changed(
    server: Sshd, doors: Doors
) -> None:
    server.new_host_key("rsa")
    server.restart()
    stranger = HostKey("acme", "SHA256:" + "B" * 43, "taken over", doors.now)
    doors.pins.keys = [stranger]
    with pytest.raises(HostKeyChanged) as told:
        await doors.make().run(server.tenant(), ID)
    assert told.value.offered.fingerprint == server.host_key().fingerprint
    assert doors.pins.keys == [stranger]
    assert server.log.matching("publickey") == []


@pytest.mark.parametrize("swapped", [False, True])
async def test_keys_agreed_on_anew_are_held_to_the_first(
    server: Sshd, doors: Doors, monkeypatch: pytest.MonkeyPatch, swapped: bool
) -> None:
    """asyncssh shows the key again after a gigabyte; here after every few kilobytes."""
    shown: list[HostKey] = []
    offered = Opener.offered

    def watching(self: Opener, tenant: str, key: asyncssh.SSHKey) -> HostKey:
        seen = offered(self, tenant, key)
        if swapped and shown:
            seen = HostKey(tenant, "SHA256:" + "D" * 43, "x", seen.first_seen, seen.kind, "x")
        shown.append(seen)
        return seen

    monkeypatch.setattr(Opener, "offered", watching)
    monkeypatch.setattr("asyncssh.connection._DEFAULT_REKEY_BYTES", 20_000)
    going = doors.make().run(server.tenant(), Command(("cat",), stdin=bytes(200_000)))
    if swapped:
        with pytest.raises(ConnectionCut):
            await going
    else:
        assert len((await going).stdout) == 200_000
    assert len(shown) > 1
    assert doors.pins.fingerprints == [server.host_key().fingerprint]


class Slow(Pins):
    """Another program pins a key between our look and our writing."""

    def __init__(self, theirs: HostKey) -> None:
        super().__init__()
        self._theirs = theirs

    async def pin(self, key: HostKey) -> None:
        await super().pin(self._theirs)
        await super().pin(key)


async def test_who_pins_second_holds_to_the_first(server: Sshd, doors: Doors) -> None:
    theirs = HostKey("acme", "SHA256:" + "C" * 43, "other program", doors.now, "ssh-ed25519", "x")
    doors.pins = Slow(theirs)
    with pytest.raises(HostKeyChanged):
        await doors.make().run(server.tenant(), ID)
    assert doors.pins.keys == [theirs]
    assert server.log.matching("Accepted publickey") == []


class Kept:
    """The real store behind the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def pinned(self, tenant: str) -> Sequence[HostKey]:
        keys = await asyncio.to_thread(self._store.host_keys)
        return [key for key in keys if key.tenant == tenant]

    async def pin(self, key: HostKey) -> None:
        await asyncio.to_thread(self._store.pin, [key])

    async def replace(self, key: HostKey) -> None:
        await asyncio.to_thread(self._store.repin, key)


async def test_the_store_keeps_and_holds_to_what_was_seen(
    server: Sshd, doors: Doors, tmp_path: Path
) -> None:
    tenant = server.tenant()
    store = Store.open(Paths(tmp_path / "home"))
    store.put_tenants([tenant])
    store.pin([bare(server.host_key())])
    doors.pins = Kept(store)  # type: ignore[assignment]
    door = doors.make()
    assert (await door.run(tenant, ID)).ok
    assert [(key.kind, key.fingerprint) for key in store.host_keys()] == [
        ("", server.host_key().fingerprint),
        ("ssh-ed25519", server.host_key().fingerprint),
    ]
    new = server.new_host_key()
    server.restart()
    with pytest.raises(HostKeyChanged):
        await door.run(tenant, ID)
    (pinned,) = await door.repin(tenant, new.fingerprint)
    assert store.host_keys() == [pinned]
    assert (pinned.kind, pinned.key) == (new.kind, new.key)
    store.close()


class Full(Pins):
    async def pin(self, key: HostKey) -> None:
        raise RuntimeError("disk full")


async def test_a_key_that_cannot_be_kept_is_not_used(server: Sshd, doors: Doors) -> None:
    doors.pins = Full()
    with pytest.raises(RuntimeError, match="disk full"):
        await doors.make().run(server.tenant(), ID)
    assert server.log.matching("Accepted publickey") == []


AT = datetime(2026, 6, 1, tzinfo=UTC)
ED = HostKey("acme", "SHA256:ed", "x", AT, "ssh-ed25519", "ed")
RSA = HostKey("acme", "SHA256:rsa", "x", AT, "ssh-rsa", "rsa")


@pytest.mark.parametrize(
    ("pinned", "offered", "what"),
    [
        ([], ED, Standing.FIRST),
        ([ED], ED, Standing.KNOWN),
        ([ED, RSA], RSA, Standing.KNOWN),
        ([bare(ED)], ED, Standing.KNOWN),
        ([ED], RSA, Standing.CHANGED),
        ([RSA], ED, Standing.CHANGED),
        ([bare(RSA)], ED, Standing.OTHER_KIND),
        ([bare(RSA), HostKey("acme", "SHA256:o", "x", AT, "ssh-ed25519")], ED, Standing.CHANGED),
    ],
)
def test_how_a_key_stands(pinned: list[HostKey], offered: HostKey, what: Standing) -> None:
    assert standing(pinned, offered) is what


def test_pinned_kinds_are_asked_for_first() -> None:
    assert algorithms([RSA])[:3] == ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]
    assert algorithms([])[0] == "ssh-ed25519"
    assert "ssh-ed25519" not in algorithms([RSA], ["ssh-ed25519"])
    assert algorithms([], list(hostkeys.KINDS)) == []


def test_our_fingerprint_is_openssh_s(server: Sshd) -> None:
    for kind in ("ed25519", "rsa", "ecdsa"):
        if kind not in server.host_keys:
            server.new_host_key(kind)
        theirs = public(server.host_keys[kind])
        read = asyncssh.import_public_key(f"{theirs.kind} {theirs.key}")
        ours = hostkeys.host_key("acme", read.get_algorithm(), read.public_data, "test", AT)
        assert ours == theirs
