"""Where the hands were: taken from the screens, and given back to them at the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from alfred_tui.model.filter import parse
from alfred_tui.model.text import clean
from alfred_tui.view_state import ViewState
from alfred_tui.widgets.filter_screen import FilterScreen
from alfred_tui.widgets.roster import SORTS, Quick

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.screens.fleet import FleetScreen

_LONGEST = 500
PAST = ("events", "journal")
"""Screens of what was, by their names."""


def place_of(app: AlfredApp, before: ViewState) -> ViewState:
    """The screens as they are; what was not chosen in this session is as it was ``before``."""
    home = app.home
    roster, selection = home.roster, home.selection
    interval = app.engine.status().interval if app.first_interval is not None else None
    page, tab, over, words = "", "", "", ""
    for screen in app.screen_stack:
        if screen.name == "tenant":
            page = str(getattr(screen, "tenant", ""))
            tab = str(getattr(getattr(screen, "deck", None), "number", ""))
        elif (name := _over(screen)) and isinstance(screen, FilterScreen):
            over, words = name, screen.typed()[:_LONGEST]
    return ViewState(
        sort=roster.sort.name,
        turned=roster.turned,
        filter=roster.query.text[:_LONGEST],
        # marks are not kept, and without them that filter would show nobody
        quick="" if roster.quick in (Quick.ALL, Quick.MARKED) else roster.quick.value,
        wall=home.grid.id == "wall",
        cursor=selection.name if selection.touched and selection.name else "",
        page=page,
        tab=tab,
        over=over,
        words=words,
        theme=app.theme if app.theme != app.first_theme else before.theme,
        interval=before.interval if interval in (None, app.first_interval) else interval,
    )


def _over(screen: Screen[Any]) -> str:
    """What a screen of the whole fleet is called that is opened again; empty for any other."""
    if screen.name == "across":
        return str(getattr(getattr(screen, "listing", None), "ID", ""))
    past = screen.name in PAST and getattr(screen, "tenant", None) is None
    return (screen.name or "") if past else ""


def give_back(home: FleetScreen, kept: ViewState) -> None:
    """Order, filter and cursor, before anything is painted."""
    roster, selection = home.roster, home.selection
    roster.sort = next((each for each in SORTS if each.name == kept.sort), roster.sort)
    roster.turned = kept.turned
    quick = next((each for each in Quick if each.value == kept.quick), Quick.ALL)
    # cleaned as a name is: nobody need have typed what stands in a file
    roster.narrow(parse(clean(kept.filter, _LONGEST)), quick)
    if kept.cursor:
        selection.touch()
        selection.claim(kept.cursor)
    selection.reseat(1)


async def reopen(app: AlfredApp, kept: ViewState) -> None:
    """The wall, and the page that was open, where nobody has gone elsewhere meanwhile."""
    if len(app.screen_stack) > 1:
        return
    if kept.wall and app.home.roster.total:
        await app.home.action_wall()
    if kept.over:
        await _open_over(app, kept)
    if kept.page and app.engine.view(kept.page) is not None:
        from alfred_tui.screens.pages.deck import PAGES

        known = {number for number, _ in PAGES}
        app.open_tenant(kept.page, kept.tab if kept.tab in known else "")


async def _open_over(app: AlfredApp, kept: ViewState) -> None:
    from alfred_tui.screens.across.lists import LISTS

    if kept.over in LISTS:
        app.open_across(kept.over)
    elif kept.over in PAST:
        (app.action_all_events if kept.over == "events" else app.action_journal)()
    screen = app.screen
    if kept.words and screen is not app.home and isinstance(screen, FilterScreen):
        # cleaned as a name is: nobody need have typed what stands in a file
        words = clean(kept.words, _LONGEST)
        screen.call_after_refresh(screen.narrow, words)
