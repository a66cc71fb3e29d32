"""Where an import is to look: a file, the cloud, the tailnet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from alfred_tui.screens.desk import Desk
from alfred_tui.screens.keys import CHOOSE, LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.takeover import Lines, TakeoverScreen
from alfred_tui.takeover.gathering import Request, is_suffix
from alfred_tui.widgets import sources
from alfred_tui.widgets.bar import Bar, Hint, Hints
from alfred_tui.widgets.filter_input import TYPE, FilterInput
from alfred_tui.widgets.inks import INK_CLASSES, Line
from alfred_tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp


class LineInput(FilterInput):
    """The box that a path or a suffix is typed into."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave(False)", "keep", group=TYPE, tooltip="keep what is typed"),
        Binding("escape", "leave(True)", "as before", group=TYPE, tooltip="leave it as it was"),
    ]


class SourcesScreen(Screen[None]):
    """A line for each source; what is chosen is read when Enter is pressed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "look", "look", "look into the chosen sources", LOOK),
        _key("escape,q", "back", "back", "go back", LOOK),
        _key("space", "choose", "choose", "choose this source, or not", CHOOSE),
        _key("e", "type", "type", "type its path, or the suffix", CHOOSE),
    ]

    def __init__(self, alfred: AlfredApp, desk: Desk) -> None:
        super().__init__(name="import", classes=alfred.height_class)
        self.alfred = alfred
        self.desk = desk
        self.request = Request()
        self.path_taken = False
        self.sheet = Lines(id="sources")
        self._typing = ""
        self._top = Bar(self._title, id="top")
        self._hints = Hints(self._hint_lines)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self.sheet
        yield self._hints

    def on_mount(self) -> None:
        """The sheet has the keys."""
        self.sheet.focus()

    @on(Sheet.Written)
    def rewrite(self) -> None:
        """Write everything anew."""
        width = self.sheet.scrollable_content_region.width
        if width:
            rows = sources.page(self.request, self.path_taken, width, self.alfred.glyphs)
            self.sheet.write(rows)
            self._hints.rewrite()

    def _title(self, width: int) -> list[Line]:
        return [[(" ", "text"), ("Import", "title"), ("  what is found and not yet here", "muted")]]

    def _hint_lines(self) -> list[Hint]:
        return hints(self, ascii_only=self.alfred.ascii_only)

    @property
    def _chosen(self) -> str:
        return self.sheet.chosen.key if self.sheet.chosen else ""

    def action_choose(self) -> None:
        """Take the source under the cursor, or not."""
        key = self._chosen
        if key == sources.HETZNER:
            self.request = msgspec.structs.replace(self.request, hetzner=not self.request.hetzner)
        elif key == sources.TAILNET:
            taken = not self.request.tailscale
            self.request = msgspec.structs.replace(self.request, tailscale=taken)
        elif key == sources.PATH and self.request.path:
            self.path_taken = not self.path_taken
        else:
            self.action_type()
            return
        self.rewrite()

    def action_type(self) -> None:
        """Type what the line under the cursor takes."""
        key = self._chosen
        if self.query(LineInput):
            return
        self._typing = key if key in sources.TEXTS else sources.PATH
        self.sheet.go(self._typing)
        is_path = self._typing == sources.PATH
        asks = "~/alfred-ctrl, or fleet.json" if is_path else "tail1a2b3.ts.net"
        box = LineInput(self.request.path if is_path else self.request.suffix, asks)
        self.mount(box)
        box.focus()
        self.call_after_refresh(self._place_box)

    def on_resize(self) -> None:
        """The box lies over its line, wherever that is."""
        self.call_after_refresh(self._place_box)

    def _place_box(self) -> None:
        for box in self.query(LineInput):
            rows = [row.key for row in self.sheet.rows]
            line = rows.index(self._typing) - self.sheet.scroll_offset.y
            box.styles.offset = (sources.LABEL - 1, self.sheet.region.y + line)
            box.styles.width = max(20, self.size.width - sources.LABEL - 2)

    @on(FilterInput.Changed)
    def _typed(self, event: FilterInput.Changed) -> None:
        event.stop()

    @on(FilterInput.Left)
    async def _left_box(self, event: FilterInput.Left) -> None:
        typed = event.box.value.strip()
        if not event.clear and self._typing == sources.PATH:
            self.request = msgspec.structs.replace(self.request, path=typed)
            self.path_taken = bool(typed)
        elif not event.clear:
            if typed and not is_suffix(typed):
                self.alfred.say("a suffix like tail1a2b3.ts.net is needed")
                return
            self.request = msgspec.structs.replace(self.request, suffix=typed)
        await self.leave_box()

    async def leave_box(self) -> None:
        """Give the keys back to the sheet."""
        if boxes := self.query(LineInput):
            await boxes.remove()
            self.sheet.focus()
            self.rewrite()

    @on(events.DescendantFocus)
    def _keys_changed(self) -> None:
        """In the box other keys work."""
        self._hints.rewrite()

    @property
    def wanted(self) -> Request:
        """What is asked for: a path that is not chosen is kept, and not read."""
        path = self.request.path if self.path_taken else ""
        return msgspec.structs.replace(self.request, path=path)

    def action_look(self) -> None:
        """Read what is chosen; with nothing chosen, the source under the cursor."""
        if self.wanted.empty:
            self.action_choose()
        if not self.wanted.empty and not self.query(LineInput):
            self.alfred.push_screen(TakeoverScreen(self.alfred, self.desk, self.wanted))

    def action_back(self) -> None:
        """Back to where we came from."""
        self.alfred.action_leave()
