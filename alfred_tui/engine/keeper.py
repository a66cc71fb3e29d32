"""Keeps the last known state: in the store, and in the small file of the first paint."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.model.ask import Ask
from alfred_tui.model.kept import KeptState
from alfred_tui.model.view import FleetStatus, Snapshot

if TYPE_CHECKING:
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.store.store import Store

log = logging.getLogger(__name__)
_NOT_KEPT = "last state not kept"
AT_ONCE = 32
"""Tenants whose state is gathered in one step of the loop."""


class Keeper:
    """``dirty`` are the tenants seen since they were kept last; ``trouble`` why they were not.

    Where the store cannot be written from the start on, that is the trouble before the first try.
    """

    def __init__(self, store: Store, snapshot: Path, ask: Ask) -> None:
        self.dirty: set[str] = set()
        self.trouble = f"{_NOT_KEPT}: {store.refusal}" if store.refusal else ""
        self._store, self._snapshot, self._ask = store, snapshot, ask

    async def keep(self, state: FleetState, status: FleetStatus, now: datetime) -> None:
        """Write what was seen since the last call; what could not be is written with the next."""
        names = list(self.dirty & state.views.keys())
        self.dirty.clear()
        try:
            kept = await self._gather(state, names, now)
            views = tuple(state.views.values())
            await self._write(kept, Snapshot(1, now, views, status))
        except (OSError, RuntimeError) as trouble:
            self.dirty.update(names)
            self.trouble = f"{_NOT_KEPT}: {self._told(trouble)}"
            log.warning("last state not kept", exc_info=True)
        except asyncio.CancelledError:
            self.dirty.update(names)  # the last write of all, at the end, has them
            raise
        else:
            self.trouble = ""

    def _told(self, trouble: OSError | RuntimeError) -> str:
        """Which file it is about, what is wrong with it and what to do; the store's say so."""
        if not isinstance(trouble, OSError):
            return str(trouble)
        from alfred_tui.store.errors import of_system

        found = of_system(self._snapshot, trouble)
        return f"{found.path}: {found.said}: {found.advice}"

    async def _gather(
        self, state: FleetState, names: Sequence[str], now: datetime
    ) -> list[KeptState]:
        kept: list[KeptState] = []
        for place in range(0, len(names), AT_ONCE):
            kept += state.kept(now, names[place : place + AT_ONCE])
            await asyncio.sleep(0)
        return kept

    async def _write(self, kept: list[KeptState], snapshot: Snapshot) -> None:
        from alfred_tui.store.snapshot import write_snapshot

        # the small file first: it needs no store, and is what the next start shows
        await self._ask(lambda: write_snapshot(self._snapshot, snapshot))
        await self._ask(lambda: self._store.keep_states(kept))
