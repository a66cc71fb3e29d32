"""One tenant: its verdict and every fact behind it, and its lists, each behind a number key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer

from alfred_tui.model.text import clean
from alfred_tui.model.view import TenantView
from alfred_tui.screens.actions import Chosen
from alfred_tui.screens.keys import CHOOSE, LOOK, POLL, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.pages.deck import PAGES, Deck
from alfred_tui.screens.pages.overview import NUMBER, Overview
from alfred_tui.screens.pages.page import ListPage
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.widgets import overview
from alfred_tui.widgets.bar import Bar, Hint, Hints
from alfred_tui.widgets.filter_screen import FilterScreen
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.sheet import Row, Sheet
from alfred_tui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

PAST_EVERY = 60.0
"""Seconds between two readings of the past."""
ONLY_OVERVIEW = frozenset({"limits", "span"})
ONLY_LISTS = frozenset({"order", "act"})
NEED_LINES = frozenset({"order", "filter"})


class TenantScreen(FilterScreen):
    """While it is shown the engine asks this tenant's containers more often.

    A page keeps its filter, order and cursor while another one is shown; the next tenant is shown
    on the same page. Making it takes several frames, so the app keeps one and shows every tenant
    in it (:meth:`show`); away from the stack it does nothing.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    PLACEHOLDER = "words of a line: disk, openclaw, paused"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "clear the filter, or go back", LOOK),
        _key("1", "page('1')", "", "overview: verdict, past and facts", LOOK),
        _key("2", "page('2')", "", "containers", LOOK),
        _key("3", "page('3')", "", "workflows that run", LOOK),
        _key("4", "page('4')", "", "schedules", LOOK),
        _key("0", "page('0')", "", "host: disks, timers, units, journal", LOOK),
        _key("n", "step(1)", "next tenant", "the next tenant of the list", LOOK),
        _key("N", "step(-1)", "", "the previous tenant of the list", LOOK),
        _key("tab", "other", "other column", "go to the other column", LOOK),
        _key("enter", "act", "", "what can be done to this line, or tenant", LOOK),
        _key("l", "limits", "", "show which settings stand behind each reason", LOOK),
        _key("c", "copy", "copy", "copy the line under the cursor", LOOK),
        _key("m", "quiet", "mute", "mute or acknowledge what is wrong with it", LOOK),
        _key("a", "actions", "actions", "what can be done to this line, or tenant", LOOK),
        _key("S", "ssh", "", "a shell on its host, over SSH", LOOK),
        _key("e", "events", "events", "what happened to this tenant", LOOK),
        _key("H", "journal", "", "journal: what was done to this tenant", LOOK),
        _key("h", "span", "days", "its history in days, or in hours", LOOK),
        _key("o", "temporal_ui", "", "the address of Temporal's own pages: copy, open", LOOK),
        _key("slash", "filter", "filter", "show lines with these words", CHOOSE),
        _key("s", "order", "sort", "the next order", CHOOSE),
        _key("r", "refresh", "look now", "look at this tenant now", POLL),
    ]

    def __init__(self, alfred: AlfredApp) -> None:
        """Shows nobody until it is told whom."""
        super().__init__(name="tenant", classes=alfred.height_class)
        self.alfred = alfred
        self.tenant = ""
        self.deck = Deck(alfred, "")
        self._at = ""
        self.overview = Overview(alfred, "")
        self.sheet = Sheet(id="facts")
        self._sheets = (self.sheet, Sheet(id="more-facts", classes="hidden"))
        self._top = Bar(self._title, id="top")
        self._identity = Bar(self._identity_lines, id="identity")
        self._tabs = Tabs(PAGES, lambda: self.deck.number, self.action_page)
        self._filter = Bar(self._filter_lines, id="filter", classes="hidden")
        self._head = Bar(self._head_lines, id="head", classes="hidden")
        self._hints = Hints(self._hint_lines)
        self._last: TenantView | None = None
        self._keys_for = (False, False)
        self._past_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self._identity
        yield self._tabs
        yield self._filter
        yield self._head
        with Horizontal():
            yield from self._sheets
        yield self._hints

    def show(self, name: str, page: str = "", at: str = "") -> None:
        """Be this tenant's, before it is pushed.

        ``at`` is the key of a line of ``page``: the cursor goes there once that is shown.
        """
        self.shut_box()
        self._last = None
        self.overview = Overview(self.alfred, name)
        self._turn_to(name, page or NUMBER, at)

    def _turn_to(self, name: str, page: str, at: str = "") -> None:
        self._at = at
        self.tenant, self.deck = name, Deck(self.alfred, name, page)
        for sheet in self._sheets:
            sheet.write([])
            sheet.return_to(("", 0))
        if self.is_mounted:
            self._begin()

    def on_mount(self) -> None:
        """It may be made before anybody is to be shown."""
        self._sheets[1].light(False)
        self._past_timer = self.set_interval(PAST_EVERY, self._read_past, pause=True)
        if self.tenant:
            self._begin()

    def _begin(self) -> None:
        self._read_past()
        self._arrange()

    def on_screen_resume(self) -> None:
        """Look more closely while somebody looks."""
        self.alfred.engine.focus(self.tenant)
        if self._past_timer is not None:
            self._past_timer.resume()

    def on_screen_suspend(self) -> None:
        """Beneath another screen it goes on; away from the stack nobody looks any more."""
        if self not in self.app.screen_stack:
            self._rest()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._rest()

    def _rest(self) -> None:
        if not any(isinstance(screen, TenantScreen) for screen in self.app.screen_stack):
            self.alfred.engine.focus(None)
        if self._past_timer is not None:
            self._past_timer.pause()
        self.workers.cancel_node(self)

    def fleet_changed(self, changes: ChangeSet) -> None:
        """Facts age every second and change now and then; a list is looked at anew."""
        self.deck.hurry()
        self._look_if_due()
        if self.overview.blind and self.alfred.board is not None:
            self._read_past()
        self.rewrite()

    # The pages

    @property
    def page(self) -> ListPage[Any] | None:
        """The list that is shown; ``None`` on the overview."""
        return self.deck.page

    def action_page(self, number: str) -> None:
        """Show another page; this one keeps its place."""
        if number != self.deck.number:
            self._at = ""
            place = self.deck.turn(number, self._sheets[0].place)
            self._arrange()
            self._sheets[0].return_to(place)

    def _arrange(self) -> None:
        """The bars that this page has, its lines, and a look where it needs one."""
        page = self.page
        self._sheets[0].focus()
        self._filter.set_class(page is None and not self._needle and not self.typing, "hidden")
        self._head.set_class(page is None, "hidden")
        if page is not None:
            self._sheets[1].set_class(True, "hidden")
        self._look_if_due()
        self.rewrite()
        self._hints.rewrite()

    def _look_if_due(self) -> None:
        page = self.page
        if page is not None and page.due and self.alfred.board is not None and self._view():
            look: Any = partial(self._look, page)  # made when it begins: at the end it may not
            self.run_worker(look, group="look", exclusive=True, exit_on_error=False)

    async def _look(self, page: ListPage[Any]) -> None:
        await page.look()
        self.rewrite()

    def _view(self) -> TenantView | None:
        view = self.alfred.engine.view(self.tenant)
        self._last = view or self._last
        return view

    @on(Sheet.Written)
    def rewrite(self) -> None:
        """Write everything anew; only what differs is drawn."""
        view, page = self._view(), self.page
        if not self.size.width:
            return
        if view is None:
            text = f"{clean(self.tenant)} is not in the fleet any more; esc goes back."
            self._sheets[0].write([Row([("   ", "text"), (text, "muted")])])
            self._sheets[1].write([])
        elif page is None:
            self._write_facts(view)
        else:
            sheet = self._sheets[0]
            if width := sheet.scrollable_content_region.width:
                sheet.write(page.write(width, sheet.size.height))
                if self._at and sheet.go(self._at):
                    self._at = ""
        for bar in (self._top, self._identity, self._tabs, self._filter, self._head):
            bar.rewrite()
        keys_for = (page is not None and page.vacant, bool(self.alfred.failed))
        if keys_for != self._keys_for:
            self._keys_for = keys_for
            self._hints.rewrite()

    def _write_facts(self, view: TenantView) -> None:
        left, other = self._sheets
        columns = self.overview.columns(self.size.width)
        if other.display is (len(columns) == 1):
            other.set_class(len(columns) == 1, "hidden")
            self._hints.rewrite()
        if len(columns) == 1 and self.sheet is other:
            left.focus()
        self.overview.write(view, columns, self._sheets)

    def _read_past(self) -> None:
        reading: Any = partial(self._tell, self.overview)
        self.run_worker(reading, group="past", exclusive=True, exit_on_error=False)

    async def _tell(self, of: Overview) -> None:
        await of.read_past()
        if of is self.overview:
            self.rewrite()

    # What stands around them

    def _title(self, width: int) -> list[Line]:
        view = self._view() or self._last
        if view is None:
            return [[(f" {clean(self.tenant)}", "title")]]
        now, doing = self.alfred.engine.now(), self.alfred.watch_jobs.parts()
        if self.alfred.failed:
            doing = [("last known  ", "stale"), *doing]
        return overview.title(view, now, width, self.alfred.glyphs, doing)

    def _identity_lines(self, width: int) -> list[Line]:
        view = self._view() or self._last
        return [] if view is None else overview.identity(view, width, self.alfred.glyphs)

    def _head_lines(self, width: int) -> list[Line]:
        page = self.page
        return [page.head] if page is not None and self._view() else []

    def _hint_lines(self) -> list[Hint]:
        return hints(self, ascii_only=self.alfred.ascii_only, failed=self.alfred.failed)

    def _filter_lines(self, width: int) -> list[Line]:
        page = self.page
        if self.typing:
            return [self.prompt()]
        needle, left = clean(self._needle, 60), list[Part]()
        if needle:
            left = [(" filter: ", "muted"), (needle, "strong"), ("  ", "text")]
            left += [(self.alfred.key("back"), "key"), (" clears", "muted")]
        if page is None or self._view() is None:
            return [left]
        return [page.status(left, width)]

    # Keys

    def action_span(self) -> None:
        """The past by hours or by days."""
        self.overview.days = not self.overview.days
        self.rewrite()

    def action_limits(self) -> None:
        """Show all settings behind the reasons, or only those that somebody has set."""
        self.overview.limits = not self.overview.limits
        self.rewrite()

    def action_order(self) -> None:
        """The next order of the list."""
        if (page := self.page) is not None and (name := page.next_sort()):
            self.rewrite()
            self.alfred.say(f"by {name}")

    def action_back(self) -> None:
        """First the filter goes, then the screen."""
        if self._needle:
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
        name = order[place + by]
        self.alfred.home.grid.go(name)
        self.alfred.engine.focus(name)
        before, self.overview = self.overview, Overview(self.alfred, name)
        self.overview.needle, self.overview.days = before.needle, before.days
        self.overview.limits = before.limits
        self._turn_to(name, self.deck.number)

    def action_quiet(self) -> None:
        """Mute or acknowledge what is wrong with it."""
        if self._view() is not None:
            self.alfred.quieten([self.tenant])

    def action_actions(self) -> None:
        """What can be done to the line under the cursor, and to the tenant."""
        if self._view() is None:
            return
        page, chosen = self.page, self.sheet.chosen
        if page is None:
            subject = self.overview.subject(chosen)
        else:
            subject = page.offers(chosen.key) if chosen is not None else None
        self.alfred.offer([Chosen(self.tenant, subject)])

    def action_act(self) -> None:
        """The same, by the key that opens things elsewhere."""
        self.action_actions()

    def action_ssh(self) -> None:
        """A shell on its host."""
        if self._view() is not None:
            self.alfred.shell(self.tenant)

    def action_refresh(self) -> None:
        """Look at this tenant now; try a failed start again."""
        if (page := self.page) is not None:
            page.hurry()
            self._look_if_due()
        self.alfred.look_now([self.tenant], self.tenant)

    def action_copy(self) -> None:
        """The line under the cursor, with the tenant's name."""
        chosen = self.sheet.chosen
        view = self._view() or self._last
        text = chosen.copy if chosen else (view.host if view else "")
        self.alfred.copy(f"{clean(self.tenant)}  {text}".strip())

    def action_temporal_ui(self) -> None:
        """Temporal's own pages: they are on the tenant's tailnet name."""
        from alfred_tui.screens.elsewhere import temporal_ui

        if (view := self._view()) is not None:
            temporal_ui(self.alfred, view.host)

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

    # The filter

    @property
    def _needle(self) -> str:
        page = self.page
        return self.overview.needle if page is None else page.needle

    def typed(self) -> str:
        """The words as they were typed."""
        return self._needle

    def narrow(self, text: str) -> None:
        """Show the lines that hold these words."""
        page = self.page
        if page is None:
            self.overview.needle = text
        else:
            page.needle = text
        self._filter.set_class(page is None and not text and not self.typing, "hidden")
        for sheet in self._sheets:
            sheet.action_edge(0)
        self.rewrite()

    def filter_bar(self) -> Bar:
        """The line above the lines."""
        return self._filter

    def resting(self) -> Sheet:
        """The column that had the cursor."""
        return self.sheet

    def step(self, by: int) -> None:
        """The cursor on the page."""
        self.sheet.action_move(by)

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
        """There is another column only where there is room for it; some keys are of some pages."""
        if action == "other":
            return self._sheets[1].display
        if action in ONLY_OVERVIEW:
            return self.deck.first
        if action in ONLY_LISTS and self.deck.first:
            return False
        page = self.page
        return not (action in NEED_LINES and page is not None and page.vacant)

    def action_other(self) -> None:
        """Give the other column the keys."""
        self._sheets[self.sheet is self._sheets[0]].focus()
