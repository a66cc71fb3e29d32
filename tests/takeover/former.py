"""The former tool's database as it was through the years, with its pragmas and its folder.

Written from its documented columns and the order in which they came (fleet-facts.md 5).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

FIRST = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "customer_name TEXT NOT NULL UNIQUE",
    "status TEXT NOT NULL DEFAULT 'provisioning'",
    "server_id INTEGER",
    "ip_address TEXT",
    "volume_id INTEGER",
    "tailscale_hostname TEXT",
    "tailscale_ip TEXT",
    "ssh_key_id INTEGER",
    "ssh_key_path TEXT",
    "ssh_host_key TEXT",
    "server_type TEXT NOT NULL DEFAULT 'cx22'",
    "location TEXT NOT NULL DEFAULT 'fsn1'",
    "current_image_sha TEXT",
    "last_healthy_sha TEXT",
    "last_health_check TEXT",
    "last_health_status TEXT",
    "created_at TEXT NOT NULL DEFAULT (datetime('now'))",
    "updated_at TEXT NOT NULL DEFAULT (datetime('now'))",
)
LATER = (
    ("gateway_token TEXT",),
    ("api_key TEXT",),
    (
        *("tailscale_tag TEXT", "subdomain TEXT", "cf_tunnel_id TEXT", "cf_tunnel_name TEXT"),
        *("cf_dns_record_id TEXT", "cf_access_app_id TEXT"),
    ),
    ("cf_plane_dns_record_id TEXT", "cf_sure_dns_record_id TEXT"),
    ("cf_vault_dns_record_id TEXT", "cf_vault_access_app_id TEXT", "cf_vexa_dns_record_id TEXT"),
)
"""Columns by the version that added them."""
VERSIONS = range(len(LATER) + 1)
HISTORY = """
CREATE TABLE health_checks (id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id INTEGER NOT NULL
  REFERENCES instances(id) ON DELETE CASCADE, checked_at TEXT NOT NULL DEFAULT (datetime('now')),
  status TEXT NOT NULL, disk_percent REAL, memory_percent REAL, response_json TEXT);
CREATE INDEX idx_health ON health_checks(instance_id, checked_at DESC);
CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id INTEGER NOT NULL
  REFERENCES instances(id) ON DELETE CASCADE, event_type TEXT NOT NULL, message TEXT NOT NULL,
  details_json TEXT, created_at TEXT NOT NULL DEFAULT (datetime('now')));
"""
KEY = "canary-5e77"
FINGERPRINT = "SHA256:q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s"
ROW = {
    "customer_name": "acme",
    "status": "running",
    "server_id": 4711,
    "ip_address": "203.0.113.5",
    "volume_id": 81,
    "tailscale_hostname": "alfred-acme",
    "tailscale_ip": "100.64.0.2",
    "ssh_key_id": 91,
    "ssh_key_path": "data/ssh_keys/1/id_ed25519",
    "ssh_host_key": "ab" * 32,
    "server_type": "cx53",
    "location": "nbg1",
    "current_image_sha": "sha-9f2c41",
    "last_healthy_sha": "sha-88aa00",
    "created_at": "2026-03-01 10:00:00",
    "gateway_token": "canary-gateway",
    "api_key": KEY,
    "tailscale_tag": "tenant",
    "subdomain": "acme",
}


FIRM = {
    "status": "running",
    "server_type": "cx53",
    "location": "nbg1",
    "created_at": "2026-03-01 10:00:00",
}
"""Columns that are never NULL."""


def opened(file: Path) -> sqlite3.Connection:
    """A connection as the former tool makes one."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def former_tool(
    folder: Path, *rows: dict[str, Any], version: int = VERSIONS[-1], files: bool = True
) -> Path:
    """A working folder of the former tool, closed in good order; the path of its database.

    ``rows`` are laid over :data:`ROW`; columns that ``version`` does not know fall away.
    """
    file = folder / "data" / "alfred-ctrl.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(opened(file)) as connection:
        connection.execute(f"CREATE TABLE instances ({', '.join(FIRST)})")
        connection.executescript(HISTORY)
        for columns in LATER[:version]:
            for column in columns:
                connection.execute(f"ALTER TABLE instances ADD COLUMN {column}")
        for row in rows or ({},):
            insert(connection, {**ROW, **row})
        connection.commit()
    file.chmod(0o600)
    if files:
        for number in range(1, len(rows or ({},)) + 1):
            key_folder(file.parent / "ssh_keys" / str(number))
    return file


def insert(connection: sqlite3.Connection, row: dict[str, Any]) -> None:
    known = {each[1] for each in connection.execute("PRAGMA table_info(instances)")}
    kept = {key: value for key, value in row.items() if key in known}
    connection.execute(
        f"INSERT INTO instances ({', '.join(kept)}) VALUES ({', '.join('?' * len(kept))})",
        list(kept.values()),
    )


def key_folder(folder: Path) -> Path:
    """A tenant's three files, for their owner only."""
    folder.mkdir(parents=True)
    for name in ("id_ed25519", "luks.key", "restic.env"):
        (folder / name).write_text("not a real one\n")
        (folder / name).chmod(0o600)
    return folder
