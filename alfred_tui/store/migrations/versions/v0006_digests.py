"""Image digests: what the services of a tenant were made of while it was well."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE digest (tenant TEXT NOT NULL REFERENCES tenant (name) ON DELETE CASCADE,"
        " service TEXT NOT NULL, image_id TEXT NOT NULL, reference TEXT NOT NULL,"
        " digests BLOB NOT NULL, first_seen REAL NOT NULL, last_seen REAL NOT NULL,"
        " PRIMARY KEY (tenant, service, image_id)) WITHOUT ROWID"
    )


def downgrade() -> None:
    op.execute("DROP TABLE digest")
