"""What lists of the past have in common: days, their end, details in a few lines."""

from __future__ import annotations

from datetime import datetime

from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line
from alfred_tui.widgets.sheet import Row


def day(moment: datetime, width: int, glyphs: Glyphs) -> Row:
    """The heading of a day."""
    text = f" {moment:%A} {moment.day} {moment:%B %Y} "
    rule = glyphs.rule * max(0, width - len(text) - 1)
    return Row([(text, "accent"), (rule, "rule"), (" ", "text")])


def shortened(lines: list[Line], room: int, glyphs: Glyphs) -> list[Line]:
    """At most ``room`` lines; the last one counts those that found none."""
    room = max(0, room)
    if len(lines) <= room:
        return lines
    kept = max(0, room - 1)
    return [*lines[:kept], [(f"   {glyphs.ellipsis} {len(lines) - kept} more", "muted")]]


def end(reading: bool, done: bool, reached: datetime | None) -> Row:
    """The last line of the list: whether there is more, and how far back was looked."""
    back = f"{reached:%Y-%m-%d %H:%M}" if reached else ""
    text = "that is all"
    if not done:
        text = f"reading on, so far back to {back}" if reading else f"older than {back}: go on down"
    return Row([("   ", "text"), (text, "muted")])
