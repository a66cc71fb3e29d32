"""Strings of the wire made ours: cleaned, bounded, and shared where a fleet repeats them."""

from __future__ import annotations

import sys
from functools import lru_cache

from alfred_tui.model.text import clean


@lru_cache(maxsize=8192)
def shared(text: str, limit: int) -> str:
    """A word that many rows and tenants have in common: service, state, image, type."""
    return sys.intern(clean(text, limit))


def word(text: str | None, limit: int) -> str:
    """A shared word, lower-cased; ``""`` for none."""
    return shared(text.lower(), limit) if text and len(text) < 1000 else ""


def name(text: str | None, limit: int) -> str:
    """A shared name as it is spelt; ``""`` for none."""
    if not text:
        return ""
    return shared(text, limit) if len(text) < 1000 else clean(text, limit)


def line(text: str | None, limit: int) -> str:
    """One line of text that is nobody else's."""
    return clean(text, limit) if text else ""
