"""The real screens over an invented fleet that changes: ``python -m tests.ui.play``.

For the hand and for the benchmark of key to paint: the first line ends in ``@NAME`` of the tenant
under the cursor, so that a harness on a pseudo-terminal sees when a key was painted.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from datetime import UTC, datetime, timedelta

import msgspec

from alfred_tui.app import AlfredApp
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from tests.ui.fake_engine import FakeEngine, reason, troubled

BEAT = 0.05


class ChangingEngine(FakeEngine):
    """Changes ``rate`` rows a second: latency, age, memory, now and then a pill."""

    def __init__(self, rows: int, rate: float, seed: int) -> None:
        super().__init__(troubled(rows))
        self._names = list(self.rows)
        self._random = random.Random(seed)
        self._rate = rate
        self._task: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._change_for_ever())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _change_for_ever(self) -> None:
        owed = 0.0
        while True:
            await asyncio.sleep(BEAT)
            owed += self._rate * BEAT
            for _ in range(int(owed)):
                name = self._random.choice(self._names)
                self.rows[name] = self._changed_view(self.rows[name])
                self._changed.add(name)
            owed -= int(owed)

    def _changed_view(self, view: TenantView) -> TenantView:
        chance = self._random
        pill, reasons = view.pill, view.reasons
        if chance.random() < 0.002:
            pill, reasons = Pill.OK, ()
        elif chance.random() < 0.001:
            pill = chance.choice((Pill.DEGRADED, Pill.DOWN))
            since = self.now() - timedelta(seconds=chance.random() * 900)
            why = msgspec.structs.replace(
                reason("disk-high", pill, "disk 93 % > 90 %"), since=since
            )
            reasons = (why,)
        return msgspec.structs.replace(
            view,
            pill=pill,
            reasons=reasons,
            latency=chance.uniform(0.04, 0.4),
            memory=chance.uniform(30, 90),
            oldest=self.now(),
        )


class PlayApp(AlfredApp):
    """The app with the marker."""

    def headline(self, cursor: str | None) -> str:
        return f"Alfred fleet @{cursor}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ui.play")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--changes-per-second", type=float, default=1000.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--theme", default="dark")
    given = parser.parse_args()
    engine = ChangingEngine(given.rows, given.changes_per_second, given.seed)
    app = PlayApp(engine, theme=given.theme)
    app.run()
    return app.return_code or 0


if __name__ == "__main__":
    raise SystemExit(main())
