"""What fail2ban does at a tenant's SSH door (runbook.md 1): three failures, and an hour's rest."""

from __future__ import annotations

from bisect import insort

TRIES = 3
WINDOW = 600.0
BAN = 3600.0


class Fence:
    """Failed logins at one tenant, by epoch second. Everybody here has the same address."""

    def __init__(self) -> None:
        self._failed: list[float] = []
        self._bans: list[float] = []

    def failed(self, t: float) -> bool:
        """A login failed at ``t``; whether that was one too many."""
        insort(self._failed, t)
        since = max([t - WINDOW, *(ban for ban in self._bans if ban <= t)])
        if len([moment for moment in self._failed if since < moment <= t]) < TRIES:
            return False
        self._bans.append(t)
        return True

    def closed(self, t: float) -> bool:
        """Whether the port refuses at ``t``."""
        return any(ban <= t < ban + BAN for ban in self._bans)
