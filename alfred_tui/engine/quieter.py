"""What an operator wants to be quiet: wished, kept, followed and taken back."""

from __future__ import annotations

import getpass
import logging
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from alfred_tui.model.ask import Ask
from alfred_tui.model.quiet import ACKNOWLEDGED_FOR, Acked, Quiet, QuietKind

if TYPE_CHECKING:
    from alfred_tui.fleet.state import FleetState

log = logging.getLogger(__name__)


class Shelf(Protocol):
    """Where wishes are kept; synchronous, raises the store's errors."""

    def read(self, now: datetime) -> list[Quiet]:
        """Those in force."""
        ...

    def put(self, wishes: Iterable[Quiet], now: datetime) -> list[Quiet]:
        """Keep them, numbered."""
        ...

    def shrink(self, less: Sequence[Quiet], now: datetime) -> None:
        """Acknowledgements that have lost reasons."""
        ...

    def end(self, wishes: Sequence[Quiet], now: datetime, who: str) -> list[Quiet]:
        """Take them back; those that were in force."""
        ...


class Quieter:
    """Between the fleet's state and the shelf; ``changed`` gathers names whose view changed.

    A wish that cannot be kept raises a ``StoreError``: nothing is quiet or loud by it.
    """

    def __init__(
        self,
        shelf: Shelf,
        ask: Ask,
        state: FleetState,
        now: Callable[[], datetime],
        changed: set[str],
    ) -> None:
        self._shelf, self._ask, self._state, self._now = shelf, ask, state, now
        self._changed = changed

    @property
    def wishes(self) -> list[Quiet]:
        """What is muted or acknowledged now, what ends first first."""
        return self._state.quieting.wishes

    async def load(self, *, others: bool = False) -> None:
        """Take over what is on the shelf; ``others``: because another program changed it."""
        now = self._now()
        wishes = await self._ask(lambda: self._shelf.read(now))
        self._changed |= self._state.quieten(wishes, now, others=others)

    async def mute(self, tenants: Iterable[str], rule: str, until: datetime, reason: str) -> None:
        """Tenants, one rule of them, or with no tenants that rule everywhere: until a moment."""
        about = list(tenants) or [""]
        now, name = self._now(), who()
        wishes = [
            Quiet(QuietKind.MUTE, now, until, tenant=each, rule=rule, reason=reason, who=name)
            for each in about
        ]
        await self._put(wishes, now)

    async def acknowledge(
        self, seen: Mapping[str, tuple[Acked, ...]], reason: str, until: datetime | None = None
    ) -> None:
        """What a person was shown of each tenant, until one of its reasons changes."""
        now, name = self._now(), who()
        wishes = [
            Quiet(
                QuietKind.ACK,
                now,
                until or now + ACKNOWLEDGED_FOR,
                tenant=each,
                reason=reason,
                who=name,
                acked=reasons,
            )
            for each, reasons in seen.items()
            if reasons and each in self._state.views
        ]
        await self._put(wishes, now)

    async def _put(self, wishes: list[Quiet], now: datetime) -> None:
        if wishes:
            await self._ask(lambda: self._shelf.put(wishes, now))
        await self.load()

    async def end(self, wishes: Iterable[Quiet]) -> None:
        """Take wishes back before their time."""
        chosen, now, name = list(wishes), self._now(), who()
        await self._ask(lambda: self._shelf.end(chosen, now, name))
        await self.load()

    async def follow(self) -> None:
        """Write down which acknowledgements have ended since the last call."""
        ended, self._state.quieting.ended = self._state.quieting.ended, []
        if not ended:
            return
        now = self._now()
        try:
            await self._ask(lambda: self._shelf.shrink(ended, now))
        except (OSError, RuntimeError):
            self._state.quieting.ended = [*ended, *self._state.quieting.ended]
            log.warning("ended acknowledgements not written", exc_info=True)


def who() -> str:
    """The person at this keyboard: ``name@machine``."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # no name for this user id
        name = "?"
    return f"{name}@{socket.gethostname()}"
