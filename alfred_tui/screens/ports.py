"""What the screens need of the engine; ``alfred_tui.engine.Engine`` fits it, tests use a fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counting, Diagnostics, Fact, FleetStatus, TenantView

if TYPE_CHECKING:
    from alfred_tui.model.facts import Containers, Queue, Schedules, Workflows
    from alfred_tui.model.history import Event, Stretch
    from alfred_tui.model.host import Host
    from alfred_tui.model.look import Look
    from alfred_tui.model.observation import Observation
    from alfred_tui.model.operation import RunRecord
    from alfred_tui.model.paused import Paused
    from alfred_tui.model.quiet import Acked, Quiet
    from alfred_tui.model.told import Told
    from alfred_tui.ops.board import Board


class ChangeSet(Protocol):
    """What changed since it was asked last; ``membership`` when tenants came or went."""

    @property
    def ids(self) -> frozenset[str]:
        """Names whose view changed."""
        ...

    @property
    def membership(self) -> bool:
        """Whether the set of tenants changed."""
        ...


class Past(Protocol):
    """What was, read off the event loop. Everything raises the store's ``StoreError``."""

    async def stretches(
        self, tenant: str, since: datetime, until: datetime, length: int = 3600
    ) -> list[Stretch]:
        """A tenant's hours (``length`` 3600) or days (86400), oldest first, the present one too."""
        ...

    async def availability(self, tenant: str, since: datetime, until: datetime) -> Stretch | None:
        """One stretch over a time; ``None`` where nobody watched."""
        ...

    async def events(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Event]:
        """Events of a tenant or of the fleet, newest first; ``before`` a number: the page after."""
        ...


class QuietDesk(Protocol):
    """What is muted and acknowledged. Whatever writes raises the store's ``StoreError``."""

    @property
    def wishes(self) -> list[Quiet]:
        """In force now, what ends first first."""
        ...

    async def mute(self, tenants: Iterable[str], rule: str, until: datetime, reason: str) -> None:
        """Tenants, one rule of them, or with no tenants that rule everywhere: until a moment."""
        ...

    async def acknowledge(
        self, seen: Mapping[str, tuple[Acked, ...]], reason: str, until: datetime | None = None
    ) -> None:
        """What a person was shown of each tenant, until one of its reasons changes."""
        ...

    async def end(self, wishes: Iterable[Quiet]) -> None:
        """Take wishes back before their time."""
        ...


class Journal(Protocol):
    """What was done, read off the event loop."""

    async def runs(
        self,
        tenant: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[RunRecord]:
        """Runs with their calls, newest first; ``before`` a number: the page after it.

        Raises:
            StoreError: the store cannot be read.
        """
        ...


class Sights(Protocol):
    """A tenant looked at more closely: what is known of it at once, and what it says now.

    What looks now raises ``ops.operation.Unseen``, whose text says how that failed, and
    ``ops.operation.Refused`` for an unknown name. What it sees the fleet learns, too.
    """

    def last(self, tenant: str, look: Look) -> Observation | None:
        """The newest look of this kind that was answered; ``None`` before the first."""
        ...

    def tried(self, tenant: str, look: Look) -> Observation | None:
        """The newest look of this kind, answered or failed; ``None`` before the first."""
        ...

    def allowance(self, tenant: str, workflow_type: str) -> float | None:
        """Seconds that a workflow of this type may run; ``None``: for days."""
        ...

    def theirs(self, tenant: str) -> datetime:
        """Now by the tenant's own clock, aware UTC: its times are to be held against that."""
        ...

    def paused(self, tenant: str) -> Sequence[Paused]:
        """Schedules that were paused with this program, and are."""
        ...

    async def containers(self, tenant: str) -> Told[Containers]:
        """What is listed now; stopped ones are not (tenant-api.md 3.1)."""
        ...

    async def schedules(self, tenant: str) -> Told[Schedules]:
        """Every schedule now."""
        ...

    async def workflows(self, tenant: str) -> Told[Workflows]:
        """What runs now."""
        ...

    async def pollers(self, tenant: str) -> Told[Queue]:
        """Who polls the learning queue now."""
        ...

    async def host(self, tenant: str) -> Told[Host]:
        """Its host, over SSH."""
        ...


class Ways(Protocol):
    """The ways into a tenant's host. Everything raises the SSH door's typed errors."""

    async def way_in(self, tenant: str) -> Sequence[str]:
        """The words of an interactive ``ssh`` under our host-key check."""
        ...

    async def repin(self, tenant: str, fingerprint: str) -> None:
        """Take the host key that a person was shown in place of the pinned one."""
        ...

    async def allow(self, tenant: str) -> None:
        """One more try after a refused key."""
        ...


class FleetEngine(Protocol):
    """State to show and the few wishes that a screen may have."""

    def views(self) -> Mapping[str, TenantView]:
        """Every tenant's row by name; the mapping is live, its values are immutable."""
        ...

    def view(self, name: str) -> TenantView | None:
        """One row, ``None`` for an unknown name."""
        ...

    def status(self) -> FleetStatus:
        """The header line."""
        ...

    def take_changes(self) -> ChangeSet:
        """What changed since the last call; the set is emptied by it."""
        ...

    def facts(self, name: str) -> tuple[Fact, ...]:
        """Every fact behind a verdict."""
        ...

    def counting(self, name: str) -> tuple[Counting, ...]:
        """Conditions that do not count yet, or are healing; empty for an unknown name."""
        ...

    def hours_of(self, name: str) -> Sequence[Pill | None]:
        """The worst pill of each of the last 48 hours, the present one last; empty if unknown."""
        ...

    @property
    def past(self) -> Past:
        """Hours, days and events; empty before ``start`` and in the demo."""
        ...

    @property
    def quiet(self) -> QuietDesk:
        """What is muted and acknowledged; after ``start``."""
        ...

    @property
    def board(self) -> Board:
        """Operations: planned, run, written down; after ``start``."""
        ...

    @property
    def journal(self) -> Journal:
        """What was done, with every answer; empty before ``start``."""
        ...

    @property
    def sights(self) -> Sights:
        """Closer looks at one tenant; after ``start``."""
        ...

    @property
    def ways(self) -> Ways:
        """The ways into a tenant's host; after ``start``."""
        ...

    def limits_behind(self, name: str, rule: str) -> tuple[tuple[str, object, str], ...]:
        """The settings behind a rule for a tenant: key, value, where it came from."""
        ...

    def diagnostics(self) -> Diagnostics:
        """The program looking at itself."""
        ...

    async def reload(self) -> None:
        """Watch who is in the store now. Raises the store's ``StoreError``."""
        ...

    def pause(self) -> None:
        """Stop polling."""
        ...

    def resume(self) -> None:
        """Poll again."""
        ...

    def refresh(self, names: Iterable[str] | None = None) -> None:
        """Look at these tenants now, at all for ``None``."""
        ...

    def set_interval(self, seconds: float) -> None:
        """Change the containers beat."""
        ...

    def focus(self, name: str | None) -> None:
        """The tenant that a person looks at: its containers are asked more often."""
        ...

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def start(self) -> None:
        """Open the doors and begin to poll."""
        ...

    async def stop(self) -> None:
        """Close everything; children are gone when it returns."""
        ...
