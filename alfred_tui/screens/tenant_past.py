"""Reads what a tenant's page tells of its past: a few small questions, off the event loop."""

from __future__ import annotations

from datetime import datetime, timedelta

from alfred_tui.model.history import DAY, HOUR, EventKind
from alfred_tui.model.text import clean
from alfred_tui.screens.ports import Past
from alfred_tui.store.errors import StoreError
from alfred_tui.widgets.hours import HOURS
from alfred_tui.widgets.story import CHANGES, DAYS, Story, months

WEEK = timedelta(days=7)
_LOOKED_AT = 4 * CHANGES
"""Events read to find the changes among them."""


async def story_of(past: Past, name: str, now: datetime) -> Story:
    """A tenant's past at ``now``; a store that cannot be read is told in it, not raised."""
    try:
        return await _read(past, name, now)
    except StoreError as trouble:
        return Story(trouble=clean(str(trouble), 400))


async def _read(past: Past, name: str, now: datetime) -> Story:
    hours = await past.stretches(name, now - timedelta(hours=HOURS), now, HOUR)
    days = await past.stretches(name, now - timedelta(days=DAYS), now, DAY)
    events = await past.events(name, since=now - WEEK, limit=_LOOKED_AT)
    changes = [event for event in events if event.kind is EventKind.STATUS]
    shares = []
    if hours or days:
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        spans = [("today", today, now), ("7 days", today - timedelta(days=6), now), *months(now)]
        for label, begin, end in spans:
            shares.append((label, await past.availability(name, begin, end)))
    return Story(hours, days, changes[: CHANGES + 1], shares)
