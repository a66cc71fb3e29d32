"""Records the registry digests of what runs on tenants, as long as they are well.

A rollback must know what to go back to (runbook.md 10), and once it is needed it is too late to
ask: the update has taken the old images away. Asking may take its time, and is in nobody's way.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from alfred_tui.model.ask import Ask
from alfred_tui.model.images import Image, KeptImage
from alfred_tui.model.verdict import Pill
from alfred_tui.tenant.errors import TenantError

if TYPE_CHECKING:
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.model.view import TenantView
    from alfred_tui.tenant.ssh.door import SshDoor

log = logging.getLogger(__name__)

AsksImages = Callable[["Tenant"], Awaitable[Sequence[Image]]]
"""Asks one tenant for the images of its running services; raises ``TenantError``."""
Running = tuple[tuple[str, str], ...]
"""Services with the first digits of their images' local ids, as the containers list has them."""

DIGITS = 12
"""Of an id, in the containers list."""


class Shelf(Protocol):
    """Where digests are kept; synchronous, raises the store's errors."""

    def keep(self, tenant: str, images: Sequence[Image], at: datetime) -> None:
        """These were seen at a tenant that was well."""
        ...

    def everywhere(self) -> list[KeptImage]:
        """All that is kept."""
        ...


class Pace(NamedTuple):
    """Seconds: ``beat`` between two tenants, ``settle`` that one must have been well on the same
    images, ``again`` until one is asked anew without a change, ``wait`` after a failure, each
    further one doubling it up to ``again``. ``at_once`` are asked at the same time.
    """

    beat: float = 5.0
    settle: float = 300.0
    again: float = 86_400.0
    wait: float = 1_800.0
    at_once: int = 2


@dataclass
class _Watch:
    """Of one tenant, by the loop's clock: on what it has been well since when, what is kept."""

    listed: Running = ()
    running: frozenset[tuple[str, str]] = frozenset()
    since: float | None = None
    kept: frozenset[tuple[str, str]] = frozenset()
    again: float = 0.0
    not_before: float = 0.0
    failures: int = 0


class DigestKeeper:
    """``tenants`` and ``views`` are asked at each beat: who is watched may change."""

    def __init__(
        self,
        tenants: Callable[[], Iterable[Tenant]],
        views: Callable[[], Mapping[str, TenantView]],
        asks: AsksImages,
        shelf: Shelf,
        ask: Ask,
        now: Callable[[], datetime],
        pace: Pace | None = None,
    ) -> None:
        self._tenants, self._views, self._asks = tenants, views, asks
        self._shelf, self._ask, self._now = shelf, ask, now
        self._pace = pace or Pace()
        self._watched: dict[str, _Watch] = {}
        self._busy: set[str] = set()
        self._dice = random.Random()

    async def run(self) -> None:
        """For ever; at each beat one tenant that is due is asked."""
        await self._load()
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(self._pace.beat * self._dice.uniform(0.5, 1.5))
                due = self._due(asyncio.get_running_loop().time())
                if due and len(self._busy) < self._pace.at_once:
                    tenant = self._dice.choice(due)
                    self._busy.add(tenant.name)
                    group.create_task(self._take(tenant))

    async def _load(self) -> None:
        """What was kept before this program began is not asked for again at once."""
        try:
            kept = await self._ask(self._shelf.everywhere)
        except RuntimeError:
            log.warning("kept digests cannot be read: all are asked for", exc_info=True)
            return
        time, now = asyncio.get_running_loop().time(), self._now()
        newest: dict[str, datetime] = {}
        for each in kept:
            newest[each.tenant] = max(each.last_seen, newest.get(each.tenant, each.last_seen))
        for name, last in newest.items():
            pairs = [
                _pair(each.image) for each in kept if each.tenant == name and each.last_seen == last
            ]
            age = max(0.0, (now - last).total_seconds())
            watch = _Watch(kept=frozenset(pairs), again=time - age + self._some(self._pace.again))
            self._watched[name] = watch

    def _some(self, seconds: float) -> float:
        return seconds * self._dice.uniform(0.9, 1.1)

    def _due(self, time: float) -> list[Tenant]:
        """Who may be asked now. To be called at every beat: it sees who stays well."""
        views = self._views()
        tenants = [tenant for tenant in self._tenants() if tenant.ssh is not None]
        names = {tenant.name for tenant in tenants}
        self._watched = {name: one for name, one in self._watched.items() if name in names}
        return [tenant for tenant in tenants if self._is_due(tenant, views, time)]

    def _is_due(self, tenant: Tenant, views: Mapping[str, TenantView], time: float) -> bool:
        watch = self._watched.setdefault(tenant.name, _Watch())
        listed = _well_on(views.get(tenant.name))
        if not listed:
            watch.since = None
            return False
        if watch.since is None or watch.listed != listed:
            running = frozenset(listed)
            if watch.since is None or watch.running != running:
                watch.since = time
            watch.listed, watch.running = listed, running
        if time - watch.since < self._pace.settle or time < watch.not_before:
            return False
        if tenant.name in self._busy:
            return False
        return time >= watch.again or not watch.running <= watch.kept

    async def _take(self, tenant: Tenant) -> None:
        watch, running = self._watched[tenant.name], self._watched[tenant.name].running
        loop = asyncio.get_running_loop()
        try:
            found = await self._asks(tenant)
            if frozenset(_well_on(self._views().get(tenant.name))) != running:
                return  # it changed meanwhile: once it has settled it is asked again
            kept = [image for image in found if _pair(image) in running]
            await self._ask(lambda: self._shelf.keep(tenant.name, kept, self._now()))
        except (TenantError, OSError, RuntimeError) as trouble:
            log.info("digests of %s were not recorded: %s", tenant.name, trouble)
            self._put_off(watch, loop.time())
        else:
            watch.kept = frozenset(map(_pair, kept))
            if running <= watch.kept:
                watch.failures = 0
                watch.again = loop.time() + self._some(self._pace.again)
            else:
                log.info("%s tells of some of its services no image: asked later", tenant.name)
                self._put_off(watch, loop.time())
        finally:
            self._busy.discard(tenant.name)

    def _put_off(self, watch: _Watch, time: float) -> None:
        wait = min(self._pace.again, self._pace.wait * 2**watch.failures)
        watch.failures = min(watch.failures + 1, 16)
        watch.not_before = time + self._some(wait)


def _well_on(view: TenantView | None) -> Running:
    """What a tenant runs, if it is well; empty if not."""
    return view.images if view is not None and view.pill is Pill.OK else ()


def _pair(image: Image) -> tuple[str, str]:
    return image.service, image.image_id.removeprefix("sha256:")[:DIGITS]


def over_ssh(ssh: Callable[[], Awaitable[SshDoor]]) -> AsksImages:
    """Asks through the SSH door, which is opened when it is first needed."""

    async def asks(tenant: Tenant) -> Sequence[Image]:
        door = await ssh()
        from alfred_tui.tenant.images import images

        return await images(door, tenant)

    return asks
