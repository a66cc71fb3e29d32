"""What the screens need of the engine; ``alfred_tui.engine.Engine`` fits it, tests use a fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Diagnostics, Fact, FleetStatus, TenantView


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

    def hours_of(self, name: str) -> Sequence[Pill | None]:
        """The worst pill of each of the last 48 hours, the present one last; empty if unknown."""
        ...

    def diagnostics(self) -> Diagnostics:
        """The program looking at itself."""
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
