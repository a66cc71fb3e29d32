"""Stores as older versions of the program left them."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from alfred_tui.store.schema import MIGRATIONS


def older() -> list[str]:
    """Every revision but the newest, oldest first."""
    known = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return [each.revision for each in known][:0:-1]


def head() -> str:
    """The newest revision."""
    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert found is not None
    return found


def at_revision(path: Path, revision: str) -> None:
    """A new, empty database of ``revision`` at ``path``, as it was with WAL."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    engine.dispose()
    path.chmod(0o600)
