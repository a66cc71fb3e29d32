"""What there is before the engine has started, or where it could not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NoReturn

from alfred_tui.model.quiet import Quiet


class Unready:
    """Nothing is quiet, and nothing can be made so."""

    wishes: list[Quiet] = []  # noqa: RUF012 - nobody adds to it

    async def mute(self, tenants: Iterable[str], rule: str, until: datetime, reason: str) -> None:
        """Refused."""
        self._refuse()

    async def acknowledge(
        self, tenants: Iterable[str], reason: str, until: datetime | None = None
    ) -> None:
        """Refused."""
        self._refuse()

    async def end(self, wishes: Iterable[Quiet]) -> None:
        """Refused."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise RuntimeError("the store is not open yet")
