"""An open connection of a tenant, and how many sessions the server still counts on it."""

from __future__ import annotations

import asyncio

import asyncssh

from alfred_tui.tenant.ssh.keys import Access
from alfred_tui.tenant.ssh.limits import SshLimits


class Link:
    """Closed once it is retired and nobody uses it, or when it was idle for long enough.

    sshd gives a session back a moment after it took our farewell, and refuses a fourth until then.
    What it answers afterwards proves that it has: ``_proven`` of ``_closed`` sessions. So a session
    is opened only where those in use and those unproven leave room, else after a question.
    """

    def __init__(self, conn: asyncssh.SSHClientConnection, way: Access, limits: SshLimits) -> None:
        self.conn = conn
        self.way = way
        self.fresh = True
        self.opened = asyncio.get_running_loop().time()
        self._limits = limits
        self._retired = False
        self._users = 0
        self._sessions = 0
        self._closed = 0
        self._proven = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def usable(self) -> bool:
        """Whether a next command may use it."""
        return not self._retired and not self.conn.is_closed()

    def enter(self) -> None:
        """One more uses it."""
        self._users += 1
        self._stop_timer()

    def leave(self) -> None:
        """One less."""
        self._users -= 1
        self._settle()

    def retire(self) -> None:
        """No next command uses it; those that run may end."""
        self._retired = True
        self._settle()

    def close(self) -> None:
        """Now."""
        self._retired = True
        self._stop_timer()
        self.conn.close()

    async def room(self) -> int:
        """Wait until one more session can be opened, and count it; a mark for :meth:`proven`."""
        while self._sessions + self._closed - self._proven >= self._limits.sessions:
            mark = self._closed
            if not await self._asked():
                break  # it is dead: opening a session will say so
            self.proven(mark)
        self._sessions += 1
        return self._closed

    def proven(self, mark: int) -> None:
        """The server has answered what was said after ``mark`` sessions were closed."""
        self._proven = max(self._proven, mark)

    def over(self) -> None:
        """A session's farewell is said."""
        self._sessions -= 1
        self._closed += 1

    async def _asked(self) -> bool:
        """Whether it answered a question that changes nothing."""
        try:
            async with asyncio.timeout(self._limits.session):
                # asyncssh asks this by itself to keep a connection alive, but has no name for it
                await self.conn._make_global_request(b"keepalive@openssh.com")
        except (asyncssh.Error, OSError):
            return False
        return not self.conn.is_closed()

    def _settle(self) -> None:
        if self._users:
            return
        if self._retired:
            self.close()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._limits.idle, self.retire)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
