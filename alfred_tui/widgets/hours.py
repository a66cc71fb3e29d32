"""A tenant's last 48 hours as a strip: one sign an hour, or one for two hours in half the room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from alfred_tui.model.verdict import Pill
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part

Hours = tuple[Pill | None, ...]
"""The worst pill of each hour, the present one last; ``None`` where nobody looked."""
HOURS = 48
_GREY = frozenset({Pill.STALE, Pill.UNKNOWN})


def _severity(pill: Pill) -> int:
    return pill.severity


def worst_of(hours: Sequence[Pill | None], each: int) -> Hours:
    """One pill for every ``each`` hours, counted back from the present one.

    An hour that was looked at in vain is worse than a good one, as it is within an hour: no green
    may stand for what nobody knows.
    """
    first = len(hours) % each
    slices = [hours[:first]] if first else []
    slices += [hours[start : start + each] for start in range(first, len(hours), each)]
    return tuple(
        min((pill for pill in part if pill is not None), key=_severity, default=None)
        for part in slices
    )


def hours_parts(hours: Sequence[Pill | None], room: int, glyphs: Glyphs) -> list[Part]:
    """The strip in exactly ``room`` cells, the present hour at the right; never seen is blank."""
    pills = worst_of(hours, max(1, HOURS // room))[-room:] if room else ()
    parts: list[Part] = [(" " * (room - len(pills)), "text")]
    for pill, run in groupby(pills):
        sign = " " if pill is None else glyphs.hours[pill]
        ink = "text" if pill is None else "faint" if pill in _GREY else pill.value
        parts.append((sign * len(list(run)), ink))
    return parts
