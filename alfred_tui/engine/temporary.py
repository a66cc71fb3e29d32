"""A folder for as long as we live; what one that was killed has left is taken away by the next."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "alfred-tui-demo-"
HELD = "held"
"""A file that its maker keeps locked: the lock ends with the process, however that ends."""


class TemporaryFolder:
    """``path`` is there and ours alone (0700) until ``remove``. Makes and removes on disk."""

    def __init__(self) -> None:
        sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        first = self.path / f"{HELD}.new"
        self._lock = os.open(first, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        first.rename(self.path / HELD)  # locked before anybody can see it

    def remove(self) -> None:
        """With everything in it; safe to call twice."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def sweep() -> None:
    """Take away the folders of this user whose makers are gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another one is just taking it away, or it is somebody else's
            if folder.lstat().st_uid == os.getuid() and _abandoned(folder / HELD):
                shutil.rmtree(folder, ignore_errors=True)


def _abandoned(held: Path) -> bool:
    lock = os.open(held, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
