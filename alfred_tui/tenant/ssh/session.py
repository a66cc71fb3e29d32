"""One command on one channel: opened, drained, ended; what of it went out is always known."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, cast

import asyncssh

from alfred_tui.tenant.ssh.errors import ConnectionCut, Phase, SessionRefused, TimedOut
from alfred_tui.tenant.ssh.limits import SshLimits
from alfred_tui.tenant.ssh.result import Keeper, Result, Stream


class NotBegun(Exception):
    """The session was never opened, so the command was not sent: another connection may try."""

    def __init__(self, trouble: SessionRefused | TimedOut | ConnectionCut) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


class Session(asyncssh.SSHClientSession[bytes]):
    """Asyncssh's callbacks for one channel. ``begun``: the command went out, or is about to.

    ``ended`` is set once the program's end is known, or the channel is gone.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.begun = False
        self.abandoned = False
        self.opened: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.closed = False
        self.said_all = False
        self.exit_status: int | None = None
        self.signal = ""
        self._chunks: list[tuple[Stream, bytes]] = []
        self._news: asyncio.Future[None] | None = None
        self._chan: asyncssh.SSHClientChannel[bytes] | None = None

    # --- asyncssh's side ------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The channel is open; the command is sent next, unless nobody waits for it any more."""
        self._chan = chan
        if self.abandoned:
            chan.abort()
            return
        self.begun = True
        self.opened.set_result(None)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """A piece of output; taken before the socket is read again, so little is ever held."""
        if self.abandoned:
            return
        err = datatype == asyncssh.EXTENDED_DATA_STDERR
        self._chunks.append((Stream.ERR if err else Stream.OUT, data))
        self._wake()

    def eof_received(self) -> bool:
        """It will say no more; its end comes by itself."""
        self.said_all = True
        return True

    def exit_status_received(self, status: int) -> None:
        """The program has ended."""
        self.exit_status = status
        self._end()

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        """A signal has ended the program."""
        self.signal = signal
        self.exit_status = -1
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is closed: after its end, or with the connection."""
        self.closed = True
        self._end()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    # --- ours -----------------------------------------------------------------------------

    def write(self, stdin: bytes) -> None:
        """Give the program its input, and the end of it."""
        assert self._chan is not None
        with suppress(OSError):  # closed already: its end tells the rest
            if stdin:
                self._chan.write(stdin)
            self._chan.write_eof()

    async def drain(self, keeper: Keeper, linger: float) -> None:
        """Hand all output to ``keeper`` until the channel is closed.

        What holds the pipe after the program's end may be silent for ``linger`` seconds.
        """
        loop = asyncio.get_running_loop()
        while True:
            self._take(keeper)
            if self.closed:
                return
            self._news = loop.create_future()
            closing: asyncio.TimerHandle | None = None
            if self.ended.done() and self._chan is not None:
                closing = loop.call_later(linger, self._chan.close)
            try:
                await self._news
            finally:
                if closing is not None:
                    closing.cancel()

    def _take(self, keeper: Keeper) -> None:
        chunks, self._chunks = self._chunks, []
        for stream, data in chunks:
            keeper.take(stream, data)

    def forsake(self) -> None:
        """Nobody waits for it any more: what has not begun never will."""
        self.abandoned = True
        self._chunks.clear()

    async def end(self, grace: float) -> bool:
        """End the program by TERM, then KILL, ``grace`` seconds each; whether its end was seen.

        A program of another user (``sudo``) takes no signal from us (RFC 4254, 6.9).
        """
        for signal in ("TERM", "KILL"):
            if self.ended.done() or self._chan is None:
                break
            with suppress(OSError):  # closed in this moment
                self._chan.send_signal(signal)
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await asyncio.shield(self.ended)
        if self._chan is not None:
            self._chan.close()
        return self.ended.done()


class Run:
    """A command under way on ``conn``. Unless ``over``, :meth:`bury` must be awaited."""

    def __init__(
        self, conn: asyncssh.SSHClientConnection, tenant: str, line: bytes, limits: SshLimits
    ) -> None:
        self._conn = conn
        self._tenant = tenant
        self._limits = limits
        self._session = session = Session()
        # asyncssh takes a command as bytes, though it does not say so; it encodes text strictly
        command = cast(Any, line)
        self._opening = asyncio.ensure_future(
            conn.create_session(lambda: session, command, encoding=None)
        )
        self._opening.add_done_callback(_looked_at)

    @property
    def over(self) -> bool:
        """Whether nothing of it is left, here and there."""
        return self._session.closed or (self._opening.done() and not self._session.begun)

    async def result(self, stdin: bytes, keeper: Keeper, limit: float) -> Result:
        """What came of it, within ``limit`` seconds, once it is :meth:`opened`.

        Raises:
            TimedOut, ConnectionCut: it was sent; the outcome is unknown.
            SessionRefused: the server forbids commands.
        """
        began = asyncio.get_running_loop().time()
        session = self._session
        try:
            async with asyncio.timeout(limit) as timer:
                await self._started()
                session.write(stdin)
                await session.drain(keeper, self._limits.linger)
        except TimeoutError:
            if not timer.expired():
                raise  # of whoever takes the lines
            raise TimedOut(self._tenant, Phase.COMMAND, limit) from None
        # a status alone is not enough: what was said before the end may have been lost
        whole = session.said_all or not self._conn.is_closed()
        if session.exit_status is None or not whole:
            raise ConnectionCut(self._tenant, Phase.COMMAND)
        took = asyncio.get_running_loop().time() - began
        return keeper.result(session.exit_status, session.signal, took)

    async def bury(self, grace: float) -> bool:
        """End what nobody waits for any more; whether the server has its session back.

        What has not begun never will; a program gets TERM, then KILL, ``grace`` seconds each.
        """
        self._session.forsake()
        if not self._session.begun:
            await asyncio.wait((self._opening,), timeout=grace)
            # what can still be cancelled has not been answered
            return not self._opening.cancel()
        return await self._session.end(grace)

    async def opened(self) -> None:
        """Wait until the server has opened the session.

        Raises:
            NotBegun: it has not; the command was not sent.
        """
        limit = self._limits.session
        await asyncio.wait(
            (self._opening, self._session.opened),
            timeout=limit,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if self._session.begun:
            return
        if not self._opening.done():
            raise NotBegun(TimedOut(self._tenant, Phase.SESSION, limit))
        if self._conn.is_closed() or not isinstance(
            self._opening.exception(), asyncssh.ChannelOpenError
        ):
            raise NotBegun(ConnectionCut(self._tenant, Phase.SESSION))
        said = "the server opens no further session on the connection"
        raise NotBegun(SessionRefused(self._tenant, said, "Its MaxSessions may be below three"))

    async def _started(self) -> None:
        try:
            await asyncio.shield(self._opening)
        except (asyncssh.Error, OSError):
            if self._conn.is_closed():
                raise ConnectionCut(self._tenant, Phase.COMMAND) from None
            raise SessionRefused(self._tenant, "the server runs no commands for us") from None


def _looked_at(opening: asyncio.Future[Any]) -> None:
    """Its error is told by the run, or nobody asks any more."""
    if not opening.cancelled():
        opening.exception()
