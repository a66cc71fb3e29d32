"""What ``ctrl+p`` finds: every action of the screen, the screens, themes, tenants by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from alfred_tui.model.text import clean
from alfred_tui.screens import themes
from alfred_tui.screens.keys import key_lines
from alfred_tui.widgets.board import MOVE
from alfred_tui.widgets.roster import SORTS

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.operation import Operation

ACROSS = (
    ("paused", "Paused schedules: of all tenants"),
    ("stuck", "Stuck workflows: of all tenants"),
    ("images", "Images: which tenants run which"),
)
"""Names and titles of the lists across the fleet."""
_LEFT_OUT = frozenset({"command_palette", "interrupt", "theme", "back"})
VERB = 2
"""Letters from which on a word may be the verb of an operation."""
LEAST = 0.1
"""Score of what all words fit, though not in the order of the title."""
LOOKED_INTO = 60
"""Tenants whose services are looked at for one query."""
AT_MOST = 40
"""Tenants shown for one query: more help nobody."""


def _subsequence(needle: str, text: str) -> bool:
    """A quick no for most of a thousand names, before the fuzzy matcher looks closely."""
    letters = iter(text)
    return all(letter in letters for letter in needle)


class Actions(Provider):
    """Actions of the screen below by their keys, and the program's own."""

    @property
    def alfred(self) -> AlfredApp:
        """The app, as what it is."""
        return cast("AlfredApp", self.app)

    def _commands(self) -> list[tuple[str, str, Callable[[], object]]]:
        alfred = self.alfred
        commands: list[tuple[str, str, Callable[[], object]]] = []
        for line in key_lines(self.screen, ascii_only=alfred.ascii_only):
            if line.group == MOVE.description or line.action in _LEFT_OUT:
                continue
            title = line.help[:1].upper() + line.help[1:]
            run = partial(alfred.run_action, line.action, line.node)
            commands.append((title, f"key {' or '.join(line.keys)}", run))
        if self.screen is alfred.home and alfred.home.roster.total:
            for sort in SORTS:
                order = partial(alfred.home.order_by, sort)
                commands.append((f"Order: {sort.name}", "of the fleet's list", order))
        if self.screen is not alfred.home:
            commands.append(("Fleet: all tenants", "screen", alfred.go_home))
        commands.append(("Events: what happened to the fleet", "screen", alfred.action_all_events))
        for what, title in ACROSS:
            commands.append((title, "screen", partial(alfred.open_across, what)))
        if alfred.desk is not None:
            commands += [
                ("Doctor: check everything that an operator needs", "screen", alfred.action_doctor),
                ("Import: what is found and not yet here", "screen", alfred.action_takeover),
            ]
        for name, theme in themes.NAMES.items():
            words = {
                "terminal": "terminal's own (dark)",
                "terminal-light": "terminal's own (light)",
            }
            choose = partial(setattr, alfred, "theme", theme)
            commands.append((f"Colours: {words.get(name, name)}", "theme", choose))
        return commands

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for title, about, run in self._commands():
            yield DiscoveryHit(title, run, text=title, help=about)

    async def search(self, query: str) -> Hits:
        """What fits the letters."""
        matcher = self.matcher(query)
        for title, about, run in self._commands():
            if (score := matcher.match(title)) > 0:
                yield Hit(score, Content(title), run, text=title, help=about)


class Tenants(Provider):
    """Every tenant by name; untrusted text, never markup."""

    @property
    def alfred(self) -> AlfredApp:
        """The app, as what it is."""
        return cast("AlfredApp", self.app)

    async def search(self, query: str) -> Hits:
        """Tenants whose names fit the letters, best first by the palette's own order."""
        matcher = self.matcher(query)
        needle = query.casefold().replace(" ", "")
        found = 0
        for name, view in self.alfred.engine.views().items():
            if not _subsequence(needle, name.casefold()):
                continue
            if (score := matcher.match(clean(name))) > 0:
                found += 1
                title = f"Go to {clean(name, 60)}"
                why = view.reasons[0].text if view.reasons else view.host
                about = clean(f"{self.alfred.glyphs.pill(view.pill)}  {why}")
                run = partial(self.alfred.go_to, name)
                yield Hit(score, Content(title), run, text=title, help=about)
                if found >= AT_MOST:
                    return


class Operations(Provider):
    """``Restart openclaw on acme-dental``: once its verb is typed, then service and tenant."""

    @property
    def alfred(self) -> AlfredApp:
        """The app, as what it is."""
        return cast("AlfredApp", self.app)

    async def search(self, query: str) -> Hits:
        """What could be done to the tenants that the words name, and to their services."""
        from alfred_tui.screens.actions import verb
        from alfred_tui.screens.asking import title_of

        first, *words = query.casefold().split() or [""]
        if len(first) < VERB or not self.alfred.board:
            return
        matcher, found = self.matcher(query), 0
        for name, left in self._tenants([word for word in words if word != "on"]):
            for each, arguments, now in self._offers(name):
                title = title_of(each.id, name, arguments)
                said = title.casefold()
                if not verb(each).startswith(first) or any(word not in said for word in left):
                    continue
                found += 1
                run = partial(self.alfred.operate, each.id, name, arguments)
                score = max(matcher.match(title), LEAST)
                yield Hit(score, Content(title), run, text=title, help=f"{each.risk.value}{now}")
                if found >= AT_MOST:
                    return

    def _offers(self, name: str) -> Iterator[tuple[Operation, dict[str, str], str]]:
        """What makes sense on a tenant: operation, what it is told, how that is now."""
        from alfred_tui.screens.actions import SERVICE, of_tenant, offered

        for fact in self.alfred.engine.facts(name):
            for each in offered(fact):
                yield each, {SERVICE: fact.label}, clean(f"; now {fact.value}")
        for each in of_tenant():
            yield each, {}, ""

    def _tenants(self, words: list[str]) -> list[tuple[str, list[str]]]:
        """Tenants in whose names most of the words occur, each with the words that do not.

        The one whose page is open comes first among equals.
        """
        here = getattr(self.screen, "tenant", None)
        ranked = []
        for place, name in enumerate(self.alfred.home.roster.order):
            folded = name.casefold()
            left = [word for word in words if word not in folded]
            ranked.append((len(left), name != here, place, name, left))
        ranked.sort(key=lambda each: each[:3])
        return [(name, left) for _, _, _, name, left in ranked[:LOOKED_INTO]]
