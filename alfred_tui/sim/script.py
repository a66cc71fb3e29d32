"""A fault script: read, and refused with the line and what would be allowed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alfred_tui.sim.dice import between, roll
from alfred_tui.sim.faults import Fault, FaultError
from alfred_tui.sim.kinds import KINDS, TO_ALL

if TYPE_CHECKING:
    from alfred_tui.sim.people import Person

ABOUT = ("service", "schedule", "stream")
AMOUNT = ("amount", "seconds", "percent", "days")
KEYS = ("at", "fault", "for", "image", "route", "sort", "spread", "tenant", *ABOUT, *AMOUNT)
_LIST = re.compile(r'"faults"\s*:\s*\[')


def read_script(path: Path, people: Sequence[Person], seed: int) -> list[Fault]:
    """The faults of a JSON script in a file, see :func:`parse`.

    Raises:
        FaultError: unreadable, or what :func:`parse` refuses.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as trouble:
        raise FaultError(f"{path.name}: not readable: {trouble}") from None
    return parse(text, path.name, people, seed)


def parse(text: str, name: str, people: Sequence[Person], seed: int) -> list[Fault]:
    """The faults of ``{"about"?, "faults": [{"fault", "tenant", "at"?, "for"?, ...}]}``.

    ``name`` is what refusals call the script. Whom a share strikes follows from ``seed``, the name
    and the line.

    Raises:
        FaultError: no such script, or a fault, tenant, service or number that does not exist; says
            the script, the line, the place, and what is allowed there.
    """
    try:
        whole = json.loads(text, object_pairs_hook=_once)
    except FaultError as trouble:
        raise FaultError(f"{name}: {trouble}") from None
    except json.JSONDecodeError as trouble:
        raise FaultError(f"{name}:{trouble.lineno}: no JSON: {trouble.msg}") from None
    except (ValueError, RecursionError) as trouble:
        raise FaultError(f"{name}: not readable: {trouble}") from None
    listed = whole.get("faults") if isinstance(whole, dict) else None
    rest = whole.keys() - {"about", "faults"} if listed is not None else set()
    if not isinstance(listed, list) or rest or not isinstance(whole.get("about", ""), str):
        raise FaultError(f'{name}:1: {{"about"?, "faults": [...]}} is needed, and nothing else')
    found: list[Fault] = []
    for index, (item, line) in enumerate(zip(listed, _lines(text, len(listed)), strict=True)):
        found += _read(item, people, seed, f"{name}:{line}: faults[{index}]")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise FaultError(f"the key {min(twice)!r} is given twice in one object")
    return dict(pairs)


def _lines(text: str, count: int) -> list[int]:
    """The lines on which the entries of the script's list begin."""
    decoder = json.JSONDecoder()
    begin = _LIST.search(text)
    if begin is None:
        return [1] * count  # its key is spelt with escapes
    position = begin.end() - 1
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
        amount=_amount(item, where),
        route=_text(item, "route", where),
        sort=_text(item, "sort", where),
        image=_text(item, "image", where),
    )
    if fault.nature.image and not fault.image:
        # one entry is one release: whoever it reaches, and however late, gets the same image
        fault = replace(fault, image=f"{fault.about} {fault.at:g}")
    spread = _number(item, "spread", where, least=0)
    word = item.get("tenant", "all" if fault.kind == TO_ALL else None)
    return [
        replace(fault, tenant=person.name, at=fault.at + _late(spread, seed, where, person.name))
        for person in _choose(word, fault, people, seed, where)
    ]


def _late(spread: float, *words: object) -> float:
    """By how many seconds a fault reaches one tenant later than the first."""
    return round(between(0, spread, "spread", *words), 3) if spread else 0.0


def _check_words(item: dict[str, Any], where: str) -> None:
    """Refuse keys, faults, routes, sorts and images that do not exist."""
    name = item.get("fault")
    if not isinstance(name, str) or name not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise FaultError(f"{where}: unknown fault {_short(name)}; known are {known}")
    if unknown := item.keys() - set(KEYS):
        raise FaultError(f"{where}: unknown key {min(unknown)!r}; known are {', '.join(KEYS)}")
    kind = KINDS[name]
    if item.get("route") and not kind.by_route:
        able = ", ".join(sorted(name for name, kind in KINDS.items() if kind.by_route))
        raise FaultError(f"{where}.route: only {able} are of one route")
    if item.get("image") and not kind.image:
        able = ", ".join(sorted(name for name, kind in KINDS.items() if kind.image))
        raise FaultError(f"{where}.image: only {able} bring one")
    if item.get("sort") and item["sort"] not in kind.sorts:
        known = f"known are {', '.join(kind.sorts)}" if kind.sorts else "it has none"
        raise FaultError(f"{where}.sort: {name} has no sort {_short(item['sort'])}; {known}")


def _text(item: dict[str, Any], key: str, where: str) -> str:
    value = item.get(key) or ""
    if not isinstance(value, str):
        raise FaultError(f"{where}.{key}: a text is needed, not {_short(value)}")
    return value


def _amount(item: dict[str, Any], where: str) -> float:
    """How much, in the unit of the kind; 0 for the usual."""
    given = [key for key in AMOUNT if key in item]
    if not given:
        return 0.0
    if len(given) > 1:
        raise FaultError(f"{where}: {' and '.join(given)} say the same; one is enough")
    kind = KINDS[item["fault"]]
    key = given[0]
    if not kind.unit:
        raise FaultError(f"{where}.{key}: {item['fault']} has no amount")
    value = _number(item, key, where, kind.least, kind.most)
    if value and kind.among and value not in kind.among:
        known = ", ".join(f"{n:g}" for n in kind.among)
        raise FaultError(f"{where}.{key}: {known} or 0 is needed, not {_short(value)}")
    return value


def _number(
    item: dict[str, Any],
    key: str,
    where: str,
    least: float | None = None,
    most: float = 1e9,
) -> float:
    value = item.get(key, 0)
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e9
    if not fits or not isfinite(value) or value > most or (least is not None and value < least):
        allowed = "a number" if least in (None, -1e9) else f"a number from {least:g}"
        allowed += "" if most == 1e9 else f" to {most:g}"
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
        has = ", ".join(fault.choices(one)) or "nothing of the kind"
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
