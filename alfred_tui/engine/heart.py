"""The program looking at itself: how late its event loop is, what its looks cost, its memory."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.model.observation import Observation
from alfred_tui.model.view import Diagnostics

if TYPE_CHECKING:
    from alfred_tui.fleet.poller import Poller
    from alfred_tui.tenant.door import ApiDoor

LAG_BEAT = 0.02


class Heart:
    """Measures while ``beat`` runs; ``errors`` are the newest failed looks."""

    def __init__(self) -> None:
        self.began = 0.0
        self._lags: deque[float] = deque(maxlen=1500)
        self._errors: deque[tuple[datetime, str, str]] = deque(maxlen=50)

    async def beat(self) -> None:
        """Measure how late the event loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_BEAT
            await asyncio.sleep(LAG_BEAT)
            self._lags.append(max(0.0, loop.time() - due))

    def note(self, seen: Observation) -> None:
        """Remember a look that failed."""
        if seen.failure is not None:
            text = f"{seen.failure.kind.value}: {seen.failure.text}"
            self._errors.append((seen.at, f"{seen.tenant} {seen.look.value}", text))

    def diagnostics(self, poller: Poller | None, door: ApiDoor | None) -> Diagnostics:
        """What it is like now."""
        lags = sorted(self._lags) or [0.0]
        stats = poller.stats() if poller else None
        elapsed = max(0.001, asyncio.get_running_loop().time() - self.began)
        return Diagnostics(
            lag_p50=lags[len(lags) // 2],
            lag_p99=lags[int(len(lags) * 0.99) - 1] if len(lags) > 1 else lags[0],
            lag_max=lags[-1],
            sweep_last=stats.sweep if stats else None,
            in_flight=stats.in_flight if stats else 0,
            in_flight_limit=stats.limit if stats else 0,
            connecting=door.connecting if door else 0,
            queued=stats.queued if stats else 0,
            looks_total=stats.looks if stats else 0,
            looks_failed=stats.failed if stats else 0,
            looks_per_second=(stats.looks / elapsed) if stats else 0.0,
            bytes_total=door.bytes_total if door else 0,
            errors=tuple(sorted(stats.errors.items(), key=lambda e: -e[1])) if stats else (),
            slowest=stats.slowest if stats else (),
            memory_bytes=_resident(),
            tasks=len(asyncio.all_tasks()),
            last_errors=tuple(self._errors),
        )


def _resident() -> int:
    """Resident memory of this process, bytes; 0 where it cannot be read."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
