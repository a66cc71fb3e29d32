"""The program looking at itself: is it keeping up, and with whom does it have trouble?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.view import Diagnostics
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import Bar, Hint, Hints, spread
from alfred_tui.widgets.inks import INK_CLASSES, Line
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

_LABEL = 22
_LATE = 0.1


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


class DiagnosticsScreen(Screen[None]):
    """Live figures; everything can be copied line by line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "go back", LOOK),
        _key("c", "copy", "copy", "copy the line under the cursor", LOOK),
    ]

    def __init__(self, alfred: AlfredApp) -> None:
        super().__init__(name="diagnostics")
        self.alfred = alfred
        self.sheet = Sheet(id="figures")
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

    def fleet_changed(self, changes: ChangeSet) -> None:
        """Figures move all the time."""
        self.rewrite()

    @on(Sheet.Written)
    def rewrite(self) -> None:
        """Write the figures anew."""
        self.sheet.write(self._rows(self.alfred.engine.diagnostics()))
        self._top.rewrite()

    def _title(self, width: int) -> list[Line]:
        now = self.alfred.engine.now()
        left = [(" ", "text"), ("Diagnostics", "title"), ("  the program itself", "muted")]
        return [spread(left, [(f"{now:%H:%M:%S} UTC", "text"), (" ", "text")], width)]

    def _hint_lines(self) -> list[Hint]:
        return hints(self, ascii_only=self.alfred.ascii_only)

    def _figure(self, label: str, value: str, means: str = "", ink: str = "text") -> Row:
        shown = cells.cut_middle(clean(label), _LABEL, self.alfred.glyphs.ellipsis)
        line = [
            ("   ", "text"),
            (cells.left(shown, _LABEL + 2), "muted"),
            (cells.left(cells.cut_end(value, 20), 22), ink),
            (clean(means), "faint"),
        ]
        return Row(line, label, f"{label}: {value} {means}".strip())

    def _heading(self, text: str) -> Row:
        width = max(0, self.sheet.size.width - len(text) - 4)
        return Row([(f" {text} ", "accent"), (self.alfred.glyphs.rule * width, "rule")])

    def _rows(self, d: Diagnostics) -> list[Row]:
        late = "down" if d.lag_p99 > _LATE else "text"
        rows = [
            self._heading("Event loop"),
            self._figure("lag, median", _ms(d.lag_p50), "how late the loop wakes up"),
            self._figure("lag, p99", _ms(d.lag_p99), "above 100 ms keys feel slow", late),
            self._figure("lag, worst", _ms(d.lag_max), "of the last half minute"),
            self._figure("tasks", f"{d.tasks:,}"),
            self._figure("memory", units.size(d.memory_bytes), "resident"),
            Row(()),
            self._heading("Polling"),
            self._figure(
                "last sweep",
                "-" if d.sweep_last is None else units.latency(d.sweep_last),
                "every tenant's containers once",
            ),
            self._figure("in flight", f"{d.in_flight} of {d.in_flight_limit}", "looks under way"),
            self._figure("connecting", f"{d.connecting}", "not yet answered the door"),
            self._figure("queued", f"{d.queued}", "due, waiting for a place"),
            self._figure("looks", f"{d.looks_total:,}", f"{d.looks_per_second:.1f} a second"),
            self._figure(
                "failed",
                f"{d.looks_failed:,}",
                f"{100 * d.looks_failed / max(1, d.looks_total):.1f} % of all looks",
            ),
            self._figure("received", units.size(d.bytes_total)),
            Row(()),
        ]
        rows += [self._heading("Errors by kind")]
        rows += [self._figure(kind, f"{count:,}") for kind, count in d.errors]
        rows += [] if d.errors else [Row([("   none", "muted")])]
        rows += [Row(()), self._heading("Slowest tenants")]
        rows += [self._figure(name, units.latency(took)) for name, took in d.slowest]
        rows += [] if d.slowest else [Row([("   none yet", "muted")])]
        return [*rows, Row(()), *self._last_errors(d)]

    def _last_errors(self, d: Diagnostics) -> list[Row]:
        now = self.alfred.engine.now()
        rows = [self._heading("Last errors")]
        for at, who, what in reversed(d.last_errors):
            age = f"{units.age(at, now)} ago"
            shown = cells.cut_middle(clean(who), _LABEL + 10, self.alfred.glyphs.ellipsis)
            line = [
                ("   ", "text"),
                (cells.left(age, 12), "muted"),
                (cells.left(shown, _LABEL + 12), "text"),
                (clean(what), "muted"),
            ]
            rows.append(Row(line, f"{at.isoformat()} {who}", f"{who}: {clean(what)}, {age}"))
        return rows if d.last_errors else [*rows, Row([("   none", "muted")])]

    def action_back(self) -> None:
        """Back to where we came from."""
        self.alfred.action_leave()

    def action_copy(self) -> None:
        """The line under the cursor."""
        if (chosen := self.sheet.chosen) is not None:
            self.alfred.copy(chosen.copy)
