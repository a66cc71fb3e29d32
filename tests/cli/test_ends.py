"""Every way a command may end: signals, closed pipes, full disks, mistakes; never a traceback."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from tests.support.commands import (
    alfred,
    command,
    entry,
    inventory,
    silent_server,
    started,
    surroundings,
)


def fleet(folder: Path, *tenants: dict[str, object]) -> Path:
    """A data folder into which these tenants were imported."""
    home = folder / "h"
    done = alfred(home, "import", str(inventory(folder / "fleet.json", *tenants)))
    assert done.returncode == 0, done.stderr
    return home


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_a_signal_in_the_middle_of_a_look(tmp_path: Path, number: int, code: int) -> None:
    with silent_server() as (port, server):
        home = fleet(tmp_path, entry(api_url=f"http://127.0.0.1:{port}"))
        process = started(home, ["health"])
        try:
            connection, _ = server.accept()  # it waits for an answer now
            process.send_signal(number)
            shown, said = process.communicate(timeout=30)
            connection.close()
        finally:
            process.kill()  # one that did not end must not outlive the test
    assert process.returncode == code
    assert "Traceback" not in shown + said
    assert "canary" not in shown + said
    with closing(sqlite3.connect(Paths(home).database)) as there:
        assert there.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert alfred(home, "tenants", "list").returncode == 0


def test_a_reader_that_has_enough_is_no_trouble(tmp_path: Path) -> None:
    home = fleet(tmp_path, *(entry(f"t{n:04}") for n in range(2500)))
    process = started(home, ["tenants", "list", "--json"])
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    # as of a program that SIGPIPE ended: under pipefail it must not look like "all is OK"
    assert process.wait(timeout=30) == 141


def test_output_without_room_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("settings"),
            env=surroundings(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_standard_output_at_all(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command("settings")],
        env=surroundings(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)


def test_a_terminal_of_few_characters(tmp_path: Path) -> None:
    home = fleet(tmp_path, entry())
    done = alfred(home, "list", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "acme" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["x\x1b[31m"],
        ["health", "x\x1b]0;owned\x07"],
        ["tenants", "edit", "x\x9b31m", "--location", "y"],
        ["shot", "fleet", "-o", "x.svg", "--size", "\x1b[2J"],
        ["--set", "\x1b[2J=1", "list"],
        ["import", "no\x1b[2Jfile"],
    ],
)
def test_control_codes_of_an_argument_never_reach_the_terminal(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = alfred(fleet(tmp_path, entry()), *arguments)
    assert done.returncode == 2
    assert done.stderr
    assert not {"\x1b", "\x07", "\x9b"} & set(done.stdout + done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [["hilth"], ["list", "--jsn"], ["tenants"], ["shot"], ["list", "--status", "well"]],
)
def test_wrong_usage_is_2_and_on_standard_error(tmp_path: Path, arguments: list[str]) -> None:
    done = alfred(tmp_path / "h", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "usage: alfred-tui" in done.stderr
    assert not (tmp_path / "h").exists()


@pytest.mark.parametrize("command_", ["list", "health", "tenants list", "import F"])
def test_a_damaged_store_is_named_with_what_to_do(tmp_path: Path, command_: str) -> None:
    home = tmp_path / "h"
    home.mkdir()
    (home / "alfred.db").write_bytes(b"no database at all" * 500)
    words = command_.replace("F", str(inventory(tmp_path / "fleet.json", entry()))).split()
    done = alfred(home, *words)
    assert done.returncode == 2
    assert "alfred.db" in done.stderr
    assert "move the file away" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_nobody_expected_is_a_line_here_and_a_masked_traceback_in_the_log(
    tmp_path: Path,
) -> None:
    home = fleet(tmp_path, entry())
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import alfred_tui.cli.tenants as room\n"
        "def described(tenant, *, show_key=False):\n"
        "    raise ZeroDivisionError('with ' + tenant.api_key.reveal())\n"
        "room.described = described\n"
    )
    done = alfred(home, "tenants", "list", PYTHONPATH=f"{broken}{os.pathsep}{Path.cwd()}")
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr
    assert "alfred-tui.log" in done.stderr
    assert "Traceback" not in done.stderr
    log = (home / "alfred-tui.log").read_text()
    assert "Traceback" in log
    assert "ZeroDivisionError: with ********" in log
    assert "canary" not in log + done.stdout + done.stderr


def test_the_dashboard_needs_a_terminal(tmp_path: Path) -> None:
    done = alfred(tmp_path / "h")
    assert done.returncode == 2
    assert "terminal" in done.stderr
    assert "health" in done.stderr
