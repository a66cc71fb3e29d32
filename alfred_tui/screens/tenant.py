"""One tenant: its verdict and every fact behind it, live."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from alfred_tui.model.text import clean
from alfred_tui.model.view import TenantView
from alfred_tui.screens.keys import CHOOSE, LOOK, POLL, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.widgets import overview
from alfred_tui.widgets.bar import Bar, Hints
from alfred_tui.widgets.filter_input import FilterInput
from alfred_tui.widgets.inks import INK_CLASSES, Line
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp


class TenantScreen(Screen[None]):
    """The overview; while it is shown the engine asks this tenant's containers more often."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "clear the filter, or go back", LOOK),
        _key("n", "step(1)", "next tenant", "the next tenant of the list", LOOK),
        _key("N", "step(-1)", "", "the previous tenant of the list", LOOK),
        _key("c", "copy", "copy", "copy the line under the cursor", LOOK),
        _key("slash", "filter", "filter facts", "show facts with these words", CHOOSE),
        _key("r", "refresh", "look now", "look at this tenant now", POLL),
    ]

    def __init__(self, alfred: AlfredApp, name: str) -> None:
        super().__init__(id="tenant")
        self.alfred = alfred
        self.tenant = name
        self.needle = ""
        self.sheet = Sheet(id="facts")
        self._top = Bar(self._title, id="top")
        self._identity = Bar(self._identity_lines, id="identity")
        self._hints = Hints(self._hint_lines)
        self._last: TenantView | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self._identity
        yield self.sheet
        yield self._hints

    def on_mount(self) -> None:
        """Look more closely while somebody looks."""
        self.sheet.focus()
        self.alfred.engine.focus(self.tenant)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.alfred.engine.focus(None)

    def fleet_changed(self, changes: ChangeSet) -> None:
        """Facts age every second and change now and then."""
        self.rewrite()

    def _view(self) -> TenantView | None:
        view = self.alfred.engine.view(self.tenant)
        self._last = view or self._last
        return view

    @on(Sheet.Written)
    def rewrite(self) -> None:
        """Write everything anew; only what differs is drawn."""
        engine = self.alfred.engine
        view = self._view()
        width = self.sheet.scrollable_content_region.width
        if not width:
            return
        if view is None:
            text = f"{clean(self.tenant)} is not in the fleet any more; esc goes back."
            self.sheet.write([Row([("   ", "text"), (text, "muted")])])
        else:
            facts = engine.facts(self.tenant)
            now, glyphs = engine.now(), self.alfred.glyphs
            self.sheet.write(overview.page(view, facts, now, width, glyphs, self.needle))
        self._top.rewrite()
        self._identity.rewrite()

    def _title(self, width: int) -> list[Line]:
        view = self._view() or self._last
        if view is None:
            return [[(f" {clean(self.tenant)}", "title")]]
        return overview.title(view, self.alfred.engine.now(), width, self.alfred.glyphs)

    def _identity_lines(self, width: int) -> list[Line]:
        view = self._view() or self._last
        return [] if view is None else overview.identity(view, width, self.alfred.glyphs)

    def _hint_lines(self) -> list[tuple[str, str, str]]:
        return hints(self, ascii_only=self.alfred.ascii_only)

    def action_back(self) -> None:
        """First the filter goes, then the screen."""
        if self.needle:
            self._narrow("")
            return
        self.alfred.action_leave()

    def action_step(self, by: int) -> None:
        """The tenant above or below in the fleet's list, which follows."""
        order = self.alfred.home.roster.order
        place = self.alfred.home.roster.place.get(self.tenant)
        if place is None or not 0 <= place + by < len(order):
            self.alfred.say("that was the last one" if by > 0 else "that was the first one")
            return
        self.tenant = order[place + by]
        self.alfred.home.grid.go(self.tenant)
        self.alfred.engine.focus(self.tenant)
        self.sheet.write([])
        self.rewrite()

    def action_refresh(self) -> None:
        """Look at this tenant now."""
        self.alfred.engine.refresh([self.tenant])
        self.alfred.say(f"looking at {self.tenant} now")

    def action_copy(self) -> None:
        """The line under the cursor, with the tenant's name."""
        chosen = self.sheet.chosen
        view = self._view() or self._last
        text = chosen.copy if chosen else (view.host if view else "")
        self.alfred.copy(f"{clean(self.tenant)}  {text}".strip())

    def action_filter(self) -> None:
        """Type words that a fact must hold."""
        if self.query(FilterInput):
            return
        box = FilterInput(self.needle, "words of a fact: disk, openclaw, schedule")
        box.place(self._identity.region.bottom - 1, max(20, self.size.width // 2))
        self.mount(box)
        box.focus()

    def _narrow(self, needle: str) -> None:
        self.needle = needle
        self.sheet.action_edge(0)
        self.rewrite()

    @on(FilterInput.Changed)
    def _typed(self, event: FilterInput.Changed) -> None:
        event.stop()
        self._narrow(event.value)

    @on(FilterInput.Left)
    async def _left_box(self, event: FilterInput.Left) -> None:
        if event.clear:
            self._narrow("")
        await event.box.remove()
        self.sheet.focus()

    @on(FilterInput.Steps)
    def _steps(self, event: FilterInput.Steps) -> None:
        self.sheet.action_move(event.by)
