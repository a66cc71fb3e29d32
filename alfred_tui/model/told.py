"""An answer about one tenant, and the way by which it came."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from alfred_tui.model.look import Door

T = TypeVar("T")


class Told(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """``at`` is when the answer was complete (aware UTC).

    ``instead`` says why a better way was not the one, in one line; ``""`` where the first one did.
    """

    answer: T
    door: Door
    at: datetime
    instead: str = ""
