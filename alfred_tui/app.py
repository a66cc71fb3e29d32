"""The Textual app: themes, global keys, the engine's life beside the screens'.

Only what the first paint needs is imported here; other screens, the palette's providers and every
heavy library load when they are first used (architecture.md, Starting fast).
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import msgspec
from textual import events
from textual._styles_cache import StylesCache
from textual.binding import BindingType
from textual.command import Provider
from textual.screen import Screen

from alfred_tui import heap
from alfred_tui.ending import SIGNALS, last_resort, signals
from alfred_tui.model.keymap import ACTS, parse
from alfred_tui.model.text import clean
from alfred_tui.resources import asset
from alfred_tui.screens import themes
from alfred_tui.screens.fleet import FleetScreen
from alfred_tui.screens.job_watch import JobWatch
from alfred_tui.screens.keys import PROGRAM, written
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.opening import Opening
from alfred_tui.screens.place import give_back, place_of, reopen
from alfred_tui.screens.ports import FleetEngine
from alfred_tui.view_state import Keeper, ViewState
from alfred_tui.widgets.filter_screen import FilterScreen
from alfred_tui.widgets.glyphs import ASCII, UNICODE

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.model.demo_day import DemoDay
    from alfred_tui.ops.board import Board
    from alfred_tui.ops.bulk import Bulk
    from alfred_tui.screens.desk import Desk

OFTEN = (
    "alfred_tui.screens.tenant",
    "alfred_tui.screens.events",
    "alfred_tui.screens.help",
    "alfred_tui.screens.palette",
    "alfred_tui.screens.quiet",
    "alfred_tui.screens.actions",
    "alfred_tui.screens.confirm",
    "alfred_tui.screens.jobs",
    "alfred_tui.screens.journal",
)
"""Screens that are loaded once the fleet is there."""
FLUSH = 0.25
"""Seconds between two hand-overs of changes to the screens."""
FORGET = 60.0
"""Seconds between two times that closed widgets are forgotten, and memory is given back."""
TALL = 32
"""Lines from which on there is room for blank lines around the bars."""
STOP_WITHIN = 6.0
"""Seconds that the engine has for its end; after twice that the process ends anyway."""
AGAIN = 2.0
"""Seconds within which a second ctrl+c means it."""


def forget_closed() -> None:
    """Let go of what Textual keeps of widgets that are gone.

    It remembers two colours by each widget's own store of lines, and with them up to 1,024 stores.
    """
    StylesCache.get_inner_outer.cache_clear()


def _provider(name: str) -> Callable[[], type[Provider]]:
    def load() -> type[Provider]:
        module = importlib.import_module("alfred_tui.screens.palette")
        return cast("type[Provider]", getattr(module, name))

    return load


class AlfredApp(Opening):
    """The dashboard over an engine that already holds the last known state."""

    TITLE = "Alfred fleet"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {
        _provider("Actions"),
        _provider("Tenants"),
        _provider("Operations"),
    }
    HORIZONTAL_BREAKPOINTS = []  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]  # noqa: RUF012
    NOTIFICATION_TIMEOUT = 3
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("question_mark", "help", "help", "help: the keys of this screen", PROGRAM),
        _key("ctrl+p", "command_palette", "commands", "every action, every tenant", PROGRAM, True),
        _key("J", "jobs", "", "jobs: what is being done, and was", PROGRAM),
        _key("H", "journal", "", "journal: what was done, and by whom", PROGRAM),
        _key("q", "leave", "quit", "quit", PROGRAM),
        _key("f12", "diagnostics", "", "diagnostics: how the program itself is", PROGRAM),
        _key("ctrl+s", "picture", "", "save a picture of the screen", PROGRAM, True),
        _key("t", "theme", "", "dark, light, the terminal's colours", PROGRAM),
        _key("ctrl+c", "interrupt", "", "twice: quit", PROGRAM, True),
        _key("ctrl+q", "quit", "", "quit from anywhere", PROGRAM, True),
    ]

    def __init__(
        self,
        engine: FleetEngine,
        *,
        theme: str | None = None,
        ascii_only: bool = False,
        screenshots: Path | None = None,
        exports: Path | None = None,
        live_since: datetime | None = None,
        begin: bool = True,
        clock: Callable[[], float] = time.monotonic,
        desk: Callable[[], Desk] | None = None,
        keys: Mapping[str, str] | None = None,
        kept: ViewState | None = None,
        keeper: Keeper | None = None,
        in_flight: int = 8,
        failures: int = 1,
    ) -> None:
        """``begin`` starts the engine after the first paint; without it, it is started already.

        Rows not looked at since ``live_since`` are drawn as last known, not as live. ``desk`` makes
        what the doctor and the import work with, when it is first needed; without it, neither is
        offered. ``keys`` are those of ``model.keymap`` that are to be others than by default.
        The screens begin as ``kept``; ``keeper`` is shown how they are. ``in_flight`` tenants are
        worked on at once by one wish for many, which ends after so many ``failures``.
        """
        self.engine = engine
        self.ascii_only = ascii_only
        self.glyphs = ASCII if ascii_only else UNICODE
        self.screenshots = screenshots
        self.exports = exports
        self.live_since = live_since
        self.clock = clock
        self.desk = desk
        self.first_interval: float | None = None
        self._kept = kept or ViewState()
        self.keeper = keeper
        self.starting = begin
        self.failed = ""
        self._begin = begin
        self._starter: asyncio.Task[None] | None = None
        self._interrupted = -AGAIN
        self.watch_jobs = JobWatch(self)
        self.in_flight, self.failures = in_flight, failures
        self.bulks: list[Bulk] = []
        super().__init__(css_path=asset("styles.tcss"))
        self.keys = {name: act.keys for name, act in ACTS.items()} | dict(keys or {})
        changed = {name: own for name, own in self.keys.items() if own != ACTS[name].keys}
        if changed:
            # as we understand them ourselves: Textual takes a blank or a comma too many amiss
            self.set_keymap({name: ",".join(parse(own)) for name, own in changed.items()})
        self.register_theme(themes.DARK)
        self.register_theme(themes.LIGHT)
        wanted = themes.resolve(self._kept.theme or theme)
        self.theme = wanted if wanted in self.available_themes else themes.DARK.name
        self.first_theme = self.theme

    def get_css_variables(self) -> dict[str, str]:
        """Textual's variables, and our colour names where a theme has none."""
        return themes.fill(super().get_css_variables(), self.current_theme.ansi)

    def get_default_screen(self) -> Screen[object]:
        """The fleet is home."""
        home = FleetScreen(self)
        if self._kept != ViewState():
            give_back(home, self._kept)
        return cast("Screen[object]", home)

    def on_mount(self) -> None:
        """First paint first; the engine after it."""
        self.set_class(self.ascii_only, "-ascii")
        self.set_interval(FLUSH, self.flush)
        self.set_interval(FORGET, self._forget)
        if self._kept.wall or self._kept.page or self._kept.over:
            self.call_after_refresh(reopen, self, self._kept)
        if self._begin:
            self.call_after_refresh(self.start_engine)
        else:
            self._begin_interval()

    def _forget(self) -> None:
        forget_closed()
        self.run_worker(
            heap.give_back, group="heap", exclusive=True, thread=True, exit_on_error=False
        )

    # The engine

    def start_engine(self) -> None:
        """Start the engine in the background; a failure becomes a banner."""
        self.failed = ""
        self.starting = True
        self._starter = asyncio.get_running_loop().create_task(self._start())

    async def _start(self) -> None:
        try:
            await self.engine.start()
            self._begin_interval()
            await self.fetch_screens()
            heap.settle()
        except Exception as trouble:  # noqa: BLE001 - whatever it is, a person must be told
            self.log.error(trouble)
            self.failed = clean(str(trouble) or type(trouble).__name__, 300)
        finally:
            self.starting = False
        self.flush()

    async def fetch_screens(self) -> None:
        """Load what is opened often while nobody waits for it: an import costs several frames."""
        for name in OFTEN:
            await asyncio.to_thread(importlib.import_module, name)
        await self.fetch_tenant_screen()

    def _begin_interval(self) -> None:
        if self._kept.interval is not None:
            self.engine.set_interval(self._kept.interval)
        self.first_interval = self.engine.status().interval

    async def stop_engine(self) -> None:
        """End the start if it still runs, then the engine, within ``STOP_WITHIN`` seconds."""
        if self._starter is not None and not self._starter.done():
            self._starter.cancel()
            await asyncio.wait({self._starter}, timeout=STOP_WITHIN / 2)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN / 2):
                await asyncio.gather(*(made.cancel() for made in self.bulks))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN):
                await self.engine.stop()

    def flush(self) -> None:
        """Hand what changed to every screen that wants to know."""
        changes = self.engine.take_changes()
        for screen in self.screen_stack:
            changed = getattr(screen, "fleet_changed", None)
            if changed is not None:
                changed(changes)
        self.watch_jobs.look()
        self._show_keeper()

    def _show_keeper(self) -> None:
        # an invented fleet has no place that anybody would come back to
        if self.keeper and self.screen_stack and not self.engine.status().demo:
            self.keeper.show(place_of(self, self.keeper.first))

    def exit(self, *given: Any, **more: Any) -> None:
        """As Textual's; how the screens are left is seen before they go."""
        self._show_keeper()
        super().exit(*given, **more)

    # For the screens

    @property
    def height_class(self) -> str:
        """The class of ``VERTICAL_BREAKPOINTS`` for the present height."""
        return "-tall" if self.size.height >= TALL else "-low"

    @property
    def home(self) -> FleetScreen:
        """The fleet screen."""
        return cast("FleetScreen", self.screen_stack[0])

    @property
    def board(self) -> Board | None:
        """Operations and their jobs; ``None`` as long as the engine has not started."""
        return None if self.starting or self.failed else self.engine.board

    def headline(self, cursor: str | None) -> str:
        """The title in the first line; ``cursor`` is the tenant under the cursor."""
        return self.TITLE or ""

    def key(self, name: str) -> str:
        """How the first key is written that does what the keymap calls ``name``."""
        return written(parse(self.keys[name])[0], ascii_only=self.ascii_only)

    def say(self, text: str) -> None:
        """A short word at the edge of the screen; never markup."""
        self.notify(clean(text), markup=False, timeout=2.5)

    def copy(self, text: str, said: str = "") -> None:
        """Into the clipboard of the terminal (OSC 52), and say so."""
        self.copy_to_clipboard(text)
        self.say(said or f"copied: {text}")

    # Keys

    def on_key(self, event: events.Key) -> None:
        """Every key that nobody has taken comes here before the bindings do."""
        if event.is_forwarded and isinstance(self.screen, FilterScreen):
            self.screen.type_ahead(event)

    async def reload_tenants(self) -> None:
        """The store has other tenants now: watch these, and show them."""
        await self.engine.reload()
        self.flush()

    def action_leave(self) -> None:
        """Back, or out."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.watch_jobs.running or any(made.running for made in self.bulks):
            from alfred_tui.screens.leaving import ask

            ask(self)
        else:
            self.exit(return_code=0)

    async def action_quit(self) -> None:
        """Out, from wherever."""
        self.exit(return_code=0)

    def action_interrupt(self) -> None:
        """Ctrl+C: once says how to quit, twice quits."""
        now = self.clock()
        if now - self._interrupted <= AGAIN:
            self.exit(return_code=SIGNALS["SIGINT"])
            return
        self._interrupted = now
        self.say(f"ctrl+c again, or {self.key('leave')}, to quit")

    def action_theme(self) -> None:
        """The next of our themes."""
        names = list(themes.NAMES.values())
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]

    def action_picture(self) -> None:
        """Save the screen as SVG, readable by its owner only, and say where."""
        from alfred_tui.screens import pictures

        svg = self.export_screenshot(title=self.title)
        try:
            path = pictures.save(svg, self.screenshots, self.engine.now())
        except OSError as trouble:
            self.say(f"the picture could not be saved: {trouble}")
            return
        self.say(f"saved {path}")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[object]:  # type: ignore[override]
        """None of Textual's own: the palette lists what this program can do."""
        return ()


async def _main(app: AlfredApp) -> int:
    with signals(lambda code: app.exit(return_code=code), 2 * STOP_WITHIN):
        try:
            await app.run_async()
        finally:
            last_resort(app.return_code or 0, 2 * STOP_WITHIN)
            await app.stop_engine()
            if app.keeper is not None:
                await app.keeper.end()
    return app.return_code or 0


def run(settings: Settings, demo: DemoDay | None, empty: bool = False) -> int:
    """The dashboard in this terminal; returns the exit code of the process.

    ``empty``: the store holds nobody yet, and the demo stands in until it does.
    """
    from alfred_tui.engine import Engine

    engine = Engine(settings, demo=demo, empty=empty)
    keeper = None if demo else Keeper(settings.paths.view_state)
    app = AlfredApp(
        engine,
        kept=_kept(settings, keeper.first) if keeper and not empty else None,
        keeper=keeper,
        theme=settings.ui.theme,
        ascii_only=settings.ui.ascii,
        screenshots=settings.paths.screenshots,
        exports=settings.paths.exports,
        live_since=datetime.now(UTC),
        desk=lambda: _desk(settings),
        keys=settings.keymap,
        in_flight=settings.ops.in_flight,
        failures=settings.ops.failures,
    )
    return asyncio.run(_main(app))


def _kept(settings: Settings, first: ViewState) -> ViewState:
    """What was kept, but for what is set: a file, a variable or a flag is stronger."""
    given = settings.origins
    return msgspec.structs.replace(
        first,
        theme="" if "ui.theme" in given else first.theme,
        interval=None if "poll.containers_interval" in given else first.interval,
    )


def _desk(settings: Settings) -> Desk:
    from alfred_tui.takeover.desk import Desk

    return Desk(settings)
