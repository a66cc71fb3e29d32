"""A consistent copy of somebody else's SQLite database, taken without a lock and without a trace.

SQLite itself cannot be asked: opening a database in WAL mode, read-only too, writes read marks into
its ``-shm`` or makes one, and ``immutable`` would miss what is only in the ``-wal``. So the bytes
are read as any backup program reads them, first the database, then its log; the log's frames lie
over whatever a checkpoint wrote meanwhile. That holds as long as the log was not begun anew in
between, which its header tells.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from alfred_tui.takeover.found import SourceError

MAGIC = b"SQLite format 3\x00"
WAL_HEADER = 32
"""Bytes; they hold a checkpoint's number and two salts, new whenever the log begins anew."""
PATIENCE = 20.0
"""Seconds for a moment in which the log does not begin anew."""
_ROOM = 64_000_000
_PIECE = 1 << 20


class _Mark(NamedTuple):
    """What tells one state of a database from the next."""

    log: bytes
    database: tuple[int, int]
    journal: tuple[int, int]


def looks_like_database(path: Path) -> bool:
    """Whether a file is an SQLite database; one just made may be in its log only."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    return start == MAGIC or (not start and bool(_header(_beside(path, "-wal"))))


@contextmanager
def copied(
    path: Path, patience: float = PATIENCE, stop: threading.Event | None = None
) -> Iterator[sqlite3.Connection]:
    """A connection to a private copy of ``path``, deleted afterwards; rows by name.

    ``stop``, when set, ends the copying soon: a database may have gigabytes.

    Raises:
        SourceError: unreadable, no room for the copy, damaged, stopped, or its owner never let it
            rest.
    """
    with tempfile.TemporaryDirectory(prefix="alfred-tui-") as folder:  # 0700
        copy = Path(folder) / "copy.db"
        try:
            _check_room(path, Path(folder))
            _copy(path, copy, patience, stop or threading.Event())
        except OSError as trouble:
            where = trouble.filename or path
            raise SourceError(f"{where}: {trouble.strerror}") from None
        try:
            with closing(sqlite3.connect(copy)) as connection:
                connection.row_factory = sqlite3.Row
                # what a killed writer left is anything
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                yield connection
        except sqlite3.DatabaseError as trouble:
            raise SourceError(f"{path}: cannot be read as a database: {trouble}") from None


def _check_room(path: Path, folder: Path) -> None:
    needed = sum(_changed(_beside(path, end))[0] for end in ("", "-wal")) + _ROOM
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SourceError(
            f"{path}: a copy needs {needed // 1_000_000} MB and {folder} has "
            f"{free // 1_000_000} MB: name another folder with TMPDIR"
        )


def _copy(path: Path, copy: Path, patience: float, stop: threading.Event) -> None:
    deadline = time.monotonic() + patience
    while True:
        before = _mark(path)
        _copy_file(path, copy, stop)
        log = _copy_log(path, copy, stop)
        # left by a writer that died: rolled back in the copy, as its own next start would do
        _copy_beside(path, copy, "-journal", stop)
        after = _mark(path)
        if _whole(before, log, after):
            return
        if time.monotonic() > deadline:
            raise SourceError(
                f"{path}: its owner writes without a rest: try again, or close that program"
            )


def _whole(before: _Mark, log: bytes, after: _Mark) -> bool:
    """Whether what was copied between two marks is one state of the database.

    With a log, only its beginning anew could have put pages into the database that it does not
    hold any more. Without one, nothing at all may have been written.
    """
    if before.log:
        return before.log == log == after.log
    return not log and before == after


def _copy_log(path: Path, copy: Path, stop: threading.Event) -> bytes:
    """Copy the log if there is one; its header as it is in the copy."""
    target = _copy_beside(path, copy, "-wal", stop)
    header = _header(target)
    if not header:
        target.unlink(missing_ok=True)
    return header


def _copy_beside(path: Path, copy: Path, end: str, stop: threading.Event) -> Path:
    target = _beside(copy, end)
    target.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        _copy_file(_beside(path, end), target, stop)
    return target


def _copy_file(source: Path, target: Path, stop: threading.Event) -> None:
    # the source first: without it no empty target is left
    with source.open("rb") as old, target.open("wb") as new:
        while piece := old.read(_PIECE):
            if stop.is_set():
                raise SourceError(f"{source}: copying was stopped")
            new.write(piece)


def _mark(path: Path) -> _Mark:
    return _Mark(
        log=_header(_beside(path, "-wal")),
        database=_changed(path),
        journal=_changed(_beside(path, "-journal")),
    )


def _changed(path: Path) -> tuple[int, int]:
    """Size and time of change; zeros where there is no such file."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return 0, 0
    return now.st_size, now.st_mtime_ns


def _header(log: Path) -> bytes:
    """The log's header; empty where there is no log, or none whole yet."""
    try:
        with log.open("rb") as file:
            start = file.read(WAL_HEADER)
    except FileNotFoundError:
        return b""
    return start if len(start) == WAL_HEADER else b""


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)
