"""The demo lives a scripted day, many times as fast as the clock, and keeps its past."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.engine.invented import hurried
from alfred_tui.model.demo_day import DAYS, MOST_SPEED, DemoDay
from alfred_tui.model.verdict import Pill
from alfred_tui.ops.board import Yes
from alfred_tui.sim import days
from tests.engine.test_engine import until


def test_the_days_are_the_simulators() -> None:
    assert sorted(DAYS) == days.names()


def test_what_is_not_as_usual_is_told() -> None:
    assert str(DemoDay()) == ""
    assert str(DemoDay(speed=60)) == "60x"
    assert str(DemoDay("calm-week", 2.5)) == "calm-week 2.5x"


def test_in_a_hurried_world_looks_come_more_often_and_limits_are_the_worlds(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[tenants.acme.limits]\nstale_intervals = 9\n")
    given = load_settings({}, {"ALFRED_TUI_HOME": str(tmp_path)})
    fast = hurried(given, DemoDay("calm-week", 60))
    assert (fast.poll.containers_interval, fast.poll.pulse_interval) == (1.0, 5.0)
    assert fast.poll.answer_timeout == given.poll.answer_timeout
    assert fast.limits.stale_intervals == 180
    assert fast.limits.unhealthy_for == given.limits.unhealthy_for
    assert fast.of("acme").limits == fast.limits, "an operator's own tenant is not the demo's"
    assert fast.behind("acme", "limits.stale_intervals") == (180, "the demo at 60x")
    assert hurried(given, DemoDay("demo", 2)).poll.containers_interval == 5.0


async def test_a_bad_day_passes_in_seconds_and_is_remembered_in_its_own_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("alfred_tui.engine.care.KEEP_EVERY", 0.0)
    home = tmp_path / "home"
    settings = load_settings({}, {"ALFRED_TUI_HOME": str(home)})
    engine = Engine(settings, demo=DemoDay("image-regression", MOST_SPEED))
    await engine.start()
    try:
        assert engine._invented is not None
        assert engine._invented.paths is not None
        folder = engine._invented.paths.home
        assert folder.parent == tmp_path
        begin = engine.now()
        status = engine.status()
        assert (status.demo, status.stand_in) == (True, False)
        assert status.day == "image-regression 240x"
        await until(lambda: engine.status().counts.ok == 24, "all well at first")
        name = next(iter(engine.views()))
        plan = await engine.board.plan("container.restart", name, {"service": "ollama"})
        assert not plan.stale(engine.now() + timedelta(seconds=30 * MOST_SPEED))
        assert plan.stale(engine.now() + timedelta(seconds=90 * MOST_SPEED))
        await (await engine.board.start(plan, Yes.KEY)).done()
        (run,) = await engine.journal.runs()
        assert begin <= run.at <= engine.now()
        await engine.quiet.mute([name], "", engine.now() + timedelta(hours=9), "the demo's own")
        await until(lambda: engine.status().counts.down >= 10, "half of the fleet")
        assert engine.status().counts.stale == 0
        assert engine.now() - begin > timedelta(minutes=30), "the bad release"
        assert engine.now() - datetime.now(UTC) > timedelta(minutes=25)
        struck = next(v.name for v in engine.views().values() if v.pill is Pill.DOWN)
        await until(lambda: engine.hours_of(struck)[-1] is Pill.DOWN, "the strip")
        event = (await engine.past.events(struck, limit=1))[0]
        assert event.after is Pill.DOWN
        assert "service-restarting" in [reason.rule for reason in event.reasons_after]
        assert timedelta(minutes=29) < event.at - begin < timedelta(minutes=60)
        had = await engine.past.availability(struck, begin - timedelta(hours=1), engine.now())
        assert had is not None
        assert had.ok > 600
        kept = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {kept["alfred.db"], kept["last-state.bin"]} == {0o600}
        assert "inventory.json" not in kept
        assert engine.status().trouble == ()
    finally:
        await engine.stop()
    assert not folder.exists()
    assert not home.exists(), "nothing is written where the operator's own fleet is kept"
