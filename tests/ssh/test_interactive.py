"""The real ``ssh`` with our argument list: same enforcement, same key, nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from alfred_tui.model.tenant import HostKey, SshTarget, Tenant
from alfred_tui.tenant.ssh.command import Command
from alfred_tui.tenant.ssh.errors import CommandRefused, HostKeyUnknown, Unconfigured
from alfred_tui.tenant.ssh.interactive import in_tmux, interactive, plain
from tests.ssh.doors import Doors
from tests.support.sshd import Sshd, keygen, public, until

SAY = Command(("printf", "%s|", "it's", "$HOME", "a b;"))


def ssh(argv: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


async def test_it_comes_in_and_runs_what_it_is_given(
    server: Sshd, doors: Doors, tmp_path: Path
) -> None:
    tenant = server.tenant()
    way = interactive(tenant, await doors.make().secure(tenant), tmp_path, SAY)
    done = await asyncio.to_thread(ssh, way.argv)
    assert (done.returncode, done.stdout) == (0, "it's|$HOME|a b;|")
    shell = interactive(tenant, doors.pins.keys, tmp_path)
    assert (await asyncio.to_thread(ssh, shell.argv)).returncode == 0


async def test_a_changed_host_key_is_refused_before_any_login(
    server: Sshd, doors: Doors, tmp_path: Path
) -> None:
    tenant = server.tenant()
    pinned = await doors.make().secure(tenant)
    new = server.new_host_key()
    server.new_host_key("rsa")
    server.restart()
    way = interactive(tenant, pinned, tmp_path, SAY)
    done = await asyncio.to_thread(ssh, way.argv)
    assert (done.returncode, done.stdout) == (255, "")
    assert "HOST IDENTIFICATION HAS CHANGED" in done.stderr
    assert new.fingerprint in done.stderr
    assert way.known_hosts.read_text() == f"acme {pinned[0].kind} {pinned[0].key}\n"
    assert len(server.log.matching("Accepted publickey")) == 1


async def test_a_server_without_the_pinned_kind_is_refused(
    server: Sshd, doors: Doors, tmp_path: Path
) -> None:
    rsa = public(keygen(tmp_path / "other", "rsa"))
    way = interactive(server.tenant(), [rsa], tmp_path, SAY)
    done = await asyncio.to_thread(ssh, way.argv)
    assert (done.returncode, done.stdout) == (255, "")
    assert server.log.matching("Accepted publickey") == []


async def test_neither_settings_nor_agents_nor_default_keys_of_the_person_count(
    server: Sshd, doors: Doors, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir(parents=True)
    (folder / "config").write_text("Host *\n  StrictHostKeyChecking no\n  Port 1\n  User nobody\n")
    (folder / "known_hosts").write_text("acme " + (" ".join(("ssh-ed25519", "AAAA"))) + "\n")
    way = interactive(server.tenant(), await doors.make().secure(server.tenant()), tmp_path, SAY)
    home = str(tmp_path / "home")
    done = await asyncio.to_thread(lambda: ssh(way.argv, HOME=home, SSH_AUTH_SOCK=home))
    assert done.returncode == 0
    stranger = server.tenant(key_file=str(keygen(tmp_path / "stranger")))
    refused = interactive(stranger, doors.pins.keys, tmp_path, SAY)
    before = len(server.log.matching("Failed publickey"))
    done = await asyncio.to_thread(lambda: ssh(refused.argv, HOME=home))
    assert (done.returncode, "Permission denied (publickey)" in done.stderr) == (255, True)
    assert len(server.log.wait_for("Failed publickey", before + 1)) == before + 1


async def test_odd_paths_and_names_arrive(server: Sshd, doors: Doors, tmp_path: Path) -> None:
    odd = tmp_path / "a %h \"b\" 'c' \\ d"
    odd.mkdir()
    for name in ("id", "id.pub"):
        source = server.user_key if name == "id" else server.user_key.with_suffix(".pub")
        shutil.copy(source, odd / name)
    (odd / "id").chmod(0o600)
    tenant = server.tenant("acme & söhne #(id)", key_file=str(odd / "id"))
    way = interactive(tenant, await doors.make().secure(tenant), odd, SAY)
    done = await asyncio.to_thread(ssh, way.argv)
    assert (done.returncode, done.stdout) == (0, "it's|$HOME|a b;|")
    assert stat.S_IMODE(way.known_hosts.stat().st_mode) == 0o600
    assert [each.name for each in odd.iterdir() if each.name.startswith(".")] == []


async def test_without_a_whole_pinned_key_it_is_refused(server: Sshd, tmp_path: Path) -> None:
    tenant, key = server.tenant(), server.host_key()
    bare = HostKey("acme", key.fingerprint, "taken over", key.first_seen)
    others = HostKey("umbra", key.fingerprint, "x", key.first_seen, key.kind, key.key)
    for pinned in ([], [bare], [others]):
        with pytest.raises(HostKeyUnknown):
            interactive(tenant, pinned, tmp_path)
    assert not any("known_hosts" in each for each in os.listdir(tmp_path))  # noqa: PTH208


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"host": "-oProxyCommand=id"}, Unconfigured),
        ({"host": "a b"}, Unconfigured),
        ({"user": "-x"}, Unconfigured),
        ({"user": "a b"}, Unconfigured),
        ({"key_file": None}, Unconfigured),
        ({"key_file": "/no/such/key"}, Unconfigured),
    ],
)
def test_what_ssh_could_take_for_an_option_is_refused(
    server: Sshd, tmp_path: Path, changed: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        interactive(server.tenant(**changed), [server.host_key()], tmp_path)


def test_a_forbidden_command_is_refused(server: Sshd, tmp_path: Path) -> None:
    with pytest.raises(CommandRefused):
        interactive(server.tenant(), [server.host_key()], tmp_path, Command(("sudo", "rm", "/x")))


def test_names_stay_apart() -> None:
    assert plain("acme-1_b") == "acme-1_b"
    assert len({plain(name) for name in ("a b", "a-b", "a/b", "ä", "ö", "#(id)")}) == 6
    assert all(plain(n).replace("-", "").isalnum() for n in ("../x", "#{q}", "a;b", ""))


def test_outside_tmux_there_is_no_window() -> None:
    assert in_tmux(["ssh"], "acme", {}) is None


@pytest.fixture
def socket_name(tmp_path: Path) -> str:
    if shutil.which("tmux") is None:
        text = "tmux is not installed: a window of its own was NOT tried"
        if os.environ.get("ALFRED_TUI_REQUIRE_PARTS"):
            pytest.fail(text)
        pytest.skip(text)
    return str(tmp_path / "tmux")


@pytest.mark.parametrize("status", [255, 3, 0])
def test_inside_tmux_every_word_arrives_in_a_window_of_its_own(
    socket_name: str, tmp_path: Path, status: int
) -> None:
    def tmux(*words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", socket_name, "-f", "/dev/null", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return done.stdout.strip()

    tmux("new-session", "-d", "-s", "main", "sleep 100")
    try:
        said = tmp_path / "said"
        words = [
            "sh",
            "-c",
            f'printf "%s|" "$@" > "$0"; exit {status}',
            str(said),
            "a b;",
            "#{q}",
            "$x",
            ";",
        ]
        made = in_tmux(words, "acme #(id)", {"TMUX": "x"})
        assert made is not None
        tmux(*made[1:])
        assert until(lambda: said.exists() and said.read_text().endswith("|"))
        assert said.read_text() == "a b;|#{q}|$x|;|"
        name = plain("acme #(id)")

        def windows() -> list[str]:
            return tmux("list-windows", "-F", "#{window_name}").split("\n")

        if status == 255:  # ssh itself failed: it stays to be read
            pane = ("capture-pane", "-p", "-t", f":{name}")
            assert until(lambda: "Enter closes this window" in tmux(*pane))
            assert name in windows()
            tmux("send-keys", "-t", f":{name}", "Enter")
        assert until(lambda: name not in windows())
    finally:
        tmux("kill-server")


def test_a_tenant_without_a_way_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unconfigured):
        interactive(Tenant("acme", "https://a.example"), [], tmp_path)
    with pytest.raises(Unconfigured):
        interactive(Tenant("acme", "https://a.example", ssh=SshTarget("")), [], tmp_path)
