"""The first paint loads what it draws with, and nothing that talks to anybody."""

from __future__ import annotations

import subprocess
import sys

SHUNNED = ("httpx", "httpcore", "sqlmodel", "sqlalchemy", "alembic", "asyncssh", "hcloud", "temporalio",
           "textual.widgets._data_table", "textual.widgets._markdown",
           "alfred_tui.screens.tenant", "alfred_tui.screens.help", "alfred_tui.screens.diagnostics",
           "alfred_tui.screens.palette")  # fmt: skip
PROGRAM = """
import asyncio, sys
from alfred_tui.app import AlfredApp
from tests.ui.fake_engine import FakeEngine, troubled
app = AlfredApp(FakeEngine(troubled()), begin=False)
async def paint():
    async with app.run_test(size=(120, 40)):
        pass
asyncio.run(paint())
print(*sorted(sys.modules), sep="\\n")
"""


def test_first_paint_imports() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.split())
    assert "alfred_tui.screens.fleet" in loaded
    assert [name for name in SHUNNED if name in loaded] == []
    tops = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    ours = {"alfred_tui", "tests"}
    third = {top for top in tops if not top.startswith("_")} - ours
    allowed = {
        "markdown_it", "mdurl", "msgspec", "platformdirs", "pygments", "rich", "textual",
        "typing_extensions",
    }  # fmt: skip
    assert third - allowed == set()
