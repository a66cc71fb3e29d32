"""Refused logins: when a host last refused a key, for whichever program comes next."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE refused_login (tenant TEXT NOT NULL PRIMARY KEY"
        " REFERENCES tenant (name) ON DELETE CASCADE,"
        " way TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID"
    )


def downgrade() -> None:
    op.execute("DROP TABLE refused_login")
