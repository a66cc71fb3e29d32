"""The first paint of 1,000 known tenants imports nothing that it does not need."""

from __future__ import annotations

import json
import subprocess
import sys

PAINT = """
import json, sys
from tests.ui.fake_engine import FakeEngine, troubled
engine = FakeEngine(troubled(1000))
before = set(sys.modules)
from alfred_tui.app import AlfredApp

class Painted(AlfredApp):
    def start_engine(self):
        self.exit()

import alfred_tui.config, alfred_tui.engine, alfred_tui.store.snapshot
Painted(engine).run(headless=True)
print(json.dumps(sorted(sys.modules)), file=sys.__stdout__)
"""

OTHERS = {
    "textual", "rich", "platformdirs", "typing_extensions", "msgspec", "markdown_it", "pygments",
}  # fmt: skip
"""Top-level packages from outside the standard library."""

OURS = {
    "alfred_tui",
    "alfred_tui.app",
    "alfred_tui.config",
    "alfred_tui.ending",
    "alfred_tui.engine",
    "alfred_tui.engine.engine",
    "alfred_tui.engine.heart",
    "alfred_tui.engine.process",
    "alfred_tui.engine.shown",
    "alfred_tui.engine.threads",
    "alfred_tui.model",
    "alfred_tui.model.bounds",
    "alfred_tui.model.damping",
    "alfred_tui.model.sections",
    "alfred_tui.model.facts",
    "alfred_tui.model.filter",
    "alfred_tui.model.keeping",
    "alfred_tui.model.kept",
    "alfred_tui.model.keymap",
    "alfred_tui.model.limits",
    "alfred_tui.model.look",
    "alfred_tui.model.observation",
    "alfred_tui.model.poll",
    "alfred_tui.model.text",
    "alfred_tui.model.units",
    "alfred_tui.model.verdict",
    "alfred_tui.model.view",
    "alfred_tui.heap",
    "alfred_tui.resources",
    "alfred_tui.screens",
    "alfred_tui.screens.fleet",
    "alfred_tui.screens.job_watch",
    "alfred_tui.screens.keys",
    "alfred_tui.screens.opening",
    "alfred_tui.screens.place",
    "alfred_tui.screens.ports",
    "alfred_tui.screens.themes",
    "alfred_tui.view_state",
    "alfred_tui.store",
    "alfred_tui.store.snapshot",
    "alfred_tui.widgets",
    "alfred_tui.widgets.bar",
    "alfred_tui.widgets.board",
    "alfred_tui.widgets.cells",
    "alfred_tui.widgets.columns",
    "alfred_tui.widgets.empty",
    "alfred_tui.widgets.filter_input",
    "alfred_tui.widgets.filter_line",
    "alfred_tui.widgets.filter_screen",
    "alfred_tui.widgets.fleet_grid",
    "alfred_tui.widgets.glyphs",
    "alfred_tui.widgets.headline",
    "alfred_tui.widgets.hours",
    "alfred_tui.widgets.inks",
    "alfred_tui.widgets.roster",
    "alfred_tui.widgets.selection",
}
HEAVY_WIDGETS = {
    "textual.widgets._data_table", "textual.widgets._markdown", "textual.widgets._text_area",
    "textual.widgets._footer", "textual.widgets._header", "textual.widgets._rich_log",
}  # fmt: skip


def test_the_first_paint_imports_only_what_is_listed() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PAINT], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    modules = set(json.loads(ended.stdout.splitlines()[-1]))
    foreign = {
        name.partition(".")[0]
        for name in modules
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith(("alfred_tui", "tests", "_", "sitecustomize"))
    }
    assert foreign <= OTHERS, sorted(foreign - OTHERS)
    ours = {name for name in modules if name.partition(".")[0] == "alfred_tui"}
    assert ours <= OURS, sorted(ours - OURS)
    assert not modules & HEAVY_WIDGETS
    assert "sqlite3" not in modules
