"""One tenant: its verdict and every fact behind it, live."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from alfred_tui.model.text import clean
from alfred_tui.model.view import TenantView
from alfred_tui.screens.keys import CHOOSE, LOOK, POLL, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.screens.tenant_past import story_of
from alfred_tui.widgets import overview
from alfred_tui.widgets.bar import Bar, Hint, Hints
from alfred_tui.widgets.filter_screen import FilterScreen
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.page_parts import Table
from alfred_tui.widgets.sheet import Row, Sheet
from alfred_tui.widgets.story import Story, story_rows
from alfred_tui.widgets.why import Asides

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

PAST_EVERY = 60.0
"""Seconds between two readings of the past."""


class TenantScreen(FilterScreen):
    """The overview; while it is shown the engine asks this tenant's containers more often."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    PLACEHOLDER = "words of a fact: disk, openclaw, schedule"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "clear the filter, or go back", LOOK),
        _key("n", "step(1)", "next tenant", "the next tenant of the list", LOOK),
        _key("N", "step(-1)", "", "the previous tenant of the list", LOOK),
        _key("tab", "other", "other column", "go to the other column", LOOK),
        _key("l", "limits", "", "show which settings stand behind each reason", LOOK),
        _key("c", "copy", "copy", "copy the line under the cursor", LOOK),
        _key("m", "quiet", "mute", "mute or acknowledge what is wrong with it", LOOK),
        _key("a", "actions", "actions", "what can be done to this container, or tenant", LOOK),
        _key("S", "ssh", "", "a shell on its host, over SSH", LOOK),
        _key("e", "events", "events", "what happened to this tenant", LOOK),
        _key("H", "journal", "", "journal: what was done to this tenant", LOOK),
        _key("h", "span", "days", "its history in days, or in hours", LOOK),
        _key("slash", "filter", "filter facts", "show facts with these words", CHOOSE),
        _key("r", "refresh", "look now", "look at this tenant now", POLL),
    ]

    def __init__(self, alfred: AlfredApp, name: str) -> None:
        super().__init__(name="tenant")
        self.alfred = alfred
        self.tenant = name
        self.needle = ""
        self._limits = False
        self._days = False
        self._story: Story | None = None
        self.sheet = Sheet(id="facts")
        self._sheets = (self.sheet, Sheet(id="more-facts", classes="hidden"))
        self._top = Bar(self._title, id="top")
        self._identity = Bar(self._identity_lines, id="identity")
        self._filter = Bar(self._filter_lines, id="filter", classes="hidden")
        self._hints = Hints(self._hint_lines)
        self._last: TenantView | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self._identity
        yield self._filter
        with Horizontal():
            yield from self._sheets
        yield self._hints

    def on_mount(self) -> None:
        """Look more closely while somebody looks."""
        self.sheet.focus()
        self._sheets[1].light(False)
        self.alfred.engine.focus(self.tenant)
        self._read_past()
        self.set_interval(PAST_EVERY, self._read_past)

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
        view = self._view()
        if not self.size.width:
            return
        if view is None:
            text = f"{clean(self.tenant)} is not in the fleet any more; esc goes back."
            self._sheets[0].write([Row([("   ", "text"), (text, "muted")])])
            self._sheets[1].write([])
        else:
            self._write_facts(view)
        self._top.rewrite()
        self._identity.rewrite()

    def _write_facts(self, view: TenantView) -> None:
        engine = self.alfred.engine
        now, glyphs = engine.now(), self.alfred.glyphs
        first, other = self._sheets
        columns = overview.columns(engine.facts(self.tenant), self.size.width)
        if other.display is (len(columns) == 1):
            other.set_class(len(columns) == 1, "hidden")
            self._hints.rewrite()
        if len(columns) == 1 and self.sheet is other:
            first.focus()
        for sheet, facts in zip(self._sheets, columns, strict=False):
            width = sheet.scrollable_content_region.width
            if width:
                rows = overview.page(
                    view,
                    facts,
                    now,
                    width,
                    glyphs,
                    self.needle,
                    why=sheet is first,
                    asides=self._asides(),
                    between=self._history if facts is columns[-1] else lambda table: [],
                )
                sheet.write(rows)

    def _history(self, table: Table) -> list[Row]:
        """The tenant's past, at the head of the facts of the last column."""
        engine, glyphs = self.alfred.engine, self.alfred.glyphs
        strip = engine.hours_of(self.tenant)
        return story_rows(self._story, strip, engine.now(), table, glyphs, days=self._days)

    def _read_past(self) -> None:
        """Read it anew; what was read before is shown meanwhile."""
        reading = self._tell(self.tenant)
        self.run_worker(reading, group="past", exclusive=True, exit_on_error=False)

    async def _tell(self, name: str) -> None:
        engine = self.alfred.engine
        story = await story_of(engine.past, name, engine.now())
        if name == self.tenant:
            self._story = story
            self.rewrite()

    def action_span(self) -> None:
        """The past by hours or by days."""
        self._days = not self._days
        self.rewrite()

    def _title(self, width: int) -> list[Line]:
        view = self._view() or self._last
        if view is None:
            return [[(f" {clean(self.tenant)}", "title")]]
        now, doing = self.alfred.engine.now(), self.alfred.watch_jobs.parts()
        return overview.title(view, now, width, self.alfred.glyphs, doing)

    def _identity_lines(self, width: int) -> list[Line]:
        view = self._view() or self._last
        return [] if view is None else overview.identity(view, width, self.alfred.glyphs)

    def _hint_lines(self) -> list[Hint]:
        return hints(self, ascii_only=self.alfred.ascii_only)

    def _asides(self) -> Asides:
        engine, name = self.alfred.engine, self.tenant
        quiet = () if self.alfred.starting else engine.quiet.wishes
        wishes = tuple(wish for wish in quiet if wish.tenant in ("", name))
        return Asides(wishes, lambda rule: engine.limits_behind(name, rule), self._limits)

    def action_limits(self) -> None:
        """Show all settings behind the reasons, or only those that somebody has set."""
        self._limits = not self._limits
        self.rewrite()

    def action_back(self) -> None:
        """First the filter goes, then the screen."""
        if self.needle:
            self.narrow("")
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
        self._story = None
        self._read_past()
        for sheet in self._sheets:
            sheet.write([])
        self.rewrite()

    def action_quiet(self) -> None:
        """Mute or acknowledge what is wrong with it."""
        if self._view() is not None:
            self.alfred.quieten([self.tenant])

    def action_actions(self) -> None:
        """What can be done to the container under the cursor, and to the tenant."""
        if self._view() is None:
            return
        chosen = self.sheet.chosen
        facts = self.alfred.engine.facts(self.tenant)
        found = [f for f in facts if chosen is not None and overview.key_of(f) == chosen.key]
        self.alfred.offer(self.tenant, found[0] if found else None)

    def action_ssh(self) -> None:
        """A shell on its host."""
        if self._view() is not None:
            self.alfred.shell(self.tenant)

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

    def action_events(self) -> None:
        """What happened to this tenant."""
        from alfred_tui.screens.events import EventsScreen

        if self.alfred.screen is self:
            self.alfred.push_screen(EventsScreen(self.alfred, self.tenant))

    def action_journal(self) -> None:
        """What was done to this tenant."""
        from alfred_tui.screens.journal import JournalScreen

        if self.alfred.screen is self:
            self.alfred.push_screen(JournalScreen(self.alfred, self.tenant))

    def typed(self) -> str:
        """The words as they were typed."""
        return self.needle

    def narrow(self, text: str) -> None:
        """Show the facts that hold these words."""
        self.needle = text
        self._filter.set_class(not text and not self.typing, "hidden")
        self._filter.rewrite()
        for sheet in self._sheets:
            sheet.action_edge(0)
        self.rewrite()

    def filter_bar(self) -> Bar:
        """The line above the facts."""
        return self._filter

    def resting(self) -> Sheet:
        """The column that had the cursor."""
        return self.sheet

    def step(self, by: int) -> None:
        """The cursor on the page."""
        self.sheet.action_move(by)

    def _filter_lines(self, width: int) -> list[Line]:
        if self.typing:
            return [self.prompt()]
        needle = clean(self.needle, 60)
        said: list[Part] = [(" filter: ", "muted"), (needle, "strong")]
        return [[*said, ("  ", "text"), (self.alfred.key("back"), "key"), (" clears", "muted")]]

    @on(events.DescendantFocus)
    def _keys_changed(self) -> None:
        """In the filter's box other keys work than on the page; one column has the cursor."""
        for sheet in self._sheets:
            if self.focused is sheet:
                self.sheet = sheet
        for sheet in self._sheets:
            sheet.light(sheet is self.sheet)
        self._hints.rewrite()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is another column only where there is room for it."""
        return self._sheets[1].display if action == "other" else True

    def action_other(self) -> None:
        """Give the other column the keys."""
        self._sheets[self.sheet is self._sheets[0]].focus()
