"""One list across all tenants: filtered, ordered, marked, acted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from alfred_tui.model.text import clean
from alfred_tui.screens.keys import CHOOSE, LOOK, POLL, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.widgets.bar import Bar, Hints, spread
from alfred_tui.widgets.filter_screen import FilterScreen
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.screens.across.found import AcrossList

_NEED_LINE = frozenset({"open", "actions", "copy", "mark"})
_NEED_ANY = frozenset({"filter", "order"})


class AcrossScreen(FilterScreen):
    """Its lines are written anew when the fleet has changed; cursor, filter and order stay."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    PLACEHOLDER = "words of a line: a tenant, a schedule, a type"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "clear the filter, or go back", LOOK),
        _key("enter", "open", "open", "more of this line", LOOK),
        _key("a", "actions", "actions", "what can be done to the marked, or to this line", LOOK),
        _key("c", "copy", "copy", "copy the line under the cursor", LOOK),
        _key("slash", "filter", "filter", "show lines with these words", CHOOSE),
        _key("s", "order", "sort", "the next order", CHOOSE),
        _key("space", "mark", "mark", "mark, or take the mark away", CHOOSE),
        _key("u", "unmark", "", "take all marks away", CHOOSE),
        _key(
            "r",
            "refresh",
            "look now",
            "look now at the tenants of the marked, or of this line",
            POLL,
        ),
    ]

    def __init__(self, alfred: AlfredApp, listing: AcrossList) -> None:
        super().__init__(name="across", classes=alfred.height_class)
        self.alfred, self.listing = alfred, listing
        self.sheet = Sheet(id="across")
        self._top = Bar(self._title, id="top")
        self._filter = Bar(self._filter_lines, id="filter")
        self._head = Bar(lambda _: [self.listing.head], id="head")
        self._hints = Hints(lambda: hints(self, ascii_only=alfred.ascii_only, failed=alfred.failed))

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self._filter
        yield self._head
        yield self.sheet
        yield self._hints

    def on_mount(self) -> None:
        """The list has the keys."""
        self.sheet.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a line there is nothing to open or to do, and nothing to filter or to order."""
        if action == "unmark":
            return bool(self.listing.marks)
        if action == "refresh":
            waits = not self.listing.found and bool(self.listing.unseen)
            return waits or bool(self.alfred.failed) or self.sheet.chosen is not None
        if action in _NEED_ANY:
            return bool(self.listing.found)
        return self.sheet.chosen is not None if action in _NEED_LINE else True

    def fleet_changed(self, changes: ChangeSet) -> None:
        """New facts, and older ones; all of a large fleet are not gone through at each change."""
        if self.listing.due:
            self.rewrite()
        else:
            self._top.rewrite()

    @on(Sheet.Written)
    def rewrite(self) -> None:
        """Write everything anew; only what differs is drawn."""
        if width := self.sheet.scrollable_content_region.width:
            self.sheet.write(self.listing.write(width, self.sheet.size.height))
        for bar in (self._top, self._filter, self._head, self._hints):
            bar.rewrite()

    def _title(self, width: int) -> list[Line]:
        left: list[Part] = [(f" {self.listing.TITLE}", "title"), ("  of the whole fleet", "muted")]
        now, doing = self.alfred.engine.now(), self.alfred.watch_jobs.parts()
        return [spread(left, [*doing, (f"{now:%H:%M:%S} UTC", "text"), (" ", "text")], width)]

    def _filter_lines(self, width: int) -> list[Line]:
        if self.typing:
            return [self.prompt()]
        left: list[Part] = []
        if needle := clean(self.listing.needle, 60):
            left = [("filter: ", "muted"), (needle, "strong"), ("  ", "text")]
            left += [(self.alfred.key("back"), "key"), (" clears", "muted")]
        return [self.listing.status(left, width)]

    @property
    def _chosen(self) -> str:
        chosen = self.sheet.chosen
        return chosen.key if chosen is not None else ""

    # Keys

    def action_open(self) -> None:
        """More of the line under the cursor."""
        self.listing.open(self._chosen)

    def action_actions(self) -> None:
        """What can be done to the marked lines, or to the one under the cursor."""
        self.alfred.offer(self.listing.meant(self._chosen))

    def action_copy(self) -> None:
        """The line under the cursor."""
        if (chosen := self.sheet.chosen) is not None:
            self.alfred.copy(chosen.copy)

    def action_mark(self) -> None:
        """Mark the line under the cursor, and go on to the next."""
        self.listing.marks ^= {self._chosen}
        self.rewrite()
        self.sheet.action_move(1)

    def action_unmark(self) -> None:
        """Take all marks away."""
        self.listing.marks.clear()
        self.rewrite()

    def action_order(self) -> None:
        """The next order."""
        name = self.listing.next_sort()
        self.rewrite()
        self.alfred.say(f"by {name}")

    def action_refresh(self) -> None:
        """Look now at its tenants, without a line at all; try a failed start again."""
        names = list(dict.fromkeys(each.tenant for each in self.listing.meant(self._chosen)))
        if names:
            who = names[0] if len(names) == 1 else f"{len(names):,} tenants"
            self.alfred.look_now(names, who)
        else:
            self.alfred.look_now(None, f"all {self.listing.counted:,} tenants")

    def action_back(self) -> None:
        """First the filter goes, then the screen."""
        if self.listing.needle:
            self.narrow("")
        else:
            self.alfred.action_leave()

    # The filter

    def typed(self) -> str:
        """The words as they were typed."""
        return self.listing.needle

    def narrow(self, text: str) -> None:
        """Show the lines that hold these words."""
        self.listing.needle = text
        self.sheet.action_edge(0)
        self.rewrite()

    def filter_bar(self) -> Bar:
        """The line under the title."""
        return self._filter

    def resting(self) -> Sheet:
        """The list."""
        return self.sheet

    def step(self, by: int) -> None:
        """The cursor of the list."""
        self.sheet.action_move(by)

    @on(events.DescendantFocus)
    def _keys_changed(self) -> None:
        """In the filter's box other keys work than in the list."""
        self._hints.rewrite()
