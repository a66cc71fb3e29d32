"""The wheel, built from this tree, works in a folder where there is nothing of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.simulator import fleet_port

pytestmark = pytest.mark.wheel
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``alfred-tui`` of an environment that has our dependencies, and of us only the wheel."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    onto = ("--python", str(folder / "bin" / "python"), "install", "-q", "--no-deps", "--no-index")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", *onto]
    subprocess.run([*pip, str(wheel)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    # a plain line: the editable install's own .pth in there is not followed
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "alfred-tui"


def surroundings(where: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ALFRED_", "PYTHON"))}
    return {**kept, "ALFRED_TUI_HOME": str(where / "home")}


def run(program: Path, where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *arguments],
        cwd=where,
        env=surroundings(where),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_the_wheel_carries_assets_and_nothing_that_is_not_ours(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "alfred_tui/assets/styles.tcss" in names
    assert "alfred_tui/py.typed" in names
    outside = [n for n in names if not n.startswith(("alfred_tui/", "alfred_tui-"))]
    assert outside == []


def test_a_picture_of_a_fleet_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    listed = tmp_path / "fleet.json"
    # a scripted day too: its file must be in the wheel
    listening = ("--port", str(fleet_port()), "--inventory", str(listed), "--scenario", "calm-week")
    fleet = subprocess.Popen(
        [str(installed), "sim", "--tenants", "3", "--seed", "3", *listening],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert fleet.stdout is not None
        assert fleet.stdout.readline()
        told = run(installed, tmp_path, "import", str(listed))
        assert told.returncode == 0, told.stderr
        told = run(installed, tmp_path, "shot", "fleet", "-o", "fleet.svg", "--size", "100x30")
        assert told.returncode == 0, told.stderr
    finally:
        fleet.terminate()
        fleet.wait(20)
    picture = (tmp_path / "fleet.svg").read_text()
    names = [tenant["name"] for tenant in json.loads(listed.read_text())["tenants"]]
    assert len(names) == 3
    for name in names:
        assert name in picture
    python, ours = installed.with_name("python"), "import alfred_tui; print(alfred_tui.__file__)"
    assert str(installed.parent.parent) in run(python, tmp_path, "-c", ours).stdout


def test_without_tenants_the_picture_says_how_to_have_some(installed: Path, tmp_path: Path) -> None:
    told = run(installed, tmp_path, "shot", "fleet", "-o", "empty.svg")
    assert told.returncode == 0, told.stderr
    assert "import" in (tmp_path / "empty.svg").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"empty.svg", "home"}
