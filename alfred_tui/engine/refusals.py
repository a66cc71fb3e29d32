"""Refused keys behind the SSH door, in the store, where other programs find them."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from alfred_tui.model.ask import Ask
from alfred_tui.model.tenant import RefusedLogin
from alfred_tui.store.errors import StoreError

if TYPE_CHECKING:
    from alfred_tui.store.store import Store

FRESH = 5.0
"""Seconds for which what other programs have written is not read again."""

log = logging.getLogger(__name__)


class StoredRefusals:
    """Ours and those of others, who may also have been let in since; what cannot be written is kept
    here.

    The whole table is read: it has a row for each tenant that refuses our key, hence next to none.
    """

    def __init__(self, store: Store, ask: Ask) -> None:
        self._store, self._ask = store.refused, ask
        self._known: dict[str, RefusedLogin] = {}
        self._unwritten: dict[str, RefusedLogin] = {}
        self._read = -FRESH
        # whoever asks while it is read waits for what is read, and no reading undoes a writing
        self._lock = asyncio.Lock()

    async def last(self, tenant: str) -> RefusedLogin | None:
        """Ours, or of a program that runs or ran on the same store."""
        async with self._lock:
            if time.monotonic() >= self._read + FRESH:
                try:
                    rows = await self._ask(self._store.every)
                except StoreError as trouble:
                    log.warning("refused logins cannot be read: %s", trouble)
                else:
                    self._known = {each.tenant: each for each in rows}
                self._read = time.monotonic()
            return self._unwritten.get(tenant) or self._known.get(tenant)

    async def keep(self, refused: RefusedLogin) -> None:
        """In the store, and here where it does not take it."""
        async with self._lock:
            try:
                await self._ask(lambda: self._store.keep(refused))
            except StoreError as trouble:
                self._unwritten[refused.tenant] = refused
                log.warning("a refused login at %s cannot be kept: %s", refused.tenant, trouble)
            else:
                self._known[refused.tenant] = refused

    async def forget(self, tenant: str) -> None:
        """Nothing is written where nothing is held against it."""
        if await self.last(tenant) is None:
            return
        async with self._lock:
            self._unwritten.pop(tenant, None)
            self._known.pop(tenant, None)
            try:
                await self._ask(lambda: self._store.forget(tenant))
            except StoreError as trouble:
                log.warning("a refused login at %s cannot be forgotten: %s", tenant, trouble)
