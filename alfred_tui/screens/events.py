"""What happened to the fleet, or to one tenant: every change of a pill, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType

from alfred_tui.model.history import Event
from alfred_tui.screens.keys import CHOOSE, LOOK, POLL
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.past_pages import Pages
from alfred_tui.screens.past_screen import PastScreen, Words
from alfred_tui.widgets import event_lines
from alfred_tui.widgets.event_filter import EventQuery, parse_events
from alfred_tui.widgets.inks import Line
from alfred_tui.widgets.sheet import Row

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp


class EventsScreen(PastScreen[Event]):
    """One line an event."""

    PLACEHOLDER = "words, status:down, from:2d, to:2026-11-20"
    WORDS = Words(
        "Events",
        "event",
        "events",
        "The past cannot be read",
        "Reading what happened",
        "No change has been seen yet",
        "Each change of a pill will stand here; what was so at first is no change.",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "clear the filter, or go back", LOOK),
        _key("enter", "open", "open", "open the tenant of this event", LOOK),
        _key("c", "copy", "copy", "copy this event as text", LOOK),
        _key("x", "export", "export", "write what is filtered as JSON lines", LOOK),
        _key("slash", "filter", "filter", "filter as you type", CHOOSE),
        _key("r", "again", "read again", "read the events again", POLL),
    ]

    def __init__(self, alfred: AlfredApp, tenant: str | None = None) -> None:
        self.alfred = alfred
        super().__init__(alfred, "events", tenant)

    def understood(self, text: str) -> EventQuery:
        """Times, words, and the fleet's own fields."""
        return parse_events(text, self.alfred.engine.now())

    def pages_of(self, tenant: str | None, size: int) -> Pages[Event]:
        """Events that match."""
        asked = cast("EventQuery", self.query_asked)
        return Pages(self.alfred.engine.past.events, asked, tenant, size)

    def key_of(self, entry: Event) -> str:
        """By its number."""
        return event_lines.key_of(entry)

    def table(self, width: int) -> event_lines.Columns:
        """The columns of the list."""
        return event_lines.columns(width, named=self.tenant is None, glyphs=self.alfred.glyphs)

    def rows_of(self, entry: Event, width: int) -> Sequence[Row]:
        """One line."""
        return [event_lines.row(entry, self.table(width), self.alfred.glyphs)]

    def details_of(self, entry: Event, now: datetime, width: int, height: int) -> list[Line]:
        """The change, and all reasons after and before it."""
        return event_lines.details(entry, now, width, height, self.alfred.glyphs)

    def exported(self, entry: Event) -> str:
        """In the form of every export."""
        from alfred_tui.fleet.past import line

        return line(entry)

    def action_open(self) -> None:
        """The page of the event's tenant; from there it is the one below."""
        event = self.chosen_entry()
        if event is None:
            return
        if self.tenant is not None:
            self.alfred.action_leave()
        elif self.alfred.engine.view(event.tenant) is None:
            self.alfred.say(f"{event.tenant} is not in the fleet any more")
        else:
            self.alfred.open_tenant(event.tenant)
