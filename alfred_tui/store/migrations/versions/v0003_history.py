"""Samples of the running hour, hours packed and rolled up, days, and events."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

_FIGURES = """
    watched INTEGER NOT NULL, ok INTEGER NOT NULL, degraded INTEGER NOT NULL,
    down INTEGER NOT NULL, worst INTEGER NOT NULL,
    latency INTEGER, latency_most INTEGER, disk INTEGER, memory INTEGER, memory_most INTEGER
"""


def upgrade() -> None:
    op.execute("CREATE TABLE series (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL UNIQUE)")
    # in the order of writing, not of reading: a minute of the whole fleet is a few pages
    op.execute(
        "CREATE TABLE sample (at INTEGER NOT NULL, series INTEGER NOT NULL, span INTEGER NOT NULL,"
        " pill INTEGER NOT NULL, latency INTEGER, disk INTEGER, memory INTEGER,"
        " seen INTEGER, expected INTEGER, PRIMARY KEY (at, series)) WITHOUT ROWID"
    )
    for name in ("hour", "day"):
        op.execute(
            f"CREATE TABLE {name} (series INTEGER NOT NULL, begin INTEGER NOT NULL, {_FIGURES},"
            " PRIMARY KEY (series, begin)) WITHOUT ROWID"
        )
    op.execute(
        "CREATE TABLE packed (series INTEGER NOT NULL, begin INTEGER NOT NULL, body BLOB NOT NULL,"
        " PRIMARY KEY (series, begin))"
    )
    op.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,"
        " tenant TEXT NOT NULL, kind TEXT NOT NULL, before INTEGER, after INTEGER, body BLOB)"
    )
    op.execute("CREATE INDEX event_at ON event (at)")
    op.execute("CREATE INDEX event_tenant ON event (tenant, at)")
    op.execute("CREATE TABLE rolled (what TEXT PRIMARY KEY, until INTEGER NOT NULL)")


def downgrade() -> None:
    for name in ("rolled", "event", "packed", "day", "hour", "sample", "series"):
        op.execute(f"DROP TABLE {name}")
