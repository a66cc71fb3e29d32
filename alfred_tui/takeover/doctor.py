"""Looking at everything an operator needs; what it makes of that is in ``findings``."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from alfred_tui import logs
from alfred_tui.config import Settings
from alfred_tui.model.facts import Banner
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.tenant import HostKey, Tenant
from alfred_tui.store.inspection import Inspection, inspect_store
from alfred_tui.takeover import findings
from alfred_tui.takeover.doors import not_asked, of_doors
from alfred_tui.takeover.findings import Finding, OwnFile
from alfred_tui.takeover.keyfiles import Lying, lying
from alfred_tui.takeover.logins import log_in, not_tried, with_a_key
from alfred_tui.takeover.tailnet import ask_tailnet
from alfred_tui.tenant.door import ApiDoor

log = logging.getLogger(__name__)
AT_ONCE = 256
"""Tenants asked at the same time."""
DEADLINE = 60.0
"""Seconds for all doors of the fleet: one whose names are not found could take minutes."""


def _nobody(found: Sequence[Finding]) -> None:
    """Nobody waits for parts."""


async def examine(
    settings: Settings,
    trouble: str = "",
    names: Sequence[str] = (),
    *,
    deadline: float = DEADLINE,
    told: Callable[[Sequence[Finding]], None] = _nobody,
) -> list[Finding]:
    """Every check, in the order in which a person would mend things.

    Args:
        settings: those in force; the defaults where the file cannot be used.
        trouble: why the settings cannot be used; empty: they can.
        names: only these tenants' files and doors; all without one.
        deadline: seconds for all doors together.
        told: is given each part as soon as it is known, in the order in which that is.
    """
    store = await asyncio.to_thread(inspect_store, settings.paths.database)
    logs.mask(*(tenant.api_key.reveal() for tenant in store.tenants))
    tenants = [t for t in store.tenants if not names or t.name in names]
    asked = [tenant for tenant in tenants if tenant.polled]

    def said(part: list[Finding]) -> list[Finding]:
        told(part)
        return part

    async def tailnet() -> list[Finding]:
        net = await ask_tailnet()
        return said(findings.of_tailnet(net, [each for each in asked if not _here(each)]))

    own = said(_own_house(settings, trouble, store))
    files = said([each for tenant in tenants for each in findings.of_files(tenant, _lying(tenant))])
    limits = settings.limits
    doors: dict[str, list[Finding]] = {}

    def seen_of(tenant: Tenant, api: Observation, banner: Observation) -> None:
        doors[tenant.name] = said(of_doors(tenant, api, banner, limits, datetime.now(UTC)))

    def let_in(tenant: Tenant, login: Finding) -> None:
        doors[tenant.name] += said([login])

    net, (seen, left) = await asyncio.gather(
        tailnet(), _look(settings, asked, store.host_keys, deadline, seen_of, let_in)
    )
    clock = said(findings.of_clock((api for api, _ in seen.values()), limits))
    found = [*own, *net, *clock, *files]
    for tenant in asked:
        found += doors.get(tenant.name) or said([not_asked(tenant, deadline)])
    return found + (said([not_tried(left, deadline)]) if left else [])


def _own_house(settings: Settings, trouble: str, store: Inspection) -> list[Finding]:
    paths = settings.paths
    return [
        *findings.of_settings(_own(paths.config_file), trouble),
        *_store(settings, store),
        *findings.of_log(_own(paths.log_file)),
        *findings.of_tools({name: shutil.which(name) for name in ("ssh", "tmux")}),
    ]


def _store(settings: Settings, store: Inspection) -> list[Finding]:
    path = settings.paths.database
    try:
        free: int | None = shutil.disk_usage(path.parent).free
    except OSError:
        free = None  # no folder yet
    return findings.of_store(_own(path.parent), _own(path), store, free)


def _own(path: Path) -> OwnFile:
    try:
        found = path.stat()
    except OSError:
        return OwnFile(path)
    return OwnFile(path, found.st_mode, os.access(path, os.W_OK), found.st_size)


def _lying(tenant: Tenant) -> dict[str, Lying]:
    estate = tenant.estate
    key = tenant.ssh.key_file if tenant.ssh else None
    named = (tenant.ca_file, key, estate.luks_key_file, estate.restic_file)
    return {path: lying(Path(path)) for path in named if path}


def _here(tenant: Tenant) -> bool:
    try:
        return ipaddress.ip_address(tenant.address).is_loopback
    except ValueError:
        return tenant.address == "localhost"


async def _look(
    settings: Settings,
    tenants: Sequence[Tenant],
    pinned: Sequence[HostKey],
    deadline: float,
    told: Callable[[Tenant, Observation, Observation], None],
    let_in: Callable[[Tenant, Finding], None],
) -> tuple[dict[str, tuple[Observation, Observation]], int]:
    """One look at each tenant's containers, which is the cheapest, and one at its port of SSH;
    then a login where that port answers.

    By name; those that did not get to it within ``deadline`` seconds are not in it; and at how
    many no login was tried for want of time. ``told`` and ``let_in`` are given each at once.
    """
    door = ApiDoor(poll=settings.poll, now=lambda: datetime.now(UTC))
    bound = asyncio.Semaphore(AT_ONCE)
    seen: dict[str, tuple[Observation, Observation]] = {}
    keyed: dict[str, Tenant] = {}

    async def both(tenant: Tenant) -> None:
        async with bound:
            looks = (door.look(tenant, Look.CONTAINERS), door.look(tenant, Look.BANNER))
            seen[tenant.name] = await asyncio.gather(*looks)
            told(tenant, *seen[tenant.name])
            if isinstance(seen[tenant.name][1].answer, Banner) and with_a_key(tenant):
                keyed[tenant.name] = tenant

    def tried(tenant: Tenant, login: Finding | None) -> None:
        del keyed[tenant.name]
        if login is not None:
            let_in(tenant, login)

    try:
        async with asyncio.timeout(deadline):
            async with asyncio.TaskGroup() as group:
                for tenant in tenants:
                    group.create_task(both(tenant))
            if keyed:
                await log_in(door.dialer, pinned, list(keyed.values()), tried)
    except TimeoutError:
        log.warning("%d of %d tenants were asked in time", len(seen), len(tenants))
    finally:
        await door.aclose()
    return seen, len(keyed)
