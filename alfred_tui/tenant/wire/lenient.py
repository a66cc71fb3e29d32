"""Decode typed and fast; where that fails, piece by piece: an odd one spoils only itself."""

from __future__ import annotations

import re
import types
import typing
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from alfred_tui.model.facts import Oddity
from alfred_tui.model.text import clean, first_line
from alfred_tui.tenant.errors import BadAnswer

T = TypeVar("T")

MOST_ODDITIES = 8
"""More are not kept: a body can be odd in ten thousand places."""
MOST_ROWS = 5_000
"""Rows kept of any list; a tenant has some dozens."""
GIVE_UP_AFTER = 100
"""Rows at the head of a list of which none was usable: the rest will not be either."""

UNUSABLE: Any = object()
"""What :func:`lenient` gives for a value of which nothing could be used."""

_ANY = msgspec.json.Decoder()
_PATH = re.compile(r" - at `[^`]*`$")
_HALF_PAIR = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


class Oddities(list[Oddity]):
    """Collects places that were not understood, up to a bound."""

    def note(self, path: str, text: str) -> None:
        """Keep one more place, unless there are many already."""
        if len(self) < MOST_ODDITIES:
            self.append(Oddity(clean(path, 120), clean(text, 120)))


def read(
    body: bytes,
    decoder: msgspec.json.Decoder[T],
    shape: Any = None,
    *,
    wrapped: str = "",
) -> tuple[T, Oddities]:
    """The body as the decoder's type: at once, else generically and then piece by piece.

    ``shape`` is a more forgiving type for the second way, with the same fields; ``wrapped`` the
    key under which some build may put a list that is bare elsewhere.

    Raises:
        BadAnswer: the body is no JSON, or nothing usable is in it; ``failure.path`` says where.
    """
    odd = Oddities()
    try:
        return decoder.decode(body), odd
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    value, path = generic(body, odd), "$"
    if wrapped and isinstance(value, dict) and wrapped in value:
        value, path = value[wrapped], f"$.{wrapped}"
    made = lenient(value, shape or decoder.type, path, odd)
    if made is UNUSABLE or (made == [] and value != []):
        if isinstance(value, dict) and isinstance(value.get("raw"), str):
            raise BadAnswer(f"only text came: {first_line(value['raw'], 60)}", path="$.raw")
        raise nothing_usable(odd, path)
    return made, odd


def generic(body: bytes, odd: Oddities) -> Any:
    """The body as plain JSON values. Broken text in it is replaced, and noted.

    Half a surrogate pair (a name cut through an emoji) is replaced without a word.

    Raises:
        BadAnswer: it is no JSON.
    """
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as trouble:
        first = trouble
    text = body.decode("utf-8", "replace").encode()
    try:
        value = _ANY.decode(_HALF_PAIR.sub(rb"\\ufffd", text))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadAnswer(f"not JSON: {reason(first)}", path="$") from None
    if text != body:
        odd.note("$", "not UTF-8")
    return value


def lenient(value: Any, shape: Any, path: str, odd: Oddities) -> Any:
    """``value`` as ``shape`` with what cannot be used left out and noted by its path.

    Fields that have a default fall back to it; rows and structs that lack what they need are
    left out as a whole: :data:`UNUSABLE`. Depth is bounded by the shape, not by the value.
    """
    try:
        return msgspec.convert(value, shape, strict=True)
    except (msgspec.ValidationError, RecursionError) as trouble:
        said = reason(trouble)
    inner, arguments = _parts(shape)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(value, dict):
        return _struct(value, inner, path, odd)
    if inner is list and isinstance(value, list):
        return _rows(value, arguments[0], path, odd)
    if inner is dict and isinstance(value, dict):
        found = {}
        for key, item in value.items():
            got = lenient(item, arguments[1], f"{path}.{key}", odd)
            if got is not UNUSABLE:
                found[key] = got
        return found
    odd.note(path, said)
    return UNUSABLE


def _struct(value: dict[str, Any], shape: type[msgspec.Struct], path: str, odd: Oddities) -> Any:
    made: dict[str, Any] = {}
    for field in _fields(shape):
        where = f"{path}.{field.encode_name}"
        if field.encode_name not in value:
            if field.required:
                odd.note(where, "missing")
                return UNUSABLE
            continue
        got = lenient(value[field.encode_name], field.type, where, odd)
        if got is not UNUSABLE:
            made[field.name] = got
        elif field.required:
            return UNUSABLE
    return shape(**made)


def _rows(value: list[Any], shape: Any, path: str, odd: Oddities) -> list[Any]:
    found = []
    for index, item in enumerate(value[:MOST_ROWS]):
        got = lenient(item, shape, f"{path}[{index}]", odd)
        if got is not UNUSABLE:
            found.append(got)
        elif not found and index >= GIVE_UP_AFTER:
            break
    return found


@lru_cache(maxsize=256)
def _parts(shape: Any) -> tuple[Any, tuple[Any, ...]]:
    """What a type is made of: its origin and arguments, ``None`` and ``UNSET`` taken away."""
    if typing.get_origin(shape) in (typing.Union, types.UnionType):
        rest = [
            part for part in typing.get_args(shape) if part not in (type(None), msgspec.UnsetType)
        ]
        if len(rest) != 1:
            return None, ()
        shape = rest[0]
    return typing.get_origin(shape) or shape, typing.get_args(shape)


@lru_cache(maxsize=256)
def _fields(shape: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(shape)


def reason(trouble: Exception) -> str:
    """What a decoder says, short and without a path."""
    if isinstance(trouble, RecursionError):
        return "nested too deeply"
    if isinstance(trouble, UnicodeDecodeError):
        return "not UTF-8"
    return clean(_PATH.sub("", str(trouble)), 90)


def nothing_usable(odd: Oddities, path: str = "$") -> BadAnswer:
    """The error of an answer of which nothing could be used, naming its first odd place."""
    first = odd[0] if odd else Oddity(path, "not what this route answers")
    return BadAnswer(first.text, path=first.path)
