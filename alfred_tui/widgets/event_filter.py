"""What is typed behind ``/`` on the events: a time, words, and the fleet's own ``status:``.

Times go to the store; words and fields are asked of each event.
"""

from __future__ import annotations

from datetime import datetime

from alfred_tui.model.filter import Query, parse
from alfred_tui.model.history import Event
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.widgets.past_filter import PastQuery, take_apart

FLEET_FIELDS = ("status", "why", "name")
"""Of the fleet's filter, those that say something of an event."""
FIELDS = ("from", "to", *FLEET_FIELDS)


class EventQuery(PastQuery, frozen=True):
    """With the fields of the fleet's filter."""

    fields: Query = Query()

    @property
    def asks(self) -> bool:
        """Whether anything may be hidden."""
        return bool(self.since or self.until or self.words or self.fields.terms)

    def matches(self, event: Event) -> bool:
        """Whether an event is within the time and holds all that was asked for."""
        if not self.within(event.at) or (self.words and not self.says(_said(event))):
            return False
        return self._fields_match(event)

    def _fields_match(self, event: Event) -> bool:
        if not self.fields.terms:
            return True
        reasons = event.reasons_after or event.reasons_before
        row = TenantView(event.tenant, event.after or Pill.UNKNOWN, reasons=reasons)
        for term in self.fields.terms:
            # An event that is no change of a pill has none.
            known = event.after is not None or term.field != "status"
            if not (term.matches(row) if known else term.negated):
                return False
        return True


def _said(event: Event) -> str:
    """Everything of an event that is shown, for words to be found in."""
    reasons = (*event.reasons_after, *event.reasons_before)
    texts = (event.whom, event.text, event.who, *(reason.text for reason in reasons))
    return "\n".join(texts).casefold()


def parse_events(text: str, now: datetime) -> EventQuery:
    """Read a filter as typed at ``now``. Never raises; see ``errors``."""
    typed = take_apart(text, now, FLEET_FIELDS)
    fleet = parse(" ".join(typed.whole))
    errors = (*typed.errors, *fleet.errors)
    return EventQuery(text, typed.since, typed.until, typed.words, errors, fleet)
