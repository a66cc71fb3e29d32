"""The shape of JSON, learnt from examples: keys, types, nesting and the form of times.

Knows nothing of what the answers mean and nothing of the program: it compares spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?Z")
GO_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC")
NUMBER = re.compile(r"-?\d+")
SPAN = re.compile(r"\d+(\.\d+)?s")
ENUM = re.compile(
    r"(WORKFLOW_EXECUTION_STATUS|TASK_QUEUE_KIND|SCHEDULE_OVERLAP_POLICY|PENDING_ACTIVITY_STATE"
    r"|PENDING_WORKFLOW_TASK_STATE|EVENT_TYPE|WORKFLOW_TASK_FAILED_CAUSE|RETRY_STATE)_[A-Z_]+"
)


def form(text: str) -> str:
    """What sort of text it is; times by how fine they are."""
    if match := TIME.fullmatch(text):
        digits = len(match.group(1) or "")
        return "time/" + (
            "s" if not digits else "ms" if digits <= 3 else "us" if digits <= 6 else "ns"
        )
    if GO_TIME.fullmatch(text):
        return "go time"
    if NUMBER.fullmatch(text):
        return "int64"
    if SPAN.fullmatch(text):
        return "span"
    if match := ENUM.fullmatch(text):
        return f"enum {match.group(1)}"
    return "text"


def kind(value: Any) -> str:
    """The JSON type; whole and broken numbers are one."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "text", list: "list", dict: "object"}[type(value)]


@dataclass
class Shape:
    """What was seen at one place: types, forms of text, and an object's keys."""

    kinds: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    always: set[str] | None = None
    items: Shape | None = None

    def learn(self, value: Any, *, whole: bool = True) -> None:
        """Take in an example. ``whole``: a key that it lacks is one that may be lacking."""
        self.kinds.add(kind(value))
        if isinstance(value, str):
            self.forms.add(form(value))
        elif isinstance(value, list):
            self.items = self.items or Shape()
            for item in value:
                self.items.learn(item, whole=whole)
        elif isinstance(value, dict):
            if whole:
                self.always = set(value) if self.always is None else self.always & set(value)
            for key, inner in value.items():
                self.keys.setdefault(key, Shape()).learn(inner, whole=whole)

    def faults(
        self, value: Any, path: str = "$", maps: Callable[[str], bool] = lambda _: False
    ) -> Iterator[str]:
        """Where ``value`` differs; ``maps`` tells places whose keys are data, not spelling."""
        if kind(value) not in self.kinds:
            yield f"{path}: {kind(value)}, seen were {', '.join(sorted(self.kinds))}"
        elif isinstance(value, str) and form(value) not in self.forms and "text" not in self.forms:
            yield f"{path}: {form(value)} {value[:40]!r}, seen were {', '.join(sorted(self.forms))}"
        elif isinstance(value, list) and self.items is not None:
            for index, item in enumerate(value):
                yield from self.items.faults(item, f"{path}[{index}]", maps)
        elif isinstance(value, dict):
            yield from self._object(value, path, maps)

    def _object(
        self, value: dict[str, Any], path: str, maps: Callable[[str], bool]
    ) -> Iterator[str]:
        if maps(path):
            merged = Shape()
            for shape in self.keys.values():
                merged = union(merged, shape)
            for inner in value.values():
                yield from merged.faults(inner, f"{path}.*", maps)
            return
        for key in sorted((self.always or set()) - set(value)):
            yield f"{path}.{key}: missing"
        for key, inner in value.items():
            if key in self.keys:
                yield from self.keys[key].faults(inner, f"{path}.{key}", maps)
            else:
                yield f"{path}.{key}: never seen"


def union(one: Shape, other: Shape) -> Shape:
    """What either has seen."""
    made = Shape(one.kinds | other.kinds, one.forms | other.forms, dict(one.keys))
    for key, shape in other.keys.items():
        made.keys[key] = union(made.keys[key], shape) if key in made.keys else shape
    known = [s.always for s in (one, other) if s.always is not None]
    made.always = set.intersection(*known) if known else None
    if one.items and other.items:
        made.items = union(one.items, other.items)
    else:
        made.items = one.items or other.items
    return made
