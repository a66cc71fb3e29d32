"""The lists that there are, by the name that opens them."""

from __future__ import annotations

from alfred_tui.screens.across.found import AcrossList
from alfred_tui.screens.across.images import Images
from alfred_tui.screens.across.paused import PausedSchedules
from alfred_tui.screens.across.stuck import StuckWorkflows

LISTS: dict[str, type[AcrossList]] = {
    each.ID: each for each in (PausedSchedules, StuckWorkflows, Images)
}
