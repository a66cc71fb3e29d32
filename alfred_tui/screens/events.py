"""What happened to the fleet, or to one tenant: every change of a pill, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from alfred_tui.model.history import Event
from alfred_tui.model.text import clean
from alfred_tui.screens.events_export import AT_ONCE, export
from alfred_tui.screens.events_pages import Pages
from alfred_tui.screens.keys import CHOOSE, LOOK, POLL, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.store.errors import StoreError
from alfred_tui.widgets import event_lines
from alfred_tui.widgets.bar import Bar, Hints, spread
from alfred_tui.widgets.empty import centred
from alfred_tui.widgets.event_filter import parse_events
from alfred_tui.widgets.filter_screen import FilterScreen
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

FILL = 100
"""Matching events wanted at once, however many pages have to be looked through for them."""
NEAR = 40
"""Lines below the view from which on older events are read."""
FRESH = 2.0
"""Seconds between two looks for new events."""
_NEED_EVENTS = frozenset({"copy", "open", "export"})


class EventsScreen(FilterScreen):
    """A list by days, and beneath it all that is known of the event under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    PLACEHOLDER = "words, status:down, from:2d, to:2026-11-20"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "clear the filter, or go back", LOOK),
        _key("enter", "open", "open", "open the tenant of this event", LOOK),
        _key("c", "copy", "copy", "copy this event as text", LOOK),
        _key("x", "export", "export", "write what is filtered as JSON lines", LOOK),
        _key("slash", "filter", "filter", "filter as you type", CHOOSE),
        _key("r", "again", "read again", "read the events again", POLL),
    ]

    def __init__(self, alfred: AlfredApp, tenant: str | None = None) -> None:
        super().__init__(name="events")
        self.alfred = alfred
        self.tenant = tenant
        self.query_asked = parse_events("", alfred.engine.now())
        self.trouble = ""
        self.reading = False
        self._note: list[Part] = []
        self._pages = self._new_pages()
        self._events: dict[str, Event] = {}
        self._rows: list[Row] = []
        self._width = 0
        self.sheet = Sheet(id="events", moved=self._moved)
        self._top = Bar(self._title, id="top")
        self._filter = Bar(self._filter_lines, id="filter")
        self._said = Bar(self._said_lines, id="said")
        self._details = Bar(self._detail_lines, id="details")
        self._hints = Hints(lambda: hints(self, ascii_only=alfred.ascii_only))

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self._filter
        yield self._said
        yield self.sheet
        yield self._details
        yield self._hints

    def on_mount(self) -> None:
        """Read the newest page; look for newer ones now and then."""
        self.sheet.focus()
        self._read_anew()
        self.set_interval(FRESH, self._look_for_newer)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without events there is nothing to open, copy or export."""
        return bool(self._events) if action in _NEED_EVENTS else True

    # Reading

    def _new_pages(self, size: int | None = None) -> Pages:
        sized = {} if size is None else {"size": size}
        return Pages(self.alfred.engine.past, self.query_asked, self.tenant, **sized)

    def _read_anew(self) -> None:
        self._pages = self._new_pages()
        self._events, self._rows = {}, []
        self.trouble = ""
        self.sheet.write([])
        self._read_more()

    def _read_more(self) -> None:
        self.reading = True
        self.run_worker(self._read(self._pages), group="read", exclusive=True, exit_on_error=False)
        self._show()

    async def _read(self, pages: Pages) -> None:
        """Pages until enough is found or none is left; what is found is shown as it comes."""
        wanted = len(self._events) + FILL
        try:
            while not pages.done and len(self._events) < wanted:
                self._take(await pages.more())
                self._show()
        except StoreError as trouble:
            self.trouble = clean(str(trouble), 400)
        self.reading = False
        self._show()

    def _look_for_newer(self) -> None:
        if not self.reading and not self.trouble:
            self.run_worker(self._read_newer(self._pages), group="newer", exit_on_error=False)

    async def _read_newer(self, pages: Pages) -> None:
        try:
            fresh = await pages.newer()
        except StoreError as trouble:
            self.trouble = clean(str(trouble), 400)
            self._show()
            return
        if pages is not self._pages or fresh == []:
            return
        if fresh is None:
            self._read_anew()
            return
        older, before = self._events, len(self._rows)
        self._events = {}
        self._take(fresh)
        self._events |= older
        self._rewrite()
        self.sheet.hold(len(self._rows) - before)

    def _take(self, found: list[Event]) -> None:
        """Append lines for events that are older than all before."""
        table = self._table()
        glyphs = self.alfred.glyphs
        last = next(reversed(self._events.values()), None)
        for event in found:
            if last is None or last.at.date() != event.at.date():
                self._rows.append(event_lines.day(event.at, table, glyphs))
            row = event_lines.row(event, table, glyphs)
            self._rows.append(row)
            self._events[row.key] = last = event

    def _table(self) -> event_lines.Columns:
        width = self._width or self.size.width or 80
        return event_lines.columns(width, named=self.tenant is None, glyphs=self.alfred.glyphs)

    # Writing

    @on(Sheet.Written)
    def _sized(self) -> None:
        """Another width: every line is written anew."""
        width = self.sheet.scrollable_content_region.width
        if width and width != self._width:
            self._width = width
            self._rewrite()

    def _rewrite(self) -> None:
        events, self._events, self._rows = self._events, {}, []
        self._take(list(events.values()))
        self._show()

    def _show(self) -> None:
        """What was read, and how far; bars where they differ."""
        pages = self._pages
        if self._rows:
            last = event_lines.end(self.reading, pages.done, pages.reached)
            self.sheet.write([*self._rows, last])
        else:
            self.sheet.write(self._empty())
        for bar in (self._top, self._filter, self._said, self._details, self._hints):
            bar.rewrite()
        self._said.set_class(not (self._events and self.trouble), "hidden")
        self._details.set_class(not self._events, "hidden")

    def fleet_changed(self, changes: ChangeSet) -> None:
        """The clock goes on."""
        self._top.rewrite()
        self._details.rewrite()

    def _empty(self) -> list[Row]:
        """In the middle of a list without events: why, and what to press."""
        width = self.sheet.size.width
        lines: list[list[Part]]
        if self.trouble:
            lines = [[("The past cannot be read", "title")], [], *self._trouble_parts(width)]
            lines += [[], [(self.alfred.key("again"), "key"), (" reads again", "muted")]]
        elif self.reading:
            reached = self._pages.reached
            so_far = f", back to {reached:%Y-%m-%d}" if reached else ""
            lines = [[(f"Reading what happened{so_far}", "muted")]]
        elif self.query_asked.asks:
            lines = [[("No event matches", "title")], []]
            lines += [[(self.alfred.key("back"), "key"), (" shows them all", "muted")]]
        elif self.alfred.engine.status().demo:
            lines = [[("Nothing is kept of the demo", "title")], []]
            lines += [[("A fleet of your own has its past here.", "muted")]]
        else:
            lines = [[("Nothing has happened yet", "title")], []]
            lines += [[("Each change of a pill will stand here, with its reasons.", "muted")]]
        above = max(0, (self.sheet.size.height - len(lines)) // 3)
        return [Row(())] * above + [Row(centred(line, width)) for line in lines]

    def _trouble_parts(self, width: int) -> list[list[Part]]:
        import textwrap

        room = max(20, min(100, width - 8))
        return [[(text, "degraded")] for text in textwrap.wrap(self.trouble, room)]

    def _title(self, width: int) -> list[Line]:
        left: list[Part] = [(" Events", "title")]
        whose = clean(self.tenant, 60) if self.tenant else "of the whole fleet"
        left.append((f"  {whose}", "accent" if self.tenant else "muted"))
        now = self.alfred.engine.now()
        return [spread(left, [(f"{now:%H:%M:%S} UTC", "text"), (" ", "text")], width)]

    def _filter_lines(self, width: int) -> list[Line]:
        asked = self.query_asked
        left: list[Part] = [(" ", "text"), (self.alfred.key("filter"), "key"), (" filter", "muted")]
        if self.typing:
            left = self.prompt()
        elif asked.text.strip():
            left = [(" filter: ", "muted"), (clean(asked.text, 60), "strong")]
        left.append(("   ", "text"))
        if asked.errors:
            left.append((asked.errors[0], "degraded"))
        elif self._note:
            left += self._note
        elif asked.asks and not self.typing:
            left += [(self.alfred.key("back"), "key"), (" clears", "muted")]
        more = "" if self._pages.done else "+"
        right = f"newest first    {len(self._events):,}{more} " if self._events else ""
        return [spread(left, [(right, "muted")], width)]

    def _said_lines(self, width: int) -> list[Line]:
        return [
            [(" ", "text"), (f"{self.trouble}; {self.alfred.key('again')} reads again", "degraded")]
        ]

    def _detail_lines(self, width: int) -> list[Line]:
        event = self._chosen()
        if event is None:
            return []
        height = max(1, self._details.content_size.height)
        now = self.alfred.engine.now()
        return event_lines.details(event, now, width, height, self.alfred.glyphs)

    def _chosen(self) -> Event | None:
        chosen = self.sheet.chosen
        return self._events.get(chosen.key) if chosen else None

    def _moved(self) -> None:
        """The cursor or the view went somewhere: other details, perhaps older events."""
        self._details.rewrite()
        if self.reading or self.trouble or self._pages.done or not self._events:
            return
        if self.sheet.below < NEAR:
            self._read_more()

    # What hands do

    @on(events.DescendantFocus)
    def _keys_changed(self) -> None:
        """In the filter's box other keys work than in the list."""
        self._hints.rewrite()

    def typed(self) -> str:
        """The filter as it was typed."""
        return self.query_asked.text

    def narrow(self, text: str) -> None:
        """Ask anew where another question is asked."""
        before = self.query_asked
        if text != before.text:
            self._note = []
            self.query_asked = asked = parse_events(text, self.alfred.engine.now())
            same = msgspec.structs.replace(asked, text="", errors=())
            if same != msgspec.structs.replace(before, text="", errors=()):
                self._read_anew()
        self._filter.rewrite()

    def filter_bar(self) -> Bar:
        """The line under the title."""
        return self._filter

    def resting(self) -> Sheet:
        """The list."""
        return self.sheet

    def step(self, by: int) -> None:
        """The cursor of the list."""
        self.sheet.action_move(by)

    def action_back(self) -> None:
        """First the filter goes, then the screen."""
        if self.query_asked.text.strip():
            self.narrow("")
            return
        self.alfred.action_leave()

    def action_open(self) -> None:
        """The page of the event's tenant; from there it is the one below."""
        event = self._chosen()
        if event is None:
            return
        if self.tenant is not None:
            self.alfred.action_leave()
        elif self.alfred.engine.view(event.tenant) is None:
            self.alfred.say(f"{event.tenant} is not in the fleet any more")
        else:
            self.alfred.open_tenant(event.tenant)

    def action_copy(self) -> None:
        """The event under the cursor."""
        if (chosen := self.sheet.chosen) is not None:
            self.alfred.copy(chosen.copy)

    def action_again(self) -> None:
        """Read anew; a time like ``from:2d`` is counted from now."""
        self.query_asked = parse_events(self.query_asked.text, self.alfred.engine.now())
        self._read_anew()

    def action_export(self) -> None:
        """All that is filtered, however many pages."""
        self._note = [("writing the events to a file", "muted")]
        self._filter.rewrite()
        self.run_worker(self._export(), group="export", exclusive=True, exit_on_error=False)

    async def _export(self) -> None:
        now = self.alfred.engine.now()
        try:
            path, count = await export(self._new_pages(AT_ONCE), self._folder(), now)
        except (OSError, StoreError) as trouble:
            self._note = [(clean(f"not exported: {trouble}", 300), "degraded")]
        else:
            noun = "event" if count == 1 else "events"
            self._note = [(f"{count:,} {noun} in ", "muted"), (clean(str(path), 400), "text")]
        self._filter.rewrite()

    def _folder(self) -> Path:
        return self.alfred.exports or Path.cwd() / "exports"
