"""One tenant's line: its connection, the places on it, and why it may be barred."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from alfred_tui.model.tenant import RefusedLogin
from alfred_tui.tenant.ssh.contact import Contact
from alfred_tui.tenant.ssh.dialling import Opener
from alfred_tui.tenant.ssh.errors import (
    AuthenticationFailed,
    DoorClosed,
    HostKeyChanged,
    LockedOut,
    Phase,
    Refused,
    SshError,
    TimedOut,
)
from alfred_tui.tenant.ssh.keys import Access
from alfred_tui.tenant.ssh.limits import SshLimits
from alfred_tui.tenant.ssh.link import Link
from alfred_tui.tenant.ssh.places import Place, Places
from alfred_tui.tenant.ssh.refusals import Refusals
from alfred_tui.tenant.ssh.result import Keeper, Result
from alfred_tui.tenant.ssh.session import NotBegun, Run

BAN = timedelta(hours=1)
"""How long fail2ban shuts a tenant's port after the third failure (runbook.md 1)."""

Spawn = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]
"""Starts a task that the door waits for when it closes."""


class Job(NamedTuple):
    """What is to be run: the rendered line, its input, its output's keeper, its limit (s)."""

    line: bytes
    stdin: bytes
    keeper: Keeper
    limit: float


class Line:
    """Runs commands on one tenant. Made for one event loop."""

    def __init__(
        self,
        tenant: str,
        opener: Opener,
        limits: SshLimits,
        now: Callable[[], datetime],
        spawn: Spawn,
        on_contact: Callable[[Contact], None],
        refusals: Refusals,
    ) -> None:
        self._tenant = tenant
        self._on_contact = on_contact
        self._refusals = refusals
        self._opener = opener
        self._limits = limits
        self._now = now
        self._spawn = spawn
        self._places = Places(limits.sessions, limits.reserve)
        self._lock = asyncio.Lock()
        self._link: Link | None = None
        self._links: set[Link] = set()
        self._trouble: tuple[float, SshError] | None = None
        self._bar: tuple[Access, SshError] | None = None
        self._anew = False
        self._told: datetime | None = None
        self._opening: asyncio.Task[Any] | None = None
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether a connection is open."""
        return self._link is not None and self._link.usable

    @property
    def busy(self) -> int:
        """Sessions in use."""
        return self._limits.sessions - self._places.free

    def allow(self) -> None:
        """A person asks anew: a refused key may be tried once more."""
        self._bar = None
        self._anew = True

    async def run(self, way: Access, job: Job, *, person: bool) -> Result:
        """Run it in a place of its own.

        Raises:
            SshError: of any kind; ``sent`` says whether it may have been carried out.
        """
        place = await self._place(person)
        try:
            return await self._run(way, job, place)
        finally:
            place.leave()

    async def secure(self, way: Access) -> None:
        """Have a new connection, and with it a host key that was judged just now, and is pinned.

        What runs on the old one may end there, and nothing else begins on it once another key was
        shown.
        """
        asked = asyncio.get_running_loop().time()
        async with self._lock:
            self._check_open()
            await self._deny(way, asked)
            if self._link is not None and self._link.usable and self._link.opened >= asked:
                return  # the one that was waited for
            try:
                link = await self._open(way)
            except HostKeyChanged:
                if self._link is not None:
                    self._link.retire()
                raise
            if self._link is not None:
                self._link.retire()
            self._link = link
            link.enter()
            link.leave()

    async def repin(self, way: Access, fingerprint: str) -> None:
        """Open a new connection to a server with this key, and pin it in place of any other."""
        async with self._lock:
            if self._link is not None:
                self._link.retire()
            self._link = link = await self._open(way, fingerprint)
            link.enter()
            link.leave()

    async def close(self) -> None:
        """Cut what is open; who runs or waits is told."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
        self._places.close(self._gone)
        links = list(self._links)
        for link in links:
            link.close()
        for link in links:
            await link.conn.wait_closed()

    def _check_open(self) -> None:
        if self._closed:
            raise self._gone()

    def _gone(self) -> DoorClosed:
        return DoorClosed(self._tenant, "the SSH door is closed")

    async def _place(self, person: bool) -> Place:
        self._check_open()
        try:
            async with asyncio.timeout(self._limits.place):
                return await self._places.take(person=person)
        except TimeoutError:
            raise TimedOut(self._tenant, Phase.PLACE, self._limits.place) from None

    async def _run(self, way: Access, job: Job, place: Place) -> Result:
        while True:
            link = await self._connected(way)
            fresh, link.fresh = link.fresh, False
            try:
                return await self._on(link, job, place)
            except NotBegun as reason:
                # it was not sent; on an old connection that may be because it died unnoticed
                link.retire()
                if fresh:
                    raise reason.trouble from None
            finally:
                link.leave()

    async def _on(self, link: Link, job: Job, place: Place) -> Result:
        mark = await link.room()
        run = Run(link.conn, self._tenant, job.line, self._limits)
        try:
            await run.opened()
            link.proven(mark)
            return await run.result(job.stdin, job.keeper, job.limit)
        finally:
            if run.over:
                link.over()
            else:
                place.share()
                link.enter()
                self._spawn(self._bury(run, link, place))

    async def _bury(self, run: Run, link: Link, place: Place) -> None:
        """The server's session is ours until its program is gone: so is the place."""
        try:
            if not await run.bury(self._limits.ending):
                link.retire()
        finally:
            link.over()
            link.leave()
            place.leave()

    async def _connected(self, way: Access) -> Link:
        """The connection, opened where there is none; the caller leaves it."""
        asked = asyncio.get_running_loop().time()
        async with self._lock:
            self._check_open()
            link = self._link
            if link is not None and (not link.usable or link.way != way):
                link.retire()
                link = None
            if link is None:
                await self._deny(way, asked)
                link = self._link = await self._open(way)
            link.enter()
            return link

    async def _deny(self, way: Access, asked: float) -> None:
        """Raise what is known to come of another try."""
        if self._bar is not None and self._bar[0] == way:
            refused = isinstance(self._bar[1], AuthenticationFailed)
            if not refused or await self._refusals.last(self._tenant) is not None:
                raise self._bar[1].again()
            self._bar = None  # another program of ours was let in since
        if self._trouble is not None and self._trouble[0] >= asked:
            raise self._trouble[1].again()  # of the try that we have waited for
        if self._anew:
            return
        last = await self._refused()
        if last is not None and last.way == str(way):
            user = way.target.user
            trouble = AuthenticationFailed(self._tenant, user, str(way.key_file), last.at)
            if self._told != last.at:
                self._told = last.at
                self._on_contact(Contact(self._tenant, 0.0, trouble=trouble))
            raise trouble

    async def _refused(self) -> RefusedLogin | None:
        """A refusal that fail2ban may still hold against us, whichever of our programs got it."""
        last = await self._refusals.last(self._tenant)
        return last if last is not None and last.at <= self._now() < last.at + BAN else None

    async def _open(self, way: Access, expected: str = "") -> Link:
        self._check_open()  # it may have been closed while refusals were read
        began = asyncio.get_running_loop().time()
        self._opening = self._spawn(self._opener.open(self._tenant, way, expected))
        try:
            conn = await self._opening
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed and task is not None and not task.cancelling():
                raise self._gone() from None
            raise
        except SshError as trouble:
            told = await self._judged(way, trouble)
            now = asyncio.get_running_loop().time()
            self._trouble = (now, told)
            if not expected:  # what was held against that key says nothing of the pinned ones
                self._on_contact(Contact(self._tenant, now - began, trouble=told))
            if told is trouble:
                raise
            raise told.again() from None
        finally:
            self._opening = None
            self._anew = False
        self._trouble = None
        self._spawn(self._refusals.forget(self._tenant))
        link = Link(conn, way, self._limits)
        self._links.add(link)
        self._spawn(self._watch(link))
        key = self._opener.offered(self._tenant, conn.get_server_host_key())
        self._on_contact(Contact(self._tenant, link.opened - began, key))
        return link

    async def _watch(self, link: Link) -> None:
        await link.conn.wait_closed()
        link.close()
        self._links.discard(link)

    async def _judged(self, way: Access, trouble: SshError) -> SshError:
        """Bar what must not be tried again unasked."""
        if isinstance(trouble, AuthenticationFailed):
            self._bar = (way, trouble)
            await self._refusals.keep(RefusedLogin(self._tenant, str(way), trouble.at))
        elif _shut(trouble) and (last := await self._refused()) is not None:
            said = trouble.failure.text.removeprefix(f"{self._tenant}: ").partition(". ")[0]
            trouble = LockedOut(self._tenant, said, last.at, last.at + BAN)
            self._bar = (way, trouble)
        return trouble


def _shut(trouble: SshError) -> bool:
    if isinstance(trouble, TimedOut):
        return trouble.phase in (Phase.CONNECT, Phase.BANNER)
    return isinstance(trouble, Refused)
