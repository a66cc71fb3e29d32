"""How the store is asked from the event loop: a call goes to a thread, its answer comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Ask(Protocol):
    """Runs ``work`` on the thread that it belongs to; what that raises passes."""

    async def __call__(self, work: Callable[[], T]) -> T:
        """The answer of ``work``."""
        ...
