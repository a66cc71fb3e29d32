"""The real program in a terminal over a store that cannot be used: it says why, and lives on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.e2e.test_terminal import Terminal, clean
from tests.support.ops import fleet

pytestmark = pytest.mark.pty


@pytest.fixture(autouse=True)
def _no_terminal_around_us(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def program(home: Path) -> Iterator[Terminal]:
    made = Terminal(home)
    try:
        yield made
    finally:
        made.child.close(force=True)


def newer(database: Path) -> str:
    """As a later version leaves it; what must be said of it."""
    with closing(sqlite3.connect(database)) as there:
        there.execute("UPDATE alembic_version SET version_num = '9999'")
        there.commit()
    return "newer alfred-tui (schema 9999"


def spoiled(database: Path) -> str:
    """No database any more."""
    database.write_bytes(os.urandom(4096))
    return "move the file away and import again"


@pytest.mark.parametrize("spoil", [newer, spoiled])
def test_it_opens_says_what_to_do_and_takes_keys(tmp_path: Path, spoil: object) -> None:
    with fleet(tmp_path, tenants=1) as running:
        database = Paths(running.home).database
        said = spoil(database)  # type: ignore[operator]
        before = database.read_bytes()
        with program(running.home) as terminal:
            terminal.until(lambda: said in " ".join(terminal.text.split()), said)
            assert "No tenants yet" not in terminal.text, "nobody knows that"
            terminal.child.send("?")
            terminal.shows("Keys · fleet")
            terminal.child.send("q")
            terminal.until(lambda: "Keys · fleet" not in terminal.text, "the fleet")
            terminal.child.send("q")
            assert terminal.ended() == 0
            assert clean(terminal)
        assert database.read_bytes() == before, "it is left as it is"


def test_a_store_that_another_program_holds_keeps_nobody_from_looking(tmp_path: Path) -> None:
    with fleet(tmp_path, tenants=2) as running:
        names = [each.name for each in read_inventory(tmp_path / "inventory.json")]
        Store.open(Paths(running.home)).close()
        with (
            closing(sqlite3.connect(Paths(running.home).database)) as other,
            program(running.home) as terminal,
        ):
            terminal.until(lambda: all(name in terminal.text for name in names), "the rows")
            other.execute("BEGIN IMMEDIATE")
            terminal.until(lambda: terminal.text.count("● OK") == 2, "a fleet that is well")
            terminal.child.send("\r")
            terminal.shows("Doors")
            terminal.child.send("q")
            terminal.shows("sort: worst first")
            other.rollback()
            terminal.child.send("q")
            assert terminal.ended() == 0
            assert clean(terminal)
