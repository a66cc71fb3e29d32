"""Signs and words of the visual language (ux.md), in a Unicode and an ASCII set."""

from __future__ import annotations

from typing import NamedTuple

from alfred_tui.model.verdict import Pill

WORDS = {pill: pill.value.upper() for pill in Pill}
"""The word beside a pill's glyph: a colour is never alone."""


class Glyphs(NamedTuple):
    """One set of signs; every one is a single cell wide but ``ellipsis`` and ``turns``.

    ``bars`` are a scale, lowest first.
    """

    pills: dict[Pill, str]
    hours: dict[Pill, str]
    cursor: str
    mark: str
    ellipsis: str
    up: str
    down: str
    paused: str
    dot: str
    rule: str
    door: str
    closes: str
    turns: str
    bars: str

    def pill(self, pill: Pill) -> str:
        """Glyph and word: ``● OK``."""
        return f"{self.pills[pill]} {WORDS[pill]}"


UNICODE = Glyphs(
    pills={
        Pill.OK: "●",
        Pill.DEGRADED: "▲",
        Pill.DOWN: "■",
        Pill.UNKNOWN: "○",
        Pill.STALE: "◌",
        Pill.BUILDING: "◆",
    },
    hours={
        Pill.OK: "▁",
        Pill.DEGRADED: "▄",
        Pill.DOWN: "█",
        Pill.UNKNOWN: "·",
        Pill.STALE: "·",
        Pill.BUILDING: "◆",
    },
    cursor="▶",
    mark="✓",
    ellipsis="…",
    up="↑",
    down="↓",
    paused="‖",
    dot="·",
    rule="─",
    door="›",
    closes="◀",
    turns="→",
    bars="▁▂▃▄▅▆▇",
)
ASCII = Glyphs(
    pills={
        Pill.OK: "o",
        Pill.DEGRADED: "!",
        Pill.DOWN: "X",
        Pill.UNKNOWN: "?",
        Pill.STALE: "~",
        Pill.BUILDING: "+",
    },
    hours={
        Pill.OK: ".",
        Pill.DEGRADED: "-",
        Pill.DOWN: "#",
        Pill.UNKNOWN: "?",
        Pill.STALE: "?",
        Pill.BUILDING: "+",
    },
    cursor=">",
    mark="*",
    ellipsis="..",
    up="^",
    down="v",
    paused="=",
    dot="-",
    rule="-",
    door=">",
    closes="<",
    turns="->",
    bars="_.-:=+#",
)
