"""Decode typed and fast; where that fails, part by part, so that one odd row spoils only itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from alfred_tui.model.facts import Oddity
from alfred_tui.model.text import clean
from alfred_tui.tenant.errors import BadAnswer

T = TypeVar("T")

_PATH = re.compile(r" - at `(\$[^`]*)`$")
_ANY = msgspec.json.Decoder()
MOST_ODDITIES = 8
"""More are counted, not kept: a body can be odd in ten thousand places."""


def generic(body: bytes) -> Any:
    """The body as plain JSON values; :class:`BadAnswer` at ``$`` where it is none."""
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as trouble:
        raise BadAnswer(f"not JSON: {reason(trouble)}", path="$") from None


def reason(trouble: Exception) -> str:
    """What a decoder says, short and without a path."""
    if isinstance(trouble, RecursionError):
        return "nested too deeply"
    if isinstance(trouble, UnicodeDecodeError):
        return "not UTF-8"
    return clean(_PATH.sub("", str(trouble)), 90)


def path_of(trouble: Exception, base: str = "$") -> str:
    """The JSON path a validation error names, under ``base``.

    msgspec names an array's element ``[...]``; the caller knows the index and puts it in ``base``.
    """
    found = _PATH.search(str(trouble))
    return base + (found.group(1)[1:] if found else "")


class Oddities(list[Oddity]):
    """Collects places that were not understood, up to a bound."""

    def note(self, path: str, text: str) -> None:
        """Keep one more place, unless there are many already."""
        if len(self) < MOST_ODDITIES:
            self.append(Oddity(clean(path, 120), clean(text, 120)))


def part(value: object, shape: type[T], path: str, odd: Oddities) -> T | None:
    """``value`` as ``shape``, or ``None`` with the place noted. ``null`` is ``None``, no oddity."""
    if value is None:
        return None
    try:
        return msgspec.convert(value, shape, strict=True)
    except (msgspec.ValidationError, RecursionError) as trouble:
        odd.note(path_of(trouble, path), reason(trouble))
        return None


def rows(value: object, shape: type[T], path: str, odd: Oddities) -> list[T]:
    """Every element of a list that is a ``shape``; the others are noted by their index."""
    if value is None:
        return []
    if not isinstance(value, list):
        odd.note(path, f"Expected `array`, got `{kind(value)}`")
        return []
    found = []
    for index, item in enumerate(value):
        if item is None:
            odd.note(f"{path}[{index}]", "Expected `object`, got `null`")
            continue
        got = part(item, shape, f"{path}[{index}]", odd)
        if got is not None:
            found.append(got)
    return found


def kind(value: object) -> str:
    """JSON's word for a decoded value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "str"
    return "array" if isinstance(value, list) else "object"


def typed_or(
    body: bytes,
    decoder: msgspec.json.Decoder[T],
    slow: Callable[[Any, Oddities], T],
) -> tuple[T, tuple[Oddity, ...]]:
    """The typed decode, else the generic one handed to ``slow``.

    Raises:
        BadAnswer: the body is no JSON, or ``slow`` found nothing usable in it.
    """
    try:
        return decoder.decode(body), ()
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        odd = Oddities()
        made = slow(generic(body), odd)
        return made, tuple(odd)


def nothing_usable(odd: Oddities, fallback: str = "$") -> BadAnswer:
    """The error of an answer of which nothing could be used, naming its first odd place."""
    first = odd[0] if odd else Oddity(fallback, "not what this route answers")
    return BadAnswer(first.text, path=first.path)
