"""What the pages of a tenant are made of: headings, columns, words that flow."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.sheet import Row

LEAD = 3
INDENT = 15
DOOR = 9
AGE = 8
BLANK = Row(())


class Table(NamedTuple):
    """Cells of a page's columns; ``scope`` is 0 where it stands behind the value instead."""

    width: int
    label: int
    value: int
    scope: int


def heading(text: str, table: Table, glyphs: Glyphs, right: str = "", count: int = 0) -> Row:
    """A title with a rule to the end of the table; ``right`` stands over its last columns."""
    lead: list[Part] = [(f" {text} ", "accent")]
    if count:
        lead.append((f"{count} ", "muted"))
    used = sum(cells.width(part) for part, _ in lead) + len(right)
    rule = glyphs.rule * max(0, table.width - used - (2 if right else 1))
    return Row([*lead, (rule, "rule"), (f" {right}" if right else "", "head"), (" ", "text")])


def flow(items: list[str], width: int, between: str) -> list[str]:
    """Items one after the other, broken between them and not within; a long one is wrapped."""
    lines: list[str] = []
    for item in items:
        if lines and cells.width(lines[-1] + between + item) <= width:
            lines[-1] += between + item
        else:
            lines += textwrap.wrap(item, width) or [""]
    return lines
