"""How the app comes from one screen to another; each is loaded when it is first opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from textual.app import App

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.bulk import Target
    from alfred_tui.screens.actions import Chosen
    from alfred_tui.screens.tenant import TenantScreen

KEPT = "kept-tenant"
"""Under this name Textual keeps the tenant's screen while it is not shown."""
NOT_YET = "the doors are not open yet: try again in a moment"


class Opening(App[None]):
    """The part of the app that opens screens; a second key for an open one does nothing."""

    _tenant_screen: TenantScreen | None = None

    @property
    def _alfred(self) -> AlfredApp:
        return cast("AlfredApp", self)

    def open_tenant(self, name: str, page: str = "", at: str = "") -> None:
        """Show a tenant, on this page and line of it; the fleet keeps its place behind it."""
        from alfred_tui.screens.tenant import TenantScreen

        if isinstance(self.screen, TenantScreen):
            # A second Enter or click that was under way when the first one had opened it.
            return
        screen = self.tenant_screen()
        screen.show(name, page, at)
        self.push_screen(screen)

    async def fetch_tenant_screen(self) -> None:
        """Make the tenant's screen before anybody opens one: that takes as long as ten frames."""
        screen = self.tenant_screen()
        if not screen.is_running:
            await self._get_screen(screen)[1]

    def tenant_screen(self) -> TenantScreen:
        """The one that is kept, or one more where that is in the stack already."""
        from alfred_tui.screens.tenant import TenantScreen

        kept = self._tenant_screen
        if kept is not None and kept not in self.screen_stack:
            return kept
        made = TenantScreen(self._alfred)
        if kept is None:
            self._tenant_screen = made
            self.install_screen(made, KEPT)
        return made

    def go_home(self) -> None:
        """Back to the fleet, however deep."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def go_to(self, name: str) -> None:
        """Open a tenant from wherever; the fleet's cursor goes to it."""
        self.go_home()
        self._alfred.home.grid.go(name)
        self.open_tenant(name)

    def show_marked(self, names: Sequence[str]) -> None:
        """The fleet, with these marked and nobody else shown."""
        self.go_home()
        self._alfred.home.show_marked(names)

    def open_across(self, what: str) -> None:
        """A list across all tenants, by its name."""
        from alfred_tui.screens.across.lists import LISTS
        from alfred_tui.screens.across.screen import AcrossScreen

        self.go_home()
        self.push_screen(AcrossScreen(self._alfred, LISTS[what](self._alfred)))

    def say_not_yet(self) -> None:
        """Why nothing can be done before the engine has started."""
        alfred = self._alfred
        again = f"the program could not start: {alfred.key('refresh')} tries again"
        alfred.say(again if alfred.failed else NOT_YET)

    def look_now(self, names: Sequence[str] | None, who: str) -> None:
        """Look at these tenants now, at all of them for ``None``.

        Before the engine has started nobody looks; a start that failed is tried again instead.
        """
        alfred = self._alfred
        if alfred.failed:
            alfred.start_engine()
        elif alfred.starting:
            self.say_not_yet()
        else:
            alfred.engine.refresh(names)
            alfred.say(f"looking at {who} now")

    def quieten(self, names: Sequence[str]) -> None:
        """Mute or acknowledge what is wrong with these tenants."""
        from alfred_tui.screens.quiet import QuietScreen

        if names and self._alfred.board is None:
            self.say_not_yet()
        elif names and not isinstance(self.screen, QuietScreen):
            self.push_screen(QuietScreen(self._alfred, names))

    def offer(self, chosen: Sequence[Chosen]) -> None:
        """List what can be done to tenants, and to what of them the cursor or a mark is on."""
        from alfred_tui.screens.actions import ActionsScreen

        if self._alfred.board is None:
            self.say_not_yet()
        elif chosen and not isinstance(self.screen, ActionsScreen):
            self.push_screen(ActionsScreen(self._alfred, chosen))

    def shell(self, tenant: str) -> None:
        """A person's own shell on a tenant's host."""
        from alfred_tui.screens.shell import open_shell

        open_shell(self._alfred, tenant)

    def operate(self, operation: str, tenant: str, arguments: Mapping[str, str]) -> None:
        """Plan an operation on a tenant, and ask: nothing is sent without a yes.

        What it must be told and was not is asked for first.
        """
        from alfred_tui.ops.bulk import Target

        self.operate_many(operation, [Target(tenant, arguments)])

    def operate_many(self, operation: str, targets: Sequence[Target]) -> None:
        """The same of several: the first one's plan is shown, and asked about for all of them."""
        from alfred_tui.ops.operation import OPERATIONS
        from alfred_tui.screens.asking import Planned
        from alfred_tui.screens.confirm import ConfirmScreen
        from alfred_tui.screens.many import PlannedForMany
        from alfred_tui.screens.telling import TellScreen, missing

        alfred, known = self._alfred, OPERATIONS.get(operation)
        if alfred.board is None:
            self.say_not_yet()
        elif isinstance(self.screen, (ConfirmScreen, TellScreen)):
            return
        elif known is not None and missing(known, targets):
            self.push_screen(TellScreen(alfred, known, targets))
        elif len(targets) == 1:
            self.push_screen(ConfirmScreen(alfred, Planned(alfred, operation, *targets[0])))
        else:
            self.push_screen(ConfirmScreen(alfred, PlannedForMany(alfred, operation, targets)))

    def action_help(self) -> None:
        """Keys of the present screen."""
        from alfred_tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self._alfred, self.screen))

    async def action_command_palette(self) -> None:  # type: ignore[override]
        """Every action, every screen, every tenant, by typing; a filter typed so far is kept."""
        from textual.command import CommandPalette

        if (leave := getattr(self.screen, "leave_box", None)) is not None:
            await leave()
        if not isinstance(self.screen, CommandPalette):
            asks = "an action, a screen, or a tenant's name"
            self.push_screen(CommandPalette(placeholder=asks, id="--command-palette"))

    def action_diagnostics(self) -> None:
        """The program looking at itself."""
        from alfred_tui.screens.diagnostics import DiagnosticsScreen

        if not isinstance(self.screen, DiagnosticsScreen):
            self.push_screen(DiagnosticsScreen(self._alfred))

    def action_doctor(self) -> None:
        """Check everything that an operator needs."""
        from alfred_tui.screens.doctor import DoctorScreen

        desk = self._alfred.desk
        if desk is not None and not isinstance(self.screen, DoctorScreen):
            self.push_screen(DoctorScreen(self._alfred, desk()))

    def action_all_events(self) -> None:
        """What happened to the fleet."""
        from alfred_tui.screens.events import EventsScreen

        if not isinstance(self.screen, EventsScreen) or self.screen.tenant:
            self.push_screen(EventsScreen(self._alfred))

    def action_takeover(self) -> None:
        """Import what others know of the fleet."""
        from alfred_tui.screens.sources import SourcesScreen

        desk = self._alfred.desk
        if desk is not None and not isinstance(self.screen, SourcesScreen):
            self.push_screen(SourcesScreen(self._alfred, desk()))

    def action_jobs(self) -> None:
        """What is being done, and was since the start."""
        from alfred_tui.screens.jobs import JobsScreen

        if not isinstance(self.screen, JobsScreen):
            self.push_screen(JobsScreen(self._alfred))

    def action_journal(self) -> None:
        """What was done to the fleet."""
        from alfred_tui.screens.journal import JournalScreen

        if not isinstance(self.screen, JournalScreen) or self.screen.tenant:
            self.push_screen(JournalScreen(self._alfred))
