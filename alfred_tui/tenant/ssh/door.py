"""The SSH door of all tenants: commands in, results out, or a typed error (docs/ssh.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, NamedTuple

from alfred_tui.model.tenant import HostKey, Tenant
from alfred_tui.tenant.ssh import keys
from alfred_tui.tenant.ssh.command import Command, rendered
from alfred_tui.tenant.ssh.contact import Contact
from alfred_tui.tenant.ssh.dialling import Opener, Tcp
from alfred_tui.tenant.ssh.errors import DoorClosed, OutputCut, RemoteCommandFailed, Unconfigured
from alfred_tui.tenant.ssh.hostkeys import HostKeys
from alfred_tui.tenant.ssh.limits import SshLimits
from alfred_tui.tenant.ssh.line import Job, Line
from alfred_tui.tenant.ssh.refusals import OwnRefusals, Refusals
from alfred_tui.tenant.ssh.result import Keeper, OnLine, OnPiece, Result


class SshStats(NamedTuple):
    """What the door is doing: open connections, sessions in use."""

    connections: int
    sessions: int


class SshDoor:
    """One instance serves the whole fleet, in one event loop.

    ``tcp`` opens sockets (the API door's dialer), ``pins`` keeps host keys, ``now`` is UTC;
    ``refusals`` remembers keys that were refused.
    ``on_contact`` is told of every try to open a connection, also of those that failed.
    """

    def __init__(
        self,
        *,
        tcp: Tcp,
        pins: HostKeys,
        now: Callable[[], datetime],
        limits: SshLimits | None = None,
        refusals: Refusals | None = None,
        on_contact: Callable[[Contact], None] = lambda _: None,
    ) -> None:
        self._on_contact = on_contact
        self._limits = limits or SshLimits()
        self._pins = pins
        self._refusals = refusals or OwnRefusals()
        self._now = now
        self._opener = Opener(tcp, pins, self._limits, now)
        self._lines: dict[str, Line] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def stats(self) -> SshStats:
        """What is under way right now."""
        lines = self._lines.values()
        return SshStats(sum(line.connected for line in lines), sum(line.busy for line in lines))

    async def run(
        self,
        tenant: Tenant,
        command: Command,
        *,
        check: bool = False,
        limit: float | None = None,
        most: int | None = None,
        on_line: OnLine | None = None,
        on_piece: OnPiece | None = None,
        person: bool = False,
    ) -> Result:
        """Run ``command`` and wait for its end.

        ``limit`` seconds it may run; ``most`` bytes are kept of each stream, the rest is let go
        while it runs on; with ``on_line`` lines are handed on and none is kept; ``on_piece`` hears
        all of it as it comes, byte for byte, and it is kept as well. ``person``: one
        sits and waits, so the reserved place may be used. ``check``: success and whole output are
        asked for. A cancelled run is ended on the tenant, too.

        Raises:
            SshError: ``sent`` says whether it may have been carried out.
            Exception: what ``on_line``, ``on_piece`` or the pins raise passes.
        """
        way = keys.access(tenant)
        line = rendered(command, tenant.name, way.target.user)
        kept = self._limits.output if most is None else most
        keeper = Keeper(kept, on_line, on_piece)
        job = Job(line, command.stdin, keeper, self._limits.command if limit is None else limit)
        result = await self._line(tenant.name).run(way, job, person=person)
        if check and not result.ok:
            raise RemoteCommandFailed(tenant.name, command.program, result)
        if check and result.cut:
            raise OutputCut(tenant.name, command.program, kept, result)
        return result

    async def secure(self, tenant: Tenant) -> list[HostKey]:
        """Connect anew, so that the host key is judged now and pinned whole; all pinned keys.

        Raises:
            SshError: no connection.
        """
        await self._line(tenant.name).secure(keys.access(tenant))
        return await self.pinned(tenant)

    async def pinned(self, tenant: Tenant) -> list[HostKey]:
        """All pinned keys of a tenant; nobody is asked."""
        return list(await self._pins.pinned(tenant.name))

    async def repin(self, tenant: Tenant, fingerprint: str) -> list[HostKey]:
        """Pin the key that a person was shown, in place of any other; the keys pinned now.

        Raises:
            HostKeyChanged: the server shows yet another one; nothing is pinned.
            SshError: no connection.
        """
        if not fingerprint.startswith("SHA256:"):
            raise Unconfigured(tenant.name, "a fingerprint begins with SHA256:")
        await self._line(tenant.name).repin(keys.access(tenant), fingerprint)
        return await self.pinned(tenant)

    def allow(self, tenant: str) -> None:
        """A person asks anew after a refused key or a lock-out: one more try is made."""
        self._line(tenant).allow()

    async def forget(self, tenant: str) -> None:
        """Close what is open to a tenant that is no longer ours."""
        line = self._lines.pop(tenant, None)
        if line is not None:
            await line.close()

    async def aclose(self) -> None:
        """Close all connections. Runs under way are told that their outcome is unknown."""
        self._closed = True
        for line in list(self._lines.values()):
            await line.close()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _line(self, tenant: str) -> Line:
        if self._closed:
            raise DoorClosed(tenant, "the SSH door is closed")
        line = self._lines.get(tenant)
        if line is None:
            line = Line(
                tenant,
                self._opener,
                self._limits,
                self._now,
                self._spawn,
                self._on_contact,
                self._refusals,
            )
            self._lines[tenant] = line
        return line

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
