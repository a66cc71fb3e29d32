"""Pages that are looked at in a browser: opened where there is one, copied everywhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from alfred_tui.model.text import clean

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

PORT = 8233
"""Temporal's own pages, on the tenant's tailnet name (runbook.md 3.3)."""


def temporal_ui(alfred: AlfredApp, host: str) -> None:
    """Copy the address, and open it where a browser with windows can be had."""
    if not host:
        alfred.say("this tenant has no name to open")
        return
    url = f"https://{clean(host, 200)}:{PORT}"
    alfred.copy(url, f"copied {url}")
    if has_windows(os.environ, sys.platform):
        alfred.open_url(url)


def has_windows(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser would have a screen of its own, and not take this terminal."""
    if "SSH_CONNECTION" in environment:
        return False
    return platform == "darwin" or any(environment.get(w) for w in ("DISPLAY", "WAYLAND_DISPLAY"))
