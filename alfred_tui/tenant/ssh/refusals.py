"""What is kept of refused keys, so that the next program does not try them either."""

from __future__ import annotations

from typing import Protocol

from alfred_tui.model.tenant import RefusedLogin


class Refusals(Protocol):
    """Where refused logins are kept; at most one of a tenant. It raises nothing."""

    async def last(self, tenant: str) -> RefusedLogin | None:
        """The one that is held against a tenant's key."""
        ...

    async def keep(self, refused: RefusedLogin) -> None:
        """A key was refused."""
        ...

    async def forget(self, tenant: str) -> None:
        """A key was taken."""
        ...


class OwnRefusals:
    """Those of this program alone, for as long as it runs."""

    def __init__(self) -> None:
        self._last: dict[str, RefusedLogin] = {}

    async def last(self, tenant: str) -> RefusedLogin | None:
        """The last that was not followed by a success."""
        return self._last.get(tenant)

    async def keep(self, refused: RefusedLogin) -> None:
        """In place of an earlier one."""
        self._last[refused.tenant] = refused

    async def forget(self, tenant: str) -> None:
        """Nothing is held against it any more."""
        self._last.pop(tenant, None)
