"""What the operating system, OpenSSL and the HTTP parser say, as one of our typed errors."""

from __future__ import annotations

import errno
import ssl

import h11

from alfred_tui.model.observation import FailureKind
from alfred_tui.tenant.errors import BadAnswer, Misconfigured, TenantError, TlsRefused, Unreachable

# X509_V_ERR_* of OpenSSL's x509_vfy.h
_EXPIRED = frozenset({9, 10})
_NAME = frozenset({62, 64})
_ISSUER = frozenset({2, 18, 19, 20, 21, 24, 27})

_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


def tls_refused(trouble: ssl.SSLError, host: str) -> TenantError:
    """The kind of a failed TLS handshake; a refused certificate by OpenSSL's verify code."""
    if isinstance(trouble, ssl.SSLCertVerificationError):
        code = trouble.verify_code
        if code in _EXPIRED:
            return TlsRefused("certificate expired or not yet valid", kind=FailureKind.TLS_EXPIRED)
        if code in _NAME:
            return TlsRefused(f"certificate is not for {host}", kind=FailureKind.TLS_NAME)
        if code in _ISSUER:
            return TlsRefused("certificate of an unknown issuer", kind=FailureKind.TLS_ISSUER)
        return TlsRefused(f"certificate refused: {trouble.verify_message}")
    if isinstance(trouble, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return Unreachable("connection cut during TLS", kind=FailureKind.CUT)
    said = (trouble.reason or "protocol error").replace("_", " ").lower()
    return TlsRefused(f"TLS failed: {said}")


def from_system(trouble: OSError, where: str) -> TenantError:
    """An operating system's error; running out of descriptors or ports is our own trouble."""
    number = trouble.errno
    if number in (errno.EMFILE, errno.ENFILE):
        return Misconfigured("out of file descriptors: raise the limit (ulimit -n)")
    if number in _OURS:
        return Misconfigured(f"own machine: {(trouble.strerror or 'no resources').lower()}")
    if number in (errno.EACCES, errno.EPERM):
        return Misconfigured(f"own machine forbids to connect to {where}")
    if number == errno.ECONNREFUSED:
        return Unreachable(f"connection refused at {where}", kind=FailureKind.REFUSED)
    if number in _NO_ROUTE:
        return Unreachable(f"no route to {where}", kind=FailureKind.UNREACHABLE)
    if number == errno.ETIMEDOUT:
        return Unreachable(f"no answer from {where}", kind=FailureKind.TIMED_OUT)
    return Unreachable(f"connection to {where} cut", kind=FailureKind.CUT)


def on_the_wire(trouble: Exception) -> TenantError:
    """What went wrong on an open connection while a request was under way."""
    if isinstance(trouble, h11.LocalProtocolError):
        return Misconfigured("the key or the address cannot be sent as an HTTP header")
    if isinstance(trouble, h11.RemoteProtocolError):
        if "peer" in str(trouble):  # "peer closed connection", "peer unexpectedly closed"
            return Unreachable("connection cut before the answer was whole", kind=FailureKind.CUT)
        return BadAnswer("not an HTTP answer", path="$")
    if isinstance(trouble, ssl.SSLError):
        return Unreachable("TLS broke off in the answer", kind=FailureKind.CUT)
    if isinstance(trouble, OSError):
        return from_system(trouble, "the host")
    return Unreachable("connection cut before the answer was whole", kind=FailureKind.CUT)
