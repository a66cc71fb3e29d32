"""Keys of the screen below, read from its bindings; what the pills mean; how to filter."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from alfred_tui.model.filter import FIELDS
from alfred_tui.model.verdict import Pill
from alfred_tui.screens.keys import KeyLine, key_lines
from alfred_tui.widgets import cells
from alfred_tui.widgets.board import MOVE
from alfred_tui.widgets.inks import INK_CLASSES
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

PILLS = {
    Pill.OK: "all expected seen, lately, within limits",
    Pill.DEGRADED: "works, or not all seen: look today",
    Pill.DOWN: "no service, or data at risk: look now",
    Pill.STALE: "the last verdict, too old to trust",
    Pill.UNKNOWN: "never seen, or our network is the cause",
    Pill.BUILDING: "being built or torn down",
}
COLUMNS = (
    ("WHY", "worst reasons with their ages, +n more"),
    ("UP", "how long the host is up"),
    ("CNT", "services seen of those expected"),
    ("DISK ~", "of a container's root: not judged"),
    ("LAT", "how long the last look took"),
    ("AGE", "of the oldest fact that the row rests on"),
    ("GEN", "generation of the tenant's layout"),
    ("48 HOURS", "worst of each hour, the present one last"),
)
FILTERS = (
    ("harbor law", "names that hold both words"),
    ("status:red,yellow", "or green grey stale problem"),
    ("why:disk", "a reason speaks of it"),
    ("type:cx53 loc:fsn1", "type and place begin so"),
    ("image:9f2c", "a service runs this image"),
    ("label:ring=early", "a label, or label:ring"),
    ("!status:green -test", "! or - means not"),
)
EVENT_FILTERS = (
    ("harbor disk", "events that hold both words"),
    ("status:down", "changes to this pill"),
    ("why:disk name:acme", "a reason, a tenant"),
    ("from:2d to:36h", "or 30m 1w: so long ago"),
    ("from:2026-11-20", "a day, 2026-11-20T14:30"),
    ("!status:green -test", "! or - means not"),
)
RUN_FILTERS = (
    ("harbor restart", "runs that hold both words"),
    ("outcome:unknown", "or done failed cancelled running"),
    ("risk:disruptive", "or safe destructive"),
    ("op:restart name:acme", "an operation, a tenant"),
    ("who:ada", "done by"),
    ("from:2d to:36h", "or 30m 1w: so long ago"),
    ("!outcome:done -test", "! or - means not"),
)
_KEYS = 10
_PILL = 12
_FILTER = 21
_COLUMN = 55


class HelpScreen(ModalScreen[None]):
    """Over the screen it explains; any of its own keys closes it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", show=False, id="back"),
        Binding("question_mark", "close", "close", show=False, id="help"),
    ]

    def __init__(self, alfred: AlfredApp, about: Screen[Any]) -> None:
        super().__init__(name="help")
        self.alfred = alfred
        self.about = about
        self.sheet = Sheet(id="keys")
        self._keys = key_lines(about, ascii_only=alfred.ascii_only)

    def compose(self) -> ComposeResult:
        """A box with a sheet in it."""
        with Vertical(id="help-box") as box:
            box.border_title = f"Keys {self.alfred.glyphs.dot} {self.about.name or ''}"
            box.border_subtitle = "esc closes"
            yield self.sheet

    def on_mount(self) -> None:
        """The sheet has the keys."""
        self.sheet.focus()

    @on(Sheet.Written)
    def write(self) -> None:
        """Write it: beside each other where there is room, else one after the other."""
        left = self._key_rows(moves=False)
        right = [*self._pill_rows(), *self._key_rows(moves=True)]
        if self.about.name == "fleet":
            fields = f"fields: {' '.join(FIELDS)}"
            right = [*self._filter_rows(FILTERS, fields), *self._column_rows(), *right]
        elif self.about.name == "events":
            right = [*self._filter_rows(EVENT_FILTERS), *right]
        elif self.about.name == "journal":
            right = [*self._filter_rows(RUN_FILTERS), *right]
        if self.sheet.size.width < 2 * _COLUMN:
            self.sheet.write([*left, *right])
            return
        rows = []
        for one, other in zip_longest(left, right, fillvalue=Row(())):
            used = sum(cells.width(text) for text, _ in one.line)
            rows.append(Row([*one.line, (" " * max(0, _COLUMN - used), "text"), *other.line]))
        self.sheet.write(rows)

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss()

    def _key_rows(self, *, moves: bool) -> list[Row]:
        groups: dict[str, list[KeyLine]] = {}
        for line in self._keys:
            if (line.group == MOVE.description) is not moves:
                continue
            groups.setdefault(line.group, []).append(line)
        rows: list[Row] = []
        for group, lines in groups.items():
            rows.append(Row([(f" {group}", "accent")]))
            for line in lines:
                keys = cells.left(cells.cut_end(" ".join(line.keys), _KEYS - 1, ""), _KEYS)
                rows.append(Row([("   ", "text"), (keys, "key"), (line.help, "text")]))
            rows.append(Row(()))
        return rows

    def _filter_rows(self, filters: tuple[tuple[str, str], ...], fields: str = "") -> list[Row]:
        rows = [Row([(" Filter", "accent")])]
        for text, means in filters:
            rows.append(Row([("   ", "text"), (cells.left(text, _FILTER), "key"), (means, "text")]))
        for text in textwrap.wrap(fields, _COLUMN - 6):
            rows.append(Row([(f"   {text}", "muted")]))
        return [*rows, Row(())]

    def _column_rows(self) -> list[Row]:
        rows = [Row([(" Columns", "accent")])]
        for title, means in COLUMNS:
            lead = cells.left(title, _PILL)
            rows.append(Row([("   ", "text"), (lead, "key"), (means, "text")]))
        return [*rows, Row(())]

    def _pill_rows(self) -> list[Row]:
        glyphs = self.alfred.glyphs
        rows = [Row([(" Pills", "accent")])]
        for pill, means in PILLS.items():
            text = cells.left(glyphs.pill(pill), _PILL)
            rows.append(Row([("   ", "text"), (text, pill.value), (means, "text")]))
        return [*rows, Row(())]
