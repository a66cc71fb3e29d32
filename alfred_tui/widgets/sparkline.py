"""Figures as a row of bars: one sign each, as high as its share of a scale."""

from __future__ import annotations

from collections.abc import Sequence

from alfred_tui.widgets.glyphs import Glyphs


def spark(values: Sequence[float | None], high: float, glyphs: Glyphs) -> str:
    """One sign a value, on a scale from 0 to ``high``; a blank where nothing is known."""
    return "".join(" " if value is None else _bar(value, high, glyphs.bars) for value in values)


def _bar(value: float, high: float, bars: str) -> str:
    if high <= 0 or value <= 0:
        return bars[0]
    return bars[-1] if value >= high else bars[int(value / high * len(bars))]
