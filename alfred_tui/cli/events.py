"""``events``: what happened, as lines for people or JSON lines for programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from alfred_tui.cli.output import GLYPHS, Refused, fail, out, painted
from alfred_tui.cli.tenants import reading, unknown
from alfred_tui.config import no_color
from alfred_tui.fleet.past import line
from alfred_tui.model import units, when
from alfred_tui.model.history import Event
from alfred_tui.model.text import clean, middle_cut
from alfred_tui.model.verdict import Pill

if TYPE_CHECKING:
    from alfred_tui.config import Settings

_FLUSH_EVERY = 100
_WIDEST = 32
_LONGEST = 2000


def events(settings: Settings, arguments: argparse.Namespace) -> int:
    """``events [NAME]``: oldest first, so that the newest stands last."""
    now = datetime.now(UTC)
    since = _moment(arguments.since, now, "--since")
    until = _moment(arguments.until, now, "--until")
    with reading(settings) as store:
        names = [tenant.name for tenant in store.tenants()]
        name = arguments.name
        found = iter(store.history.told(name, since=since, until=until, last=arguments.limit))
        first = list(islice(found, 1))
        if name and not first and name not in names and name not in store.history.tenants():
            raise Refused(unknown(name, names))
        if not first:
            fail(f"nothing happened{_range(since, until)}")
            return 0
        shown = chain(first, found)
        if arguments.json:
            _stream(map(line, shown))
        else:
            width = len(name) if name else max(map(len, names), default=0)
            _stream(text_of(each, min(width, _WIDEST)) for each in shown)
    return 0


def _moment(text: str | None, now: datetime, flag: str) -> datetime | None:
    if text is None:
        return None
    try:
        return when.before(text, now)
    except ValueError as trouble:
        raise Refused(f"{flag} {text}: {trouble}") from None


def _range(since: datetime | None, until: datetime | None) -> str:
    begin = f" since {units.stamp(since)}" if since else ""
    return begin + (f" until {units.stamp(until)}" if until else "")


def _stream(lines: Iterable[str]) -> None:
    """Written as they come; whoever reads a pipe does not wait for the last."""
    for number, text in enumerate(lines, 1):
        out(text)
        if number % _FLUSH_EVERY == 0:
            sys.stdout.flush()


def text_of(event: Event, width: int = 0) -> str:
    """One line: when, who (``width`` cells), from what to what, and why."""
    name = middle_cut(clean(event.whom), max(width, 12))
    front = f"{units.stamp(event.at)}  {name:<{width}}"
    why = "; ".join(reason.text for reason in event.reasons_after)
    if event.text:
        why = f"{event.text}; {why}" if why else event.text
    by = f" (by {event.who})" if event.who else ""
    return f"{front}  {_change(event)}  {clean(why + by, _LONGEST)}".rstrip()


def _change(event: Event) -> str:
    """``● OK       → ■ DOWN``; of an event that is no change of the pill, its kind."""
    if event.after is None:
        return f"{event.kind.value:<23}"
    before = f"{_word(event.before):<10}" if event.before else f"{'':<10}"
    after = painted(f"{_word(event.after):<10}", event.after, plain=no_color())
    return f"{before} → {after}"


def _word(pill: Pill) -> str:
    return f"{GLYPHS[pill]} {pill.value.upper()}"
