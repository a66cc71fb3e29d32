"""The screens' tests do not depend on what the terminal of whoever runs them says of itself."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _a_plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _shorter_looks_for_idleness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilot waits for an idle process in steps of 20 ms, twice a key; 6 will do.

    It still waits until every message is handled and the process is idle, only less long for it.
    """
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.006)
