"""``GET /admin/dashboard`` (tenant-api.md 2): containers, vault counts, and figures of the host."""

from __future__ import annotations

from typing import Any

import msgspec

from alfred_tui.model import facts
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.wire import shapes, values, words
from alfred_tui.tenant.wire.containers import listed
from alfred_tui.tenant.wire.lenient import Oddities, nothing_usable, read

_BODY = msgspec.json.Decoder(shapes.DashboardBody)
MOST_TYPES = 200
"""Record types counted; a vault has some dozens."""
_FOLDERS = frozenset({"processed", "_quarantine"})


def dashboard(body: bytes) -> tuple[facts.Dashboard, Oddities]:
    """What the combined dashboard says; a part it could not fill is ``None``.

    Raises:
        BadAnswer: none of its parts is there.
    """
    wire, odd = read(body, _BODY, shapes.AnyDashboardBody)
    if wire.containers is msgspec.UNSET and wire.vault is None and wire.health is None:
        raise nothing_usable(odd) if odd else BadAnswer("none of its parts is there", path="$")
    if wire.containers is msgspec.UNSET and not _noted(odd, "$.containers"):
        odd.note("$.containers", "missing")
    return _facts(wire), odd


def _noted(odd: Oddities, path: str) -> bool:
    return any(place.path.startswith(path) for place in odd)


def _facts(wire: shapes.DashboardBody) -> facts.Dashboard:
    health = wire.health or shapes.HealthPart()
    files = wire.inbox.files if wire.inbox else None
    disk = values.share(health.disk_percent)
    rows = wire.containers if isinstance(wire.containers, list) else None
    by_type = _counted(wire)
    return facts.Dashboard(
        generation=_generation(wire),
        containers=None if rows is None else listed(rows),
        # the script runs in ctrl-api's container: never the volume (tenant-api.md 4.1)
        disk=None if disk is None else facts.Disk(disk, facts.Scope.CONTAINER),
        memory_percent=values.share(health.memory_percent),
        tunnel=words.word(health.cloudflared_status, 20) or None,
        records=_total(wire, by_type),
        records_by_type=by_type,
        inbox=None if files is None else sum(1 for name in files if name not in _FOLDERS),
        pending_devices=_pending(wire.devices),
        health_answered=wire.health is not None,
    )


def _generation(wire: shapes.DashboardBody) -> str | None:
    if wire.pairing is not msgspec.UNSET:
        return "H"
    return "F" if wire.devices is not msgspec.UNSET else None


def _counted(wire: shapes.DashboardBody) -> tuple[tuple[str, int], ...]:
    found = (wire.vault.records_by_type if wire.vault else None) or {}
    some = list(found.items())[:MOST_TYPES]
    return tuple(sorted([(words.name(kind, 40), len(records)) for kind, records in some]))


def _total(wire: shapes.DashboardBody, by_type: tuple[tuple[str, int], ...]) -> int | None:
    if wire.vault is None:
        return None
    total = values.integer(wire.vault.total)
    if total is not None and total >= 0:
        return total
    return sum(n for _, n in by_type) if wire.vault.records_by_type is not None else None


def _pending(devices: Any) -> int | None:
    """How many devices wait for approval; ``None`` where the part is missing or text."""
    waiting = devices.get("pending") if isinstance(devices, dict) else None
    return len(waiting) if isinstance(waiting, list) else None
