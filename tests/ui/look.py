"""Draw a state of the app to an SVG file: ``python -m tests.ui.look STATE SIZE THEME OUT``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.ui import states, states_across, states_ops, states_pages


async def main(state: str, size: str, theme: str, out: str) -> None:
    width, height = (int(part) for part in size.split("x"))
    made = (states.STATES | states_ops.STATES | states_pages.STATES | states_across.STATES)[state]
    app = made.app(theme)
    async with app.run_test(size=(width, height)) as pilot:
        await made.arrange(app, pilot)
        await pilot.pause()
        svg = app.export_screenshot(title="Alfred fleet")
    await asyncio.to_thread(Path(out).write_text, svg, "utf-8")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
