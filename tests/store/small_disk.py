"""A file system of a few megabytes for a child: it fills up as a disk does, and goes with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_IN = 'mount -t tmpfs -o size="$1",mode=700 tmpfs "$2" && shift 2 && exec "$@"'
"""In a mount namespace of its own: nothing has to be unmounted, whatever becomes of the child."""


def _command(place: Path, size: str, *words: str) -> list[str]:
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *root, "--mount", "sh", "-c", _IN, "sh", size, str(place), *words]


def needs_mount(place: Path) -> None:
    """Skip, or fail where every part is required, if nobody may mount here."""
    try:
        done = subprocess.run(
            _command(place, "1m", "true"), capture_output=True, text=True, timeout=30, check=False
        )
        said = done.stderr.strip() if done.returncode else ""
    except OSError as trouble:
        said = str(trouble)
    if said:
        text = f"a small disk cannot be mounted here ({said}): a full disk was NOT tried"
        if os.environ.get("ALFRED_TUI_REQUIRE_PARTS"):
            pytest.fail(text)
        pytest.skip(text)


def run_on_small_disk(
    place: Path, size: str, code: str, *words: str, timeout: float = 100
) -> subprocess.CompletedProcess[str]:
    """Python ``code`` with ``place`` being a disk of ``size`` (``3m``)."""
    needs_mount(place)
    return subprocess.run(
        _command(place, size, sys.executable, "-c", code, str(place), *words),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
