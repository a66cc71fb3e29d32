"""Opening connections: names, TCP, TLS; typed errors only.

TLS contexts and resolved names are shared by the whole fleet. TLS is verified against the tenant's
name whatever address is dialled.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from alfred_tui.model.observation import FailureKind
from alfred_tui.tenant.channel import Channel
from alfred_tui.tenant.errors import Misconfigured, TenantError, Unreachable
from alfred_tui.tenant.troubles import from_system, tls_refused
from alfred_tui.tenant.turns import HANDSHAKE_MOST, HANDSHAKES, KNOCKS, SPACING, Pacer, Turn, Turns

LOOK_UPS = 8
"""Names looked up at once; the system's resolver blocks a thread for each."""
SESSION_LIFE = 600.0
"""Seconds after which a certificate must be shown anew: it may have expired or been replaced."""
NAME_LIFE = 60.0
"""Seconds that a resolved name is used."""
CA_LIFE = 60.0
"""Seconds until a CA file is looked at again: it may have been renewed."""
MOST_ADDRESSES = 4
"""Addresses of one name that are tried within one time limit."""


class Address(NamedTuple):
    """What a socket is made of and connected to."""

    family: int
    target: tuple[str, int] | tuple[str, int, int, int]


@lru_cache(maxsize=16_384)
def literal(address: str, port: int) -> Address | None:
    """The address itself where it is one: no resolver is asked. ``None`` for a name."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    if ip.version == 4:
        return Address(socket.AF_INET, (address, port))
    return Address(socket.AF_INET6, (address, port, 0, 0))


def is_loopback(address: str) -> bool:
    """Whether an address is this machine itself."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class _Trust:
    """TLS contexts by CA file, made off the loop, once for all who name the same file."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor
        self._made: dict[str, tuple[float, object, ssl.SSLContext]] = {}
        self._making: dict[str, asyncio.Future[tuple[object, ssl.SSLContext]]] = {}

    async def context(self, ca_file: str | None) -> ssl.SSLContext:
        """The context for a CA file, or for the system's own store.

        Raises:
            Misconfigured: the file cannot be read or holds no certificate.
        """
        loop = asyncio.get_running_loop()
        key = ca_file or ""
        kept = self._made.get(key)
        if kept is not None:
            if loop.time() - kept[0] < CA_LIFE or _stamp(key) == kept[1]:
                if loop.time() - kept[0] >= CA_LIFE:
                    self._made[key] = (loop.time(), kept[1], kept[2])
                return kept[2]
            del self._made[key]
        making = self._making.get(key)
        if making is None:
            making = asyncio.ensure_future(loop.run_in_executor(self._executor, _make, ca_file))
            self._making[key] = making
            making.add_done_callback(lambda _: self._making.pop(key, None))
        try:
            stamp, made = await asyncio.shield(making)
        except (OSError, ssl.SSLError, ValueError) as trouble:
            said = getattr(trouble, "strerror", None) if type(trouble) is not ssl.SSLError else None
            text = str(said or "holds no certificate").lower()
            raise Misconfigured(f"CA file {Path(key).name}: {text}") from None
        self._made[key] = (loop.time(), stamp, made)
        return made


def _stamp(path: str) -> object:
    try:
        seen = Path(path).stat() if path else None
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino) if seen else None


def _make(ca_file: str | None) -> tuple[object, ssl.SSLContext]:
    stamp = _stamp(ca_file or "")
    return stamp, ssl.create_default_context(cafile=ca_file)


class _Sessions:
    """TLS sessions by place, for ``SESSION_LIFE`` from a handshake that showed a certificate."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, int], tuple[float, ssl.SSLSession, ssl.SSLContext]] = {}
        self._asked: set[tuple[str, str, int]] = set()

    def take(self, place: tuple[str, str, int], context: ssl.SSLContext) -> ssl.SSLSession | None:
        """A session to resume; one that is old or of another trust is forgotten."""
        kept = self._kept.get(place)
        if kept is None:
            return None
        born, session, trust = kept
        if trust is context and asyncio.get_running_loop().time() - born < SESSION_LIFE:
            return session
        del self._kept[place]
        return None

    def keep(self, place: tuple[str, str, int], channel: Channel) -> None:
        """Keep the session of a place that is asked again and showed its certificate.

        Reading it out costs as much as a third of a handshake: not worth it for one look, and
        not at each of those that resume it.
        """
        context = channel.context
        if context is None or channel.resumed:
            return
        if place not in self._asked:
            self._asked.add(place)
        elif (session := channel.session) is not None and session.has_ticket:
            self._kept[place] = (asyncio.get_running_loop().time(), session, context)

    def forget(self, place: tuple[str, str, int]) -> None:
        """A handshake with it failed."""
        self._kept.pop(place, None)


class Dialer:
    """Opens TCP connections and TLS on top. ``connecting`` counts those being opened."""

    def __init__(self, connect_timeout: float, tls_timeout: float) -> None:
        self.connect_timeout = connect_timeout
        self.tls_timeout = tls_timeout
        self.connecting = 0
        self._executor = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="names")
        self._trust = _Trust(self._executor)
        self._knocks = Pacer(SPACING, KNOCKS)
        self._turns = Turns(HANDSHAKES, HANDSHAKE_MOST)
        self._look_ups = asyncio.Semaphore(LOOK_UPS)
        self._sessions = _Sessions()
        self._names: dict[tuple[str, int], tuple[float, list[Address]]] = {}

    async def open(
        self, address: str, port: int, *, host: str, secure: bool, ca_file: str | None = None
    ) -> Channel:
        """An open connection, after a verified TLS handshake where ``secure``.

        Raises:
            TenantError: Unreachable, TlsRefused, Misconfigured.
        """
        context = await self._trust.context(ca_file) if secure else None
        self.connecting += 1
        try:
            loop = asyncio.get_running_loop()
            began = loop.time()
            await self._knocks.turn()
            waited = loop.time() - began
            sock = await self.tcp(address, port)
            turn: Turn | None = None
            try:
                turn = await self._turns.take()
                turn.waited += waited
                channel = (await loop.create_connection(lambda: Channel(turn), sock=sock))[1]
            except BaseException:
                if turn is not None:
                    turn.end()
                sock.close()
                raise
            try:
                if context is not None:
                    await self._secure(channel, context, (host, address, port))
            except BaseException:
                channel.close()
                raise
            return channel
        finally:
            self.connecting -= 1

    async def _secure(
        self, channel: Channel, context: ssl.SSLContext, place: tuple[str, str, int]
    ) -> None:
        host, limit = place[0], self.tls_timeout
        session = self._sessions.take(place, context)
        try:
            async with asyncio.timeout(limit):
                await channel.secure(context, host, session)
        except ssl.SSLError as trouble:
            self._sessions.forget(place)
            raise tls_refused(trouble, host) from None
        except TimeoutError:
            text = f"no TLS answer within {limit:g} s"
            raise Unreachable(text, kind=FailureKind.TIMED_OUT) from None
        except EOFError:
            self._sessions.forget(place)
            raise Unreachable("connection cut during TLS", kind=FailureKind.CUT) from None
        except OSError as trouble:
            raise from_system(trouble, "the host during TLS") from None
        except ValueError:  # UnicodeError too: a name that TLS cannot ask for
            raise Misconfigured(f"api_url: {host} is no host name") from None

    def keep_session(self, channel: Channel, address: str, port: int, host: str) -> None:
        """Note what the next handshake with the same place may resume."""
        self._sessions.keep((host, address, port), channel)

    async def tcp(self, address: str, port: int) -> socket.socket:
        """A connected, non-blocking socket; name and connection have ``connect_timeout`` each.

        Raises:
            TenantError: Unreachable, Misconfigured.
        """
        found = await self._addresses(address, port)
        failed: TenantError | None = None
        limit = self.connect_timeout
        try:
            async with asyncio.timeout(limit):
                for each in found[:MOST_ADDRESSES]:
                    try:
                        return await _connected(each)
                    except OSError as trouble:
                        failed = failed or from_system(trouble, f"port {port}")
        except TimeoutError:
            text = f"no answer on port {port} within {limit:g} s"
            raise Unreachable(text, kind=FailureKind.TIMED_OUT) from None
        raise failed or Unreachable(f"name {address} has no address", kind=FailureKind.NAME)

    async def _addresses(self, address: str, port: int) -> list[Address]:
        itself = literal(address, port)
        if itself is not None:
            return [itself]
        loop = asyncio.get_running_loop()
        kept = self._names.get((address, port))
        if kept is not None and loop.time() - kept[0] < NAME_LIFE:
            return kept[1]
        try:
            async with self._look_ups, asyncio.timeout(self.connect_timeout):
                found = await loop.run_in_executor(self._executor, _look_up, address, port)
        except TimeoutError:
            text = f"name {address} not resolved within {self.connect_timeout:g} s"
            raise Unreachable(text, kind=FailureKind.NAME) from None
        except (socket.gaierror, UnicodeError):
            raise Unreachable(f"name {address} not found", kind=FailureKind.NAME) from None
        except OSError as trouble:
            raise from_system(trouble, f"name {address}") from None
        self._names[(address, port)] = (loop.time(), found)
        return found

    def close(self) -> None:
        """Let the resolver's threads go."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _look_up(address: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
    return [Address(family, target) for family, _, _, _, target in found]  # type: ignore[arg-type]


async def _connected(address: Address) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address.target)
    except BaseException:
        sock.close()
        raise
    return sock
