"""What is typed behind ``/`` on what was: times, words, fields. Nothing typed is an exception."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alfred_tui.model import when

_DAY = 10
"""Characters of a date without a time, which stands for the whole day."""
_SAID = 12


class PastQuery(msgspec.Struct, frozen=True):
    """``since`` and ``until`` (aware UTC, the end not in it), ``words`` with their negation.

    What could not be understood is left out and said in ``errors``.
    """

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[tuple[str, bool], ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether anything may be hidden."""
        return bool(self.since or self.until or self.words)

    def within(self, at: datetime) -> bool:
        """Whether a moment is within the time."""
        if self.since is not None and at < self.since:
            return False
        return self.until is None or at < self.until

    def says(self, said: str) -> bool:
        """Whether a text holds the words, and none of those that it must not."""
        return not any((word in said) is negated for word, negated in self.words)


class Typed(NamedTuple):
    """A filter taken apart: ``fields`` as they were typed, and each as name, value, negation."""

    since: datetime | None
    until: datetime | None
    words: tuple[tuple[str, bool], ...]
    fields: tuple[tuple[str, str, bool], ...]
    whole: tuple[str, ...]
    errors: tuple[str, ...]


def take_apart(text: str, now: datetime, fields: Iterable[str]) -> Typed:
    """Read a filter as typed at ``now``; ``fields`` are those that there are beside the times."""
    known = ("from", "to", *fields)
    times: dict[str, datetime] = {}
    words: list[tuple[str, bool]] = []
    found: list[tuple[str, str, bool]] = []
    whole: list[str] = []
    errors: list[str] = []
    for word in text.split():
        body = word.lstrip("!-")
        key, colon, value = body.partition(":")
        negated = (len(word) - len(body)) % 2 == 1
        if not body or (colon and not value):
            continue
        if not colon:
            words.append((body.casefold(), negated))
        elif key.casefold() in ("from", "to"):
            _time(key.casefold(), value, now, times, errors)
        elif key.casefold() in known:
            found.append((key.casefold(), value.casefold(), negated))
            whole.append(word)
        else:
            errors.append(f"no field “{key[:_SAID]}”: try {', '.join(known[:3])}")
    since, until = times.get("from"), times.get("to")
    if since and until and since >= until:
        errors.append("from: is not before to:")
    return Typed(since, until, tuple(words), tuple(found), tuple(whole), tuple(errors))


def _time(
    key: str, value: str, now: datetime, times: dict[str, datetime], errors: list[str]
) -> None:
    try:
        found = when.before(value, now)
        if key == "to" and len(value) == _DAY and value[4:5] == "-":
            found += timedelta(days=1)
    except (ValueError, OverflowError):
        errors.append(f"{key}: takes 36h, 2d or 2026-11-20")
        return
    times[key] = found
