"""Refused keys behind the SSH door, in the store, where other programs find them."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from alfred_tui.model.ask import Ask
from alfred_tui.model.tenant import RefusedLogin
from alfred_tui.store.errors import StoreError
from alfred_tui.tenant.ssh.refusals import OwnRefusals

if TYPE_CHECKING:
    from alfred_tui.store.store import Store

FRESH = 5.0
"""Seconds for which what other programs have written is not read again."""

log = logging.getLogger(__name__)


class StoredRefusals:
    """Our own are known at once, those of others within seconds; a store that fails hides theirs.

    The whole table is read: it has a row for each tenant that refuses our key, hence next to none.
    """

    def __init__(self, store: Store, ask: Ask) -> None:
        self._store, self._ask = store.refused, ask
        self._own = OwnRefusals()
        self._others: dict[str, RefusedLogin] = {}
        self._read = -FRESH

    async def last(self, tenant: str) -> RefusedLogin | None:
        """Ours, or of a program that runs or ran on the same store."""
        if time.monotonic() >= self._read + FRESH:
            self._read = time.monotonic()
            try:
                rows = await self._ask(self._store.every)
            except StoreError as trouble:
                log.warning("refused logins cannot be read: %s", trouble)
            else:
                self._others = {each.tenant: each for each in rows}
        return await self._own.last(tenant) or self._others.get(tenant)

    async def keep(self, refused: RefusedLogin) -> None:
        """Here at once, and in the store where it takes it."""
        await self._own.keep(refused)
        try:
            await self._ask(lambda: self._store.keep(refused))
        except StoreError as trouble:
            log.warning("a refused login at %s cannot be kept: %s", refused.tenant, trouble)

    async def forget(self, tenant: str) -> None:
        """Nothing is written where nothing is held against it."""
        if await self.last(tenant) is None:
            return
        await self._own.forget(tenant)
        self._others.pop(tenant, None)
        try:
            await self._ask(lambda: self._store.forget(tenant))
        except StoreError as trouble:
            log.warning("a refused login at %s cannot be forgotten: %s", tenant, trouble)
