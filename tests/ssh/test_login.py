"""Key files, logins that are refused, and what comes of trying again."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from alfred_tui.model.tenant import RefusedLogin, Tenant
from alfred_tui.tenant.ssh.command import Command
from alfred_tui.tenant.ssh.errors import (
    AuthenticationFailed,
    DoorClosed,
    LockedOut,
    Phase,
    Refused,
    TimedOut,
    Unconfigured,
)
from alfred_tui.tenant.ssh.refusals import OwnRefusals
from tests.ssh.doors import Doors
from tests.support.sshd import Sshd, keygen, needs_sshd, silent

ID = Command(("true",))
CANARY = "canary-7f1d"


async def test_a_refused_key_is_tried_once_until_a_person_asks(server: Sshd, doors: Doors) -> None:
    door = doors.make()
    other = keygen(server.folder / "stranger")
    tenant = server.tenant(key_file=str(other))
    done = await asyncio.gather(*(door.run(tenant, ID) for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in done] == [AuthenticationFailed] * 5
    for _ in range(3):
        with pytest.raises(AuthenticationFailed, match="not tried again until you ask"):
            await door.run(tenant, ID)
    assert len(server.log.wait_for("Failed publickey")) == 1
    assert len(server.log.matching("Connection from")) == 1
    door.allow("acme")
    with pytest.raises(AuthenticationFailed):
        await door.run(tenant, ID)
    assert len(server.log.wait_for("Failed publickey", 2)) == 2


async def test_the_next_program_does_not_try_a_refused_key_for_an_hour_either(
    server: Sshd, doors: Doors
) -> None:
    stranger = server.tenant(key_file=str(keygen(server.folder / "stranger")))
    with pytest.raises(AuthenticationFailed):
        await doors.make(shared=True).run(stranger, ID)
    failed = doors.now
    doors.now += timedelta(minutes=59)
    with pytest.raises(AuthenticationFailed, match="at 09:00:00 UTC") as told:
        await doors.make(shared=True).run(stranger, ID)
    assert told.value.at == failed
    assert len(server.log.matching("Connection from")) == 1
    # another key is another try, and a taken one is the end of it
    assert (await doors.make(shared=True).run(server.tenant(), ID)).ok
    with pytest.raises(AuthenticationFailed):
        await doors.make(shared=True).run(stranger, ID)
    assert len(server.log.wait_for("Failed publickey", 2)) == 2
    doors.now += timedelta(minutes=61)
    with pytest.raises(AuthenticationFailed):
        await doors.make(shared=True).run(stranger, ID)
    assert len(server.log.wait_for("Failed publickey", 3)) == 3


async def test_who_was_let_in_elsewhere_opens_the_door_for_all(server: Sshd, doors: Doors) -> None:
    stranger = server.tenant(key_file=str(keygen(server.folder / "stranger")))
    ours, theirs = doors.make(shared=True), doors.make(shared=True)
    for door in (ours, theirs):
        with pytest.raises(AuthenticationFailed):
            await door.run(stranger, ID)
    assert len(server.log.wait_for("Failed publickey")) == 1
    await doors.refusals.forget("acme")  # as a third program does that got in
    for count, door in enumerate((ours, theirs), 2):
        with pytest.raises(AuthenticationFailed):
            await door.run(stranger, ID)
        await doors.refusals.forget("acme")
        assert len(server.log.wait_for("Failed publickey", count)) == count


async def test_a_door_that_is_closed_meanwhile_opens_nothing(server: Sshd, doors: Doors) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    class Slow(OwnRefusals):
        async def last(self, tenant: str) -> RefusedLogin | None:
            asked.set()
            await go_on.wait()
            return None

    doors.refusals = Slow()
    door = doors.make(shared=True)
    running = asyncio.create_task(door.run(server.tenant(), ID))
    await asked.wait()
    closing = asyncio.create_task(door.aclose())
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(DoorClosed):
        await running
    await closing
    assert server.log.matching("Connection from") == []


async def test_the_next_program_knows_a_lock_out_by_the_refusal_before_it(
    server: Sshd, doors: Doors
) -> None:
    stranger = server.tenant(key_file=str(keygen(server.folder / "stranger")))
    with pytest.raises(AuthenticationFailed):
        await doors.make(shared=True).run(stranger, ID)
    server.stop()
    door = doors.make(shared=True)
    door.allow("acme")
    with pytest.raises(LockedOut, match="until 10:00 UTC"):
        await door.run(stranger, ID)


async def test_only_the_tenant_s_key_is_offered(
    server: Sshd, doors: Doors, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither default keys nor ~/.ssh/config nor an agent's socket count."""
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir(parents=True)
    good = server.user_key
    for name in ("id_ed25519", "id_ed25519.pub"):
        (folder / name).write_bytes((good.parent / name).read_bytes())
        (folder / name).chmod(0o600)
    (folder / "config").write_text(f"Host *\n  IdentityFile {good}\n  User nobody\n  Port 1\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    with pytest.raises(AuthenticationFailed):
        await doors.make().run(server.tenant(key_file=str(keygen(tmp_path / "stranger"))), ID)
    assert len(server.log.wait_for("Failed publickey")) == 1
    assert (await doors.make().run(server.tenant(), ID)).ok


async def test_another_key_in_the_settings_is_a_new_try(server: Sshd, doors: Doors) -> None:
    door = doors.make()
    with pytest.raises(AuthenticationFailed):
        await door.run(server.tenant(key_file=str(keygen(server.folder / "stranger"))), ID)
    assert (await door.run(server.tenant(), ID)).ok


async def test_a_port_shut_after_a_refused_key_is_a_likely_lock_out(
    server: Sshd, doors: Doors
) -> None:
    door = doors.make()
    tenant = server.tenant(key_file=str(keygen(server.folder / "stranger")))
    with pytest.raises(AuthenticationFailed):
        await door.run(tenant, ID)
    failed = doors.now
    server.stop()
    doors.now += timedelta(minutes=5)
    door.allow("acme")
    with pytest.raises(LockedOut) as told:
        await door.run(tenant, ID)
    assert told.value.until == failed + timedelta(hours=1)
    assert "fail2ban until 10:00 UTC" in str(told.value)
    assert "refused" in str(told.value)
    # not tried unasked, not even when it is over
    server.start()
    doors.now = failed + timedelta(minutes=61)
    with pytest.raises(LockedOut):
        await door.run(tenant, ID)
    assert len(server.log.matching("Connection from")) == 1
    server.stop()
    door.allow("acme")
    with pytest.raises(Refused):
        await door.run(tenant, ID)


async def test_a_silent_port_after_a_refused_key_is_one_too(server: Sshd, doors: Doors) -> None:
    door = doors.make(handshake=0.3)
    stranger = str(keygen(server.folder / "stranger"))
    with pytest.raises(AuthenticationFailed):
        await door.run(server.tenant(key_file=stranger), ID)
    with silent() as port:
        with pytest.raises(LockedOut):
            await door.run(server.tenant(key_file=stranger, port=port), ID)
        with pytest.raises(TimedOut) as told:
            await doors.make(handshake=0.3).run(server.tenant(port=port), ID)
    assert told.value.phase is Phase.BANNER


async def test_a_refused_port_alone_is_no_lock_out(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(), server.tenant()
    await door.run(tenant, ID)
    server.stop()
    with pytest.raises(Refused, match="its sshd is not"):
        await door.run(tenant, ID)


def _open(path: Path) -> None:
    path.chmod(0o640)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _nonsense(path: Path) -> None:
    path.write_text(CANARY)


def _encrypted(path: Path) -> None:
    path.unlink()
    keygen(path.with_name("locked"), passphrase=CANARY).rename(path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (Path.unlink, "no such file"),
        (_open, "can be read by others"),
        (_folder, "is a directory"),
        (_nonsense, "holds no private key"),
        (_encrypted, "is encrypted, and no agent is asked"),
    ],
)
async def test_a_bad_key_file_is_said_before_anything_is_sent(
    doors: Doors, tmp_path: Path, spoil: object, said: str
) -> None:
    needs_sshd()
    key = keygen(tmp_path / "key")
    spoil(key)  # type: ignore[operator]
    with silent() as port:
        from alfred_tui.model.tenant import SshTarget

        target = SshTarget("127.0.0.1", port, key_file=str(key))
        with pytest.raises(Unconfigured, match=said) as told:
            await doors.make(connect=0.2).run(Tenant("acme", "https://a.example", ssh=target), ID)
    assert (told.value.sent, CANARY in str(told.value)) == (False, False)


async def test_no_ssh_block_and_no_key_file_are_said(server: Sshd, doors: Doors) -> None:
    door = doors.make()
    with pytest.raises(Unconfigured, match="no way in"):
        await door.run(Tenant("acme", "https://a.example"), ID)
    with pytest.raises(Unconfigured, match="no key file"):
        await door.run(server.tenant(key_file=None), ID)
    with pytest.raises(Unconfigured, match="no port"):
        await door.run(server.tenant(port=70_000), ID)


async def test_no_word_of_a_command_is_logged(
    server: Sshd, doors: Doors, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="alfred_tui"):
        await doors.make().run(server.tenant(), Command(("echo", CANARY), stdin=CANARY.encode()))
        with pytest.raises(AuthenticationFailed):
            await doors.make().run(
                server.tenant(key_file=str(keygen(server.folder / "stranger"))), ID
            )
    assert CANARY not in caplog.text
    assert "PRIVATE KEY" not in caplog.text
    assert not logging.getLogger("asyncssh").isEnabledFor(logging.INFO)
