"""A list of what was, newest first by days, and beneath it all that is known of one entry.

Events and the journal are such lists; each says what an entry is, and this one reads and filters.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple

import msgspec
from textual import events, on
from textual.app import ComposeResult

from alfred_tui.model.text import clean
from alfred_tui.screens.keys import hints
from alfred_tui.screens.past_export import AT_ONCE, export
from alfred_tui.screens.past_pages import PAGE, Pages, T
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.store.errors import StoreError
from alfred_tui.widgets import past_lines
from alfred_tui.widgets.bar import Bar, Hints, spread
from alfred_tui.widgets.empty import centred, not_started
from alfred_tui.widgets.filter_screen import FilterScreen
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.past_filter import PastQuery
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

FILL = 100
"""Matching entries wanted at once, however many pages have to be looked through for them."""
NEAR = 40
"""Lines below the view from which on older entries are read."""
FRESH = 2.0
"""Seconds between two looks for new entries."""
_OF_DEMO = "The demo's is kept until the demo ends."
_NEED_ENTRIES = frozenset({"copy", "open", "export", "show"})


class Words(NamedTuple):
    """What such a screen is called, and says where there is nothing."""

    title: str
    one: str
    many: str
    unread: str
    reading: str
    never: str
    will: str


class PastScreen(FilterScreen, Generic[T]):
    """``tenant`` narrows it to one; without it, the whole fleet's."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    WORDS: ClassVar[Words]

    def __init__(self, alfred: AlfredApp, name: str, tenant: str | None = None) -> None:
        super().__init__(name=name)
        self.alfred = alfred
        self.tenant = tenant
        self.query_asked = self.understood("")
        self.trouble = ""
        self.reading = False
        self._blind = False
        self._note: list[Part] = []
        self._pages = self.new_pages()
        self._entries: dict[str, T] = {}
        self._rows: list[Row] = []
        self._width = 0
        self.sheet = Sheet(id=name, classes="past", moved=self._moved)
        self._top = Bar(self._title, id="top")
        self._filter = Bar(self._filter_lines, id="filter")
        self._said = Bar(self._said_lines, id="said")
        self._details = Bar(self._detail_lines, id="details")
        self._hints = Hints(lambda: hints(self, ascii_only=alfred.ascii_only, failed=alfred.failed))

    # What a list of its own kind says

    def understood(self, text: str) -> PastQuery:
        """The filter as typed, in its own terms."""
        raise NotImplementedError

    def pages_of(self, tenant: str | None, size: int) -> Pages[T]:
        """Pages of what is asked for now."""
        raise NotImplementedError

    def key_of(self, entry: T) -> str:
        """What an entry's row is called."""
        raise NotImplementedError

    def rows_of(self, entry: T, width: int) -> Sequence[Row]:
        """An entry's row, and those beneath it that belong to it."""
        raise NotImplementedError

    def details_of(self, entry: T, now: datetime, width: int, height: int) -> list[Line]:
        """All that is known of one, in at most ``height`` lines."""
        raise NotImplementedError

    def exported(self, entry: T) -> str:
        """One line of JSON."""
        raise NotImplementedError

    # Life

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
        self.read_anew()
        self.set_interval(FRESH, self._look_for_newer)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without entries there is nothing to open, copy or export, nor to filter."""
        if action == "filter":
            return self._filters
        return bool(self._entries) if action in _NEED_ENTRIES else True

    @property
    def _filters(self) -> bool:
        """Whether there is something to filter, or may be in a moment, or a filter hides it."""
        waits = self.reading or self.alfred.starting
        return bool(self._entries) or waits or self.typing or bool(self.query_asked.text.strip())

    # Reading

    def new_pages(self, size: int | None = None) -> Pages[T]:
        """From the newest one on."""
        return self.pages_of(self.tenant, size or PAGE)

    def read_anew(self) -> None:
        """Forget what was read."""
        self._blind = self.alfred.board is None
        self._pages = self.new_pages()
        self._entries, self._rows = {}, []
        self.trouble = ""
        self.sheet.write([])
        self._read_more()

    def _read_more(self) -> None:
        self.reading = True
        self.run_worker(self._read(self._pages), group="read", exclusive=True, exit_on_error=False)
        self._show()

    async def _read(self, pages: Pages[T]) -> None:
        """Pages until enough is found or none is left; what is found is shown as it comes."""
        wanted = len(self._entries) + FILL
        try:
            while not pages.done and len(self._entries) < wanted:
                self._take(await pages.more())
                self._show()
        except StoreError as trouble:
            self.trouble = clean(str(trouble), 400)
        self.reading = False
        self._show()

    def _look_for_newer(self) -> None:
        if not self.reading and not self.trouble:
            self.run_worker(self._read_newer(self._pages), group="newer", exit_on_error=False)

    async def _read_newer(self, pages: Pages[T]) -> None:
        try:
            found = await pages.newer()
        except StoreError as trouble:
            self.trouble = clean(str(trouble), 400)
            self._show()
            return
        if pages is not self._pages:
            return
        if found is None:
            self.read_anew()
            return
        fresh, older = found
        changed = self._renew(older)
        if fresh:
            kept, before = self._entries, len(self._rows)
            self._entries = {self.key_of(entry): entry for entry in fresh} | kept
            self.rewrite()
            self.sheet.hold(len(self._rows) - before)
        elif changed:
            self.rewrite()

    def _renew(self, older: list[T]) -> bool:
        """Take over what has changed since it was read; whether anything has."""
        now = {self.key_of(entry): entry for entry in older}
        changed = [key for key in self._entries.keys() & now if self._entries[key] != now[key]]
        self._entries |= {key: now[key] for key in changed}
        return bool(changed)

    def _take(self, found: Sequence[T]) -> None:
        """Append lines for entries that are older than all before."""
        last = next(reversed(self._entries.values()), None)
        for entry in found:
            if last is None or last.at.date() != entry.at.date():
                self._rows.append(past_lines.day(entry.at, self.width, self.alfred.glyphs))
            self._rows += self.rows_of(entry, self.width)
            self._entries[self.key_of(entry)] = last = entry

    # Writing

    @property
    def width(self) -> int:
        """Cells of a line."""
        return self._width or self.size.width or 80

    @on(Sheet.Written)
    def _sized(self) -> None:
        """Another width: every line is written anew."""
        width = self.sheet.scrollable_content_region.width
        if width and width != self._width:
            self._width = width
            self.rewrite()

    def rewrite(self) -> None:
        """Every line anew, from what was read."""
        entries, self._entries, self._rows = self._entries, {}, []
        self._take(list(entries.values()))
        self._show()

    def _show(self) -> None:
        """What was read, and how far; bars where they differ."""
        pages = self._pages
        if self._rows:
            last = past_lines.end(self.reading, pages.done, pages.reached)
            self.sheet.write([*self._rows, last])
        else:
            self.sheet.write(self._empty())
        for bar in (self._top, self._filter, self._said, self._details, self._hints):
            bar.rewrite()
        self._said.set_class(not (self._entries and self.trouble), "hidden")
        self._details.set_class(not self._entries, "hidden")

    def fleet_changed(self, changes: ChangeSet) -> None:
        """The clock goes on; before the engine has started there was nothing to read."""
        if self._blind and self.alfred.board is not None:
            self.read_anew()
        elif self._blind:
            self._show()
        self._top.rewrite()
        self._details.rewrite()

    def _empty(self) -> list[Row]:
        """In the middle of a list without entries: why, and what to press."""
        width, words = self.sheet.size.width, self.WORDS
        lines: list[list[Part]]
        if self.trouble:
            lines = [[(words.unread, "title")], [], *self._trouble_parts(width)]
            lines += [[], [(self.alfred.key("again"), "key"), (" reads again", "muted")]]
        elif self.alfred.failed:
            ways: list[Part] = [(self.alfred.key("again"), "key"), (" tries again", "muted")]
            lines = not_started(self.alfred.failed, width, ways)
        elif self.alfred.starting:
            lines = [[("the doors are being opened", "muted")]]
        elif self.reading:
            reached = self._pages.reached
            so_far = f", back to {reached:%Y-%m-%d}" if reached else ""
            lines = [[(f"{words.reading}{so_far}", "muted")]]
        elif self.query_asked.asks:
            lines = [[(f"No {words.one} matches", "title")], []]
            lines += [[(self.alfred.key("back"), "key"), (" shows them all", "muted")]]
        else:
            lines = [[(words.never, "title")], [], [(words.will, "muted")]]
            if self.alfred.engine.status().demo:
                lines += [[], [(_OF_DEMO, "muted")]]
        above = max(0, (self.sheet.size.height - len(lines)) // 3)
        return [Row(())] * above + [Row(centred(line, width)) for line in lines]

    def _trouble_parts(self, width: int) -> list[list[Part]]:
        room = max(20, min(100, width - 8))
        return [[(text, "degraded")] for text in textwrap.wrap(self.trouble, room)]

    def _title(self, width: int) -> list[Line]:
        left: list[Part] = [(f" {self.WORDS.title}", "title")]
        whose = clean(self.tenant, 60) if self.tenant else "of the whole fleet"
        left.append((f"  {whose}", "accent" if self.tenant else "muted"))
        now, doing = self.alfred.engine.now(), self.alfred.watch_jobs.parts()
        return [spread(left, [*doing, (f"{now:%H:%M:%S} UTC", "text"), (" ", "text")], width)]

    def _filter_lines(self, width: int) -> list[Line]:
        asked = self.query_asked
        left: list[Part] = [(" ", "text")]
        if self.typing:
            left = self.prompt()
        elif asked.text.strip():
            left = [(" filter: ", "muted"), (clean(asked.text, 60), "strong")]
        elif self._filters:
            left += [(self.alfred.key("filter"), "key"), (" filter", "muted")]
        left.append(("   ", "text"))
        if asked.errors:
            left.append((asked.errors[0], "degraded"))
        elif self._note:
            left += self._note
        elif asked.asks and not self.typing:
            left += [(self.alfred.key("back"), "key"), (" clears", "muted")]
        more = "" if self._pages.done else "+"
        right = f"newest first    {len(self._entries):,}{more} " if self._entries else ""
        return [spread(left, [(right, "muted")], width)]

    def _said_lines(self, width: int) -> list[Line]:
        return [
            [(" ", "text"), (f"{self.trouble}; {self.alfred.key('again')} reads again", "degraded")]
        ]

    def _detail_lines(self, width: int) -> list[Line]:
        entry = self.chosen_entry()
        if entry is None:
            return []
        height = max(1, self._details.content_size.height)
        return self.details_of(entry, self.alfred.engine.now(), width, height)

    def chosen_entry(self) -> T | None:
        """The one under the cursor."""
        chosen = self.sheet.chosen
        return self._entries.get(chosen.key) if chosen else None

    def _moved(self) -> None:
        """The cursor or the view went somewhere: other details, perhaps older entries."""
        self._details.rewrite()
        if self.reading or self.trouble or self._pages.done or not self._entries:
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
            self.query_asked = asked = self.understood(text)
            same = msgspec.structs.replace(asked, text="", errors=())
            if same != msgspec.structs.replace(before, text="", errors=()):
                self.read_anew()
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

    def action_copy(self) -> None:
        """The entry under the cursor."""
        if (chosen := self.sheet.chosen) is not None:
            self.alfred.copy(chosen.copy)

    def action_again(self) -> None:
        """Read anew; a time like ``from:2d`` is counted from now. Try a failed start again."""
        if self.alfred.failed:
            self.alfred.start_engine()
        self.query_asked = self.understood(self.query_asked.text)
        self.read_anew()

    def action_export(self) -> None:
        """All that is filtered, however many pages."""
        self._note = [(f"writing the {self.WORDS.many} to a file", "muted")]
        self._filter.rewrite()
        self.run_worker(self._export(), group="export", exclusive=True, exit_on_error=False)

    async def _export(self) -> None:
        now, words = self.alfred.engine.now(), self.WORDS
        pages, folder = self.new_pages(AT_ONCE), self.alfred.exports or Path.cwd() / "exports"
        try:
            path, count = await export(pages, self.exported, folder, words.title.lower(), now)
        except (OSError, StoreError) as trouble:
            self._note = [(clean(f"not exported: {trouble}", 300), "degraded")]
        else:
            noun = words.one if count == 1 else words.many
            self._note = [(f"{count:,} {noun} in ", "muted"), (clean(str(path), 400), "text")]
        self._filter.rewrite()
