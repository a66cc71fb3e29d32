"""Certificates that a client must refuse, or warn of: over real TLS."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sim.fleet import SYSTEM, Running, doors, eventually, launch, running
from tests.support.simulator import faults

REFUSED = {
    "certificate-expired": "certificate has expired",
    "certificate-wrong-name": "Hostname mismatch",
    "certificate-unknown": "self-signed certificate",
}


def shaken(fleet: Running, index: int, context: ssl.SSLContext | None = None) -> dict[str, Any]:
    """The certificate of a tenant after a handshake under its name."""
    tenant = fleet.tenants[index]
    context = context or ssl.create_default_context(cafile=tenant["ca_file"])
    name = tenant["api_url"].split("://")[1].split(":")[0]
    with (
        socket.create_connection(doors(tenant), 10) as sock,
        context.wrap_socket(sock, server_hostname=name) as wrapped,
    ):
        found = wrapped.getpeercert()
        assert found is not None
        return dict(found)


def left(certificate: dict[str, Any]) -> float:
    """Days until it ends."""
    ends = ssl.cert_time_to_seconds(certificate["notAfter"])
    return (ends - datetime.now(UTC).timestamp()) / 86_400


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_a_bad_certificate_is_refused_for_its_reason(tmp_path: Path, kind: str) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": kind})
    with running(tmp_path, "--tls", *script, tenants=2) as fleet:
        with pytest.raises(ssl.SSLCertVerificationError) as trouble:
            shaken(fleet, 0)
        assert REFUSED[kind] in str(trouble.value)
        assert left(shaken(fleet, 1)) > 60


def test_a_certificate_ends_when_it_is_told_to(tmp_path: Path) -> None:
    script = faults(
        tmp_path,
        {"tenant": 0, "fault": "certificate-ending", "days": 3},
        {"tenant": 1, "fault": "certificate-ending", "amount": 20},
    )
    with running(tmp_path, "--tls", *script, tenants=3) as fleet:
        assert 2.9 < left(shaken(fleet, 0)) <= 3
        assert 19.9 < left(shaken(fleet, 1)) <= 20


def test_a_certificate_turns_bad_and_is_renewed_and_no_session_outlives_it(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": "certificate-expired", "at": 5, "for": 2})
    with running(tmp_path, "--tls", *script, tenants=1) as fleet:
        tenant = fleet.tenants[0]
        context = ssl.create_default_context(cafile=tenant["ca_file"])
        name = tenant["api_url"].split("://")[1].split(":")[0]
        session = _session(fleet, context, name)
        resumed = []

        def good() -> bool:
            try:
                with (
                    socket.create_connection(doors(tenant), 10) as sock,
                    context.wrap_socket(sock, server_hostname=name, session=session) as wrapped,
                ):
                    resumed.append(wrapped.session_reused)
                    return True
            except ssl.SSLCertVerificationError:
                return False
            except (ConnectionError, ssl.SSLEOFError):
                return good()  # it was just changing

        assert good()
        assert resumed == [True], "before, a session is taken up"
        eventually(lambda: not good())
        eventually(good)
        assert resumed[-1] is False


def _session(fleet: Running, context: ssl.SSLContext, name: str) -> ssl.SSLSession | None:
    """A TLS session of an answered request."""
    tenant = fleet.tenants[0]
    with (
        socket.create_connection(doors(tenant), 10) as sock,
        context.wrap_socket(sock, server_hostname=name) as wrapped,
    ):
        key = tenant["api_key"]
        wrapped.sendall(
            f"GET {SYSTEM} HTTP/1.1\r\nHost: {name}\r\nAuthorization: Bearer {key}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        while wrapped.recv(65536):
            pass
        return wrapped.session


@pytest.mark.parametrize("kind", [*sorted(REFUSED), "certificate-ending"])
def test_without_tls_there_is_no_certificate_to_go_wrong(tmp_path: Path, kind: str) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": kind})
    process = launch(tmp_path / "inventory.json", *script, tenants=2)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == f"alfred-tui sim: {kind} can only be seen over TLS: add --tls\n"
