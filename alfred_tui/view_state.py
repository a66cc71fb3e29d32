"""How the screen was left, kept over restarts in a small file: derived, disposable, no secrets."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)
VERSION = 1
SETTLED = 1.0
"""Seconds for which the screen must have stayed as it is before that is written."""
LARGEST = 100_000
"""Bytes; what is larger is none of ours."""


class ViewState(msgspec.Struct, frozen=True):
    """Everything by its name, so that another version can tell what it does not know.

    ``cursor`` is the tenant that the hands were on, ``page`` the one whose page was open, and
    ``tab`` which of its pages; ``over`` is the screen of the whole fleet that was open (events,
    journal, or a list across it) and ``words`` its filter; empty: none. ``theme`` is empty where
    nobody has chosen one, ``interval`` (seconds) is ``None`` there.
    """

    version: int = VERSION
    sort: str = ""
    turned: bool = False
    filter: str = ""
    quick: str = ""
    wall: bool = False
    cursor: str = ""
    page: str = ""
    tab: str = ""
    over: str = ""
    words: str = ""
    theme: str = ""
    interval: float | None = None


def read(path: Path) -> ViewState:
    """What was kept; the defaults where there is nothing, or nothing that can be used."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        kept = msgspec.msgpack.decode(raw, type=ViewState)
    except FileNotFoundError:
        return ViewState()
    except (OSError, ValueError, RecursionError, OverflowError, msgspec.MsgspecError) as trouble:
        log.warning("%s: not used, the screen begins as new: %s", path, trouble)
        return ViewState()
    if kept.version != VERSION:
        log.warning("%s: of version %s: not used, the screen begins as new", path, kept.version)
        return ViewState()
    return kept


def write(path: Path, state: ViewState) -> None:
    """Replace the file as a whole, 0600.

    Raises:
        OSError: the folder cannot be written; the old file stays.
    """
    import tempfile

    # a name of its own: two dashboards may be writing
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.msgpack.encode(state))
        Path(beside).replace(path)
    except OSError:
        with suppress(OSError):
            Path(beside).unlink()
        raise


class Keeper:
    """Writes what it is shown once that has settled, and at the end in any case.

    Of two dashboards the one that leaves last is remembered.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.first = read(path)
        self._path = path
        self._clock = clock
        self._shown = self._written = self.first
        self._since = clock()
        self._writing: asyncio.Future[None] | None = None
        self._failed = self._seen = False

    def show(self, state: ViewState) -> None:
        """The screen as it is now; cheap, called a few times a second from a running loop."""
        self._seen = True
        if state != self._shown:
            self._shown, self._since = state, self._clock()
        settled = self._clock() - self._since >= SETTLED
        if settled and state != self._written and (not self._writing or self._writing.done()):
            self._written = state
            loop = asyncio.get_running_loop()
            self._writing = loop.run_in_executor(None, self._write, state)

    async def end(self) -> None:
        """Write what was shown last, if anything was."""
        if not self._seen:
            return
        if self._writing is not None:
            await self._writing
        await asyncio.get_running_loop().run_in_executor(None, self._write, self._shown)

    def _write(self, state: ViewState) -> None:
        try:
            write(self._path, state)
        except OSError as trouble:
            if not self._failed:
                log.warning("%s: how the screen was left is not kept: %s", self._path, trouble)
            self._failed = True
