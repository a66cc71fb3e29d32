"""One SSH session: a command or a shell, its streams, and how it ends."""

from __future__ import annotations

import asyncio
import shlex
from itertools import count
from typing import TYPE_CHECKING, Any

import asyncssh

from alfred_tui.sim.ssh.shell import Gone, Io, Leave, Moment

if TYPE_CHECKING:
    from alfred_tui.sim.ssh.sshd import Host

MOTD = "Linux %s 6.1.0-28-amd64 #1 SMP PREEMPT_DYNAMIC Debian x86_64\n"
LONG = 1.0
"""A wait of so many seconds is cut in its middle."""
_NUMBERS = count(1)


class Pipe:
    """What comes from the other side."""

    def __init__(self) -> None:
        self._held = ""
        self._over = False
        self._news = asyncio.Event()

    def feed(self, text: str) -> None:
        """More came."""
        self._held += text
        self._news.set()

    def end(self) -> None:
        """No more will come."""
        self._over = True
        self._news.set()

    async def read(self) -> str:
        """All that comes until the end."""
        while not self._over:
            self._news.clear()
            await self._news.wait()
        text, self._held = self._held, ""
        return text

    async def readline(self) -> str:
        """The next line with its end, empty at the end."""
        while "\n" not in self._held and not self._over:
            self._news.clear()
            await self._news.wait()
        line, found, self._held = self._held.partition("\n")
        return line + found


class Session(asyncssh.SSHServerSession[str]):
    """A session of one connection; what was begun goes on when the connection is gone."""

    def __init__(self, host: Host) -> None:
        self.host, self.house = host, host.house
        self.channel: Any = None
        self.command: str | None = None
        self.terminal = False
        self.pipe = Pipe()
        self.work: asyncio.Task[None] | None = None
        self.turn: asyncio.Task[int] | None = None
        self.kept: list[tuple[bool, str]] | None = None

    # --- what the protocol says ---------------------------------------------------------------

    def connection_made(self, chan: Any) -> None:
        """The channel is open."""
        self.channel = chan

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is closed: who sat at a terminal is hung up on, others work on."""
        self.channel = None
        self.host.sessions.discard(self)
        self.pipe.end()
        if self.terminal and self.work is not None:
            self.work.cancel()

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        """A terminal."""
        self.terminal = True
        return True

    def shell_requested(self) -> bool:
        """A login shell."""
        return True

    def exec_requested(self, command: str) -> bool:
        """A command."""
        self.command = command
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """There are none."""
        return False

    def session_started(self) -> None:
        """Begin."""
        house = self.house
        # kept there, since a loop forgets tasks that nobody holds
        self.work = asyncio.create_task(self._go())
        house.works.add(self.work)
        self.work.add_done_callback(house.works.discard)

    def data_received(self, data: str, datatype: Any) -> None:
        """Something was typed, or piped in."""
        self.pipe.feed(data)

    def eof_received(self) -> bool:
        """No more will be; answers are still wanted."""
        self.pipe.end()
        return True

    def soft_eof_received(self) -> None:
        """^D at a terminal."""
        self.pipe.end()

    def break_received(self, msec: int) -> bool:
        """^C at a terminal."""
        if self.turn is not None:
            self.turn.cancel()
        return True

    def signal_received(self, signal: str) -> None:
        """A signal from the other side."""
        if signal in ("INT", "TERM", "KILL", "HUP") and self.turn is not None:
            self.turn.cancel()

    # --- what is done -------------------------------------------------------------------------

    async def _go(self) -> None:
        code = 255
        try:
            await self.house.slowly()
            code = await (self._shell() if self.command is None else self._execute(self.command))
        except Gone:
            code = 141
        finally:
            # its place is free before the other side can know that it has ended
            self.host.sessions.discard(self)
            if self.channel is not None:
                self.channel.exit(code)

    async def _execute(self, command: str) -> int:
        """Run one command line, as sshd has a shell do it."""
        house = self.house
        cut = house.world.ssh_cut(house.person.name, house.now().timestamp())
        if cut == "before":
            self._write_down("SSH exec", command, None, cut=cut)
            self._hang_up()
            return 255
        self.kept = [] if cut else None
        code = await self._turn(command, Io(self.pipe, self._out, self._err, self.terminal))
        if self.kept is not None:
            self._hang_up()
        return code

    async def _turn(self, command: str, io: Io) -> int:
        """Run a line and write down that it began and how it ended."""
        number = next(_NUMBERS)
        self._write_down("SSH exec", command, None, run=number)
        box = self.house.world.box(self.house.person.name)
        shell = box.shell(Moment(self.house.now().timestamp(), self._wait))
        self.turn = asyncio.create_task(shell.run(command, io))
        try:
            code = await self.turn
        except asyncio.CancelledError:
            if (current := asyncio.current_task()) is not None and current.cancelling():
                self.turn.cancel()
                raise
            code = 130
        except Gone:
            code = 141
        self._write_down("SSH exit", command, code, run=number)
        return code

    def _write_down(self, how: str, command: str, status: int | None, **more: Any) -> None:
        house = self.house
        shown = command.replace(house.person.key, "***")
        if how == "SSH exec":
            more["argv"] = _argv(shown)
        house.log(house.now(), house.person.name, how, shown, status, **more)

    async def _wait(self, seconds: float) -> None:
        """Let seconds of the world's time pass; a cut comes in the middle of a long wait."""
        if self.kept is not None and seconds >= LONG:
            await self.house.pause(seconds / 2)
            self._hang_up()
            seconds /= 2
        await self.house.pause(seconds)

    def _out(self, text: str) -> None:
        self._tell(text, error=False)

    def _err(self, text: str) -> None:
        self._tell(text, error=True)

    def _tell(self, text: str, *, error: bool) -> None:
        """Send something, or keep it where the connection will be cut.

        Raises:
            Gone: the other side is.
        """
        if self.kept is not None:
            self.kept.append((error, text))
        elif self.channel is None:
            raise Gone
        elif text:
            self._send(text, error=error)

    def _send(self, text: str, *, error: bool) -> None:
        # at a terminal there is one stream, and its lines end as a terminal wants them
        if error and not self.terminal:
            self.channel.write_stderr(text)
        else:
            self.channel.write(text)

    def _hang_up(self) -> None:
        """Half of what was said gets through, then the line is dead."""
        if self.channel is not None and self.kept is not None:
            whole = "".join(text for error, text in self.kept if not error)
            self._send(whole[: len(whole) // 2], error=False)
        self.kept = None
        if self.host.connection is not None:
            self.host.connection.abort()

    async def _shell(self) -> int:
        """A login shell: a prompt, and what is typed is done until ^D or ``exit``."""
        box = self.house.world.box(self.house.person.name)
        io = Io(self.pipe, self._out, self._err, self.terminal)
        shell = box.shell(Moment(self.house.now().timestamp(), self._wait), login=True)
        mark = "#" if shell.who == "root" else "$"
        if self.terminal:
            io.out(MOTD % box.name)
        while True:
            where = shell.cwd.replace(shell.env["HOME"], "~", 1)
            if self.terminal:
                io.out(f"{shell.who}@{box.name}:{where}{mark} ")
            line = await self.pipe.readline()
            if not line:
                if self.terminal and self.channel is not None:
                    io.out("logout\n")
                return shell.status
            if not line.strip():
                continue
            shell.moment.t = self.house.now().timestamp()
            try:
                await self._typed(shell, line, io)
            except Leave as left:
                return left.code

    async def _typed(self, shell: Any, line: str, io: Io) -> None:
        """One typed line; ^C ends it, and the shell goes on.

        Raises:
            Leave: it said ``exit``.
        """
        number = next(_NUMBERS)
        self._write_down("SSH exec", line.strip(), None, run=number)
        self.turn = asyncio.create_task(shell.obey(line, io))
        try:
            await self.turn
        except Leave as left:
            shell.status = left.code
            raise
        except asyncio.CancelledError:
            if (current := asyncio.current_task()) is not None and current.cancelling():
                self.turn.cancel()
                raise
            shell.status = 130
            io.out("^C\n")
        finally:
            self._write_down("SSH exit", line.strip(), shell.status, run=number)


def _argv(command: str) -> list[str]:
    """The words of a line; the line itself where it is no plain one."""
    try:
        return shlex.split(command)
    except ValueError:
        return [command]
