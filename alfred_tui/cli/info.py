"""``info``: everything known of one tenant, from the store alone; nobody is asked."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from alfred_tui.cli.output import Refused, fail, out
from alfred_tui.cli.quieting import wish_of
from alfred_tui.cli.tenants import described, reading, unknown
from alfred_tui.fleet.expectation import expectation, layout_of
from alfred_tui.fleet.past import line, reason_of
from alfred_tui.model.history import DAY, HOUR, Event, Stretch
from alfred_tui.model.kept import KeptState
from alfred_tui.model.quiet import Quiet
from alfred_tui.model.tenant import HostKey, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counting, TenantView

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.store.store import Store

EVENTS = 10
MONTHS = 12
T = TypeVar("T")


class Share(NamedTuple):
    """How a tenant was over a time: ``label`` (``24 h``, ``2026-06``) from ``begin`` on."""

    label: str
    begin: datetime
    until: datetime
    whole: Stretch


class Known(NamedTuple):
    """Everything known of a tenant. ``trouble``: parts of the store that cannot be read."""

    tenant: Tenant
    kept: KeptState | None
    host_keys: list[HostKey]
    quiet: list[Quiet]
    shares: list[Share]
    events: list[Event]
    trouble: list[str]


def info(settings: Settings, arguments: argparse.Namespace) -> int:
    """``info NAME``: 2 where it is unknown, or a part of the store cannot be read."""
    now = datetime.now(UTC)
    with reading(settings) as store:
        known = gather(store, arguments.name, now)
    if arguments.json:
        out(json.dumps(document(known), indent=2))
    else:
        from alfred_tui.cli.sheet import print_sheet

        print_sheet(known, now)
    for each in known.trouble:
        fail(each)
    return 2 if known.trouble else 0


def gather(store: Store, name: str, now: datetime) -> Known:
    """Read everything; a part that cannot be read takes no other with it.

    Raises:
        Refused: nobody is called so.
        StoreError: the tenants themselves cannot be read.
    """
    from alfred_tui.fleet.last_known import last_shown
    from alfred_tui.store.errors import StoreError

    tenants = {tenant.name: tenant for tenant in store.tenants()}
    trouble: list[str] = []

    def part(what: str, work: Callable[[], T], instead: T) -> T:
        try:
            return work()
        except StoreError as damage:
            trouble.append(f"{what} cannot be read: {damage}")
            return instead

    if name not in tenants:
        past: list[str] = part("the past", store.history.tenants, [])
        left = f": its past is there: `alfred-tui events {name}`" if name in past else ""
        raise Refused(unknown(name, list(tenants)) + left)
    keys: list[HostKey] = part("host keys", store.host_keys, [])
    wishes: list[Quiet] = part("what is quiet", lambda: store.quiets.read(now), [])
    return Known(
        tenants[name],
        part("the last state", lambda: last_shown(store).get(name), None),
        [key for key in keys if key.tenant == name],
        [wish for wish in wishes if wish.tenant in (name, "")],
        part("availability", lambda: _shares(store, name, now), []),
        part("events", lambda: list(store.history.told(name, last=EVENTS)), []),
        trouble,
    )


def _shares(store: Store, name: str, now: datetime) -> list[Share]:
    """The last day, the last 30, and each of the last months, as far as anybody watched."""
    from alfred_tui.store.points import joined

    found = []
    hour = int(now.timestamp()) // HOUR * HOUR
    if hours := store.history.stretches(name, hour - 23 * HOUR, hour + HOUR):
        whole = joined(hours, hour - 23 * HOUR, DAY)
        found.append(Share("24 h", _at(whole.begin), now, whole))
    spans = [("30 days", _at(hour // DAY * DAY) - timedelta(days=29), now)]
    end, month = now, now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MONTHS):
        spans.append((f"{month:%Y-%m}", month, end))
        end, month = month, (month - timedelta(days=1)).replace(day=1)
    for label, begin, until in spans:
        whole_ = store.history.availability(name, int(begin.timestamp()), int(until.timestamp()))
        if whole_ is not None:
            found.append(Share(label, begin, until, whole_))
    return found


def _at(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def expects(known: Known) -> dict[str, Any]:
    """What the tenant is expected to run, and where that comes from."""
    tenant = known.tenant
    nothing = KeptState(tenant.name, TenantView(tenant.name, Pill.UNKNOWN), _at(0))
    kept = known.kept or nothing
    layout = tenant.layout or layout_of(kept.generation, kept.seen)
    expected = expectation(layout, kept.seen, tenant.labels, schedules=kept.schedules)
    since = {name: _at(int(moment)).isoformat() for name, moment in sorted(kept.gone.items())}
    return {
        "layout": layout.value if layout else None,
        "generation": kept.generation,
        "core": sorted(expected.core),
        "optional": sorted(expected.optional),
        "schedules": sorted(expected.schedules),
        "learnt": sorted(kept.learnt),
        "missing_since": since,
        "well_since": kept.well_since.isoformat() if kept.well_since else None,
    }


def document(known: Known) -> dict[str, Any]:
    """The same for programs; its form is in docs/commands.md."""
    return {
        "tenant": described(known.tenant),
        "address": known.tenant.address,
        "port": known.tenant.port,
        "last": _last(known.kept) if known.kept else None,
        "expects": expects(known),
        "host_keys": [
            {
                "kind": key.kind or None,
                "fingerprint": key.fingerprint,
                "source": key.source,
                "first_seen": key.first_seen.isoformat(),
            }
            for key in known.host_keys
        ],
        "quiet": [wish_of(wish) for wish in known.quiet],
        "availability": [
            {
                "label": share.label,
                "from": share.begin.isoformat(),
                "until": share.until.isoformat(),
                "percent": share.whole.availability,
                "seconds": {
                    "watched": share.whole.watched,
                    "ok": share.whole.ok,
                    "degraded": share.whole.degraded,
                    "down": share.whole.down,
                },
            }
            for share in known.shares
        ],
        "events": [json.loads(line(event)) for event in known.events],
        "trouble": known.trouble,
    }


def _last(kept: KeptState) -> dict[str, Any]:
    view = kept.view
    figures = ("uptime", "seen", "expected", "disk", "disk_sure", "memory", "latency")
    return {
        "pill": view.pill.value,
        "since": view.since.isoformat() if view.since else None,
        "reasons": [reason_of(reason) for reason in view.reasons],
        "quieted": [reason_of(reason) for reason in view.quieted],
        "counting": [_counted(each) for each in kept.counting],
        "notes": list(view.notes),
        "looked_at": view.oldest.isoformat() if view.oldest else None,
        "kept_at": kept.kept_at.isoformat(),
        **{name: msgspec.to_builtins(getattr(view, name)) for name in figures},
        "images": dict(view.images),
    }


def _counted(each: Counting) -> dict[str, Any]:
    return {
        **reason_of(each.reason),
        "pill": each.reason.pill.value,
        "healing": each.healing,
        "looks": each.looks,
        "needed": each.needed,
        "of": each.of or None,
        "lasted": each.lasted,
        "lasting": each.lasting,
    }
