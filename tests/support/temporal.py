"""A real Temporal dev server on loopback, with its own command: one for a test or many."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.ports import free_port

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
_PARTS = _CACHE / "alfred-tui-parts" / "bin"
COMMAND = shutil.which("temporal", path=f"{os.environ.get('PATH', '')}:{_PARTS}")
PATIENCE = 60.0


def needs_temporal() -> None:
    """Skip, or fail where every part is required, if there is no server to try it against."""
    if COMMAND is not None:
        return
    text = "no temporal command here: the Temporal door was NOT tried against a real server"
    if os.environ.get("ALFRED_TUI_REQUIRE_PARTS"):
        pytest.fail(text)
    pytest.skip(text)


class Temporal(NamedTuple):
    """Where it listens, and its command with that address."""

    address: str
    words: tuple[str, ...]

    def said(self, *words: str) -> str:
        """What its command prints."""
        done = subprocess.run(
            [*self.words, *words], check=True, capture_output=True, text=True, timeout=PATIENCE
        )
        return done.stdout


@contextmanager
def temporal_server(folder: Path) -> Iterator[Temporal]:
    """It answers, and is gone afterwards."""
    needs_temporal()
    assert COMMAND is not None
    port = free_port()
    child = subprocess.Popen(
        [
            *(COMMAND, "server", "start-dev", "--headless", "--ip", "127.0.0.1"),
            *("--port", str(port), "--http-port", str(free_port())),
            *("--metrics-port", str(free_port())),
            *("--db-filename", str(folder / "temporal.db"), "--log-level", "error"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"127.0.0.1:{port}"
    server = Temporal(address, (COMMAND, "--address", address))
    try:
        _wait(server, child)
        yield server
    finally:
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait(server: Temporal, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    words = [*server.words, "operator", "namespace", "describe", "default"]
    while subprocess.run(words, capture_output=True, check=False).returncode:
        assert child.poll() is None, "the Temporal server ended"
        assert time.monotonic() < end, "the Temporal server does not answer"
