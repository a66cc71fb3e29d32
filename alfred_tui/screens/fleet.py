"""The home screen: is the fleet well, and if not, who, why, since when?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from alfred_tui.model.filter import parse
from alfred_tui.model.text import clean
from alfred_tui.model.units import short_duration
from alfred_tui.screens.keys import CHOOSE, LOOK, POLL, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.widgets import empty, filter_line, headline
from alfred_tui.widgets.bar import Bar, Hints, spread
from alfred_tui.widgets.board import Board
from alfred_tui.widgets.columns import caption, head_parts
from alfred_tui.widgets.filter_screen import FilterScreen
from alfred_tui.widgets.fleet_grid import FleetGrid
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.roster import SORTS, Quick, Roster, Sort
from alfred_tui.widgets.selection import Selection

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

INTERVALS = (5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""What ``+`` and ``-`` step through, seconds."""
_NEED_ROW = frozenset({"open", "copy", "mark", "actions", "ssh"})
_NEED_TENANTS = frozenset(
    {"filter", "sort", "turn", "unmark", "quick", "clear", "refresh_all", "pause", "interval"}
    | {"wall", "quiet"}
)


class FleetScreen(FilterScreen):
    """Header, banners, filter line, grid, hints."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    PLACEHOLDER = "words, status:red, why:disk, loc:fsn1"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "open", "open", "open the tenant under the cursor", LOOK),
        _key("c", "copy", "copy", "copy its name, host and worst reason", LOOK),
        _key("g", "wall", "wall", "the wall: everybody on one screen; again: the list", LOOK),
        _key("e", "events", "events", "what happened: every change of a pill", LOOK),
        _key("m", "quiet", "mute", "mute or acknowledge the marked, or this one", LOOK),
        _key("a", "actions", "", "what can be done to this tenant", LOOK),
        _key("S", "ssh", "", "a shell on the tenant's host, over SSH", LOOK),
        _key("slash", "filter", "filter", "filter as you type", CHOOSE),
        _key("s", "sort", "sort", "the next order: by name, age, latency ...", CHOOSE),
        _key("o", "turn", "", "turn the order round", CHOOSE),
        _key("space", "mark", "mark", "mark, or take the mark away", CHOOSE),
        _key("u", "unmark", "", "take all marks away", CHOOSE),
        _key("1", "quick('all')", "", "show all", CHOOSE),
        _key("2", "quick('problems')", "problems", "only problems; again: all", CHOOSE),
        _key("3", "quick('down')", "", "only those that are down; again: all", CHOOSE),
        _key("4", "quick('marked')", "", "only the marked; again: all", CHOOSE),
        _key("escape", "clear", "", "clear filter and quick filter", CHOOSE),
        _key("r", "refresh", "look now", "look now at the marked, or at this one", POLL),
        _key("R", "refresh_all", "", "look now at all", POLL),
        _key("z", "pause", "", "pause polling, and go on", POLL),
        _key("plus,equals_sign", "interval(1)", "", "ask less often", POLL),
        _key("minus", "interval(-1)", "", "ask more often", POLL),
    ]

    def __init__(self, alfred: AlfredApp) -> None:
        # The class that Textual would add at the first resize: styles are matched once, not twice.
        super().__init__(name="fleet", classes=alfred.height_class)
        self.alfred = alfred
        self.roster = Roster(alfred.engine.views)
        self.selection = Selection(self.roster, alfred.clock)
        self._list = FleetGrid(
            self.selection,
            alfred.engine.views,
            alfred.engine.now(),
            hours=alfred.engine.hours_of,
            glyphs=alfred.glyphs,
            live_since=alfred.live_since,
            empty=self._empty_lines,
            moved=self._moved,
        )
        self._wall: Board | None = None
        self.grid: Board = self._list
        self._top = Bar(self._header_lines, id="top")
        self._trouble = Bar(self._trouble_lines, id="trouble", classes="banner hidden")
        self._demo = Bar(self._demo_lines, id="demo", classes="banner hidden")
        self._filter = Bar(self._filter_lines, id="filter")
        self._heads = Bar(self._head_lines, id="heads", clicked=self._head_clicked)
        self._hints = Hints(lambda: hints(self, ascii_only=alfred.ascii_only, failed=alfred.failed))

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self._trouble
        yield self._demo
        yield self._filter
        yield self._heads
        yield self.grid
        yield self._hints

    def on_mount(self) -> None:
        """The grid has the keys."""
        self.grid.focus()
        self._show_banners()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without tenants there is nothing to open, mark, filter or order: no key promises it."""
        if action in _NEED_ROW:
            return bool(self.roster.order)
        if action == "refresh":
            return bool(self.roster.order or self.roster.marks or self.alfred.failed)
        return bool(self.roster.total) if action in _NEED_TENANTS else True

    # What the engine says

    def fleet_changed(self, changes: ChangeSet) -> None:
        """New facts; called a few times a second."""
        self.grid.apply(changes.ids, self.alfred.engine.now(), membership=changes.membership)
        self.status_changed()

    def status_changed(self) -> None:
        """Write the lines around the grid anew, where they differ."""
        self._show_banners()
        self._top.rewrite()
        self._hints.rewrite()
        self._filter.rewrite()
        if self.grid is self._wall:
            self._heads.rewrite()
        if not self.roster.order:
            self.grid.refresh()

    def _show_banners(self) -> None:
        status = self.alfred.engine.status()
        lines = self._trouble_lines(self.size.width or 80)
        self._trouble.set_class(not lines, "hidden")
        self._demo.set_class(not status.demo, "hidden")
        for bar in (self._filter, self._heads):
            bar.set_class(not self.roster.total, "vacant")
        self._trouble.rewrite()

    def _header_lines(self, width: int) -> list[Line]:
        alfred = self.alfred
        return headline.header(
            alfred.engine.status(),
            alfred.engine.now(),
            width,
            alfred.glyphs,
            alfred.headline(self.grid.cursor),
            alfred.watch_jobs.parts(),
        )

    def _trouble_lines(self, width: int) -> list[Line]:
        alfred = self.alfred
        return headline.trouble(
            alfred.engine.status(), alfred.failed, width, alfred.glyphs, alfred.key
        )

    def _demo_lines(self, width: int) -> list[Line]:
        alfred = self.alfred
        return headline.demo(width, alfred.key, stand_in=alfred.engine.status().stand_in)

    def _empty_lines(self, width: int) -> list[Line]:
        alfred, status = self.alfred, self.alfred.engine.status()
        return empty.lines(
            self.roster,
            status,
            alfred.glyphs,
            width,
            alfred.starting,
            alfred.key,
            failed=bool(alfred.failed),
        )

    def _head_lines(self, width: int) -> list[Line]:
        glyphs = self.alfred.glyphs
        if self.grid is self._wall:
            return [self._under_cursor(width)]
        arrow = glyphs.up if self.roster.turned else glyphs.down
        return [head_parts(self._list.columns, self.roster.sort.column, arrow)]

    def _under_cursor(self, width: int) -> Line:
        """On the wall, in words: whose cell the cursor is on, and why it is so."""
        view = self.alfred.engine.view(self.grid.cursor or "")
        if view is None:
            return []
        marked = view.name in self.roster.marks
        return caption(view, self.alfred.engine.now(), width, self.alfred.glyphs, marked=marked)

    def _filter_lines(self, width: int) -> list[Line]:
        prompt = self.prompt() if self.typing else []
        left = filter_line.said(self.roster, prompt, self._last_known(), self.alfred.key)
        return [
            spread(left, filter_line.place(self.roster, self.grid.row, self.alfred.glyphs), width)
        ]

    def _last_known(self) -> list[Part]:
        engine = self.alfred.engine
        if engine.status().first_sweep_done:
            return []
        return filter_line.last_known(engine.views().values(), self.alfred.live_since, engine.now())

    # What hands do

    def _moved(self) -> None:
        self._top.rewrite()
        self._filter.rewrite()
        self._heads.rewrite()

    @on(events.DescendantFocus)
    def _keys_changed(self) -> None:
        """In the filter's box other keys work than in the grid."""
        self._hints.rewrite()

    def _head_clicked(self, x: int) -> None:
        """A click on a title orders by it; on the one in force it turns the order round."""
        if self.grid is self._wall:
            return
        key = self._list.columns.at(x)
        if key == self.roster.sort.column:
            self.action_turn()
            return
        for sort in SORTS:
            if sort.column == key:
                self.order_by(sort)

    @on(Board.Opened)
    def _opened(self, event: Board.Opened) -> None:
        self.alfred.open_tenant(event.name)

    def action_open(self) -> None:
        """Look at the tenant under the cursor."""
        if self.grid.cursor is not None:
            self.alfred.open_tenant(self.grid.cursor)

    def action_events(self) -> None:
        """What happened to the whole fleet."""
        self.alfred.action_all_events()

    async def action_wall(self) -> None:
        """The wall instead of the list, or back; the cursor stays on its tenant."""
        shown = self._list if self.grid is self._wall else await self._hung_wall()
        self.grid.add_class("hidden")
        self.grid = shown
        shown.remove_class("hidden")
        shown.appear(self.alfred.engine.now())
        shown.focus()
        self._moved()

    async def _hung_wall(self) -> Board:
        """The wall; it is made when it is first asked for."""
        if self._wall is None:
            from alfred_tui.widgets.wall import Wall

            alfred = self.alfred
            self._wall = Wall(
                self.selection,
                alfred.engine.views,
                alfred.engine.now(),
                glyphs=alfred.glyphs,
                live_since=alfred.live_since,
                empty=self._empty_lines,
                moved=self._moved,
            )
            await self.mount(self._wall, after=self._list)
        return self._wall

    def action_quiet(self) -> None:
        """Mute or acknowledge the marked, or the tenant under the cursor."""
        self.alfred.quieten(self._meant())

    def _meant(self) -> list[str]:
        """The marked, or the tenant under the cursor."""
        return sorted(self.roster.marks) or ([self.grid.cursor] if self.grid.cursor else [])

    def action_actions(self) -> None:
        """What can be done to the marked, or to the tenant under the cursor."""
        from alfred_tui.screens.actions import Chosen, of_reasons

        meant = self._meant()
        view = self.alfred.engine.view(meant[0]) if len(meant) == 1 else None
        if view is not None:
            named = of_reasons(view.reasons, self.alfred.engine.facts(view.name))
            self.alfred.offer([Chosen(view.name, named)])
        else:
            self.alfred.offer([Chosen(name) for name in meant])

    def action_ssh(self) -> None:
        """A shell on the host of the tenant under the cursor."""
        if self.grid.cursor is not None:
            self.alfred.shell(self.grid.cursor)

    def action_mark(self) -> None:
        """Mark the tenant under the cursor."""
        self.grid.toggle_mark()

    def action_unmark(self) -> None:
        """Take all marks away."""
        self.grid.clear_marks()
        if self.roster.quick is Quick.MARKED:
            self._narrowed()

    def show_marked(self, names: Sequence[str]) -> None:
        """Mark these and nobody else, and show the marked."""
        self.grid.touch()
        self.roster.marks = set(names)
        self.roster.narrow(parse(""), Quick.MARKED)
        self.grid.reorganise()
        self._filter.rewrite()

    def action_sort(self) -> None:
        """The next order."""
        self.grid.touch()
        self.roster.next_sort()
        self.grid.reorganise()

    def action_turn(self) -> None:
        """The same order, the other way round."""
        self.order_by(self.roster.sort, not self.roster.turned)

    def order_by(self, sort: Sort, turned: bool = False) -> None:
        """Order at once; the cursor goes with its tenant."""
        self.grid.touch()
        self.roster.order_by(sort, turned)
        self.grid.reorganise()

    def action_quick(self, quick: str) -> None:
        """A quick filter; the same key again shows all."""
        wanted = Quick(quick)
        self.grid.touch()
        self.roster.narrow(quick=Quick.ALL if wanted is self.roster.quick else wanted)
        self.grid.reorganise()

    def _narrowed(self) -> None:
        self.roster.narrow()
        self.grid.reorganise()

    async def action_clear(self) -> None:
        """Show everybody again."""
        await self.leave_box()
        if self.roster.filtered or self.roster.query.text:
            self.roster.narrow(parse(""), Quick.ALL)
            self.grid.reorganise()
        self._filter.rewrite()

    def typed(self) -> str:
        """The filter as it was typed."""
        return self.roster.query.text

    def narrow(self, text: str) -> None:
        """Show who matches."""
        self.grid.touch()
        self.roster.narrow(parse(text))
        self.grid.reorganise()

    def filter_bar(self) -> Bar:
        """The line under the header."""
        return self._filter

    def resting(self) -> Board:
        """The list or the wall."""
        return self.grid

    def step(self, by: int) -> None:
        """The cursor on it."""
        self.grid.action_move(by)

    def place_box(self) -> None:
        """The banners may have moved the filter line, too."""
        super().place_box()
        self._show_banners()

    def action_refresh(self) -> None:
        """Look now at the marked or the one under the cursor; try a failed start again."""
        names = self._meant()
        if names or self.alfred.failed:
            who = names[0] if len(names) == 1 else f"{len(names)} marked tenants"
            self.alfred.look_now(names, who)

    def action_refresh_all(self) -> None:
        """Look at everybody now."""
        self.alfred.look_now(None, f"all {self.roster.total:,} tenants")

    def action_pause(self) -> None:
        """Stop or go on polling."""
        engine = self.alfred.engine
        if engine.status().paused:
            engine.resume()
        else:
            engine.pause()
        self.status_changed()

    def action_interval(self, by: int) -> None:
        """Ask less or more often."""
        engine = self.alfred.engine
        current = engine.status().interval
        longer = [step for step in INTERVALS if step > current]
        shorter = [step for step in INTERVALS if step < current]
        wanted = [*longer, current][0] if by > 0 else [current, *shorter][-1]
        engine.set_interval(wanted)
        self.alfred.say(f"containers are asked every {short_duration(wanted)}")
        self.status_changed()

    def action_copy(self) -> None:
        """Name, host and worst reason of the tenant under the cursor."""
        name = self.grid.cursor
        view = self.alfred.engine.view(name) if name else None
        if view is None:
            return
        why = view.reasons[0].text if view.reasons else view.pill.value
        self.alfred.copy("  ".join(clean(part) for part in (view.name, view.host, why) if part))
