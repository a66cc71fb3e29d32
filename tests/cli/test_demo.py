"""``--demo [DAY] --speed X``: what is understood, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from alfred_tui.cli import main
from alfred_tui.model.demo_day import DemoDay


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("", None),
        ("--theme light", None),
        ("--demo", DemoDay()),
        ("--demo calm-week", DemoDay("calm-week")),
        ("--demo --speed 60", DemoDay("demo", 60.0)),
        ("--demo=image-regression --speed 2.5", DemoDay("image-regression", 2.5)),
        ("--speed 1 --demo composio-outage --ascii", DemoDay("composio-outage")),
    ],
)
def test_which_day_is_meant(
    line: str, day: DemoDay | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[DemoDay | None] = []
    monkeypatch.setenv("ALFRED_TUI_HOME", str(tmp_path))
    monkeypatch.setattr("alfred_tui.logs.begin", lambda *_: None)

    def dashboard(_: object, *, demo: DemoDay | None) -> int:
        asked.append(demo)
        return 7

    monkeypatch.setattr("alfred_tui.cli.dashboard.dashboard", dashboard)
    assert main._run(line.split()) == 7
    assert asked == [day]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--demo nosuch", "image-regression"),
        ("--demo list", "calm-week"),
        ("--speed 60", "--speed is only for the demo"),
        ("--demo demo --speed 60 list", "--speed is only for the demo"),
        ("--demo --speed 0", "a number from 1 to 240 is needed"),
        ("--demo --speed 1e9", "a number from 1 to 240 is needed"),
        ("--demo --speed nan", "a number from 1 to 240 is needed"),
        ("--demo --speed -5", "a number from 1 to 240 is needed"),
        ("--demo --speed fast", "a number from 1 to 240 is needed"),
        ("--demo --speed", "expected one argument"),
    ],
)
def test_anything_else_is_a_usage_error(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main._run(line.split())
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert "usage: alfred-tui" in shown
    assert said in shown.splitlines()[-1]
