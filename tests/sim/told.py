"""What was recorded of the real programs, and how an answer's shape differs from it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.support.shape import Shape

HERE = Path(__file__).parent / "recorded"
DC = "docker compose -f /opt/alfred/compose/docker-compose.yaml"
CLI = f"{DC} exec -T temporal temporal"
LACKING = re.compile(
    r".*\.structuredCalendar\[\]\.\w+\[\]\.(start|end): missing"
    r"|.*\.indexedFields\.BuildIds: missing"
)
"""A range is written without its zeros; no build worked on a run that nobody has taken up."""


def lines(name: str) -> list[Any]:
    return [json.loads(line) for line in (HERE / name).read_text().splitlines() if line]


def whole(name: str) -> Any:
    return json.loads((HERE / name).read_text())


def by_api(name: str) -> Any:
    """What the API was recorded to answer, which is what the same command printed."""
    path = HERE.parents[1] / "wire" / "recorded" / f"{name}.json"
    return json.loads(path.read_text())["response"]["body"]


def differences(
    value: Any, *examples: Any, maps: str = r"$^", lacking: str = r"$^", complete: bool = True
) -> set[str]:
    """Where a value's spelling differs from all examples. ``maps``: keys there are data.

    ``complete``: keys that every example has must be there.
    """
    shape = Shape()
    for example in examples:
        shape.learn(example, whole=complete)
    found = shape.faults(value, maps=lambda path: re.fullmatch(maps, path) is not None)
    worded = {re.sub(r"\[\d+\]", "[]", fault) for fault in found}
    return {f for f in worded if not LACKING.fullmatch(f) and not re.fullmatch(lacking, f)}


def said(name: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a recording that is no JSON."""
    text = (HERE / "temporal" / name).read_text()
    head, _, rest = text.partition("--- stdout\n")
    out, _, err = rest.partition("--- stderr\n")
    return int(re.search(r"exit (\d+)", head)[1]), out, err.rstrip("\n") + "\n" if err else ""  # type: ignore[index]


def timeless(text: str) -> str:
    """A line of the CLI's log without its time."""
    return re.sub(r"time=\S+", "time=", text).strip()
