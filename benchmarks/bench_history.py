"""A year of the past of 1,000 tenants: what it weighs, and whether it slows anything.

    python benchmarks/bench_history.py [--quick]

Goals: opening a store with a year of history costs no more than with none (1.2 with the noise); a
tenant's two days and its month are read within 150 ms, and the screens that show the past open
within that, from the wish to their words; writing a minute's samples costs less than 5 % of what
the looks of that minute cost (six looks at containers a tenant, decoded and judged).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness import Candidate, goal, interleave, machine, table
from tenants import healthy_containers

from alfred_tui.config import Paths
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.history import DAY, HOUR, NUMBER, Event, Sample
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.store.store import Store
from alfred_tui.tenant.wire import decode

_KEEP = HistorySettings()
NOW = int(datetime(2026, 6, 1, 12, 30, tzinfo=UTC).timestamp())


def names(count: int) -> list[str]:
    return [f"tenant-{number:04d}" for number in range(count)]


def tenants(count: int) -> list[Tenant]:
    return [
        Tenant(name=name, api_url="https://127.0.0.1:9", api_key=Secret("k"))
        for name in names(count)
    ]


def minute(whose: Sequence[str], at: int) -> list[Sample]:
    return [Sample(name, at, 60, Pill.OK, 0.09, 40.0, 50.0, 20, 20) for name in whose]


def year(store: Store, whose: Sequence[str], days: int, now: int = NOW) -> None:
    """Two days of samples written and packed as ever; hours and days before them put in place."""
    history = store.history
    for at in range(now - 2 * DAY, now, 60):
        history.write(minute(whose, at))
    while history.roll(now, _KEEP):
        pass
    with history._writing() as connection:
        numbers = [n for (n,) in connection.exec_driver_sql("SELECT id FROM series")]
        figures = (3600, 3600, 0, 0, NUMBER[Pill.OK], 90, 140, 400, 500, 510)
        for table_, length, back in (("hour", HOUR, 90 * DAY), ("day", DAY, days * DAY)):
            begin, end = (now - back) // length * length, (now - 2 * DAY) // length * length
            for number in numbers:
                connection.exec_driver_sql(
                    f"INSERT OR IGNORE INTO {table_} VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                    [(number, at, *figures) for at in range(begin, end, length)],
                )
    start = datetime.fromtimestamp(now, UTC)
    happened = [
        Event(start - timedelta(hours=n), name, before=Pill.OK, after=Pill.DEGRADED)
        for name in whose
        for n in range(0, days * 24, 24 * 7)
    ]
    history.write([], happened)


def opened(home: Path) -> None:
    store = Store.open(Paths(home))
    store.tenants()
    store.history.strips(NOW)
    store.close()


def looks(count: int) -> None:
    """What a minute of looks costs besides the network: six of each tenant, decoded and judged."""
    body = healthy_containers()
    state = FleetState(Limits(), now=lambda: datetime.now(UTC))
    for tenant in tenants(count):
        state.add(tenant)
    for turn in range(6):
        at = datetime.fromtimestamp(NOW + 10 * turn, UTC)
        for name in names(count):
            answer, _ = decode(Look.CONTAINERS, body)
            state.apply(Observation(name, Look.CONTAINERS, at, 0.1, Door.API, answer))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 tenants and 90 days")
    chosen = parser.parse_args()
    count, days = (100, 90) if chosen.quick else (1000, 365)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        full, bare = Path(folder) / "full", Path(folder) / "bare"
        for home in (full, bare):
            store = Store.open(Paths(home))
            store.put_tenants(tenants(count))
            store.close()
        store = Store.open(Paths(full))
        year(store, names(count), days)
        store.close()
        size = sum(path.stat().st_size for path in full.iterdir()) / 1e6
        print(
            f"\n{count} tenants, {days} days: {size:.0f} MB, {size / count * 1000:.0f} KB a tenant"
        )
        return 0 if measure(full, bare, count) else 1


def measure(full: Path, bare: Path, count: int) -> bool:
    results = interleave(
        [Candidate("no past", lambda: opened(bare)), Candidate("a year", lambda: opened(full))], 7
    )
    table("open, tenants, 48-hour strips of all", results, "no past", 1000, "ms")
    store = Store.open(Paths(full))
    shares = results["a year"].middle - results["no past"].middle
    met = goal("a year costs more at a start by, ms a tenant", shares * 1000 / count, 0.2)

    def page() -> None:
        store.history.samples("tenant-0007", NOW - 2 * DAY, NOW)
        store.history.stretches("tenant-0007", NOW - 30 * DAY, NOW)
        store.history.availability("tenant-0007", NOW - 30 * DAY, NOW)
        store.history.events("tenant-0007")

    began = time.perf_counter()
    for _ in range(20):
        page()
    met &= goal("a tenant's past is read in, ms", (time.perf_counter() - began) * 50, 150.0)
    moments = iter(range(NOW + 60, NOW + 60 * 1000, 60))
    results = interleave(
        [
            Candidate("looks of a minute", lambda: looks(count)),
            Candidate(
                "its samples", lambda: store.history.write(minute(names(count), next(moments)))
            ),
        ],
        5,
    )
    table("a minute", results, "looks of a minute", 1000, "ms")
    ratio = results["its samples"].middle / results["looks of a minute"].middle
    met &= goal("samples / looks", ratio, 0.05)
    store.close()
    for name, took in asyncio.run(screens(full)).items():
        met &= goal(f"{name}, ms", took * 1000, 150.0)
    return met


async def screens(home: Path) -> dict[str, float]:
    """Seconds from the wish to the first words of the past, the first time and later (median)."""
    from alfred_tui import heap
    from alfred_tui.app import AlfredApp
    from alfred_tui.config import load_settings
    from alfred_tui.engine import Engine
    from alfred_tui.widgets.sheet import Sheet
    from tests.ui.hands import opened as settled
    from tests.ui.hands import shown

    moment = datetime.fromtimestamp(NOW, UTC)
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(home)}), now=lambda: moment)
    await engine.start(poll=False)
    app = AlfredApp(engine, begin=False)
    await app.fetch_screens()
    heap.settle()
    found: dict[str, float] = {}

    def written(words: str) -> bool:
        """Whether the lines of the screen in front hold the words; cheaper than to read it."""
        sheets = app.screen.query(Sheet)
        return any(words in part for s in sheets for row in s.rows for part, _ in row.line)

    async def timed(wish: Callable[[], object], name: str, words: str) -> float:
        def there() -> bool:
            return app.screen.name == name and written(words) and words in shown(app)

        began = time.perf_counter()
        wish()
        async with asyncio.timeout(30):
            while not there():  # noqa: ASYNC110 - no event says that it is painted
                await asyncio.sleep(0.002)
        took = time.perf_counter() - began
        await pilot.press("escape")
        await settled(pilot, app, "fleet")
        return took

    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot, app, "fleet")
        for wish, screen, words, said in (
            (app.home.action_events, "events", "DEGRADED", "events of a year open"),
            (app.home.action_open, "tenant", "7 days", "a tenant's page with its past opens"),
        ):
            found[f"{said}, the first time"] = await timed(wish, screen, words)
            again = [await timed(wish, screen, words) for _ in range(7)]
            found[f"{said}, later"] = statistics.median(again)
    await engine.stop()
    return found


if __name__ == "__main__":
    raise SystemExit(main())
