"""What goes wrong in the simulated fleet: by name, tenant and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from alfred_tui.sim.kinds import KINDS, Kind

if TYPE_CHECKING:
    from alfred_tui.sim.people import Person


class FaultError(ValueError):
    """A fault script that cannot be used; the text names the place."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``at`` seconds since the start (may be negative), ``lasts`` ``None`` for good.

    ``kind`` is one of :data:`~alfred_tui.sim.kinds.KINDS`, which says what the others mean:
    ``service`` is a service, schedule or stream, empty for the usual one; ``amount`` is in the
    kind's own unit, 0 for the usual; ``route`` limits it to paths that hold it; ``sort`` is how it
    shows, empty for the usual way. ``image`` names the new image; the same name is the same image
    on every tenant.
    """

    kind: str
    tenant: str
    at: float = 0.0
    lasts: float | None = None
    service: str = ""
    amount: float = 0.0
    route: str = ""
    sort: str = ""
    image: str = ""

    @property
    def nature(self) -> Kind:
        """What is known of its kind."""
        return KINDS[self.kind]

    @property
    def about(self) -> str:
        """The service, schedule or stream it is about; empty when it is about the tenant."""
        return self.service or self.nature.usual

    @property
    def size(self) -> float:
        """Its amount, or its kind's."""
        return self.amount or self.nature.amount

    @property
    def way(self) -> str:
        """How it shows; empty where its kind shows in one way only."""
        return self.sort or next(iter(self.nature.sorts), "")

    def on(self, elapsed: float) -> bool:
        """Whether it is in force ``elapsed`` seconds after the start."""
        return self.at <= elapsed and (self.lasts is None or elapsed < self.at + self.lasts)

    def fits(self, person: Person) -> bool:
        """Whether the tenant has what it is about."""
        if self.kind == "composio-outage":
            return any(source.source == "composio" for source in person.streams)
        return not self.nature.about or self.about in self.choices(person)

    def choices(self, person: Person) -> list[str]:
        """What a tenant has that such a fault may be about; empty when it is about all of it."""
        if self.nature.about == "service":
            return list(person.services)
        if self.nature.about == "schedule":
            return [plan.id for plan in person.plans]
        return [source.id for source in person.streams] if self.nature.about == "stream" else []


class Active(NamedTuple):
    """A fault in force: ``since`` in epoch seconds, ``amount`` and ``sort`` the usual ones too.

    A memory leak is in force since its service was started last.
    """

    kind: str
    about: str
    since: float
    amount: float
    route: str = ""
    sort: str = ""
