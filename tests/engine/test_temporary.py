"""Temporary folders: gone with their maker, or with the next one where that was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from alfred_tui.engine.temporary import PREFIX, TemporaryFolder, sweep
from tests.support.commands import surroundings

HOLDS = """
import time
from alfred_tui.engine.temporary import TemporaryFolder
folder = TemporaryFolder()
print(folder.path, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_it_is_ours_alone_and_goes_with_all_that_is_in_it() -> None:
    folder = TemporaryFolder()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "inner").mkdir()
    (folder.path / "inner" / "file").write_text("x")
    folder.remove()
    folder.remove()
    assert not folder.path.exists()


def test_of_one_that_was_killed_the_next_takes_it_away(tmp_path: Path) -> None:
    environ = surroundings(tmp_path / "h", TMPDIR=str(tmp_path), PYTHONPATH=str(Path.cwd()))
    words = [sys.executable, "-c", HOLDS]
    with subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        assert left.parent == tmp_path
        sweep()
        assert left.is_dir(), "its maker is alive"
        other.send_signal(signal.SIGKILL)
    assert left.is_dir()
    folder = TemporaryFolder()
    assert not left.exists()
    assert folder.path.is_dir()
    folder.remove()


def test_what_only_looks_like_one_stays(tmp_path: Path) -> None:
    bare, linked = tmp_path / f"{PREFIX}bare", tmp_path / f"{PREFIX}linked"
    bare.mkdir()
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "held").touch()
    linked.symlink_to(theirs)
    (tmp_path / f"{PREFIX}file").touch()
    sweep()
    assert bare.is_dir()
    assert (theirs / "held").is_file()
