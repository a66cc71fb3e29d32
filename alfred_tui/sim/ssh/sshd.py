"""The SSH protocol at a tenant's door, as its sshd is set up (runbook.md 1).

Keys only, three tries, three sessions, nothing forwarded; who fails too often is fenced off.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh

from alfred_tui.sim.ssh import keys
from alfred_tui.sim.ssh.porter import BANNER
from alfred_tui.sim.ssh.session import Session

if TYPE_CHECKING:
    from alfred_tui.sim.server import House

MOST_TRIES = 3
MOST_SESSIONS = 3
ALIVE_EVERY, ALIVE_COUNT = 300.0, 2
PROTOCOL_ERROR, PROHIBITED, FAILED = 2, 1, 2
"""SSH's numbers: of a disconnect, and of a channel that is not opened."""
VERSION = BANNER.decode().removeprefix("SSH-2.0-").strip()


class Spoken(asyncio.Transport):
    """A transport on which the first line was said already, so that it is not said twice."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._waits = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, except for the banner."""
        if self._waits and bytes(data) == BANNER:
            self._waits = False
            return
        self._transport.write(data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Addresses, and the socket."""
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Whether it is being closed."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close it when all is sent."""
        self._transport.close()

    def abort(self) -> None:
        """Close it at once."""
        self._transport.abort()

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()


def take_over(house: House, transport: asyncio.Transport, said: bytes) -> None:
    """Speak SSH with a caller to whom the banner was shown, and who has said this since."""
    options = _options(house)
    connection = asyncssh.SSHServerConnection(asyncio.get_running_loop(), options)
    house.lines[connection] = transport
    transport.set_protocol(connection)
    connection.connection_made(Spoken(transport))
    connection.data_received(said)


def _options(house: House) -> asyncssh.SSHServerConnectionOptions:
    """What the door is like at this moment."""
    person, now = house.person, house.now()
    changed = house.world.host_key(person.name, now.timestamp())
    if changed not in house.manners:
        host_key = keys.of_host(house.world.seed, person.name, changed)
        house.manners[changed] = asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: Host(house),
            server_host_keys=[asyncssh.import_private_key(host_key)],
            server_version=VERSION,
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_host=None,
            agent_forwarding=False,
            x11_forwarding=False,
            compression_algs=None,
            encoding="utf-8",
            errors="surrogateescape",
            keepalive_interval=ALIVE_EVERY,
            keepalive_count_max=ALIVE_COUNT,
        )
    options: asyncssh.SSHServerConnectionOptions = house.manners[changed]
    return options


class Host(asyncssh.SSHServer):
    """One connection: who wants in, and how many sessions it has."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.connection: asyncssh.SSHServerConnection | None = None
        self.user = ""
        self.tries = 0
        self.inside = False
        self.sessions: set[Session] = set()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody speaks SSH."""
        self.connection = conn

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the caller; one who wanted in and did not get in has failed."""
        if self.connection is not None:
            self.house.forget(self.connection)
        if self.user and not self.inside:
            now = self.house.now()
            banned = self.house.world.fence(self.house.person.name).failed(now.timestamp())
            self._write_down(1, banned=banned)

    def _write_down(self, status: int, **more: Any) -> None:
        house = self.house
        name = house.person.name
        house.log(house.now(), name, "SSH login", self.user, status, tries=self.tries, **more)

    async def begin_auth(self, username: str) -> bool:
        """Somebody says who they are."""
        self.user = username
        await self.house.slowly()
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys, and nothing else."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether a key is the one of who operates there.

        Raises:
            DisconnectError: it was one try too many.
        """
        house = self.house
        known = asyncssh.import_private_key(keys.of_operator(house.world.seed, house.person))
        if username == house.person.home.login and key.public_data == known.public_data:
            return True
        self.tries += 1
        if self.tries >= MOST_TRIES:
            raise asyncssh.DisconnectError(PROTOCOL_ERROR, "Too many authentication failures")
        return False

    def auth_completed(self) -> None:
        """They are in."""
        self.inside = True
        self._write_down(0)

    def session_requested(self) -> Session:
        """A session, of which there may be three.

        Raises:
            ChannelOpenError: it would be one too many.
        """
        house = self.house
        full = len(self.sessions) >= MOST_SESSIONS
        name, open_ones = house.person.name, len(self.sessions)
        house.log(house.now(), name, "SSH session", self.user, int(full), open=open_ones)
        if full:
            raise asyncssh.ChannelOpenError(FAILED, "open failed")
        session = Session(self)
        self.sessions.add(session)
        return session

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> bool:
        """No port is forwarded.

        Raises:
            ChannelOpenError: always.
        """
        raise asyncssh.ChannelOpenError(PROHIBITED, "open failed")

    def unix_connection_requested(self, dest_path: str) -> bool:
        """No socket is forwarded.

        Raises:
            ChannelOpenError: always.
        """
        raise asyncssh.ChannelOpenError(PROHIBITED, "open failed")
