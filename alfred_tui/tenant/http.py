"""HTTPS to a tenant behind httpx's transport seam: one connection a request, no shared pool.

ctrl-api closes idle connections after 5 s and a tenant is asked every 10 s, so a pool would hold
dead sockets; and a pool over 1,000 hosts is scanned for every request (docs/decisions.md).
TLS is verified against the tenant's name whatever address is dialled.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpcore
import httpx

from alfred_tui.model.observation import FailureKind
from alfred_tui.model.tenant import Tenant
from alfred_tui.tenant.errors import BadAnswer, Misconfigured, TenantError, TlsRefused, Unreachable

HANDSHAKE_SPACING = 0.001
"""Seconds between two TLS handshakes begun: a sweep of 1,000 must not stall the loop."""
NAME_LIFE = 60.0
"""Seconds that a resolved name is used."""

_EXPIRED = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, _HAS_EXPIRED
_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH
_ISSUER = {2, 18, 19, 20, 21, 24, 27}


def tls_refused(trouble: ssl.SSLError, host: str) -> TlsRefused:
    """The kind of a refused certificate, by OpenSSL's verify code."""
    if isinstance(trouble, ssl.SSLCertVerificationError):
        code = trouble.verify_code
        if code in _EXPIRED:
            return TlsRefused("certificate expired or not yet valid", kind=FailureKind.TLS_EXPIRED)
        if code in _NAME:
            return TlsRefused(f"certificate is not for {host}", kind=FailureKind.TLS_NAME)
        if code in _ISSUER:
            return TlsRefused("certificate of an unknown issuer", kind=FailureKind.TLS_ISSUER)
        return TlsRefused(f"certificate refused: {trouble.verify_message}")
    return TlsRefused(f"TLS failed: {(trouble.reason or 'protocol error').lower()}")


def unreachable(trouble: OSError, where: str) -> TenantError:
    """An operating system's error as ours; running out of descriptors is our own trouble."""
    number = trouble.errno
    if number in (errno.EMFILE, errno.ENFILE):
        return Misconfigured("out of file descriptors: raise the limit (ulimit -n)")
    if number == errno.ECONNREFUSED:
        return Unreachable(f"connection refused at {where}", kind=FailureKind.REFUSED)
    if number in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN):
        return Unreachable(f"no route to {where}", kind=FailureKind.UNREACHABLE)
    if number == errno.ETIMEDOUT:
        return Unreachable(f"no answer from {where}", kind=FailureKind.TIMED_OUT)
    return Unreachable(f"connection to {where} cut", kind=FailureKind.CUT)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine itself."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class Dialer:
    """Opens TCP connections and TLS on top, typed errors only; shares TLS contexts and names."""

    def __init__(self, connect_timeout: float, tls_timeout: float) -> None:
        self.connect_timeout = connect_timeout
        self.tls_timeout = tls_timeout
        self.connecting = 0
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._names: dict[tuple[str, int], tuple[float, Any]] = {}
        self._resolver = ThreadPoolExecutor(4, thread_name_prefix="names")
        self._next_handshake = 0.0

    def context(self, ca_file: str | None) -> ssl.SSLContext:
        """The TLS context for a CA file, made once.

        Raises:
            Misconfigured: the file cannot be read or holds no certificate.
        """
        key = ca_file or ""
        if key not in self._contexts:
            try:
                self._contexts[key] = ssl.create_default_context(cafile=ca_file)
            except (OSError, ssl.SSLError) as trouble:
                name = Path(key).name
                text = getattr(trouble, "strerror", None) or "holds no certificate"
                raise Misconfigured(f"CA file {name}: {str(text).lower()}") from None
        return self._contexts[key]

    async def tcp(self, address: str, port: int) -> socket.socket:
        """A connected, non-blocking socket within ``connect_timeout``."""
        where = f"port {port}"
        self.connecting += 1
        sock: socket.socket | None = None
        try:
            async with asyncio.timeout(self.connect_timeout):
                family, target = await self._resolve(address, port)
                sock = socket.socket(family, socket.SOCK_STREAM)
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                await asyncio.get_running_loop().sock_connect(sock, target)
            done, sock = sock, None
            return done
        except TimeoutError:
            text = f"no answer on {where} within {self.connect_timeout:g} s"
            raise Unreachable(text, kind=FailureKind.TIMED_OUT) from None
        except OSError as trouble:
            raise unreachable(trouble, where) from None
        finally:
            self.connecting -= 1
            if sock is not None:
                sock.close()

    async def _resolve(self, address: str, port: int) -> tuple[int, Any]:
        with suppress(ValueError):
            ip = ipaddress.ip_address(address)
            return (socket.AF_INET if ip.version == 4 else socket.AF_INET6), (address, port)
        loop = asyncio.get_running_loop()
        kept = self._names.get((address, port))
        if kept and loop.time() - kept[0] < NAME_LIFE:
            family, target = kept[1]
            return family, target
        try:
            found = await loop.run_in_executor(
                self._resolver,
                lambda: socket.getaddrinfo(address, port, type=socket.SOCK_STREAM),
            )
        except (socket.gaierror, UnicodeError):
            raise Unreachable(f"name {address} not found", kind=FailureKind.NAME) from None
        entry = (int(found[0][0]), found[0][4])
        self._names[(address, port)] = (loop.time(), entry)
        return entry

    async def stream(
        self, sock: socket.socket, context: ssl.SSLContext | None, host: str
    ) -> _Stream:
        """Streams over a connected socket, after the TLS handshake where a context is given."""
        try:
            if context is None:
                reader, writer = await asyncio.open_connection(sock=sock)
                return _Stream(reader, writer)
            await self._pace()
            async with asyncio.timeout(self.tls_timeout):
                reader, writer = await asyncio.open_connection(
                    sock=sock, ssl=context, server_hostname=host
                )
            return _Stream(reader, writer)
        except ssl.SSLError as trouble:
            raise tls_refused(trouble, host) from None
        except TimeoutError:
            text = f"no TLS answer within {self.tls_timeout:g} s"
            raise Unreachable(text, kind=FailureKind.TIMED_OUT) from None
        except OSError as trouble:
            raise unreachable(trouble, "the host during TLS") from None
        finally:
            if "reader" not in locals():
                sock.close()

    async def _pace(self) -> None:
        now = asyncio.get_running_loop().time()
        start = max(now, self._next_handshake)
        self._next_handshake = start + HANDSHAKE_SPACING
        if start > now:
            await asyncio.sleep(start - now)

    def close(self) -> None:
        """Let the resolver's threads go."""
        self._resolver.shutdown(wait=False, cancel_futures=True)


class _Stream(httpcore.AsyncNetworkStream):
    """httpcore's network stream over asyncio's own, without a compatibility layer between."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._writer.write(buffer)
        await self._writer.drain()

    async def aclose(self) -> None:
        # abort, not close: a peer that never answers our close_notify must not keep the socket
        self._writer.transport.abort()

    def get_extra_info(self, info: str) -> Any:
        return self._writer.get_extra_info(info)

    @property
    def certificate_ends(self) -> datetime | None:
        """When the presented certificate expires."""
        session = self._writer.get_extra_info("ssl_object")
        shown = session.getpeercert() if session is not None else None
        if not shown or "notAfter" not in shown:
            return None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)


_ON_THE_WIRE = (httpcore.ProtocolError, OSError, EOFError)


class TenantTransport(httpx.AsyncBaseTransport):
    """httpx's seam: dials ``request.extensions["tenant"]``, one connection a request."""

    def __init__(self, dialer: Dialer) -> None:
        self.dialer = dialer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer headers of one request; the body is read from the response's stream.

        Raises:
            TenantError: Unreachable, TlsRefused, Misconfigured, BadAnswer.
        """
        tenant: Tenant = request.extensions["tenant"]
        secure = request.url.scheme == "https"
        if not secure and not tenant.allow_plain_http and not is_loopback(tenant.address):
            raise Misconfigured(
                "http:// without TLS is for loopback only: allow_plain_http permits it"
            )
        context = self.dialer.context(tenant.ca_file) if secure else None
        sock = await self.dialer.tcp(tenant.address, tenant.port)
        stream = await self.dialer.stream(sock, context, tenant.host)
        connection = httpcore.AsyncHTTP11Connection(
            httpcore.Origin(request.url.raw_scheme, request.url.raw_host, tenant.port), stream
        )
        try:
            answer = await connection.handle_async_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=tenant.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream if request.method == "POST" else None,
                )
            )
        except _ON_THE_WIRE as trouble:
            await stream.aclose()
            raise _wire_trouble(trouble) from None
        except asyncio.CancelledError:
            await stream.aclose()
            raise
        body = answer.stream
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(body, stream),
            extensions={"certificate_ends": stream.certificate_ends},
            request=request,
        )


class _Body(httpx.AsyncByteStream):
    def __init__(self, chunks: Any, stream: _Stream) -> None:
        self._chunks, self._stream = chunks, stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._chunks:
                yield chunk
        except _ON_THE_WIRE as trouble:
            raise _wire_trouble(trouble) from None

    async def aclose(self) -> None:
        await self._stream.aclose()


def _wire_trouble(trouble: Exception) -> Exception:
    """What went wrong on an open connection, typed; cancellation and our own errors pass."""
    if isinstance(trouble, httpcore.RemoteProtocolError):
        if "disconnect" in str(trouble) or "peer closed" in str(trouble):
            return Unreachable("connection cut before the answer was whole", kind=FailureKind.CUT)
        return BadAnswer("not an HTTP answer", path="$")
    if isinstance(trouble, httpcore.LocalProtocolError):
        return Misconfigured("the key or address cannot be sent as an HTTP header")
    if isinstance(trouble, ssl.SSLError):
        return Unreachable("TLS broke off in the answer", kind=FailureKind.CUT)
    if isinstance(trouble, EOFError):
        return Unreachable("connection cut before the answer was whole", kind=FailureKind.CUT)
    if isinstance(trouble, OSError) and not isinstance(trouble, TimeoutError):
        return unreachable(trouble, "the host")
    return trouble
