"""The tables. Validation happens before: a table model does not validate (SQLModel)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, DateTime, LargeBinary
from sqlmodel import Field, SQLModel


class TenantRow(SQLModel, table=True):
    """A tenant as described by the operator; ``body`` is JSON, the key apart from it."""

    __tablename__ = "tenant"

    name: str = Field(primary_key=True)
    api_key: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    position: int = Field(default=0)


class LastStateRow(SQLModel, table=True):
    """A tenant's last known state; ``body`` is JSON of :class:`KeptState`."""

    __tablename__ = "last_state"

    tenant: str = Field(primary_key=True, foreign_key="tenant.name", ondelete="CASCADE")
    kept_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class HostKeyRow(SQLModel, table=True):
    """A pinned SSH host key; a tenant may have one for each ``kind`` of key."""

    __tablename__ = "host_key"

    tenant: str = Field(primary_key=True, foreign_key="tenant.name", ondelete="CASCADE")
    kind: str = Field(primary_key=True)
    key: str
    fingerprint: str
    first_seen: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    source: str
