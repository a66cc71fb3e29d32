"""Every tenant's past held against its present: a few at a time, over and over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alfred_tui.fleet.past import PastReader
    from alfred_tui.fleet.state import FleetState

log = logging.getLogger(__name__)
EVERY = 600.0
"""Seconds in which every tenant's trend is made once."""
NOBODY = 5.0
"""Seconds to the next try where there is nobody."""


async def learn(
    names: Callable[[], Sequence[str]],
    past: Callable[[], PastReader],
    state: FleetState,
    now: Callable[[], datetime],
) -> None:
    """For ever: read a tenant's last days and tell the state what is normal for it."""
    from alfred_tui.fleet.trend import DAYS, trend

    while True:
        chosen = list(names())
        for name in chosen:
            moment = now()
            try:
                hours = await past().stretches(name, moment - timedelta(days=DAYS), moment)
            except (OSError, RuntimeError):
                log.warning("the past of %s cannot be read", name, exc_info=True)
                hours = []
            state.set_trend(name, trend(hours, int(moment.timestamp())))
            await asyncio.sleep(EVERY / len(chosen))
        if not chosen:
            await asyncio.sleep(NOBODY)
