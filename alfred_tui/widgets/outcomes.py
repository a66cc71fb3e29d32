"""Risks and outcomes as signs, words and inks; a verdict of the journal as its pill."""

from __future__ import annotations

from alfred_tui.model.operation import Outcome, Risk
from alfred_tui.model.verdict import Pill
from alfred_tui.ops.standing import word
from alfred_tui.widgets.glyphs import WORDS, Glyphs
from alfred_tui.widgets.inks import Part

RISK_INKS = {
    Risk.READ: "muted",
    Risk.SAFE: "ok",
    Risk.DISRUPTIVE: "degraded",
    Risk.DESTRUCTIVE: "down",
}
_SIGNS: dict[Outcome | None, tuple[Pill, str]] = {
    None: (Pill.BUILDING, "building"),
    Outcome.DONE: (Pill.OK, "ok"),
    Outcome.FAILED: (Pill.DOWN, "down"),
    Outcome.UNKNOWN: (Pill.DEGRADED, "degraded"),
    Outcome.NOT_SENT: (Pill.STALE, "stale"),
    Outcome.CANCELLED: (Pill.UNKNOWN, "unknown"),
}
"""Whose glyph stands for an outcome, and its ink; ``None`` is what still runs."""
WIDTH = 11
"""Cells of the longest one."""


def outcome_part(outcome: Outcome | None, glyphs: Glyphs) -> Part:
    """Sign and word: ``● DONE``, ``◆ RUNNING``."""
    pill, ink = _SIGNS[outcome]
    return (f"{glyphs.pills[pill]} {word(outcome).upper()}", ink)


def verdict_part(text: str, glyphs: Glyphs, *, words: bool = True) -> Part:
    """The pill that the journal has as ``down: no answer``; a blank for none."""
    name = text.partition(":")[0]
    try:
        pill = Pill(name)
    except ValueError:
        return ("", "muted")
    return (f"{glyphs.pills[pill]} {WORDS[pill]}" if words else glyphs.pills[pill], pill.value)
