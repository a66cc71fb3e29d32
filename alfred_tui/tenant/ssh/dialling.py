"""Opening a connection: socket, keys agreed, host key judged, login; every phase has its limit."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import asyncssh

from alfred_tui.model.observation import FailureKind
from alfred_tui.model.tenant import HostKey
from alfred_tui.model.text import clean
from alfred_tui.tenant.errors import TenantError
from alfred_tui.tenant.ssh import hostkeys, keys
from alfred_tui.tenant.ssh.errors import (
    AuthenticationFailed,
    ConnectionCut,
    HostKeyChanged,
    NameNotFound,
    NoRoute,
    NotSsh,
    Phase,
    Refused,
    SshError,
    TimedOut,
    Unconfigured,
)
from alfred_tui.tenant.ssh.hostkeys import HostKeys, Standing
from alfred_tui.tenant.ssh.limits import SshLimits

# its INFO lines name every command
asyncssh.set_log_level("WARNING")

CIPHERS = (
    *("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"),
    *("aes256-ctr", "aes192-ctr", "aes128-ctr"),
)
"""What OpenSSH offers, AES-GCM first: the library seals a packet in one call and not in four."""
WINDOW = 512 * 1024
"""Bytes that a server may send of a command's output before we take them."""


class Tcp(Protocol):
    """Opens sockets: :class:`alfred_tui.tenant.dial.Dialer` is one."""

    connect_timeout: float

    async def tcp(self, address: str, port: int) -> socket.socket:
        """A connected, non-blocking socket.

        Raises:
            TenantError: Unreachable, Misconfigured.
        """
        ...


class Opener:
    """Opens connections, ``limits.connecting`` at once for all tenants."""

    def __init__(
        self, tcp: Tcp, pins: HostKeys, limits: SshLimits, now: Callable[[], datetime]
    ) -> None:
        self._tcp = tcp
        self._pins = pins
        self._limits = limits
        self._now = now
        self._gate = asyncio.Semaphore(limits.connecting)

    async def open(
        self, tenant: str, way: keys.Access, expected: str = ""
    ) -> asyncssh.SSHClientConnection:
        """A connection that is logged in. A key seen first is pinned before the login.

        ``expected`` is the fingerprint that a person took: that key alone is accepted, and becomes
        the only one that is pinned.

        Raises:
            SshError: of any kind but those of a session.
        """
        key = await asyncio.to_thread(keys.load, tenant, way.key_file)
        async with self._gate:
            pinned = list(await self._pins.pinned(tenant))
            tried: list[str] = []
            first: HostKeyChanged | None = None
            while wanted := hostkeys.algorithms(pinned, tried):
                judge = _Judge(self, tenant, way, key, pinned, expected)
                try:
                    return await self._once(judge, wanted)
                except _AnotherKind as other:
                    first = first or HostKeyChanged(tenant, pinned, other.offered)
                    tried.append(other.offered.kind)
                except (NotSsh, ConnectionCut) as trouble:
                    # without the kinds that it has shown nothing is common: it has no other
                    if first is None or getattr(trouble, "phase", None) is Phase.BANNER:
                        raise
                    break
            assert first is not None
            raise first

    async def keep(self, judge: _Judge, offered: HostKey) -> None:
        """Pin what was judged, now that the server has proved to hold it."""
        if judge.expected:
            await self._pins.replace(_with_source(offered, hostkeys.REPINNED))
            return
        if judge.known and any(key.key == offered.key for key in judge.pinned):
            return
        source = hostkeys.COMPLETED if judge.known else hostkeys.FIRST_USE
        await self._pins.pin(_with_source(offered, source))
        # somebody else may have been first
        pinned = await self._pins.pinned(judge.tenant)
        if hostkeys.standing(pinned, offered) is not Standing.KNOWN:
            raise HostKeyChanged(judge.tenant, pinned, offered)

    def offered(self, tenant: str, key: asyncssh.SSHKey) -> HostKey:
        """A key as the server showed it."""
        kind = key.get_algorithm()
        return hostkeys.host_key(tenant, kind, key.public_data, "offered", self._now())

    async def _once(self, judge: _Judge, wanted: Sequence[str]) -> asyncssh.SSHClientConnection:
        target = judge.way.target
        sock = await self._socket(judge.tenant, target.host, target.port)
        try:
            async with asyncio.timeout(self._limits.handshake) as limit:
                judge.limit = limit
                return await asyncssh.connect(
                    sock=sock, options=self._options(judge, wanted), config=None
                )
        except (asyncssh.Error, OSError, ValueError) as trouble:
            if limit.expired():
                raise self._late(judge) from None
            raise self._told(judge, trouble) from None
        finally:
            if not judge.completed:
                sock.close()

    async def _socket(self, tenant: str, host: str, port: int) -> socket.socket:
        try:
            return await self._tcp.tcp(host, port)
        except TenantError as trouble:
            raise _on_the_way(tenant, trouble, self._tcp.connect_timeout) from None

    def _options(self, judge: _Judge, wanted: Sequence[str]) -> Any:
        limits = self._limits
        return asyncssh.SSHClientConnectionOptions(
            config=None,
            client_factory=lambda: judge,
            username=judge.way.target.user,
            # nothing is known beforehand: every key comes before the judge
            known_hosts=([], [], []),
            server_host_key_algs=list(wanted),
            x509_trusted_certs=None,
            x509_trusted_cert_paths=[],
            # the judge hands the key out, once
            client_keys=None,
            agent_path=None,
            preferred_auth=("publickey",),
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_auth=False,
            gss_kex=False,
            disable_trivial_auth=True,
            agent_forwarding=False,
            encryption_algs=CIPHERS,
            compression_algs=None,
            keepalive_interval=limits.keep_alive,
            keepalive_count_max=limits.missed,
            login_timeout=0,
            utf8_decode_errors="replace",
            request_pty=False,
            encoding=None,
            window=WINDOW,
        )

    def _late(self, judge: _Judge) -> SshError:
        phase = judge.phase
        limit = self._limits.login if phase is Phase.LOGIN else self._limits.handshake
        return TimedOut(judge.tenant, phase, limit)

    def _told(self, judge: _Judge, trouble: Exception) -> Exception:
        """What asyncssh and the system say, as one of ours."""
        tenant, offered = judge.tenant, judge.offered
        if judge.trouble is not None:
            return judge.trouble
        if isinstance(trouble, asyncssh.HostKeyNotVerifiable) and offered is not None:
            if judge.standing is Standing.OTHER_KIND:
                return _AnotherKind(offered)
            return HostKeyChanged(tenant, judge.held_against(offered), offered)
        if judge.phase is Phase.LOGIN and _no_more_keys(trouble):
            way = judge.way
            return AuthenticationFailed(tenant, way.target.user, str(way.key_file), self._now())
        if isinstance(trouble, asyncssh.ConnectionLost):
            return ConnectionCut(tenant, judge.phase)
        if isinstance(trouble, asyncssh.DisconnectError):
            return NotSsh(tenant, f"no agreement with the server: {clean(trouble.reason, 120)}")
        if isinstance(trouble, ValueError):
            return Unconfigured(tenant, f"the ssh block cannot be used: {clean(str(trouble), 120)}")
        return ConnectionCut(tenant, judge.phase)

    @property
    def login(self) -> float:
        """Seconds that a login may take."""
        return self._limits.login


class _AnotherKind(Exception):
    """The key shown is of a kind of which nothing is known; another kind may be the pinned one."""

    def __init__(self, offered: HostKey) -> None:
        super().__init__(offered.fingerprint)
        self.offered = offered


class _Judge(asyncssh.SSHClient):
    """Asyncssh's callbacks for one connection: judges the host key, hands out our key once."""

    def __init__(
        self,
        opener: Opener,
        tenant: str,
        way: keys.Access,
        key: asyncssh.SSHKey,
        pinned: Sequence[HostKey],
        expected: str,
    ) -> None:
        self._opener = opener
        self.tenant = tenant
        self.way = way
        self._key: asyncssh.SSHKey | None = key
        self.pinned = pinned
        self.expected = expected
        self.limit: asyncio.Timeout | None = None
        self.offered: HostKey | None = None
        self.standing = Standing.FIRST
        self.trouble: Exception | None = None
        self.logging_in = False
        self.completed = False
        self._conn: asyncssh.SSHClientConnection | None = None

    @property
    def known(self) -> bool:
        """Whether the key shown is a pinned one."""
        return self.standing is Standing.KNOWN

    @property
    def phase(self) -> Phase:
        """How far it came."""
        if self.logging_in:
            return Phase.LOGIN
        if self._conn is not None and self._conn.get_extra_info("server_version"):
            return Phase.KEY_EXCHANGE
        return Phase.BANNER

    def held_against(self, offered: HostKey) -> Sequence[HostKey]:
        """What the key shown should have been."""
        if not self.expected:
            return self.pinned
        return [HostKey(self.tenant, self.expected, hostkeys.REPINNED, offered.first_seen)]

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """The socket is in asyncssh's hands."""
        self._conn = conn

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Whether to go on with this key; the proof that the server holds it comes next."""
        shown = self._opener.offered(self.tenant, key)
        if self.offered is not None:  # keys are agreed on anew within the same connection
            return shown.fingerprint == self.offered.fingerprint
        self.offered = shown
        if self.expected:
            return shown.fingerprint == self.expected
        self.standing = hostkeys.standing(self.pinned, shown)
        return self.standing in (Standing.KNOWN, Standing.FIRST)

    def begin_auth(self, username: str) -> None:
        """Keys are agreed on and the server has proved to hold its own; now for the login."""
        self.logging_in = True
        if self.limit is not None and not self.limit.expired():
            self.limit.reschedule(asyncio.get_running_loop().time() + self._opener.login)

    async def public_key_auth_requested(self) -> list[asyncssh.SSHKey] | None:
        """Our key, once, after the server's is pinned: a refused one is not offered again."""
        key, self._key = self._key, None
        if key is None or self.offered is None:
            return None
        try:
            await self._opener.keep(self, self.offered)
        except Exception as trouble:
            self.trouble = trouble
            raise
        return [key]

    def auth_completed(self) -> None:
        """We are in."""
        self.completed = True


def _with_source(key: HostKey, source: str) -> HostKey:
    return HostKey(key.tenant, key.fingerprint, source, key.first_seen, key.kind, key.key)


def _no_more_keys(trouble: Exception) -> bool:
    """Whether the server will not have our key, in asyncssh's words or its own."""
    if isinstance(trouble, asyncssh.PermissionDenied):
        return True
    return isinstance(trouble, asyncssh.DisconnectError) and (
        trouble.code == asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE
        or "authentication failures" in trouble.reason
    )


def _on_the_way(tenant: str, trouble: TenantError, limit: float) -> SshError:
    kind, said = trouble.failure.kind, str(trouble)
    if kind is FailureKind.NAME:
        return NameNotFound(tenant, said, "Check the host of its ssh block, and this network's DNS")
    if kind is FailureKind.REFUSED:
        return Refused(tenant, said, "The machine is there, its sshd is not")
    if kind is FailureKind.UNREACHABLE:
        return NoRoute(tenant, said, "Check this machine's network")
    if kind is FailureKind.TIMED_OUT:
        return TimedOut(tenant, Phase.CONNECT, limit)
    if kind is FailureKind.CONFIGURATION:
        return Unconfigured(tenant, said)
    return ConnectionCut(tenant, Phase.CONNECT, said)
