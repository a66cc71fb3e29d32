"""Programs by their names: one that lives, one that has ended, one that nobody here can ask."""

from __future__ import annotations

import subprocess
import sys

import pytest

from alfred_tui.ops.programs import dead, lives, program


def test_this_one_lives_and_an_ended_one_does_not() -> None:
    machine = program().partition("@")[2]
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert (lives(program()), dead(program())) == (True, False)
    assert (lives(f"{child.pid}@{machine}"), dead(f"{child.pid}@{machine}")) == (False, True)


@pytest.mark.parametrize("name", ["1@elsewhere.example", "odd", "", "x@", "-1@", "9" * 30 + "@x"])
def test_of_what_is_not_here_neither_is_said(name: str) -> None:
    assert (lives(name), dead(name)) == (False, False)
