"""Looking without a screen: ``list``, ``health``, ``settings``."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alfred_tui.cli import running
from alfred_tui.cli.output import Refused, fail, out, pill, table
from alfred_tui.cli.tenants import opened, unknown
from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import Counts, Fact, FleetStatus, TenantView

if TYPE_CHECKING:
    from alfred_tui.config import Settings


def _reasons(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return [
        {
            "rule": reason.rule,
            "text": reason.text,
            "value": reason.value,
            "limit": reason.limit,
            "since": reason.since.isoformat() if reason.since else None,
            "door": reason.door.value,
        }
        for reason in reasons
    ]


def list_tenants(settings: Settings, arguments: argparse.Namespace) -> int:
    """``list``: what was known when somebody last looked."""
    from alfred_tui.fleet.last_known import last_shown
    from alfred_tui.fleet.quieting import Quieting
    from alfred_tui.fleet.showing import restored

    now, quieting = datetime.now(UTC), Quieting()
    with opened(settings) as store:
        tenants, kept = store.tenants(), last_shown(store)
        quieting.replace(store.quiets.read(now), now)
    rows: list[tuple[TenantView, dict[str, Any], list[str]]] = []
    for tenant in tenants:
        state = kept.get(tenant.name)
        view = TenantView(tenant.name, Pill.UNKNOWN)
        if state is not None:
            view = restored(state.view, tenant, quieting.split, stale=False)
        if arguments.status and view.pill.value != arguments.status:
            continue
        looked = view.oldest or (state.kept_at if state else None)
        whole = {
            "name": tenant.name,
            "pill": view.pill.value,
            "quiet": view.quiet,
            "reasons": _reasons(view.reasons),
            "quieted": _reasons(view.quieted),
            "host": tenant.host,
            "server_type": tenant.server_type,
            "location": tenant.location,
            "lifecycle": tenant.lifecycle.value,
            "looked_at": looked.isoformat() if looked else None,
        }
        told = view.reasons or view.quieted
        why = ("muted: " if view.quiet else "") + (told[0].text if told else "")
        rows.append((view, whole, [tenant.name, units.age(looked, now), tenant.host, why]))
    rows.sort(key=lambda row: (row[0].rank, row[0].name))
    if arguments.json:
        counts = _counts([view for view, _, _ in rows])
        out(json.dumps({"tenants": [whole for _, whole, _ in rows], "counts": counts}, indent=2))
        return 0
    table(
        ["NAME", "LOOKED", "HOST", "WHY"],
        [cells for _, _, cells in rows],
        [view.pill for view, _, _ in rows],
    )
    return 0


def health(settings: Settings, arguments: argparse.Namespace) -> int:
    """``health``: look once and judge."""
    with opened(settings) as store:
        known = [tenant.name for tenant in store.tenants()]
    if not known:
        return fail(
            "no tenants: `alfred-tui import PATH`, `alfred-tui tenants add NAME --api-url U`"
        )
    strangers = [name for name in arguments.names if name not in known]
    if strangers:
        raise Refused(*(unknown(name, known) for name in strangers))
    names = list(dict.fromkeys(arguments.names)) or known
    views, facts, status = running.run(_look(settings, names))
    if arguments.json:
        out(json.dumps(_document(views, facts), indent=2))
    else:
        _print_health(views)
    return _verdict(views, status)


def _verdict(views: list[TenantView], status: FleetStatus) -> int:
    """The exit code; 2 says that a verdict is not about the tenants."""
    if status.network.state in ("offline", "partition"):
        return fail(status.network.text or "our own network is the cause")
    counted = [view for view in views if view.counted]
    unasked = [v for v in counted if any(r.rule == "configuration" for r in v.reasons)]
    for view in unasked:
        text = next(r.text for r in view.reasons if r.rule == "configuration")
        fail(f"{view.name}: {text}")
    if unasked:
        return 2
    return 0 if all(view.pill is Pill.OK or view.quiet for view in counted) else 1


async def _look(
    settings: Settings, names: list[str]
) -> tuple[list[TenantView], dict[str, tuple[Fact, ...]], FleetStatus]:
    from alfred_tui.engine import Engine
    from alfred_tui.store.errors import StoreError

    engine = Engine(settings)
    try:
        try:
            await engine.start(poll=False)
        except StoreError as trouble:
            raise Refused(str(trouble)) from None
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
                "quiet": view.quiet,
                "reasons": _reasons(view.reasons),
                "quieted": _reasons(view.quieted),
                "facts": grouped,
                "looked_at": looked.isoformat() if looked else None,
            }
        )
    return {"tenants": tenants, "counts": _counts(views)}


def _counts(views: list[TenantView]) -> dict[str, int]:
    counted = ["quiet" if view.quiet else view.pill.value for view in views if view.counted]
    names = [name for name in Counts.__struct_fields__ if name != "total"]
    return {"total": len(counted), **{name: counted.count(name) for name in names}}


def _print_health(views: list[TenantView]) -> None:
    now = datetime.now(UTC)
    width = max((len(clean(view.name)) for view in views), default=0)
    for view in sorted(views, key=lambda v: (v.rank, v.name)):
        lines = [f"{r.text}{_since(r.since, now)} ({r.rule}, {r.door.value})" for r in view.reasons]
        lines += [f"muted: {r.text}{_since(r.since, now)} ({r.rule})" for r in view.quieted]
        lines = lines or list(view.notes) or [""]
        out(f"{pill(view.pill)}  {clean(view.name):<{width}}  {clean(lines[0])}".rstrip())
        for line in lines[1:]:
            out(f"{'':10}  {'':<{width}}  {clean(line)}")
    counts = {k: v for k, v in _counts(views).items() if v and k != "total"}
    out(", ".join(f"{count} {name}" for name, count in counts.items()) or "none counted")


def _since(since: datetime | None, now: datetime) -> str:
    return f", {units.age(since, now)}" if since else ""


def settings_table(settings: Settings, arguments: argparse.Namespace) -> int:
    """``settings``: effective values, where each came from and what it may be."""
    from alfred_tui.config import effective
    from alfred_tui.model.bounds import allowed

    values = effective(settings)
    places = {"home": settings.paths.home, "file": settings.paths.config_file}
    if arguments.json:
        whole = {
            key: {"value": value, "from": origin, "allowed": allowed(_bare(key))}
            for key, (value, origin) in values.items()
        }
        shown = {name: str(path) for name, path in places.items()}
        out(json.dumps({**shown, "settings": whole}, indent=2))
        return 0
    for name, path in places.items():
        out(f"{name}  {clean(str(path), 4000)}")
    rows = [
        [key, _shown(value), origin, allowed(_bare(key))] for key, (value, origin) in values.items()
    ]
    table(["SETTING", "VALUE", "FROM", "ALLOWED"], rows)
    return 0


def _bare(key: str) -> str:
    """Section and name, also of a tenant's own setting."""
    return ".".join(key.split(".")[-2:])


def _shown(value: object) -> str:
    """As it would stand in the file, without the quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
