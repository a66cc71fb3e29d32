"""Tenants and their last known state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("api_key", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_table(
        "last_state",
        sa.Column(
            "tenant",
            sa.String(),
            sa.ForeignKey("tenant.name", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("last_state")
    op.drop_table("tenant")
