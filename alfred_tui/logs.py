"""The log file: rotating, readable by its owner only, secrets masked in every line.

Nothing is opened before there is something to say: the first paint does not pay for it.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from alfred_tui.model.masking import MASK, cover

if TYPE_CHECKING:
    from alfred_tui.config import Paths
    from alfred_tui.model.sections import LogSettings

# what others wrote may not steer the terminal of whoever reads the log
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHORTEST = 4


class MaskingFormatter(logging.Formatter):
    """Masks after formatting, so that exception texts and tracebacks are covered too."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these from now on; one too short to be told from other text is left out."""
        new = {secret for secret in secrets if len(secret) >= _SHORTEST} - self._secrets
        if new:
            self._secrets |= new
            self._pattern = None

    def format(self, record: logging.LogRecord) -> str:
        """One record with its traceback, masked."""
        return _CONTROL.sub("?", self.cover(super().format(record)))

    def cover(self, text: str) -> str:
        """``text`` with a mask in the place of every secret that is known, or called one."""
        if self._secrets:
            if self._pattern is None:
                longest_first = sorted(self._secrets, key=len, reverse=True)
                self._pattern = re.compile("|".join(map(re.escape, longest_first)))
            text = self._pattern.sub(MASK, text)
        return cover(text)


_formatter = MaskingFormatter()


def mask(*secrets: str) -> None:
    """From now on these never reach the log."""
    _formatter.learn(secrets)


def masked(text: str) -> str:
    """``text`` as it may be kept: what has been named a secret is masked."""
    return _formatter.cover(text)


class _Late(logging.Handler):
    """Opens the rotating file at the first record; where that fails the program stays silent."""

    def __init__(self, paths: Paths, settings: LogSettings) -> None:
        super().__init__()
        self._paths = paths
        self._settings = settings
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        if self._file is None:
            self._file = self._opened()
            self._file.setFormatter(self.formatter)
        self._file.handle(record)

    def _opened(self) -> logging.Handler:
        path, size, keep = self._paths.log_file, self._settings.size, self._settings.keep
        try:
            self._paths.ensure()
            return _private_file(str(path), size, keep)
        except OSError:
            return logging.NullHandler()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with suppress(OSError):  # a full disk: what was not written yet is lost
                self._file.close()
        super().close()


def _private_file(path: str, size: int, keep: int) -> logging.Handler:
    from io import TextIOWrapper
    from logging.handlers import RotatingFileHandler

    class Private(RotatingFileHandler):
        """Creates its files for the owner only: not widened and then narrowed."""

        def _open(self) -> TextIOWrapper:
            descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.fchmod(descriptor, 0o600)
            return TextIOWrapper(
                os.fdopen(descriptor, "ab"),
                encoding="utf-8",
                errors="backslashreplace",
                line_buffering=True,
            )

        def handleError(self, record: logging.LogRecord) -> None:
            """A full disk must not write into the screen: the line is lost."""

    return Private(path, maxBytes=size, backupCount=keep, encoding="utf-8")


def begin(paths: Paths, settings: LogSettings) -> None:
    """Log into the data folder: our rooms from ``settings.level`` on, libraries from warnings on.

    Set on the root, else warnings of asyncio and of libraries would be written over the screen.
    """
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Late)]:
        root.removeHandler(old)
        old.close()
    handler = _Late(paths, settings)
    handler.setFormatter(_formatter)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("alfred_tui").setLevel(settings.level)
