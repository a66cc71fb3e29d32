"""What is known of a tenant, laid out for a person: sections of labels and values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from alfred_tui.cli.events import text_of
from alfred_tui.cli.output import out, pill
from alfred_tui.model import units
from alfred_tui.model.quiet import QuietKind
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill

if TYPE_CHECKING:
    from alfred_tui.cli.info import Known, Share

Rows = Iterable[tuple[str, str | None]]
_LABEL = 18
_LONGEST = 4000


def print_sheet(known: Known, now: datetime) -> None:
    """Headline, then every section that has something to say."""
    _headline(known, now)
    _section("Quiet", _quiet(known))
    _section("Tenant", _tenant(known))
    _section("Belongs to it", _estate(known))
    _section("Host keys", _host_keys(known))
    _section("Last seen", _figures(known, now))
    _section("Expected", _expected(known))
    _section("Availability", ((share.label, _share(share)) for share in known.shares))
    if known.events:
        out("\nEvents, newest last")
        for event in known.events:
            out(f"  {text_of(event)}")


def _section(title: str, rows: Rows) -> None:
    """Rows without a value are left out, and a section without rows."""
    shown = [(label, clean(value, _LONGEST)) for label, value in rows if value]
    if not shown:
        return
    out(f"\n{title}")
    for label, value in shown:
        out(f"  {clean(label):<{_LABEL}}  {value}".rstrip())


def _headline(known: Known, now: datetime) -> None:
    view = known.kept.view if known.kept else None
    front = f"{pill(view.pill if view else Pill.UNKNOWN)}  {clean(known.tenant.name)}"
    if view is None:
        out(f"{front}  nobody has looked yet")
        return
    since = f"for {units.age(view.since, now)}; " if view.since else ""
    looked = f"looked {units.age(view.oldest, now)} ago" if view.oldest else "never seen"
    out(f"{front}  {since}{looked}")
    for quiet, reasons in (("", view.reasons), ("quiet: ", view.quieted)):
        for reason in reasons:
            age = f", {units.age(reason.since, now)}" if reason.since else ""
            out(f"  {quiet}{clean(reason.text)}{age} ({clean(reason.rule)}, {reason.door.value})")
    for each in known.kept.counting if known.kept else ():
        said, word = each.reason, "healing" if each.healing else "counting"
        where = f"{clean(said.rule)}, {said.door.value}"
        out(f"  {word}: {clean(said.text)}: {each.progress} ({where})")
    for note in view.notes:
        out(f"  {clean(note)}")


def _quiet(known: Known) -> Iterator[tuple[str, str]]:
    words = {QuietKind.MUTE: "muted", QuietKind.ACK: "acknowledged"}
    for wish in known.quiet:
        by = f" by {wish.who}" if wish.who else ""
        until = f"until {units.stamp(wish.until)}{by}"
        yield words[wish.kind], f"{wish.scope}, {until}: {wish.reason}".rstrip(": ")


def _tenant(known: Known) -> Iterator[tuple[str, str | None]]:
    tenant = known.tenant
    yield "API", tenant.api_url
    yield "dialled", f"{tenant.address} port {tenant.port}"
    yield "API key", str(tenant.api_key) if tenant.api_key else "none"
    yield "CA file", tenant.ca_file
    yield "plain http", "allowed" if tenant.allow_plain_http else None
    if ssh := tenant.ssh:
        yield "SSH", f"{ssh.user}@{ssh.host} port {ssh.port}"
        yield "SSH key file", ssh.key_file
    yield "server type", tenant.server_type
    yield "location", tenant.location
    yield "lifecycle", tenant.lifecycle.value
    yield "time zone", tenant.timezone
    for label, value in sorted(tenant.labels.items()):
        yield f"label {label}", value


def _estate(known: Known) -> Iterator[tuple[str, str | None]]:
    """Places of key files, never what is in them."""
    estate = known.tenant.estate
    words = {"luks_key_file": "LUKS key file", "restic_file": "restic file"}
    for field in estate.__struct_fields__:
        value = getattr(estate, field)
        shown = units.stamp(value) if isinstance(value, datetime) else value
        yield words.get(field, field.replace("_", " ")), None if shown is None else str(shown)


def _host_keys(known: Known) -> Iterator[tuple[str, str]]:
    for key in known.host_keys:
        seen = f"pinned {units.stamp(key.first_seen)}, from {key.source}"
        yield key.kind or "kind unknown", f"{key.fingerprint}  {seen}"


def _figures(known: Known, now: datetime) -> Iterator[tuple[str, str | None]]:
    if known.kept is None:
        return
    view = known.kept.view
    yield "services", f"{view.seen} of {view.expected}" if view.seen is not None else None
    sure = "" if view.disk_sure else "~"
    yield "disk", f"{sure}{units.percent(view.disk)}" if view.disk is not None else None
    yield "memory", units.percent(view.memory) if view.memory is not None else None
    yield "latency", units.latency(view.latency) if view.latency is not None else None
    yield "up", units.short_duration(view.uptime) if view.uptime is not None else None
    for service, image in view.images:
        yield f"image {service}", image
    yield "kept", f"{units.stamp(known.kept.kept_at)}, {units.age(known.kept.kept_at, now)} ago"


def _expected(known: Known) -> Iterator[tuple[str, str | None]]:
    from alfred_tui.cli.info import expects

    found = expects(known)
    given = known.tenant.layout is not None
    layout = found["layout"]
    yield "layout", f"{layout}, {'as given' if given else 'found out'}" if layout else "not known"
    yield "core", ", ".join(found["core"])
    yield "optional", ", ".join(found["optional"])
    yield "schedules", ", ".join(found["schedules"])
    yield "learnt for good", ", ".join(found["learnt"])
    yield "well since", found["well_since"]
    for service, since in found["missing_since"].items():
        yield f"missing {service}", f"since {since}"


def _share(share: Share) -> str:
    whole = share.whole
    if whole.availability is None:
        return f"not judged; watched {units.short_duration(whole.watched)}"
    words = (("down", whole.down), ("degraded", whole.degraded), ("watched", whole.watched))
    parts = [f"{word} {units.short_duration(spent)}" for word, spent in words if spent]
    return ", ".join([_percent(whole.availability), *parts])


def _percent(value: float) -> str:
    """Two places, and never 100 where something was missing."""
    return "100 %" if value >= 100 else f"{min(value, 99.99):.2f} %"
