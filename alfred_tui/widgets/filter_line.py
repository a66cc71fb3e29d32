"""The line between header and board: what is filtered, how it is ordered, where the cursor is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from alfred_tui.model.text import clean
from alfred_tui.model.units import age
from alfred_tui.model.view import TenantView
from alfred_tui.widgets.columns import is_live
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.roster import Quick, Roster


def said(
    roster: Roster, prompt: list[Part], last_known: list[Part], key: Callable[[str], str]
) -> list[Part]:
    """The filter in force and how to leave it; ``prompt`` is what stands beneath the open box.

    ``last_known`` stands there instead of the invitation to filter; ``key`` tells how the key of an
    action is written.
    """
    left: list[Part] = [(" ", "text")]
    if prompt:
        left = [*prompt]
    elif roster.query.text.strip():
        left += [("filter: ", "muted"), (clean(roster.query.text, 60), "strong"), ("  ", "text")]
    elif not roster.filtered:
        left += last_known or [(key("filter"), "key"), (" filter", "muted"), ("   ", "text")]
    if roster.quick is not Quick.ALL:
        left += [(f"only {roster.quick.value}", "accent"), ("  ", "text")]
    if roster.query.errors:
        left += [(roster.query.errors[0], "degraded")]
    elif roster.filtered:
        left += [(key("clear"), "key"), (" clears", "muted")]
    return left


def last_known(
    views: Iterable[TenantView], live_since: datetime | None, now: datetime
) -> list[Part]:
    """While rows still are those of the last session: say so, with their age."""
    if live_since is None:
        return []
    waiting = [view for view in views if not is_live(view, live_since)]
    if not waiting:
        return []
    newest = max((view.oldest for view in waiting if view.oldest), default=None)
    if newest is None:
        return [("first look is under way", "muted")]
    return [(f"last known state, {age(newest, now)} old: looking at everybody now", "stale")]


def place(roster: Roster, row: int, glyphs: Glyphs) -> list[Part]:
    """Marks, order, the cursor's place among how many."""
    right: list[Part] = []
    if roster.marks:
        right.append((f"{len(roster.marks)} marked    ", "key"))
    right.append(("sort: ", "muted"))
    arrow = glyphs.up if roster.turned else ""
    right.append((f"{roster.sort.name}{' ' + arrow if arrow else ''}", "text"))
    if roster.order:
        shown_of = f"{row + 1:,}/{len(roster.order):,}"
        if roster.filtered:
            shown_of += f" of {roster.total:,}"
        right.append((f"    {shown_of}", "muted"))
    right.append((" ", "text"))
    return right
