"""Looking without a screen: ``list``, ``health``, ``settings``."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alfred_tui.cli.output import out, pill, table
from alfred_tui.cli.tenants import open_store, unknown
from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counts, Fact, FleetStatus, TenantView

if TYPE_CHECKING:
    from alfred_tui.config import Settings


def _reasons(view: TenantView) -> list[dict[str, Any]]:
    return [
        {
            "rule": reason.rule,
            "text": reason.text,
            "value": reason.value,
            "limit": reason.limit,
            "since": reason.since.isoformat() if reason.since else None,
            "door": reason.door.value,
        }
        for reason in view.reasons
    ]


def list_tenants(settings: Settings, arguments: argparse.Namespace) -> int:
    """``list``: what was known when somebody last looked."""
    store = open_store(settings)
    try:
        tenants, kept = store.tenants(), store.last_states()
    finally:
        store.close()
    now = datetime.now(UTC)
    rows: list[tuple[Pill, dict[str, Any], list[str]]] = []
    for tenant in tenants:
        state = kept.get(tenant.name)
        view = state.view if state else TenantView(tenant.name, Pill.UNKNOWN)
        if arguments.status and view.pill.value != arguments.status:
            continue
        looked = view.oldest or (state.kept_at if state else None)
        whole = {
            "name": tenant.name,
            "pill": view.pill.value,
            "reasons": _reasons(view),
            "host": tenant.host,
            "server_type": tenant.server_type,
            "location": tenant.location,
            "looked_at": looked.isoformat() if looked else None,
        }
        why = view.reasons[0].text if view.reasons else ""
        cells = [tenant.name, why, tenant.host, units.age(looked, now)]
        rows.append((view.pill, whole, cells))
    rows.sort(key=lambda row: (row[0].severity, row[1]["name"]))
    if arguments.json:
        out(json.dumps({"tenants": [whole for _, whole, _ in rows]}, indent=2))
        return 0
    shown = [[f"{p.value.upper()}", *cells] for p, _, cells in rows]
    table(["STATUS", "NAME", "WHY", "HOST", "LOOKED"], shown)
    return 0


def health(settings: Settings, arguments: argparse.Namespace) -> int:
    """``health``: look once and judge."""
    from alfred_tui.cli.main import fail

    store = open_store(settings)
    try:
        known = [tenant.name for tenant in store.tenants()]
    finally:
        store.close()
    if not known:
        return fail("no tenants: `alfred-tui import FILE` or `alfred-tui tenants add NAME`")
    for name in arguments.names:
        if name not in known:
            return fail(unknown(name, known))
    names = list(dict.fromkeys(arguments.names)) or known
    views, facts, status = asyncio.run(_look(settings, names))
    if arguments.json:
        out(json.dumps(_document(views, facts), indent=2))
    else:
        _print_health(views)
    if status.network.state in ("offline", "partition"):
        return fail(status.network.text)
    return 0 if all(v.pill is Pill.OK for v in views if v.counted) else 1


async def _look(
    settings: Settings, names: list[str]
) -> tuple[list[TenantView], dict[str, tuple[Fact, ...]], FleetStatus]:
    from alfred_tui.engine import Engine

    engine = Engine(settings)
    try:
        await engine.start(poll=False)
        await engine.look_once(names)
        views = [view for name in names if (view := engine.view(name)) is not None]
        return views, {v.name: engine.facts(v.name) for v in views}, engine.status()
    finally:
        await engine.stop()


def _document(views: list[TenantView], facts: dict[str, tuple[Fact, ...]]) -> dict[str, Any]:
    tenants = []
    for view in views:
        grouped: dict[str, dict[str, Any]] = {}
        for fact in facts[view.name]:
            grouped.setdefault(fact.group, {})[fact.label] = {
                "value": fact.value,
                "door": fact.door.value,
                "scope": fact.scope,
                "at": fact.at.isoformat() if fact.at else None,
            }
        looked = max((f.at for f in facts[view.name] if f.at), default=None)
        tenants.append(
            {
                "name": view.name,
                "pill": view.pill.value,
                "reasons": _reasons(view),
                "facts": grouped,
                "looked_at": looked.isoformat() if looked else None,
            }
        )
    return {"tenants": tenants, "counts": _counts(views)}


def _counts(views: list[TenantView]) -> dict[str, int]:
    counted = [view.pill.value for view in views if view.counted]
    names = [name for name in Counts.__struct_fields__ if name != "total"]
    return {"total": len(counted), **{name: counted.count(name) for name in names}}


def _print_health(views: list[TenantView]) -> None:
    now = datetime.now(UTC)
    width = max(len(view.name) for view in views)
    for view in sorted(views, key=lambda v: (v.pill.severity, v.name)):
        lines = (
            [
                f"{r.text}, {units.age(r.since, now)} ({r.rule}, {r.door.value})"
                for r in view.reasons
            ]
            or list(view.notes)
            or [""]
        )
        out(f"{pill(view.pill)}  {clean(view.name):<{width}}  {clean(lines[0])}".rstrip())
        for line in lines[1:]:
            out(f"{'':10}  {'':<{width}}  {clean(line)}")
    counts = {k: v for k, v in _counts(views).items() if v}
    out(", ".join(f"{count} {name}" for name, count in counts.items()))


def settings_table(settings: Settings, arguments: argparse.Namespace) -> int:
    """``settings``: effective values and their origins."""
    from alfred_tui.config import effective

    values = effective(settings)
    if arguments.json:
        whole = {k: {"value": v, "from": origin} for k, (v, origin) in values.items()}
        out(json.dumps({"home": str(settings.paths.home), "settings": whole}, indent=2))
        return 0
    out(f"home  {settings.paths.home}")
    table(["SETTING", "VALUE", "FROM"], [[k, str(v), o] for k, (v, o) in values.items()])
    return 0
