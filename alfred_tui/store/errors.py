"""What may go wrong with the store: typed, each text with what to do about it."""

from __future__ import annotations

import errno
import glob
import logging
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)


class StoreError(RuntimeError):
    """The store cannot be used as asked; the text says why (``said``) and what to do."""

    advice = "see the log"

    def __init__(self, path: Path, said: str = "", advice: str = "") -> None:
        self.path, self.said = path, said
        self.advice = advice or self.advice
        about = f": {said}" if said else ""
        super().__init__(f"store {path}{about}: {self.advice}")


class StoreUnreachable(StoreError):
    """The file or its folder cannot be made or opened."""

    advice = "choose another folder with ALFRED_TUI_HOME or --home"


class StoreAbsent(StoreError):
    """There is none, and it was only to be read."""

    advice = "there is none yet: `alfred-tui import PATH` begins one"


class StoreReadOnly(StoreError):
    """It can be read and not written."""

    advice = "give yourself permission to write it, or choose another folder with --home"


class StoreLocked(StoreError):
    """Another program held it for longer than we wait."""

    advice = "close the program that holds it and try again"


class StoreFull(StoreError):
    """There is no room left."""

    advice = "make room on the disk and try again; what was kept before is whole"


class StoreFailing(StoreError):
    """The disk under it cannot be read."""

    advice = "the disk fails: the system's log says more; copy the store elsewhere while you can"


class StoreDamaged(StoreError):
    """It is no database, or not ours, or cannot be read any more.

    Its advice names a copy only where there is one: the last that was made.
    """

    advice = "move the file away and import again"

    def __init__(self, path: Path, said: str = "", advice: str = "") -> None:
        if not advice and (copy := _copy_of(path)):
            advice = f"{self.advice}, or put the copy beside it in its place ({copy})"
        super().__init__(path, said, advice)


class StoreNewer(StoreError):
    """A newer version of the program has written it."""

    advice = "install that version, or choose another folder with --home"


def _copy_of(path: Path) -> str:
    """The name of the newest copy that a migration has left beside the store, empty for none."""
    names = [file.name for file in path.parent.glob(f"{glob.escape(path.name)}.before-*")]
    return max((name for name in names if not name.endswith(("-wal", "-shm"))), default="")


_SIGNS: tuple[tuple[str, type[StoreError]], ...] = (
    ("locked", StoreLocked),
    ("busy", StoreLocked),
    ("readonly", StoreReadOnly),
    ("is full", StoreFull),
    ("unable to open", StoreUnreachable),
    ("disk i/o", StoreFull),  # writing; reading is told by its name
    ("not a database", StoreDamaged),
    ("malformed", StoreDamaged),
    ("no such table", StoreDamaged),
    ("no such column", StoreDamaged),
)


_READING = frozenset({"SQLITE_IOERR_READ", "SQLITE_IOERR_FSTAT", "SQLITE_IOERR_CORRUPTFS"})


def typed(path: Path, said: str, name: str = "") -> StoreError:
    """SQLite's words as one of ours; those not known are damage.

    ``name`` is SQLite's for the error (``SQLITE_IOERR_READ``), where there is one.
    """
    if name in _READING:
        return StoreFailing(path, said)
    if name == "SQLITE_IOERR_SHMSIZE":
        return StoreFull(path, "no room for what SQLite keeps beside it")
    low = said.lower()
    kind = next((kind for sign, kind in _SIGNS if sign in low), StoreDamaged)
    return kind(path, said)


def of_system(path: Path, trouble: OSError) -> StoreError:
    """What the system said about a file of ours, as one of ours."""
    kind: type[StoreError] = StoreUnreachable
    if trouble.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        kind = StoreFull
    elif trouble.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        kind = StoreReadOnly
    return kind(path, trouble.strerror or str(trouble))


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """SQLite's, SQLAlchemy's and the system's errors about the store at ``path`` as ours."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as trouble:
        raise typed(path, str(trouble.orig), _name(trouble.orig)) from None
    except sqlite3.Error as trouble:
        raise typed(path, str(trouble), _name(trouble)) from None
    except OSError as trouble:
        found = of_system(path, trouble)
        if isinstance(found, StoreReadOnly):  # what may not be entered cannot be read either
            found = StoreUnreachable(path, found.said)
        raise found from None


@contextmanager
def sound(path: Path) -> Iterator[None]:
    """What is read is what was once written; values that nobody writes are damage, too.

    SQLite looks at the form of a page and not at what stands in it.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, OverflowError, struct.error) as odd:
        log.warning("the store holds what cannot be read", exc_info=True)
        raise StoreDamaged(path, f"it holds what nobody has written ({odd})") from None


def _name(trouble: object) -> str:
    return getattr(trouble, "sqlite_errorname", None) or ""
