"""Events as a file of JSON lines, for its owner only: it names tenants and their troubles."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import IO

from alfred_tui.model.history import Event
from alfred_tui.screens import own_file
from alfred_tui.screens.events_pages import Pages

AT_ONCE = 1000
"""Events read and written in one step."""


async def export(pages: Pages, folder: Path, moment: datetime) -> tuple[Path, int]:
    """Write everything that ``pages`` gives, newest first; the file's path and how many there are.

    ``folder`` is made 0700, also where it is there already; the file is 0600 and never another's.
    What was begun and not finished is taken away again.

    Raises:
        OSError: the folder or the file cannot be written.
        StoreError: the store cannot be read.
    """
    path, file = await asyncio.to_thread(own_file.begin, folder, "events", ".jsonl", moment)
    written = 0
    try:
        while not pages.done:
            events = await pages.more()
            await asyncio.to_thread(_write, file, events)
            written += len(events)
        await asyncio.to_thread(file.close)
    except BaseException:
        file.close()
        path.unlink(missing_ok=True)
        raise
    return path, written


def _write(file: IO[str], events: list[Event]) -> None:
    from alfred_tui.fleet.past import line

    file.writelines(f"{line(event)}\n" for event in events)
