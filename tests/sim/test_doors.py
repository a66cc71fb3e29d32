"""The simulator's sockets: node's manners, TLS, and hosts that refuse or swallow."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from pathlib import Path

import pytest

from tests.sim.fleet import CONTAINERS, DASHBOARD, SYSTEM, doors, eventually, running
from tests.support.simulator import faults


def test_an_answer_has_the_headers_of_the_real_thing(tmp_path: Path) -> None:
    with running(tmp_path) as fleet:
        status, headers, body = fleet.get(CONTAINERS, Connection="close")
        assert status == 200
        assert set(headers) == {
            "Access-Control-Allow-Origin",
            "Access-Control-Allow-Methods",
            "Access-Control-Allow-Headers",
            "Content-Type",
            "Content-Length",
            "Date",
            "Connection",
        }
        assert headers["Connection"] == "close"
        assert int(headers["Content-Length"]) == len(body)
        assert fleet.get(CONTAINERS, Authorization="Bearer wrong")[0] == 401
        assert fleet.get("/api/v1/nope")[0] == 404
        assert fleet.get("/api/v1/nope", Authorization="Basic YTpi")[0] == 401
        assert fleet.get(CONTAINERS, index=1)[0] == 200
        assert fleet.get(CONTAINERS, index=1, Authorization=_key(fleet.tenants[0]))[0] == 401


def _key(tenant: dict[str, str]) -> str:
    return f"Bearer {tenant['api_key']}"


def test_a_connection_is_kept_and_closed_when_idle(tmp_path: Path) -> None:
    with running(tmp_path) as fleet:
        connection = fleet.connect(timeout=30)
        for _ in range(3):
            connection.request("GET", SYSTEM, headers={"Authorization": _key(fleet.tenants[0])})
            response = connection.getresponse()
            response.read()
            assert response.getheader("Keep-Alive") == "timeout=5"
            assert response.getheader("Connection") == "keep-alive"
        assert connection.sock is not None
        began = time.monotonic()
        assert connection.sock.recv(1) == b""
        assert time.monotonic() - began > 4  # not at once: node waits beyond its five seconds
        connection.close()


def test_head_options_and_a_missing_host(tmp_path: Path) -> None:
    with running(tmp_path) as fleet:
        where = doors(fleet.tenants[0])
        key = fleet.tenants[0]["api_key"]
        head = _raw(where, f"HEAD {SYSTEM} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n")
        assert head.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert head.endswith(b"\r\n\r\n")
        options = _raw(where, "OPTIONS /nowhere HTTP/1.1\r\nHost: x\r\n")
        assert options.startswith(b"HTTP/1.1 204 No Content\r\n")
        assert b"Content-Length" not in options
        assert _raw(where, "GET / HTTP/1.1\r\n").startswith(b"HTTP/1.1 400 Bad Request\r\n")
        big = _raw(where, f"GET / HTTP/1.1\r\nHost: x\r\nX-Big: {'a' * 20_000}\r\n")
        assert big.startswith(b"HTTP/1.1 431 ")


def _raw(where: tuple[str, int], head: str) -> bytes:
    with socket.create_connection(where, 10) as sock:
        sock.sendall(head.encode() + b"Connection: close\r\n\r\n")
        made = b""
        while part := sock.recv(65536):
            made += part
        return made


def test_ssh_has_a_banner_of_its_own(tmp_path: Path) -> None:
    with running(tmp_path) as fleet:
        for index in range(3):
            assert fleet.banner(index) == b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"


def test_a_tenant_is_known_by_its_name_over_tls(tmp_path: Path) -> None:
    with running(tmp_path, "--tls", tenants=2) as fleet:
        first, second = fleet.tenants
        context = ssl.create_default_context(cafile=first["ca_file"])
        address, port = doors(first)
        name = first["api_url"].split("://")[1].split(":")[0]
        assert name.endswith(".ts.example")
        with (
            socket.create_connection((address, port), 10) as sock,
            context.wrap_socket(sock, server_hostname=name) as wrapped,
        ):
            wrapped.sendall(
                f"GET {SYSTEM} HTTP/1.1\r\nHost: {name}\r\nAuthorization: {_key(first)}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            assert wrapped.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
        with (
            socket.create_connection(doors(second), 10) as sock,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            context.wrap_socket(sock, server_hostname=name)


def test_a_swallowed_host_times_out_and_no_other_is_touched(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 1, "fault": "host-blackholed"})
    with running(tmp_path, *script) as fleet:
        ssh = fleet.tenants[1]["ssh"]
        for where in (doors(fleet.tenants[1]), (ssh["host"], ssh["port"])):
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    socket.create_connection(where, 0.4)
        for index in (0, 2):
            assert fleet.get(CONTAINERS, index)[0] == 200
            assert fleet.banner(index).startswith(b"SSH-2.0-")


def test_a_refusing_host_and_one_whose_api_alone_is_down(tmp_path: Path) -> None:
    script = faults(
        tmp_path, {"tenant": 0, "fault": "host-refused"}, {"tenant": 1, "fault": "api-down"}
    )
    with running(tmp_path, *script) as fleet:
        for index in (0, 1):
            with pytest.raises(ConnectionRefusedError):
                fleet.get(CONTAINERS, index)
        with pytest.raises(ConnectionRefusedError):
            fleet.banner(0)
        assert fleet.banner(1).startswith(b"SSH-2.0-")


def test_a_host_goes_and_comes_back(tmp_path: Path) -> None:
    script = faults(
        tmp_path,
        {"tenant": 0, "fault": "host-blackholed", "at": 1, "for": 1.5},
        {"tenant": 1, "fault": "api-down", "at": 1, "for": 1.5},
    )
    with running(tmp_path, *script) as fleet:

        def up(index: int) -> bool:
            try:
                with socket.create_connection(doors(fleet.tenants[index]), 0.3):
                    return True
            except OSError:
                return False

        for index in (0, 1):
            eventually(lambda n=index: not up(n))
        for index in (0, 1):
            eventually(lambda n=index: up(n))
            assert fleet.get(CONTAINERS, index)[0] == 200


def test_a_cut_answer_ends_early_and_garbage_is_no_json(tmp_path: Path) -> None:
    script = faults(
        tmp_path, {"tenant": 0, "fault": "answer-cut"}, {"tenant": 1, "fault": "answer-garbage"}
    )
    with running(tmp_path, *script) as fleet:
        with pytest.raises(http.client.IncompleteRead):
            fleet.get(CONTAINERS, 0)
        status, _, body = fleet.get(CONTAINERS, 1)
        assert status == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
        assert json.loads(fleet.get(CONTAINERS, 2)[2])


def test_requests_at_once_are_all_answered(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        address, port = doors(fleet.tenants[0])
        socks = [socket.create_connection((address, port), 20) for _ in range(20)]
        target = DASHBOARD if fleet.get(DASHBOARD)[0] == 200 else CONTAINERS
        for sock in socks:
            sock.sendall(
                f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {_key(fleet.tenants[0])}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
        for sock in socks:
            made = b""
            while part := sock.recv(1 << 20):
                made += part
            head, _, body = made.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            assert json.loads(body)
            sock.close()
