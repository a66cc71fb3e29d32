"""From every older schema to the newest: nothing is lost, and a copy of before is kept."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event

from alfred_tui.config import Paths
from alfred_tui.model.operation import Outcome
from alfred_tui.model.verdict import Pill
from alfred_tui.store import schema
from alfred_tui.store.errors import StoreDamaged, StoreFull
from alfred_tui.store.store import Store, _pragmas
from tests.store import years
from tests.store.revisions import at_revision, head, older

TENANTS = 1000


def rows(path: Path) -> dict[str, tuple[int, int]]:
    """Of every table how many rows it has, and sums of some of its columns or their lengths."""
    found = {}
    with closing(sqlite3.connect(path)) as plain:
        tables = plain.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " AND name != 'alembic_version'"
        ).fetchall()
        for (table,) in tables:
            columns = [
                (name, kind) for _, name, kind, *_ in plain.execute(f"PRAGMA table_info({table})")
            ]
            parts = [
                f"total({n})" if k in ("INTEGER", "REAL") else f"total(length({n}))"
                for n, k in columns[:: 1 + len(columns) // 6]
            ]
            count, *sums = plain.execute(
                f"SELECT count(*), {', '.join(parts)} FROM {table}"
            ).fetchone()
            found[table] = (int(count), hash(tuple(sums)))
    return found


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as plain:
        return str(plain.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert plain.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("old", older())
def test_a_year_of_a_thousand_tenants_is_brought_up_to_date(tmp_path: Path, old: str) -> None:
    paths = Paths(tmp_path / "home")
    at_revision(paths.database, old)
    years.tenants_and_states(paths.database, TENANTS, host_keys=old >= "0002")
    if old >= "0003":
        years.past(paths.database, TENANTS)
    if old >= "0004":
        years.wishes(paths.database, TENANTS)
    if old >= "0005":
        years.deeds(paths.database, TENANTS)
    before = rows(paths.database)
    store = Store.open(paths)
    copy = paths.database.with_name(f"alfred.db.before-{head()}")
    assert [str(copy) in notice for notice in store.notices] == [True]
    assert len(store.tenants()) == TENANTS
    assert store.last_states()["tenant-0999"].view.pill is Pill.OK
    assert len(store.host_keys()) == (TENANTS if old >= "0002" else 0)
    if old >= "0003":
        month = store.history.availability("tenant-0500", years.NOW - 30 * years.DAY, years.NOW)
        assert month is not None
        assert month.watched > 29 * years.DAY
        assert len(store.history.events("tenant-0500")) == 52
    if old >= "0004":
        assert len(store.quiets.read(datetime.fromtimestamp(years.NOW, UTC))) == TENANTS
    if old >= "0005":
        runs = store.journal.runs("tenant-0500")
        assert [(len(run.calls), run.outcome) for run in runs] == [(2, Outcome.DONE)] * 52
    store.close()
    after = rows(paths.database)
    assert {table: after[table] for table in before} == before
    assert revision(paths.database) == head()
    whole(paths.database)
    assert (revision(copy), rows(copy)) == (old, before)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    again = Store.open(paths)
    assert again.notices == ()
    again.close()


def test_each_file_is_named_after_its_revision() -> None:
    assert schema.revisions() == [*older(), head()]


def test_where_nothing_is_to_be_migrated_alembic_is_not_imported(filled: Path) -> None:
    home = filled.parent
    words = "import sys; from pathlib import Path; from alfred_tui.config import Paths; "
    words += f"from alfred_tui.store.store import Store; Store.open(Paths(Path({str(home)!r})))"
    words += ".close(); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"


def newer_program(folder: Path, upgrade: str) -> Path:
    """The migrations of a later version, that has one more: ``upgrade`` is its body."""
    made = folder / "migrations"
    shutil.copytree(schema.MIGRATIONS, made, ignore=shutil.ignore_patterns("__pycache__"))
    lines = upgrade.replace("\n", "\n    ")
    (made / "versions" / "v9001_later.py").write_text(
        "import os\nimport sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '9001'\ndown_revision = '{head()}'\n\n\ndef upgrade():\n    {lines}\n"
    )
    return made


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    paths = Paths(tmp_path / "home")
    Store.open(paths).close()
    years.tenants_and_states(paths.database, 5, host_keys=True)
    return paths.database


def migrate(path: Path, migrations: Path) -> Path | None:
    """As ``Store.open`` does it: with foreign keys enforced on every connection."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _pragmas)
    try:
        copy = schema.migrate(engine, path, migrations)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        return copy
    finally:
        engine.dispose()


ANEW = """\
with op.batch_alter_table("tenant", recreate="always") as table:
    table.add_column(sa.Column("note", sa.String()))"""


def test_a_table_made_anew_takes_nobody_with_it(tmp_path: Path, filled: Path) -> None:
    before = rows(filled)
    migrate(filled, newer_program(tmp_path, ANEW))
    after = rows(filled)
    assert after["tenant"][0] == 5
    assert (after["last_state"], after["host_key"]) == (before["last_state"], before["host_key"])
    whole(filled)
    assert revision(filled) == "9001"
    with closing(sqlite3.connect(filled)) as plain:
        plain.execute("PRAGMA foreign_keys=ON")
        plain.execute("DELETE FROM tenant WHERE name = 'tenant-0001'")
        plain.commit()
    assert rows(filled)["last_state"][0] == 4, "they still belong together"


@pytest.mark.parametrize(
    ("upgrade", "trouble"),
    [
        ("op.execute(\"DELETE FROM tenant WHERE name > 'tenant-0002'\")", StoreDamaged),
        (ANEW + "\nraise ZeroDivisionError", ZeroDivisionError),
        (ANEW + "\nop.execute('PRAGMA max_page_count=1')\n"
         "op.execute('CREATE TABLE x AS SELECT zeroblob(9999999)')", Exception),
    ],
)  # fmt: skip
def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, filled: Path, upgrade: str, trouble: type[Exception]
) -> None:
    before = rows(filled)
    with pytest.raises(trouble):
        migrate(filled, newer_program(tmp_path, upgrade))
    assert (revision(filled), rows(filled)) == (head(), before)
    whole(filled)
    store = Store.open(Paths(filled.parent))
    assert len(store.tenants()) == 5
    store.close()


def test_one_that_is_killed_changes_nothing(tmp_path: Path, filled: Path) -> None:
    before = rows(filled)
    later = newer_program(tmp_path, ANEW + "\nos.kill(os.getpid(), 9)")
    code = "import sys; from pathlib import Path; from tests.store.test_migrating import migrate\n"
    code += "migrate(Path(sys.argv[1]), Path(sys.argv[2]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(filled), str(later)], timeout=60, check=False
    )
    assert done.returncode == -9
    assert (revision(filled), rows(filled)) == (head(), before)
    whole(filled)
    # the copy was made before anything was begun
    copy = filled.with_name("alfred.db.before-9001")
    assert (revision(copy), rows(copy)) == (head(), before)


def test_without_room_for_the_copy_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = Paths(tmp_path / "home")
    at_revision(paths.database, "0002")
    years.tenants_and_states(paths.database, 5, host_keys=True)
    before = rows(paths.database)

    def full(source: Path, target: Path, revision: str) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "copy_database", full)
        with pytest.raises(StoreFull, match="make room"):
            Store.open(paths)
    assert (revision(paths.database), rows(paths.database)) == ("0002", before)
    store = Store.open(paths)
    assert len(store.tenants()) == 5
    store.close()


def test_two_programs_bring_it_up_to_date_at_once(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    at_revision(paths.database, "0001")
    years.tenants_and_states(paths.database, 50, host_keys=False)
    code = "import sys; from pathlib import Path; from alfred_tui.config import Paths\n"
    code += "from alfred_tui.store.store import Store\n"
    code += "print(len(Store.open(Paths(Path(sys.argv[1]))).tenants()))"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(paths.home)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [each.communicate(timeout=60)[0].strip() for each in both] == ["50"] * 3
    assert revision(paths.database) == head()
    (copy,) = paths.home.glob("alfred.db.before-*")
    assert revision(copy) == "0001"
    whole(paths.database)


def test_who_comes_when_it_is_done_leaves_the_copy_of_before_as_it_is(tmp_path: Path) -> None:
    path, copy = tmp_path / "alfred.db", tmp_path / "copy.db"
    at_revision(path, "0001")
    schema.copy_database(path, copy, "0001")
    at_revision(path, head())
    schema.copy_database(path, copy, "0001")
    assert revision(copy) == "0001"
    assert sorted(file.name for file in tmp_path.iterdir() if file.name.startswith(".")) == []
