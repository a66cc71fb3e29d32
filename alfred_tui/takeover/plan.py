"""From what was gathered to what an import does: pure, so that it can run inside a transaction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from alfred_tui.model.tenant import HostKey, Tenant
from alfred_tui.store.inventory import problems_of, read_entries
from alfred_tui.takeover import peers
from alfred_tui.takeover.copying import looks_like_database
from alfred_tui.takeover.former import FILE_NAME, read_former
from alfred_tui.takeover.found import (
    Found,
    LeftOut,
    Sighting,
    SourceError,
    completed,
    fields_of,
    is_short,
)
from alfred_tui.takeover.merge import (
    Change,
    Outcome,
    Preference,
    known_after,
    merge,
    new_pins,
    pin_warnings,
)
from alfred_tui.takeover.tailnet import Tailnet

INVENTORY = "inventory"


class Gathered(msgspec.Struct, frozen=True):
    """All that was read for one import. ``tailnet`` is given where its machines are looked for."""

    sightings: tuple[Sighting, ...] = ()
    tailnet: Tailnet | None = None
    tag: str = peers.TAG


class Import(msgspec.Struct, frozen=True):
    """What an import does, and the lines about it that a person should read."""

    outcome: Outcome
    notes: tuple[str, ...] = ()
    warnings: dict[str, tuple[str, ...]] = {}


def database_in(path: Path) -> Path | None:
    """The former tool's database that ``path`` is or holds; ``None``: a file to be read as JSON.

    Raises:
        SourceError: a folder without one, or it cannot be looked at.
    """
    try:
        if path.is_dir():
            for place in (path / FILE_NAME, path / "data" / FILE_NAME):
                if place.is_file():
                    return place
            raise SourceError(f"{path}: no {FILE_NAME} in it, nor in its folder data")
        return path if path.is_file() and looks_like_database(path) else None
    except OSError as trouble:
        raise SourceError(f"{trouble.filename or path}: {trouble.strerror}") from None


async def read_path_aside(path: Path) -> Sighting:
    """As :func:`read_path`, off the loop; cancelled, it ends soon and leaves no copy behind."""
    stop = threading.Event()
    try:
        return await asyncio.to_thread(read_path, path, stop)
    finally:
        stop.set()


def read_path(path: Path, stop: threading.Event | None = None) -> Sighting:
    """The tenants of a file or folder, told by its content; ``stop``, when set, ends it soon.

    Raises:
        SourceError: it cannot be read or is neither.
        InventoryError: it is read as JSON, and that is wrong; every problem a line.
    """
    database = database_in(path)
    if database is not None:
        return read_former(database, stop)
    found = tuple(
        Found(entry.tenant.name, INVENTORY, fields_of(entry.tenant, entry.stated))
        for entry in read_entries(path)
    )
    return Sighting(INVENTORY, found)


def with_suffix(sighting: Sighting, suffix: str, *, asked: bool) -> Sighting:
    """Short host names under the tailnet's suffix; those of an inventory only where asked for."""
    if not suffix or (sighting.source == INVENTORY and not asked):
        return sighting
    found = tuple(completed(each, suffix) for each in sighting.found)
    return msgspec.structs.replace(sighting, found=found)


def short_hosts(sighting: Sighting) -> list[str]:
    """Names of tenants whose API's host is a short name, which no certificate holds."""
    return [
        found.name
        for found in sighting.found
        if sighting.source != INVENTORY and is_short(_host(found))
    ]


def _host(found: Found) -> str:
    url = found.fields.get("api_url") or found.assumed.get("api_url") or ""
    return urlsplit(str(url)).hostname or ""


def plan(
    ours: Sequence[Tenant], pinned: Sequence[HostKey], gathered: Gathered, prefer: Preference
) -> Import:
    """What merging everything gathered into ``ours``, with its ``pinned`` host keys, does.

    Raises:
        SourceError: the tailnet is asked for and its client has no map of it.
    """
    sightings = list(gathered.sightings)
    if gathered.tailnet is not None:
        # matched against what is known once the others have told
        known = known_after(ours, sightings, prefer)
        sightings.append(peers.sighting_of(gathered.tailnet, known, gathered.tag))
    outcome = _sound(merge(ours, sightings, prefer))
    warnings = dict(pin_warnings(pinned, outcome.host_keys))
    for sighting in sightings:
        for found in sighting.found:
            if found.warnings:
                warnings[found.name] = (*warnings.get(found.name, ()), *found.warnings)
    for conflict in outcome.conflicts:
        if conflict.why:
            warnings[conflict.tenant] = (*warnings.get(conflict.tenant, ()), conflict.why)
    for tenant in outcome.tenants:
        if not tenant.api_key and tenant.polled:
            give = (
                f"no API key: `alfred-tui tenants edit {tenant.name} --api-key-file FILE` adds it"
            )
            warnings[tenant.name] = (*warnings.get(tenant.name, ()), give)
    notes = [note for sighting in sightings for note in sighting.notes]
    notes += _short_names(outcome.tenants)
    pins = new_pins(pinned, outcome.host_keys)
    return Import(_with_pins(outcome, pins), tuple(notes), warnings)


def _short_names(tenants: Iterable[Tenant]) -> list[str]:
    names = [tenant.name for tenant in tenants if is_short(tenant.host)]
    if not names:
        return []
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [
        f"warning: the host names of {shown} are short, and TLS cannot be verified against such: "
        "give --tailnet SUFFIX"
    ]


def _sound(outcome: Outcome) -> Outcome:
    """``outcome`` without tenants that no inventory could describe: sources write anything."""
    wrong = {t.name: problems for t in outcome.tenants if (problems := problems_of(t))}
    if not wrong:
        return outcome
    return msgspec.structs.replace(
        outcome,
        added=tuple(name for name in outcome.added if name not in wrong),
        changed={name: each for name, each in outcome.changed.items() if name not in wrong},
        tenants=tuple(tenant for tenant in outcome.tenants if tenant.name not in wrong),
        host_keys=tuple(key for key in outcome.host_keys if key.tenant not in wrong),
        left_out=(
            *outcome.left_out,
            *(LeftOut(name, "", "; ".join(problems)) for name, problems in wrong.items()),
        ),
    )


def _with_pins(outcome: Outcome, pins: list[HostKey]) -> Outcome:
    """``outcome`` with only new host keys; pinning one changes a tenant that is there already."""
    changed = dict(outcome.changed)
    for key in pins:
        if key.tenant not in outcome.added:
            was = changed.get(key.tenant, ())
            changed[key.tenant] = (*was, Change("host_key", None, key.fingerprint))
    return msgspec.structs.replace(
        outcome,
        changed=changed,
        unchanged=tuple(name for name in outcome.unchanged if name not in changed),
        host_keys=tuple(pins),
    )
