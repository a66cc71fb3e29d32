"""A look at a tenant's machine: a part that cannot be read is missing, and the rest stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from alfred_tui.model.host import Entry, Host, Missing, Unit, Usage
from alfred_tui.model.text import first_line
from alfred_tui.tenant.host import figures, systemd
from alfred_tui.tenant.host.asked import NEWEST, Part, parts, rest, stats
from alfred_tui.tenant.ssh.errors import SshError

if TYPE_CHECKING:
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.tenant.ssh.door import SshDoor
    from alfred_tui.tenant.ssh.result import Result

T = TypeVar("T")
LIMIT = 45.0
"""Seconds for all parts; each of those that may hang has a limit of its own on the host."""
STATS_LIMIT = 20.0
JOURNALS = ("journal of ours", "journal")
MOST = 2_000_000
"""Bytes: 400 entries of the journal and a few small lists."""


async def look(door: SshDoor, tenant: Tenant) -> Host:
    """The host, now; two sessions at once.

    Raises:
        SshError: no connection, or the host does not answer within a minute.
    """
    figured, done = await asyncio.gather(
        door.run(tenant, stats(), limit=STATS_LIMIT, most=MOST, person=True),
        door.run(tenant, rest(), limit=LIMIT, most=MOST, person=True),
        return_exceptions=True,
    )
    if isinstance(done, BaseException):
        raise done
    if isinstance(figured, BaseException) and not isinstance(figured, SshError):
        raise figured
    return read(parts(done.text), figured)


def read(found: dict[str, Part], figured: Result | SshError) -> Host:
    """What the parts and ``docker stats`` said."""
    reader = _Reader(found)
    return Host(
        uptime=reader.one("uptime", figures.uptime),
        load=reader.many("load", figures.load),
        memory=reader.one("memory", figures.memory),
        usage=_usage(reader, figured),
        timers=reader.many("timers", systemd.timers),
        units=_units(reader),
        mounts=reader.many("disks", figures.disks),
        journal=_journal(reader),
        missing=tuple(reader.missing),
    )


class _Reader:
    def __init__(self, found: dict[str, Part]) -> None:
        self.found = found
        self.missing: list[Missing] = []

    def one(self, name: str, understand: Callable[[str], T]) -> T | None:
        """A part; ``None`` where it is missing, with a word on why."""
        part = self.found.get(name)
        why = "the answer was cut off before it"
        if part is not None:
            try:
                return understand(part.text)
            except ValueError as trouble:
                why = first_line(part.text) or _ended(part.status) or str(trouble)
        self.lacks(name, why)
        return None

    def many(self, name: str, understand: Callable[[str], tuple[T, ...]]) -> tuple[T, ...]:
        """The rows of a part; none where it is missing."""
        return self.one(name, understand) or ()

    def lacks(self, name: str, why: str) -> None:
        self.missing.append(Missing(name, why))


def _ended(status: int) -> str:
    if status == 124:
        return "it did not end in time"
    return f"exit status {status}" if status else ""


def _usage(reader: _Reader, figured: Result | SshError) -> tuple[Usage, ...]:
    if isinstance(figured, SshError):
        reader.lacks("containers", str(figured))
        return ()
    rows = figures.usage(figured.text)
    if not rows and not figured.ok:
        said = figured.stderr.decode("utf-8", "replace")
        reader.lacks("containers", first_line(said) or _ended(figured.exit_status))
    return rows


def _units(reader: _Reader) -> tuple[Unit, ...]:
    """The platform's units, and whatever else has failed."""
    known = reader.many("units", systemd.units)
    names = {unit.name for unit in known}
    broken = reader.many("failed units", systemd.failed)
    return (*(unit for unit in broken if unit.name not in names), *known)


def _journal(reader: _Reader) -> tuple[Entry, ...]:
    """The platform's own units, and warnings of all others."""
    ours = reader.many("journal of ours", systemd.journal)
    others = reader.many("journal", systemd.journal)
    both = "".join(part.text for name in JOURNALS if (part := reader.found.get(name)) is not None)
    if any(words in both for words in systemd.SHUT_OUT):
        reader.missing = [each for each in reader.missing if each.part not in JOURNALS]
        reader.lacks("journal", "the login may not read all of it (groups adm, systemd-journal)")
    return systemd.newest((*ours, *others), NEWEST)
