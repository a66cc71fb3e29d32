"""The little of Go's templates that ``--format`` is used with."""

from __future__ import annotations

import json
import re
from typing import Any

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_WORD = re.compile(r'"[^"]*"|\S+')


class TemplateTrouble(Exception):
    """A template that cannot be carried out; the text is Go's."""


def fill(template: str, value: Any) -> str:
    """The template with what it asks for of ``value`` (parsed JSON) put in.

    Raises:
        TemplateTrouble: it asks for something that is not there, or in a way that is not known.
    """
    return _ACTION.sub(lambda match: _text(match[1], value), template)


def _text(action: str, value: Any) -> str:
    words = _WORD.findall(action)
    if words[:1] == ["json"] and len(words) == 2:
        found = reach(words[1], value)
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    if words[:1] == ["index"] and len(words) >= 3:
        found = reach(words[1], value)
        for word in words[2:]:
            found = _index(found, word.strip('"'))
        return _plain(found)
    if len(words) == 1 and words[0].startswith("."):
        return _plain(reach(words[0], value))
    raise TemplateTrouble(f'function "{words[0] if words else ""}" not defined')


def reach(path: str, value: Any) -> Any:
    """What is at ``.State.Health`` of a value.

    Raises:
        TemplateTrouble: nothing is.
    """
    for name in path.strip(".").split(".") if path.strip(".") else []:
        if not isinstance(value, dict) or name not in value:
            raise TemplateTrouble(f'map has no entry for key "{name}"')
        value = value[name]
    return value


def _index(value: Any, word: str) -> Any:
    if isinstance(value, list):
        number = int(word) if word.isdecimal() else -1
        if not 0 <= number < len(value):
            raise TemplateTrouble(f"error calling index: index out of range: {word}")
        return value[number]
    return value.get(word, "") if isinstance(value, dict) else ""


def _plain(value: Any) -> str:
    """A value as Go prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "<no value>"
    if isinstance(value, list):
        return f"[{' '.join(map(_plain, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{k}:{_plain(v)}' for k, v in sorted(value.items()))}]"
    return str(value)


def rows(template: str, values: list[dict[str, Any]]) -> list[str]:
    """Lines as ``docker ps --format`` prints them: ``json``, ``table ...``, or a template.

    Raises:
        TemplateTrouble: see :func:`fill`.
    """
    shape = template.replace("\\t", "\t").replace("\\n", "\n")
    if shape == "json":
        shape = "{{json .}}"
    if not shape.startswith("table "):
        return [fill(shape, value) for value in values]
    shape = shape.removeprefix("table ")
    heads = _ACTION.sub(lambda match: match[1].strip(". ").upper(), shape).split("\t")
    return columns([heads, *(fill(shape, value).split("\t") for value in values)])


def columns(lines: list[list[str]], gap: int = 3) -> list[str]:
    """Lines whose words stand below each other."""
    if not lines:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    padded = (
        [cell.ljust(width + gap) for cell, width in zip(line[:-1], widths, strict=False)]
        for line in lines
    )
    return ["".join([*cells, line[-1]]) for cells, line in zip(padded, lines, strict=True)]
