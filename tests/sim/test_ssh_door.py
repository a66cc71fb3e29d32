"""The boxes' SSH door over real sockets: who is let in, what is bounded, what goes wrong."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import asyncssh
import pexpect
import pytest

from tests.sim.fleet import CONTAINERS, Running, alive, eventually, running
from tests.sim.ssh_client import inside, logged, run, strange_key, words
from tests.sim.told import DC
from tests.support.simulator import faults, fleet_port

BEGIN = ("--begin", "2026-06-02T12:20:30Z")


def young(fleet: Running, service: str, index: int = 0) -> bool:
    rows = json.loads(fleet.get(CONTAINERS, index)[2])
    return any(row["Service"] == service and "second" in row["Status"] for row in rows)


# --- who is let in --------------------------------------------------------------------------------


def test_each_tenant_has_a_key_of_its_own_beside_the_inventory(tmp_path: Path) -> None:
    with running(tmp_path) as fleet:
        paths = [Path(tenant["ssh"]["key_file"]) for tenant in fleet.tenants]
        H = fleet.tenants[2]["name"]  # population: the third of six
        assert len({path.read_bytes() for path in paths}) == 3
        for path, tenant in zip(paths, fleet.tenants, strict=True):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            assert path.parent.parent == fleet.inventory.parent
            assert tenant["ssh"]["user"] == ("root" if tenant["name"] == H else "deploy")
            said = run(fleet, tmp_path, "hostname", index=paths.index(path))
            assert (said.stdout, said.returncode) == (f"alfred-{tenant['name']}\n", 0)
        wrong = run(fleet, tmp_path, "true", "-i", str(paths[1]))
        assert (wrong.returncode, wrong.stdout) == (255, "")
        assert "Permission denied (publickey)" in wrong.stderr


def test_streams_and_exit_codes_come_through(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        said = run(fleet, tmp_path, "cat; echo err >&2; exit 7", stdin="in\nand on\n")
        assert (said.stdout, said.stderr, said.returncode) == ("in\nand on\n", "err\n", 7)
        said = run(fleet, tmp_path, f"{DC} restart nosuch")
        assert (said.stdout, said.stderr, said.returncode) == ("", "no such service: nosuch\n", 1)
        said = run(fleet, tmp_path, "sudo -n rm /etc/hostname")
        assert (said.stderr, said.returncode) == ("sudo: a password is required\n", 1)


def test_nobody_else_and_nothing_else_gets_in(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with running(tmp_path, "--request-log", str(log), tenants=2) as fleet:
        ways = words(fleet, tmp_path, user="root")
        assert subprocess.run([*ways, "true"], capture_output=True, check=False).returncode == 255

        async def with_a_password() -> None:
            with pytest.raises(asyncssh.PermissionDenied):
                async with inside(fleet, 1, client_keys=None, password="deploy"):
                    raise AssertionError("a password let somebody in")

        asyncio.run(with_a_password())
        eventually(lambda: len(logged(log, "SSH login")) == 2)
        assert [line["target"] for line in logged(log)] == ["root", "deploy"]
        assert all(line["status"] == 1 for line in logged(log))


def test_three_keys_are_tried_and_no_fourth(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with running(tmp_path, "--request-log", str(log), tenants=2) as fleet:
        strange = [str(strange_key(tmp_path, name)) for name in ("a", "b", "c")]
        own = fleet.tenants[0]["ssh"]["key_file"]
        flags = [part for key in [*strange[:2], own] for part in ("-i", key)]
        assert run(fleet, tmp_path, "true", *flags).returncode == 0, "the third one is right"
        flags = [part for key in [*strange, own] for part in ("-i", key)]
        said = run(fleet, tmp_path, "true", *flags, "-o", "LogLevel=INFO")
        assert said.returncode == 255
        assert "Too many authentication failures" in said.stderr
        eventually(lambda: len(logged(log, "SSH login")) == 2)
        assert [(x["status"], x["tries"]) for x in logged(log, "SSH login")] == [(0, 2), (1, 3)]


def test_three_failed_logins_close_the_port_for_an_hour(tmp_path: Path) -> None:
    with running(tmp_path, *BEGIN, "--speed", "240", tenants=2) as fleet:
        key = str(strange_key(tmp_path))
        where = (fleet.tenants[0]["ssh"]["host"], fleet.tenants[0]["ssh"]["port"])

        def refused() -> bool:
            try:
                socket.create_connection(where, 5).close()
            except ConnectionRefusedError:
                return True
            return False

        began = time.monotonic()
        for _ in range(3):
            assert not refused()
            assert run(fleet, tmp_path, "true", "-i", key).returncode == 255
        eventually(refused)
        assert fleet.get(CONTAINERS)[0] == 200, "the API is another port"
        assert run(fleet, tmp_path, "true", index=1).returncode == 0
        assert "Connection refused" in run(fleet, tmp_path, "true").stderr
        eventually(lambda: not refused(), within=30)
        assert time.monotonic() - began > 3600 / 240 - 1
        assert run(fleet, tmp_path, "true").returncode == 0


def test_looks_at_the_banner_are_no_failed_logins(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        for _ in range(5):
            assert fleet.banner() == b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
        assert run(fleet, tmp_path, "echo in").stdout == "in\n"
        said = run(fleet, tmp_path, "true", "-v", "-o", "LogLevel=DEBUG1")
        assert "remote software version OpenSSH_9.2p1 Debian-2+deb12u3" in said.stderr


def test_who_does_not_speak_ssh_is_hung_up_on(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        ssh = fleet.tenants[0]["ssh"]
        for said in (b"GET / HTTP/1.1\r\n\r\n", b"SSH-1.0-old\r\n"):
            with socket.create_connection((ssh["host"], ssh["port"]), 10) as sock:
                sock.sendall(said)
                read = b"".join(iter(lambda s=sock: s.recv(4096), b""))
                assert read.startswith(b"SSH-2.0-OpenSSH")
        assert run(fleet, tmp_path, "true").returncode == 0


# --- what is bounded ------------------------------------------------------------------------------


async def test_three_sessions_and_no_fourth(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        async with inside(fleet) as connection:
            held = [await connection.create_process("cat") for _ in range(3)]
            with pytest.raises(asyncssh.ChannelOpenError, match="open failed"):
                await connection.create_process("true")
            held[0].stdin.write_eof()
            await held[0].wait()
            again = await connection.run("echo free")
            assert again.stdout == "free\n"
            async with inside(fleet) as other:
                assert (await other.run("echo mine")).stdout == "mine\n", "another has three too"


async def test_nothing_is_forwarded(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        async with inside(fleet) as connection:
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_connection("127.0.0.1", 22)
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_unix_connection("/var/run/docker.sock")
            with pytest.raises(asyncssh.ChannelListenError):
                await connection.forward_remote_port("", 0, "127.0.0.1", 22)
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.start_sftp_client()
            assert (await connection.run("echo still")).stdout == "still\n"


async def test_many_tenants_and_commands_at_once(tmp_path: Path) -> None:
    with running(tmp_path, tenants=12) as fleet:

        async def one(index: int) -> str:
            async with inside(fleet, index) as connection:
                rows = await asyncio.gather(
                    *(connection.run(f"hostname; sleep 0.3; echo {n}") for n in range(3))
                )
                assert [str(row.stdout).splitlines()[1] for row in rows] == ["0", "1", "2"]
                return str(rows[0].stdout).splitlines()[0]

        names = await asyncio.gather(*map(one, range(12)))
        assert names == [f"alfred-{tenant['name']}" for tenant in fleet.tenants]


# --- in common with the API -----------------------------------------------------------------------


def test_what_is_done_over_ssh_shows_over_http_and_back(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        assert not young(fleet, "mcp-server")
        assert run(fleet, tmp_path, f"{DC} restart mcp-server").returncode == 0
        assert young(fleet, "mcp-server")
        connection = fleet.connect()
        key = {"Authorization": f"Bearer {fleet.tenants[0]['api_key']}"}
        connection.request("POST", "/api/v1/admin/containers/mcp-server/stop", headers=key)
        assert connection.getresponse().status == 200
        connection.close()
        listed = run(fleet, tmp_path, f"{DC} ps --services").stdout.split()
        assert "mcp-server" not in listed
        assert "alfred" in listed


async def test_logs_are_followed_as_they_come(tmp_path: Path) -> None:
    with running(tmp_path, *BEGIN, "--speed", "20", tenants=1) as fleet:
        async with inside(fleet) as connection:
            process = await connection.create_process(f"{DC} logs --tail 2 -f alfred")
            lines = [await asyncio.wait_for(process.stdout.readline(), 20) for _ in range(6)]
            assert len(set(lines)) == 6
            assert all(line.startswith("alfred-1") for line in lines)
            process.terminate()
            await process.wait()


# --- the request log ------------------------------------------------------------------------------


def test_every_login_session_and_command_is_written_down(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with running(tmp_path, "--request-log", str(log), tenants=1) as fleet:
        key = fleet.tenants[0]["api_key"]
        assert run(fleet, tmp_path, f"echo 'a b' {key}; exit 3").returncode == 3
        assert fleet.get(CONTAINERS)[0] == 200
        eventually(lambda: len(logged(log)) == 5)
        lines = logged(log)
        assert [line["method"] for line in lines] == [
            *("SSH login", "SSH session", "SSH exec", "SSH exit", "GET"),
        ]
        assert all(line["tenant"] == fleet.tenants[0]["name"] and line["at"] for line in lines)
        began, ended = lines[2:4]
        assert (began["status"], ended["status"]) == (None, 3)
        assert began["run"] == ended["run"]
        assert began["argv"][:2] == ["echo", "a b"]
        assert began["target"] == "echo 'a b' ***; exit 3"
        assert key not in log.read_text()


def test_a_command_that_is_cut_off_from_outside_goes_on_and_is_written_down(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with running(tmp_path, "--request-log", str(log), tenants=1) as fleet:
        text = "sleep 1; hostname; mkdir ~/done; echo told; mkdir ~/never"
        line = [*words(fleet, tmp_path), text]
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        eventually(lambda: bool(logged(log, "SSH exec")))
        process.kill()
        process.wait()
        eventually(lambda: bool(logged(log, "SSH exit")))
        assert logged(log, "SSH exit")[0]["status"] == 141, "the shell itself wrote, and died"
        assert run(fleet, tmp_path, "ls").stdout == "done\n"


# --- faults ---------------------------------------------------------------------------------------


def test_another_host_key_is_shown_and_refused_by_the_real_client(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": "ssh-key-changed", "at": 3600})
    with running(tmp_path, *BEGIN, *script, tenants=2) as fleet:
        for index in (0, 1):
            assert run(fleet, tmp_path, "true", index=index).returncode == 0
    pinned = (tmp_path / "known").read_text()
    again = ("--begin", "2026-06-02T13:30:30Z")
    script = faults(tmp_path, {"tenant": 0, "fault": "ssh-key-changed"})
    port = str(fleet.tenants[0]["ssh"]["port"] - 1)
    with running(tmp_path, *again, *script, "--port", port, tenants=2) as fleet:
        said = run(fleet, tmp_path, "true")
        assert said.returncode == 255
        assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in said.stderr
        assert run(fleet, tmp_path, "true", index=1).returncode == 0, "the same seed, the same key"
        assert (tmp_path / "known").read_text() == pinned


def test_a_key_changes_while_it_runs(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": "ssh-key-changed", "at": 600})
    with running(tmp_path, *BEGIN, "--speed", "200", *script, tenants=1) as fleet:
        assert run(fleet, tmp_path, "true").returncode == 0
        eventually(lambda: "HAS CHANGED" in run(fleet, tmp_path, "true").stderr)


def test_ssh_alone_may_refuse_and_be_there_when_the_api_is_not(tmp_path: Path) -> None:
    script = faults(
        tmp_path,
        {"tenant": 0, "fault": "ssh-refused"},
        {"tenant": 1, "fault": "tailnet-gone", "sort": "partition"},
        {"tenant": 2, "fault": "host-refused"},
    )
    with running(tmp_path, *script) as fleet:
        assert fleet.get(CONTAINERS)[0] == 200
        assert "Connection refused" in run(fleet, tmp_path, "true").stderr
        assert run(fleet, tmp_path, "echo alive", index=1).stdout == "alive\n"
        assert "Connection refused" in run(fleet, tmp_path, "true", index=2).stderr


async def test_a_host_that_goes_takes_its_sessions_with_it(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": "host-blackholed", "at": 3, "for": 600})
    with running(tmp_path, *script, tenants=1) as fleet:
        async with inside(fleet) as connection:
            process = await connection.create_process("sleep 60")
            await asyncio.wait_for(process.wait(), 20)
            assert process.exit_status is None
            await asyncio.wait_for(connection.wait_closed(), 20)


def test_a_slow_one_is_slow(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": "ssh-slow", "seconds": 1})
    with running(tmp_path, *script, tenants=2) as fleet:
        assert run(fleet, tmp_path, "true", index=1).returncode == 0
        began = time.monotonic()
        assert run(fleet, tmp_path, "true").returncode == 0
        assert time.monotonic() - began > 2, "the login, and the command"


def test_a_line_that_is_cut_leaves_an_act_half_told(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    script = faults(
        tmp_path,
        {"tenant": 0, "fault": "ssh-cut"},
        {"tenant": 1, "fault": "ssh-cut", "sort": "before"},
    )
    with running(tmp_path, *script, "--request-log", str(log), tenants=2) as fleet:
        began = time.monotonic()
        said = run(fleet, tmp_path, f"{DC} restart mcp-server")
        assert said.returncode == 255
        assert time.monotonic() - began < 1.4, "in the middle of it"
        eventually(lambda: young(fleet, "mcp-server"))
        eventually(lambda: bool(logged(log, "SSH exit")))
        assert logged(log, "SSH exit")[0]["status"] == 141, "it died of telling"
        said = run(fleet, tmp_path, f"{DC} ps --format json")
        assert said.returncode == 255
        assert said.stdout.startswith('{"Command"')
        with pytest.raises(json.JSONDecodeError):
            [json.loads(line) for line in said.stdout.splitlines()]
        said = run(fleet, tmp_path, f"{DC} restart mcp-server", index=1)
        assert (said.returncode, said.stdout) == (255, "")
        assert not young(fleet, "mcp-server", 1)
        (cut,) = (x for x in logged(log, "SSH exec") if x["tenant"] == fleet.tenants[1]["name"])
        assert cut["cut"] == "before"


# --- a person -------------------------------------------------------------------------------------


def test_a_person_works_in_a_shell_and_leaves(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        name = fleet.tenants[0]["name"]
        command, *rest = words(fleet, tmp_path, 0, "-tt")
        person = pexpect.spawn(command, rest, encoding="utf-8", timeout=20)
        prompt = rf"deploy@alfred-{name}:~\$ "
        person.expect(prompt)
        person.sendline("echo $((")
        person.expect("syntax error")
        person.expect(prompt)
        person.sendline("x=5; cd /opt/alfred")
        person.expect(rf"deploy@alfred-{name}:/opt/alfred\$ ")
        person.sendline("echo x is $x in $PWD")
        person.expect("x is 5 in /opt/alfred\r\n")
        person.sendline("nosuch")
        person.expect("-bash: nosuch: command not found")
        person.sendline("sleep 600")
        person.expect("sleep 600")
        person.sendcontrol("c")
        person.expect(r"\^C")
        person.sendline("echo $?")
        person.expect("130")
        person.sendcontrol("d")
        person.expect("logout")
        person.expect(pexpect.EOF)
        person.close()
        assert person.exitstatus == 0


def test_a_terminal_s_command_and_the_code_of_exit(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        said = run(fleet, tmp_path, "test -t 0 && echo a terminal; exit 4", "-tt")
        assert (said.stdout, said.returncode) == ("a terminal\n", 4)
        line = words(fleet, tmp_path, 0, "-tt")
        shell = subprocess.run(
            line, input="exit 9\n", capture_output=True, text=True, timeout=30, check=False
        )
        assert shell.returncode == 9


def test_it_ends_well_with_somebody_inside(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        line = [*words(fleet, tmp_path), "sleep 600"]
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        key = str(strange_key(tmp_path))
        assert run(fleet, tmp_path, "true", "-i", key).returncode == 255
        fleet.process.terminate()
        out, err = fleet.process.communicate(timeout=10)
        assert (fleet.process.returncode, out, err) == (0, "", "")
        assert process.wait(timeout=10) == 255
        assert not alive(process.pid)


# --- what it costs --------------------------------------------------------------------------------


def test_nothing_of_ssh_is_loaded_for_looks_at_the_banner(tmp_path: Path) -> None:
    """In a process of its own, for this one has loaded everything."""
    text = """
import asyncio, sys
from datetime import UTC, datetime
from alfred_tui.sim import command
from alfred_tui.sim.server import House
from alfred_tui.sim.world import World, address_of

async def main(port):
    world = World(4, 7, datetime.now(UTC))
    houses = [
        House(world, p, address_of(p.index), port, lambda: datetime.now(UTC), command._nowhere)
        for p in world.people
    ]
    for house in houses:
        await house.settle()
        reader, writer = await asyncio.open_connection(house.address, house.port + 1)
        assert (await reader.readline()).startswith(b"SSH-2.0-OpenSSH_9.2p1")
        writer.close()
    for house in houses:
        await house.close()

asyncio.run(main(int(sys.argv[1])))
ours = {f"alfred_tui.sim.ssh.{name}" for name in ("sshd", "session", "shell", "box", "commands")}
heavy = {"asyncssh", *ours}
print(sorted(heavy & sys.modules.keys()))
"""
    line = [sys.executable, "-c", text, str(fleet_port())]
    said = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert (said.stdout, said.stderr) == ("[]\n", "")
