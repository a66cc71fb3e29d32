"""F3's storage metrics: the vault on disk and in its index, the state database, latencies (4.4)."""

from __future__ import annotations

from typing import Any

from alfred_tui.sim import machine
from alfred_tui.sim.dice import roll
from alfred_tui.sim.people import Person

WARM_UP = 10.0
"""Seconds after its start in which ctrl-api has served nothing yet."""
BEATS = {
    "/api/v1/admin/containers": (10.0, 138),
    "/api/v1/admin/dashboard": (60.0, 420),
    "/api/v1/learning/status": (10.0, 3),
    "/api/v1/vault/list/:type": (45.0, 21),
}
"""By route pattern: seconds between two calls and the usual milliseconds of one."""
TABLES = ("audit", "signal", "observation", "embedding", "stream_event")
ROW_BYTES = 410


def metrics(person: Person, t: float, start: float, up: float) -> dict[str, Any]:
    """All but ``collected_at``; ``up`` is for how many seconds ctrl-api has been running."""
    on_disk = machine.counts(person, t, start)
    drift = roll(person.key, "drift") % 9
    indexed = on_disk | {"note": max(0, on_disk["note"] - drift)}
    rows = sum(indexed.values())
    tables = {name: roll(person.key, name) % 9000 + int((t - start) // 60) for name in TABLES}
    tables["vault_index"] = rows
    return {
        "vault": {
            "files_on_disk": sum(on_disk.values()),
            "index_rows": rows,
            "index_drift": sum(on_disk.values()) - rows,
            "by_type": indexed,
            "by_type_disk": on_disk,
        },
        "state_db": {
            "path": "/var/lib/alfred/state.db",
            "size_bytes": 40_960 + ROW_BYTES * sum(tables.values()),
            "tables": tables,
            "migrations_applied": [1, 2, 3, 4, 5, 6, 7],
        },
        "request_latency": {} if up < WARM_UP else _latency(person, up),
    }


def _latency(person: Person, up: float) -> dict[str, dict[str, int]]:
    found = {}
    for pattern, (beat, usual) in BEATS.items():
        count = int(up // beat) + 1
        typical = max(1, usual * (80 + roll(person.key, pattern) % 50) // 100)
        found[pattern] = {
            "count": count,
            "sum_ms": count * typical,
            "p50": typical,
            "p95": typical * 3,
            "p99": typical * 5,
        }
    return found
