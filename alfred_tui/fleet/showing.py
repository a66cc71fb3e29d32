"""A tenant's row and its facts, out of what is in view. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec

from alfred_tui.fleet.expectation import Expectation
from alfred_tui.fleet.memory import ANSWERS, Memory
from alfred_tui.model import units
from alfred_tui.model.facts import (
    Banner,
    Dashboard,
    Disk,
    Queue,
    Schedules,
    Scope,
    Shell,
    Streams,
    System,
    Workers,
    Workflows,
)
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.tenant import UNCOUNTED, Layout, Tenant
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill, Reason, Verdict
from alfred_tui.model.view import Counts, Fact, TenantView

Split = Callable[[str, Iterable[Reason]], tuple[tuple[Reason, ...], tuple[Reason, ...]]]
"""Of a tenant's reasons the loud and the quiet ones."""
OVERDUE: dict[Look, float] = {
    Look.DASHBOARD: 3 * 60.0,
    Look.QUEUE: 3 * 300.0,
    Look.SCHEDULES: 3 * 300.0,
    Look.WORKFLOWS: 3 * 300.0,
    Look.SYSTEM: 3 * 600.0,
}
"""Seconds after which a fact of this look is overdue and the row shows its age.

Fixed on purpose: three of the default intervals; it shows an age, and changes no pill.
"""

FIGURES = frozenset({Look.SYSTEM, Look.DASHBOARD})
"""Looks that bring the host's figures."""


def on_loopback(tenant: Tenant) -> bool:
    """Whether a tenant lives on this machine: then our network is never the cause."""
    try:
        return ipaddress.ip_address(tenant.address).is_loopback
    except ValueError:
        return tenant.address == "localhost"


def counted(views: Iterable[TenantView]) -> Counts:
    """Tenants by pill, those that are counted."""
    found = dict.fromkeys(Pill, 0)
    quiet = 0
    for view in views:
        if view.counted and view.quiet:
            quiet += 1
        elif view.counted:
            found[view.pill] += 1
    return Counts(
        total=sum(found.values()) + quiet,
        quiet=quiet,
        ok=found[Pill.OK],
        degraded=found[Pill.DEGRADED],
        down=found[Pill.DOWN],
        stale=found[Pill.STALE],
        unknown=found[Pill.UNKNOWN],
        building=found[Pill.BUILDING],
    )


def described(view: TenantView, tenant: Tenant) -> TenantView:
    """A view with everything that comes from the tenant's description brought up to date."""
    return msgspec.structs.replace(
        view,
        name=tenant.name,
        host=clean(tenant.host, 120),
        address=clean(tenant.address, 120),
        server_type=clean(tenant.server_type or "", 20),
        location=clean(tenant.location or "", 20),
        lifecycle=tenant.lifecycle.value,
        labels=tenant.labels,
        counted=tenant.lifecycle not in UNCOUNTED,
    )


def restored(
    kept: TenantView, tenant: Tenant, split: Split, *, marks: str = "", stale: bool
) -> TenantView:
    """The last known row of a tenant that was not looked at yet in this run.

    ``split`` tells loud reasons from quiet ones by what is wished now.
    """
    told = (*kept.reasons, *kept.quieted)
    pill, quiet = kept.whole, False
    loud, quieted = split(tenant.name, told)
    if told and kept.pill in (Pill.DOWN, Pill.DEGRADED):
        pill = min((r.pill for r in loud or quieted), key=lambda each: each.severity)
        quiet = not loud
    if stale and pill is not Pill.UNKNOWN:
        pill, quiet = Pill.STALE, False
    row = msgspec.structs.replace(
        kept, pill=pill, latency=None, reasons=loud, quieted=quieted, quiet=quiet, marks=marks
    )
    return described(row, tenant)


def view(
    row: TenantView,
    memory: Memory,
    expected: Expectation,
    layout: Layout | None,
    verdict: Verdict,
    marks: str = "",
) -> TenantView:
    """The tenant's row; ``row`` carries what comes from its description."""
    answers = memory.answers
    system, dashboard = _of(memory, Look.SYSTEM), _of(memory, Look.DASHBOARD)
    used = system.memory_percent if isinstance(system, System) else None
    if used is None and isinstance(dashboard, Dashboard):
        used = dashboard.memory_percent
    disk = _disk(system, dashboard)
    contact = memory.attempts.get(Look.CONTAINERS)
    listed = Look.CONTAINERS in answers
    silent = (expected.services & ANSWERS) - memory.rows.keys()
    count = len(expected.services) - len(silent) if listed else None
    return TenantView(
        name=row.name,
        pill=verdict.pill,
        since=verdict.since,
        reasons=verdict.reasons,
        notes=verdict.notes,
        host=row.host,
        address=row.address,
        server_type=row.server_type,
        location=row.location,
        layout=layout.value if layout else "",
        lifecycle=row.lifecycle,
        labels=row.labels,
        uptime=system.uptime if isinstance(system, System) else None,
        seen=None if count is None else count - len(memory.missing),
        expected=count,
        disk=disk.percent if disk else None,
        disk_sure=disk is None or disk.scope is not Scope.CONTAINER,
        memory=used,
        latency=contact.took if contact is not None and contact.failure is None else None,
        oldest=_oldest(memory),
        images=tuple([(r.service, r.image_id) for r in memory.rows.values() if r.image_id]),
        marks=marks,
        counted=row.counted,
        quieted=verdict.quieted,
        quiet=verdict.quiet,
    )


def with_figures(row: TenantView, kept: TenantView) -> TenantView:
    """The row with the last known figures where none was seen in this run."""
    disk = row.disk is None
    return msgspec.structs.replace(
        row,
        uptime=kept.uptime if row.uptime is None else row.uptime,
        memory=kept.memory if row.memory is None else row.memory,
        disk=kept.disk if disk else row.disk,
        disk_sure=kept.disk_sure if disk else row.disk_sure,
    )


def notes(memory: Memory, limits: Limits, now: datetime) -> tuple[str, ...]:
    """What is going on and is no fault."""
    found = []
    if memory.backup is not None:
        took = now.timestamp() - memory.backup
        if took <= limits.backup_allowance:
            gone = ", ".join(sorted(memory.backup_gone))
            found.append(f"backup running for {units.short_duration(took)}: {gone} stopped")
    waits = memory.missing - memory.backup_gone
    if waits and now.timestamp() - memory.changed < limits.start_allowance:
        found.append(f"being recreated: {', '.join(sorted(waits)[:4])}")
    return tuple(found)


def _of(memory: Memory, look: Look) -> object:
    seen = memory.answers.get(look)
    return seen.answer if seen is not None else None


def _disk(system: object, dashboard: object) -> Disk | None:
    """The surest figure: a volume's or a host's before a container root's."""
    disk = system.disk if isinstance(system, System) else None
    if disk is not None and disk.scope is not Scope.CONTAINER:
        return disk
    other = dashboard.disk if isinstance(dashboard, Dashboard) else None
    if other is not None and (disk is None or other.scope is not Scope.CONTAINER):
        return other
    return disk


def _oldest(memory: Memory) -> datetime | None:
    """When the containers were last seen, or an overdue fact that is older still."""
    seen = memory.answers.get(Look.CONTAINERS)
    if seen is None:
        return None
    oldest = seen.at
    newest = max(seen.at, memory.attempts[Look.CONTAINERS].at)
    for look, limit in OVERDUE.items():
        other = memory.answers.get(look)
        if other is not None and other.at < oldest and (newest - other.at).total_seconds() > limit:
            oldest = other.at
    return oldest


def facts(
    memory: Memory, expected: Expectation, tenant: Tenant, theirs: datetime
) -> tuple[Fact, ...]:
    """Every fact behind the verdict, in the overview's order; ``theirs`` is the tenant's time."""
    return (
        *_doors(memory),
        *_host(memory),
        *_containers(memory, expected),
        *_temporal(memory, theirs),
        *_work(memory, theirs),
    )


def _said(failure: Failure) -> str:
    """Its kind, unless the text begins with that, and the text."""
    kind, text = failure.kind.value, failure.text
    return text if text.startswith(kind) else f"{kind}: {text}"


def _lacks(seen: Observation) -> bool:
    """Whether its generation has no such route; every generation lists its containers."""
    kind = seen.failure.kind if seen.failure is not None else None
    return kind is FailureKind.UNSUPPORTED and seen.look is not Look.CONTAINERS


def _doors(memory: Memory) -> Iterator[Fact]:
    for look, seen in sorted(memory.attempts.items(), key=lambda pair: list(Look).index(pair[0])):
        good = units.latency(seen.took) + (f", {units.size(seen.size)}" if seen.size else "")
        value = good if seen.failure is None else _said(seen.failure)
        lacking = _lacks(seen)
        if lacking:
            value = "not on this generation"
        yield Fact(
            "Doors",
            look.value,
            value,
            seen.door,
            seen.at,
            scope="last look",
            pill=None if seen.ok or lacking else Pill.DEGRADED,
        )
    clock = memory.attempts.get(Look.CONTAINERS)
    if clock is not None and clock.skew is not None:
        skew = round(clock.skew, 1) + 0.0  # no negative nought
        value = f"{skew:+.1f} s ±{clock.skew_margin:.1f} s"
        yield Fact("Doors", "clock against ours", value, clock.door, clock.at)
    if clock is not None and clock.certificate_ends is not None:
        yield Fact(
            "Doors", "certificate ends", units.stamp(clock.certificate_ends), clock.door, clock.at
        )
    banner = memory.answers.get(Look.BANNER)
    if banner is not None and isinstance(banner.answer, Banner):
        yield Fact("Doors", "SSH banner", banner.answer.text, Door.PORT22, banner.at)
    shell = memory.answers.get(Look.SHELL)
    if shell is not None and isinstance(shell.answer, Shell):
        yield Fact("Doors", "SSH host key", shell.answer.fingerprint, Door.SSH, shell.at)


def _host(memory: Memory) -> Iterator[Fact]:
    for look in (Look.SYSTEM, Look.DASHBOARD):
        seen = memory.answers.get(look)
        if seen is None or not isinstance(seen.answer, (System, Dashboard)):
            continue
        answer, group = seen.answer, "Host"
        if isinstance(answer, System) and answer.uptime is not None:
            yield _fact(group, "uptime", units.short_duration(answer.uptime), seen, "host")
        if answer.memory_percent is not None:
            scope = f"host, by {look.value}"
            yield _fact(group, "memory used", units.percent(answer.memory_percent), seen, scope)
        if answer.disk is not None:
            sure = answer.disk.scope is not Scope.CONTAINER
            value = ("" if sure else "~") + units.percent(answer.disk.percent)
            where = f"{answer.disk.scope.value} {answer.disk.mount}".strip()
            yield _fact(group, "disk used", value, seen, f"{where}, by {look.value}")


def _fact(group: str, label: str, value: str, seen: Observation, scope: str = "") -> Fact:
    return Fact(group, label, value, seen.door, seen.at, scope)


def _containers(memory: Memory, expected: Expectation) -> Iterator[Fact]:
    seen = memory.answers.get(Look.CONTAINERS)
    if seen is None:
        return
    for name in sorted(memory.missing):
        core = name in expected.core
        yield Fact(
            "Containers",
            name,
            "not listed",
            seen.door,
            seen.at,
            "core" if core else "expected",
            Pill.DOWN if core else Pill.DEGRADED,
        )
    for row in sorted(memory.rows.values(), key=lambda r: r.service):
        bad = row.state in ("restarting", "paused") or row.health == "unhealthy"
        scope = "core" if row.service in expected.core else ""
        yield Fact(
            "Containers",
            row.service,
            row.status or row.state,
            seen.door,
            seen.at,
            f"{scope} image {row.image_id}".strip() if row.image_id else scope,
            Pill.DEGRADED if bad else None,
        )


def _temporal(memory: Memory, theirs: datetime) -> Iterator[Fact]:
    seen = memory.answers.get(Look.QUEUE)
    if seen is not None and isinstance(seen.answer, Queue):
        for kind in ("workflow", "activity"):
            newest = max(
                (p.last_access for p in seen.answer.pollers if p.kind == kind and p.last_access),
                default=None,
            )
            text = "none" if newest is None else f"seen {units.age(newest, theirs)} ago"
            yield _fact("Temporal", f"{kind} poller", text, seen, "queue alfred-learn")
        if seen.answer.backlog is not None:
            yield _fact("Temporal", "backlog", f"{seen.answer.backlog} tasks", seen)
    seen = memory.answers.get(Look.WORKFLOWS)
    if seen is not None and isinstance(seen.answer, Workflows):
        yield _fact("Temporal", "running workflows", str(len(seen.answer.rows)), seen)
        oldest = min(
            (w for w in seen.answer.rows if w.started), key=lambda w: str(w.started), default=None
        )
        if oldest is not None:
            age = units.age(oldest.started, theirs)
            yield _fact("Temporal", "longest running", f"{oldest.type} for {age}", seen)
    seen = memory.answers.get(Look.SCHEDULES)
    if seen is not None and isinstance(seen.answer, Schedules):
        rows = seen.answer.rows
        paused = [r.schedule_id for r in rows if r.paused]
        yield _fact("Temporal", "schedules", f"{len(rows)}, {len(paused)} paused", seen)
        for name in paused[:8]:
            yield _fact("Temporal", "paused", name, seen)


def _work(memory: Memory, theirs: datetime) -> Iterator[Fact]:
    seen = memory.answers.get(Look.WORKERS)
    if seen is not None and isinstance(seen.answer, Workers):
        for worker in seen.answer.rows:
            text = f"{worker.state} {worker.note}".strip()
            yield _fact("Workers", worker.name, text, seen)
    seen = memory.answers.get(Look.STREAMS)
    if seen is not None and isinstance(seen.answer, Streams):
        for row in seen.answer.rows:
            pull = (
                f"last pull {units.age(row.last_pull, theirs)} ago"
                if row.last_pull
                else "no pull known"
            )
            yield _fact("Streams", row.name, f"{row.status}, {pull}", seen, row.last_pull_status)
    seen = memory.answers.get(Look.DASHBOARD)
    if seen is not None and isinstance(seen.answer, Dashboard):
        if seen.answer.records is not None:
            yield _fact("Vault", "records", f"{seen.answer.records:,}", seen)
        for name, count in seen.answer.records_by_type[:12]:
            yield _fact("Vault", name, f"{count:,}", seen)
        if seen.answer.inbox is not None:
            count = seen.answer.inbox
            yield _fact("Vault", "inbox", f"{count} file{'' if count == 1 else 's'}", seen)
        if seen.answer.pending_devices:
            waiting = f"{seen.answer.pending_devices} wait for approval"
            yield _fact("Vault", "devices", waiting, seen)
