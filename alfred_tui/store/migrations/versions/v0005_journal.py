"""The journal: what was wished of a tenant, every call before it went out, and every answer."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # no key to the tenant: what was done outlives whom it was done to
    op.execute(
        "CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,"
        " who TEXT NOT NULL, program TEXT NOT NULL, tenant TEXT NOT NULL, operation TEXT NOT NULL,"
        " title TEXT NOT NULL, risk TEXT NOT NULL, arguments BLOB NOT NULL, bulk TEXT NOT NULL,"
        " before TEXT NOT NULL, after TEXT NOT NULL, ended REAL, outcome TEXT NOT NULL,"
        " text TEXT NOT NULL)"
    )
    op.execute("CREATE INDEX run_tenant ON run (tenant, at)")
    op.execute("CREATE INDEX run_at ON run (at)")
    op.execute(
        "CREATE TABLE call (run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
        " number INTEGER NOT NULL, door TEXT NOT NULL, says TEXT NOT NULL, line TEXT NOT NULL,"
        " intended REAL NOT NULL, answered REAL, outcome TEXT NOT NULL, status INTEGER,"
        " text TEXT NOT NULL, PRIMARY KEY (run, number))"
    )
    for act in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER run_{act.lower()} AFTER {act} ON run BEGIN"
            " INSERT INTO changes VALUES ('journal', 1)"
            " ON CONFLICT (what) DO UPDATE SET number = number + 1; END"
        )


def downgrade() -> None:
    for act in ("insert", "update"):
        op.execute(f"DROP TRIGGER run_{act}")
    op.execute("DELETE FROM changes WHERE what = 'journal'")
    for table in ("call", "run"):
        op.execute(f"DROP TABLE {table}")
