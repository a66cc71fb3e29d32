"""Pictures of the screen, kept for their owner only: they show a fleet's names and troubles."""

from __future__ import annotations

import os
from datetime import datetime
from itertools import count
from pathlib import Path


def save(svg: str, folder: Path | None, moment: datetime) -> Path:
    """Write a picture under a name of its own and return its path; never over another file.

    ``folder`` is made 0700, also where it is there already; without one it is the working
    directory, which stays as it is. The file is 0600.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    if folder is not None:
        # The data folder above it may not be there yet either: the demo has nothing to keep.
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
    where = folder or Path.cwd()
    for number in count(1):
        again = f"-{number}" if number > 1 else ""
        path = where / f"alfred-{moment:%Y%m%d-%H%M%S}{again}.svg"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(svg)
        return path
    raise AssertionError("count() does not end")
