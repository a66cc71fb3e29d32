"""Wishes for quiet; and a count of changes, so that programs side by side see each other's."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

WATCHED = {"tenant": "tenants", "quiet": "quiet"}
"""Tables whose changes are counted, and under which word."""


def upgrade() -> None:
    op.execute(
        "CREATE TABLE quiet (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
        " tenant TEXT REFERENCES tenant (name) ON DELETE CASCADE, rule TEXT NOT NULL,"
        " at REAL NOT NULL, until REAL NOT NULL, body BLOB NOT NULL)"
    )
    op.execute("CREATE TABLE changes (what TEXT PRIMARY KEY, number INTEGER NOT NULL)")
    for table, what in WATCHED.items():
        op.execute(f"INSERT INTO changes VALUES ('{what}', 0)")
        # triggers and not code: whoever writes, by whatever hand, is counted. A later migration
        # that builds one of these tables anew has to build its triggers anew
        for act in ("INSERT", "UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{act.lower()} AFTER {act} ON {table} BEGIN"
                f" UPDATE changes SET number = number + 1 WHERE what = '{what}'; END"
            )


def downgrade() -> None:
    for table in WATCHED:
        for act in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {table}_{act}")
    for table in ("quiet", "changes"):
        op.execute(f"DROP TABLE {table}")
