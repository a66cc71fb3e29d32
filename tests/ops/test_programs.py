"""Programs by their names: one that lives, one that has ended, one that nobody here can ask."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from alfred_tui.ops import programs
from alfred_tui.ops.programs import dead, lives, program


def test_this_one_lives_and_an_ended_one_does_not() -> None:
    machine = program().partition("@")[2]
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert (lives(program()), dead(program())) == (True, False)
    assert (lives(f"{child.pid}@{machine}"), dead(f"{child.pid}@{machine}")) == (False, True)


def test_two_machines_of_one_name_are_two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours = programs.machine()
    other = tmp_path / "machine-id"
    other.write_text("0123456789abcdef0123456789abcdef\n")
    monkeypatch.setattr(programs, "_ID", other)
    programs.machine.cache_clear()
    theirs = programs.machine()
    monkeypatch.undo()
    programs.machine.cache_clear()
    assert theirs.partition("#")[0] == ours.partition("#")[0] == socket.gethostname()
    assert theirs != ours
    assert (lives(f"1@{theirs}"), dead(f"999999999@{theirs}")) == (False, False)


@pytest.mark.parametrize("name", ["1@elsewhere.example", "odd", "", "x@", "-1@", "9" * 30 + "@x"])
def test_of_what_is_not_here_neither_is_said(name: str) -> None:
    assert (lives(name), dead(name)) == (False, False)
