"""The log file: rotating, readable by its owner only, secrets masked in every line."""

from __future__ import annotations

import logging
import os
import re
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler

from alfred_tui.config import LogSettings, Paths

_BEARER = re.compile(r"(?i)\b(bearer)\s+[^\s'\",]+")
MASK = "********"


class _Masked(logging.Formatter):
    """Masks after formatting, so that exception texts and tracebacks are covered too."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.secrets: set[str] = set()

    def format(self, record: logging.LogRecord) -> str:
        text = _BEARER.sub(rf"\1 {MASK}", super().format(record))
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text


class _Private(RotatingFileHandler):
    """Creates its files for the owner only: not widened and then narrowed."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding="utf-8", line_buffering=True)


_formatter = _Masked()


def mask(secret: str) -> None:
    """From now on ``secret`` never reaches the log."""
    if len(secret) >= 4:
        _formatter.secrets.add(secret)


def begin(paths: Paths, settings: LogSettings) -> None:
    """Log into the data folder; a folder that cannot be written leaves the program silent."""
    root = logging.getLogger("alfred_tui")
    root.propagate = False
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    try:
        paths.ensure()
        handler: logging.Handler = _Private(
            paths.log_file, maxBytes=settings.size, backupCount=settings.keep, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_formatter)
    root.addHandler(handler)
    root.setLevel(settings.level)
