"""What was, as a file of JSON lines, for its owner only: it names tenants and their troubles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO

from alfred_tui.screens import own_file
from alfred_tui.screens.past_pages import Pages, T

AT_ONCE = 1000
"""Entries read and written in one step."""


async def export(
    pages: Pages[T], line: Callable[[T], str], folder: Path, stem: str, moment: datetime
) -> tuple[Path, int]:
    """Write everything that ``pages`` gives, newest first; the file's path and how many there are.

    ``line`` makes one of JSON of each. ``folder`` is made 0700, also where it is there already; the
    file is 0600 and never another's. What was begun and not finished is taken away again.

    Raises:
        OSError: the folder or the file cannot be written.
        StoreError: the store cannot be read.
    """
    path, file = await asyncio.to_thread(own_file.begin, folder, stem, ".jsonl", moment)
    written = 0
    try:
        while not pages.done:
            entries = await pages.more()
            await asyncio.to_thread(_write, file, [line(entry) for entry in entries])
            written += len(entries)
        await asyncio.to_thread(file.close)
    except BaseException:
        file.close()
        path.unlink(missing_ok=True)
        raise
    return path, written


def _write(file: IO[str], lines: list[str]) -> None:
    file.writelines(f"{line}\n" for line in lines)
