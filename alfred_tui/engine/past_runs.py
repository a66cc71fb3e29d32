"""The journal as screens and commands ask for it: read beside who writes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from alfred_tui.model.ask import Ask
from alfred_tui.model.operation import RunRecord

if TYPE_CHECKING:
    from alfred_tui.store.journal import Journal


class RunReader:
    """Without a journal (before the start) there are no runs."""

    def __init__(
        self,
        journal: Journal | None,
        ask: Ask,
    ) -> None:
        self._journal, self._ask = journal, ask

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
        journal = self._journal
        if journal is None:
            return []
        return await self._ask(
            lambda: journal.runs(tenant, since=since, until=until, before=before, limit=limit)
        )
