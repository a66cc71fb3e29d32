"""How every state of the screens looks, to the cell. After a wanted change: look at the report,
then ``pytest tests/ui/test_snapshots.py --snapshot-update``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui import states, states_across, states_ops, states_pages

STATES = states.STATES | states_ops.STATES | states_pages.STATES | states_across.STATES

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)
MATRIX = [
    *[("trouble", size, theme) for size in (SMALL, MIDDLE, LARGE) for theme in ("dark", "light")],
    ("well", MIDDLE, "dark"),
    ("demo", SMALL, "dark"),
    ("demo", MIDDLE, "light"),
    ("empty", SMALL, "dark"),
    ("empty", MIDDLE, "light"),
    ("loading", MIDDLE, "dark"),
    ("kept", MIDDLE, "dark"),
    ("kept", SMALL, "light"),
    ("offline", SMALL, "light"),
    ("offline", MIDDLE, "dark"),
    ("paused", SMALL, "dark"),
    ("nomatch", SMALL, "dark"),
    ("nomatch", MIDDLE, "light"),
    ("failed-unread", SMALL, "dark"),
    ("typing", MIDDLE, "dark"),
    ("odd-filter", SMALL, "dark"),
    ("problems", MIDDLE, "light"),
    ("no-problems", MIDDLE, "dark"),
    ("many", (160, 40), "dark"),
    ("tenant", SMALL, "light"),
    ("tenant", MIDDLE, "dark"),
    ("tenant", LARGE, "light"),
    *[("tenant-counting", size, "dark") for size in (SMALL, LARGE)],
    ("tenant-healing", SMALL, "light"),
    ("tenant-healing", LARGE, "dark"),
    *[
        (page, size, theme)
        for page in ("containers", "workflows", "schedules", "host")
        for size, theme in ((SMALL, "light"), (MIDDLE, "dark"), (LARGE, "dark"))
    ],
    ("containers-empty", SMALL, "dark"),
    ("workflows-empty", MIDDLE, "light"),
    ("workflows-loading", SMALL, "dark"),
    ("workflows-unsupported", SMALL, "dark"),
    ("schedules-by-ssh", MIDDLE, "light"),
    ("schedules-filter", SMALL, "dark"),
    ("schedules-forbidden", MIDDLE, "dark"),
    ("schedules-actions", MIDDLE, "dark"),
    ("schedules-telling", SMALL, "dark"),
    ("host-failed", SMALL, "dark"),
    *[
        (f"{page}-{state}", SMALL, "dark")
        for page, states_of in (
            ("overview", ("empty", "loading", "forbidden", "unsupported", "failed", "read-only")),
            ("containers", ("forbidden", "unsupported", "failed", "read-only")),
            ("containers", ("starting", "not-started")),
            ("workflows", ("forbidden", "failed", "read-only")),
            ("schedules", ("empty", "loading", "looking", "failed", "read-only", "gone")),
            ("host", ("empty", "partly", "forbidden", "key-changed", "unsupported", "read-only")),
            ("host", ("no-match",)),
        )
        for state in states_of
    ],
    *[
        (state, MIDDLE, "light")
        for state in (
            "overview-unsupported",
            "overview-failed",
            "containers-unsupported",
            "schedules-loading",
        )
    ],
    ("containers-loading", SMALL, "light"),
    ("containers-forbidden", LARGE, "light"),
    ("schedules-unsupported", LARGE, "light"),
    ("host-loading", SMALL, "dark"),
    ("host-forbidden", SMALL, "light"),
    ("host-key-changed", LARGE, "dark"),
    *[
        (page, size, theme)
        for page in ("across-paused", "across-stuck", "across-images")
        for size, theme in ((SMALL, "light"), (MIDDLE, "dark"), (LARGE, "light"))
    ],
    *[
        (f"across-{what}-{state}", size, theme)
        for what in ("paused", "stuck", "images")
        for state in ("forbidden", "partly", "read-only")
        for size, theme in ((SMALL, "dark"), (MIDDLE, "light"))
    ],
    ("across-stuck-none", SMALL, "dark"),
    *[
        (f"across-images-{state}", size, theme)
        for state in ("none", "unseen")
        for size, theme in ((SMALL, "dark"), (MIDDLE, "light"))
    ],
    ("across-starting", SMALL, "dark"),
    ("across-not-started", SMALL, "dark"),
    ("across-images-ascii", SMALL, "dark"),
    ("across-stuck-none-partly", SMALL, "light"),
    ("jobs-not-started", SMALL, "light"),
    ("overview-not-started", SMALL, "dark"),
    ("jobs-many", SMALL, "dark"),
    ("jobs-many", MIDDLE, "light"),
    ("across-paused-marked", SMALL, "dark"),
    ("across-paused-actions", MIDDLE, "light"),
    ("across-paused-many", SMALL, "dark"),
    ("across-paused-many", MIDDLE, "light"),
    ("across-paused-none", SMALL, "dark"),
    ("across-unseen", MIDDLE, "dark"),
    ("across-stuck-old", SMALL, "dark"),
    ("across-stuck-filter", SMALL, "light"),
    ("help", SMALL, "dark"),
    ("help", MIDDLE, "light"),
    ("diagnostics", SMALL, "dark"),
    ("diagnostics", MIDDLE, "light"),
    ("palette-typed", SMALL, "dark"),
    ("palette", MIDDLE, "light"),
    ("tenant-filter", MIDDLE, "dark"),
    *[("tenant-past", size, "dark") for size in (SMALL, MIDDLE, LARGE)],
    ("tenant-past", MIDDLE, "light"),
    ("tenant-days", SMALL, "light"),
    ("tenant-days", MIDDLE, "dark"),
    ("tenant-past-failed", SMALL, "dark"),
    ("tenant-past-loading", MIDDLE, "dark"),
    ("tenant-past-ascii", MIDDLE, "dark"),
    ("tenant-past-mono", MIDDLE, "dark"),
    ("untrusted", MIDDLE, "dark"),
    ("failed", SMALL, "dark"),
    ("narrow", (60, 20), "dark"),
    ("wall", SMALL, "dark"),
    ("wall", MIDDLE, "dark"),
    ("wall", MIDDLE, "light"),
    ("wall", MIDDLE, "terminal"),
    ("wall", LARGE, "dark"),
    ("wall-many", SMALL, "light"),
    ("wall-many", LARGE, "dark"),
    ("wall-thousand", SMALL, "dark"),
    ("wall-thousand", LARGE, "light"),
    ("wall-empty", SMALL, "dark"),
    ("wall-nobody", SMALL, "dark"),
    ("wall-loading", SMALL, "dark"),
    ("wall-failed", SMALL, "dark"),
    ("wall-read-only", SMALL, "dark"),
    ("wall-kept", SMALL, "dark"),
    ("wall-mono", MIDDLE, "dark"),
    ("wall-ascii", SMALL, "dark"),
    *[("events", size, theme) for size in (SMALL, MIDDLE, LARGE) for theme in ("dark", "light")],
    ("events-tenant", SMALL, "dark"),
    ("events-tenant", MIDDLE, "light"),
    ("events-read-only", SMALL, "dark"),
    ("events-not-started", SMALL, "dark"),
    ("events-down", MIDDLE, "dark"),
    ("events-typing", SMALL, "dark"),
    ("events-none", SMALL, "light"),
    ("events-no-match", MIDDLE, "dark"),
    ("events-loading", SMALL, "dark"),
    ("events-failed", SMALL, "dark"),
    ("events-failed", MIDDLE, "light"),
    ("events-help", MIDDLE, "light"),
    ("events-mono", MIDDLE, "dark"),
    ("events-ascii", SMALL, "dark"),
    ("ascii", MIDDLE, "dark"),
    ("mono", MIDDLE, "dark"),
    ("ascii", LARGE, "dark"),
    ("mono", LARGE, "dark"),
    ("trouble", (240, 50), "dark"),
    ("trouble", SMALL, "terminal-light"),
    ("trouble", MIDDLE, "terminal"),
    *[("confirm", size, theme) for size in (SMALL, MIDDLE, LARGE) for theme in ("dark", "light")],
    ("confirm-stop", SMALL, "light"),
    ("confirm-safe", SMALL, "dark"),
    ("confirm-safe", MIDDLE, "light"),
    *[("confirm-named", size, "dark") for size in (SMALL, MIDDLE, LARGE)],
    ("confirm-looking", SMALL, "dark"),
    ("confirm-unseen", SMALL, "dark"),
    ("confirm-unseen", MIDDLE, "light"),
    ("confirm-stale", MIDDLE, "dark"),
    ("confirm-read-only", SMALL, "dark"),
    ("confirm-mono", MIDDLE, "dark"),
    ("confirm-ascii", SMALL, "dark"),
    *[("actions", size, "dark") for size in (SMALL, MIDDLE, LARGE)],
    ("actions", MIDDLE, "light"),
    ("actions-stopped", SMALL, "light"),
    ("actions-tenant", SMALL, "dark"),
    ("actions-tenant", MIDDLE, "light"),
    ("actions-read-only", SMALL, "dark"),
    ("working", SMALL, "dark"),
    ("working", MIDDLE, "light"),
    ("read-only", SMALL, "dark"),
    *[("jobs", size, theme) for size in (SMALL, MIDDLE, LARGE) for theme in ("dark", "light")],
    *[("jobs-unfolded", size, "dark") for size in (SMALL, MIDDLE, LARGE)],
    ("jobs-none", SMALL, "dark"),
    ("jobs-read-only", SMALL, "dark"),
    ("jobs-read-only", MIDDLE, "light"),
    ("jobs-unread", SMALL, "dark"),
    ("jobs-mono", MIDDLE, "dark"),
    ("jobs-ascii", SMALL, "dark"),
    ("leaving", SMALL, "dark"),
    ("leaving", MIDDLE, "light"),
    *[("journal", size, theme) for size in (SMALL, MIDDLE, LARGE) for theme in ("dark", "light")],
    *[("journal-unfolded", size, "dark") for size in (SMALL, MIDDLE, LARGE)],
    ("journal-filter", SMALL, "dark"),
    ("journal-tenant", SMALL, "light"),
    ("journal-none", SMALL, "dark"),
    ("journal-loading", SMALL, "dark"),
    ("journal-not-started", SMALL, "dark"),
    ("journal-no-match", SMALL, "dark"),
    ("journal-read-only", SMALL, "dark"),
    ("journal-failed", SMALL, "dark"),
    ("journal-help", MIDDLE, "light"),
    ("journal-mono", MIDDLE, "dark"),
    ("journal-ascii", SMALL, "dark"),
]


def _name(case: tuple[str, tuple[int, int], str]) -> str:
    state, (width, height), theme = case
    return f"{state}-{width}x{height}-{theme}"


@pytest.mark.parametrize("case", MATRIX, ids=_name)
def test_looks(
    case: tuple[str, tuple[int, int], str],
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state, size, theme = case
    made = STATES[state]
    if made.no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    app = made.app(theme)

    async def arrange(pilot: Pilot[Any]) -> None:
        await made.arrange(app, pilot)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=arrange)
