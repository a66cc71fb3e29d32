"""A fault script: read, and refused with the line and what would be allowed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alfred_tui.sim.dice import roll
from alfred_tui.sim.faults import KINDS, SORTS, Fault, FaultError

if TYPE_CHECKING:
    from alfred_tui.sim.people import Person

ABOUT = ("service", "schedule", "stream")
AMOUNT = ("amount", "seconds", "percent")
KEYS = ("at", "fault", "for", "route", "sort", "tenant", *ABOUT, *AMOUNT)
WITH_ROUTE = ("answer-cut", "answer-garbage", "slow")


def read_script(path: Path, people: Sequence[Person], seed: int) -> list[Fault]:
    """The faults of a JSON script ``{"faults": [{"tenant", "fault", "at"?, "for"?, ...}]}``.

    Raises:
        FaultError: unreadable, or a fault, tenant, service or number that does not exist; says
            the file, the line, the place, and what is allowed there.
    """
    try:
        text = path.read_text(encoding="utf-8")
        whole = json.loads(text, object_pairs_hook=_once)
    except FaultError as trouble:
        raise FaultError(f"{path.name}: {trouble}") from None
    except json.JSONDecodeError as trouble:
        raise FaultError(f"{path.name}:{trouble.lineno}: no JSON: {trouble.msg}") from None
    except (OSError, ValueError, RecursionError) as trouble:
        raise FaultError(f"{path.name}: not readable: {trouble}") from None
    listed = whole.get("faults") if isinstance(whole, dict) and len(whole) == 1 else None
    if not isinstance(listed, list):
        raise FaultError(f'{path.name}:1: {{"faults": [...]}} is needed, and nothing else')
    found: list[Fault] = []
    for index, (item, line) in enumerate(zip(listed, _lines(text, len(listed)), strict=True)):
        found += _read(item, people, seed, f"{path.name}:{line}: faults[{index}]")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise FaultError(f"the key {min(twice)!r} is given twice in one object")
    return dict(pairs)


def _lines(text: str, count: int) -> list[int]:
    """The lines on which the entries of the script's only list begin."""
    decoder = json.JSONDecoder()
    position = text.index("[")
    found = []
    for _ in range(count):
        position += 1
        while text[position] in " \t\r\n,":
            position += 1
        found.append(text.count("\n", 0, position) + 1)
        _, position = decoder.raw_decode(text, position)
        position -= 1
    return found


def _read(item: Any, people: Sequence[Person], seed: int, where: str) -> list[Fault]:
    if not isinstance(item, dict):
        raise FaultError(f"{where}: an object is needed, not {_short(item)}")
    _check_words(item, where)
    fault = Fault(
        kind=item["fault"],
        tenant="",
        at=_number(item, "at", where),
        lasts=None if item.get("for") is None else _number(item, "for", where, least=0),
        service=next((_text(item, key, where) for key in ABOUT if item.get(key)), ""),
        amount=next((_number(item, key, where, least=0) for key in AMOUNT if key in item), 0.0),
        route=_text(item, "route", where),
        sort=_text(item, "sort", where),
    )
    chosen = _choose(item.get("tenant"), fault, people, seed, where)
    return [replace(fault, tenant=person.name) for person in chosen]


def _check_words(item: dict[str, Any], where: str) -> None:
    """Refuse keys, faults, routes and sorts that do not exist."""
    kind = item.get("fault")
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise FaultError(f"{where}: unknown fault {_short(kind)}; known are {known}")
    if unknown := item.keys() - set(KEYS):
        raise FaultError(f"{where}: unknown key {min(unknown)!r}; known are {', '.join(KEYS)}")
    if item.get("route") and kind not in WITH_ROUTE:
        raise FaultError(f"{where}.route: only {', '.join(WITH_ROUTE)} are of one route")
    sorts = SORTS.get(kind, ())
    if item.get("sort") and item["sort"] not in sorts:
        known = f"known are {', '.join(sorts)}" if sorts else "it has none"
        raise FaultError(f"{where}.sort: {kind} has no sort {_short(item['sort'])}; {known}")


def _text(item: dict[str, Any], key: str, where: str) -> str:
    value = item.get(key) or ""
    if not isinstance(value, str):
        raise FaultError(f"{where}.{key}: a text is needed, not {_short(value)}")
    return value


def _number(item: dict[str, Any], key: str, where: str, least: float | None = None) -> float:
    value = item.get(key, 0)
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9
    if not fits or not isfinite(value) or (least is not None and value < least):
        allowed = "a number" if least is None else f"a number from {least:g}"
        raise FaultError(f"{where}.{key}: {allowed} is needed, not {_short(value)}")
    return float(value)


def _short(value: Any) -> str:
    return repr(value)[:60]


def _choose(
    word: Any, fault: Fault, people: Sequence[Person], seed: int, where: str
) -> list[Person]:
    if word == "all":
        word = "share:1"
    if isinstance(word, str) and word.startswith("share:"):
        part = _share(word, where)
        able = sorted((p for p in people if fault.fits(p)), key=lambda p: roll(seed, where, p.name))
        return able[: round(part * len(people))]
    one = next(
        (p for p in people if p.name == word or (p.index == word and word is not True)), None
    )
    if one is None:
        allowed = f"a name, 0 to {len(people) - 1}, share:0.05 or all is needed"
        raise FaultError(f"{where}.tenant: no tenant {_short(word)}; {allowed}")
    if not fault.fits(one):
        has = ", ".join(fault.choices(one))
        raise FaultError(
            f"{where}: {one.name} ({one.generation}) has no {fault.about}; it has {has}"
        )
    return [one]


def _share(word: str, where: str) -> float:
    try:
        part = float(word.removeprefix("share:"))
    except ValueError:
        part = -1.0
    if not 0 <= part <= 1:
        raise FaultError(f"{where}.tenant: share:0 to share:1 is needed, not {_short(word)}")
    return part
