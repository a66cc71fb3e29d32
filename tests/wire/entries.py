"""The wire as data: recordings of a real tenant, and shapes that are only documented.

Whoever says what an entry means registers it here; ``test_manifest`` fails where nobody does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from alfred_tui.model.look import Look
from alfred_tui.tenant.routes import ROUTES, SYSTEM_DISK

HERE = Path(__file__).parent

MEANINGS: dict[str, Callable[[], None]] = {}
UNREAD: dict[str, str] = {}
"""Answers to questions that no look asks, and why they are kept."""


def means(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register the check of one entry's meaning."""

    def register(check: Callable[[], None]) -> Callable[[], None]:
        MEANINGS[name] = check
        return check

    return register


@cache
def names(folder: str = "*") -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in HERE.glob(f"{folder}/*.json")))


@cache
def entry(name: str) -> dict[str, Any]:
    (path,) = HERE.glob(f"*/{name}.json")
    return dict(json.loads(path.read_text(encoding="utf-8")))


_INSTEAD: dict[str, bytes] = {}


def body(name: str) -> bytes:
    """The body as JavaScript would have written it."""
    return _INSTEAD[name] if name in _INSTEAD else _written(name)


@contextmanager
def answering(name: str, raw: bytes) -> Iterator[None]:
    """As if an entry held another body: what is said of it should no longer hold."""
    _INSTEAD[name] = raw
    try:
        yield
    finally:
        del _INSTEAD[name]


@cache
def _written(name: str) -> bytes:
    response = entry(name)["response"]
    if "body_text" in response:
        return str(response["body_text"]).encode()
    if response.get("body") is None:
        return b""
    return json.dumps(response["body"], separators=(",", ":"), ensure_ascii=False).encode()


def look_of(name: str) -> Look | str | None:
    """The look that an entry answers; ``stream`` or ``disk`` for the two further routes."""
    request = entry(name)["request"]
    path, _, query = str(request["path"]).partition("?")
    if request["method"] != "GET":
        return None
    for look, route in ROUTES.items():
        asked = route.target.partition("?")[0]
        if path == asked and (look is not Look.CONTAINERS or not query):
            return look
    if path.startswith("/api/v1/admin/temporal/task-queues/"):
        return Look.QUEUE
    if path == SYSTEM_DISK.target:
        return "disk"
    rest = unquote(path.removeprefix("/api/v1/streams/"))
    return "stream" if path.startswith("/api/v1/streams/") and rest != "events" else None
