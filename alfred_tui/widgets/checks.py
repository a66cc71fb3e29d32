"""The doctor's findings as lines: by area, the worst first, with what to do beneath."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.takeover.findings import AREAS, Finding, Level
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.sheet import Row

PILLS = {Level.OK: Pill.OK, Level.WARNING: Pill.DEGRADED, Level.FAILING: Pill.DOWN}
"""Whose glyph and colour stand for a level."""
FOLD = 6
"""More checks than these that are well become one line."""
COMMANDS = ("chmod ",)
"""How an advice begins that is a command and nothing else."""
_INDENT = 3
_LEVEL = 11
_LONGEST = 600


def counted(found: Iterable[Finding]) -> dict[Level, int]:
    """How many there are of each level, the worst first."""
    levels = [each.level for each in found]
    return {level: levels.count(level) for level in reversed(Level)}


def page(
    found: Sequence[Finding], width: int, glyphs: Glyphs, *, running: bool, unfolded: bool = False
) -> list[Row]:
    """Every area with its findings; one that has none says whether it still is being looked at.

    ``unfolded`` lists every check, also where many are well.
    """
    rows: list[Row] = []
    subject = _subject_width(found, width)
    for area in AREAS:
        mine = sorted(
            (each for each in found if each.area == area),
            key=lambda each: (-each.level.exit_code, each.subject),
        )
        rows.append(_heading(area, width, glyphs))
        if not mine:
            text = "looking ..." if running else "nothing to look at"
            rows.append(Row([(" " * _INDENT, "text"), (text, "muted")]))
        rows += _area(mine, width, subject, glyphs, unfolded)
        rows.append(Row(()))
    return rows[:-1]


def _subject_width(found: Sequence[Finding], width: int) -> int:
    longest = max((cells.width(clean(each.subject)) for each in found), default=0)
    return max(12, min(longest, (width - _INDENT - _LEVEL) * 2 // 5))


def _heading(area: str, width: int, glyphs: Glyphs) -> Row:
    title = f" {area.capitalize()} "
    return Row([(title, "accent"), (glyphs.rule * max(0, width - len(title) - 2), "rule")])


def _area(
    mine: Sequence[Finding], width: int, subject: int, glyphs: Glyphs, unfolded: bool
) -> list[Row]:
    well = [each for each in mine if each.level is Level.OK]
    folds = len(well) > FOLD and not unfolded
    shown = [each for each in mine if each.level is not Level.OK or not folds]
    rows = [row for each in shown for row in finding_rows(each, width, subject, glyphs)]
    if folds:
        more = f"{len(well):,} {'more ' if shown else ''}checks are well"
        rows.append(Row([*_lead(Level.OK, glyphs), (more, "muted")]))
    return rows


def _lead(level: Level, glyphs: Glyphs) -> list[Part]:
    pill = PILLS[level]
    sign = cells.left(f"{glyphs.pills[pill]} {level.value.upper()}", _LEVEL)
    return [(" " * _INDENT, "text"), (sign, pill.value)]


def finding_rows(each: Finding, width: int, subject: int, glyphs: Glyphs) -> list[Row]:
    """One finding: its line, the rest of its text, and what to do; nothing of these is cut off."""
    text, advice = clean(each.text, _LONGEST), clean(each.advice, _LONGEST)
    whole = f"{each.area}: {clean(each.subject)}: {text}"
    key = f"{each.area}|{each.subject}|{each.text}"
    well = each.level is Level.OK
    room = max(16, width - _INDENT - _LEVEL - subject - 3)
    lines = [cells.cut_end(text, room, glyphs.ellipsis)] if well else wrapped(text, room)
    who = cells.cut_middle(clean(each.subject), subject, glyphs.ellipsis)
    first: list[Part] = [
        *_lead(each.level, glyphs),
        (cells.left(who, subject + 2), "muted" if well else "strong"),
        (lines[0], "muted" if well else "text"),
    ]
    margin = " " * (_INDENT + _LEVEL)
    rows = [Row(first, key, f"{whole} ({advice})" if advice else whole)]
    rows += [Row([(margin + " " * (subject + 2), "text"), (line, "text")]) for line in lines[1:]]
    return [*rows, *_advice_rows(advice, margin, width, f"{key}|do", glyphs)]


def _advice_rows(advice: str, margin: str, width: int, key: str, glyphs: Glyphs) -> list[Row]:
    """What to do; the commands in it stand out."""
    rows: list[Row] = []
    typed = "`" not in advice and advice.startswith(COMMANDS)
    for index, text in enumerate(wrapped(advice, width - len(margin) - 5)):
        line: list[Part] = [(margin, "text"), (f"{'' if index else glyphs.door:<2}", "key")]
        for part in re.split("(`)", text):
            if part == "`":
                typed = not typed
            line.append((part, "accent" if typed or part == "`" else "muted"))
        rows.append(Row(line, "" if index else key, commands(advice)))
    return rows


def wrapped(text: str, room: int) -> list[str]:
    """``text`` in lines of at most ``room`` cells; none for an empty one."""
    return textwrap.wrap(text, max(10, room), break_on_hyphens=False)


def commands(advice: str) -> str:
    """What somebody would type for it: the commands it quotes, else all of it."""
    quoted = re.findall(r"`([^`]+)`", advice)
    return "; ".join(quoted) or advice
