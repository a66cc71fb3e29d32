"""A file for its owner only, under a name that nobody had: pictures, exports."""

from __future__ import annotations

import os
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import IO


def begin(folder: Path | None, stem: str, suffix: str, moment: datetime) -> tuple[Path, IO[str]]:
    """A new file, open for writing UTF-8, 0600, and its path; never another's.

    ``folder`` is made 0700, also where it is there already; without one it is the working
    directory, which stays as it is.

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
        path = where / f"{stem}-{moment:%Y%m%d-%H%M%S}{again}{suffix}"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        return path, os.fdopen(handle, "w", encoding="utf-8")
    raise AssertionError("count() does not end")
