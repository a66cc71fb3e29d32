"""TLS sessions are resumed, for a while, and never at the price of trust."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind
from alfred_tui.tenant import dial
from tests.tenant.certificates import Authority
from tests.tenant.loopback import Exchange, listening, tenant
from tests.tenant.test_door import ROWS, door, kind


class Host:
    """A tenant that notes whether each of its callers resumed a session."""

    def __init__(self) -> None:
        self.resumed: list[bool] = []

    async def __call__(self, exchange: Exchange) -> None:
        shown = exchange.writer.get_extra_info("ssl_object")
        self.resumed.append(bool(shown.session_reused))
        exchange.answer(ROWS)


async def test_who_is_asked_again_resumes(tmp_path: Path) -> None:
    authority, host = Authority(tmp_path), Host()
    async with listening(host, authority.issue("good")) as server, door() as ours:
        who = tenant(server.port, secure=True, ca_file=str(authority.ca_file))
        ends = set()
        for _ in range(5):
            seen = await ours.look(who, Look.CONTAINERS)
            assert kind(seen) is None
            ends.add(seen.certificate_ends)
    assert host.resumed == [False, False, True, True, True]
    assert len(ends) == 1
    assert None not in ends


async def test_a_certificate_is_shown_anew_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, host = Authority(tmp_path), Host()
    async with listening(host, authority.issue("good")) as server, door() as ours:
        who = tenant(server.port, secure=True, ca_file=str(authority.ca_file))
        for _ in range(3):
            await ours.look(who, Look.CONTAINERS)
        monkeypatch.setattr(dial, "SESSION_LIFE", 0.0)
        await ours.look(who, Look.CONTAINERS)
    assert host.resumed == [False, False, True, False]


async def test_a_host_that_has_forgotten_the_session_is_asked_in_full(tmp_path: Path) -> None:
    authority, host = Authority(tmp_path), Host()
    good = authority.issue("good")
    async with door() as ours:
        async with listening(host, good) as server:
            port = server.port
            who = tenant(port, secure=True, ca_file=str(authority.ca_file))
            for _ in range(3):
                await ours.look(who, Look.CONTAINERS)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(good.chain, good.key)
        reborn = await asyncio.start_server(server.serve, "127.0.0.1", port, ssl=context)
        async with reborn:
            assert kind(await ours.look(who, Look.CONTAINERS)) is None
    assert host.resumed == [False, False, True, False]


async def test_another_host_behind_the_same_address_is_no_resumption(tmp_path: Path) -> None:
    authority, host = Authority(tmp_path), Host()
    stranger = Authority(tmp_path, "stranger").issue("strange")
    async with door() as ours:
        async with listening(host, authority.issue("good")) as server:
            port = server.port
            who = tenant(port, secure=True, ca_file=str(authority.ca_file))
            for _ in range(3):
                await ours.look(who, Look.CONTAINERS)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(stranger.chain, stranger.key)
        other = await asyncio.start_server(server.serve, "127.0.0.1", port, ssl=context)
        async with other:
            assert kind(await ours.look(who, Look.CONTAINERS)) is FailureKind.TLS_ISSUER
    assert len(host.resumed) == 3


async def test_another_trust_resumes_nothing(tmp_path: Path) -> None:
    authority, host = Authority(tmp_path), Host()
    other = Authority(tmp_path, "other")
    async with listening(host, authority.issue("good")) as server, door() as ours:
        who = tenant(server.port, secure=True, ca_file=str(authority.ca_file))
        for _ in range(3):
            await ours.look(who, Look.CONTAINERS)
        strict = tenant(server.port, secure=True, ca_file=str(other.ca_file))
        assert kind(await ours.look(strict, Look.CONTAINERS)) is FailureKind.TLS_ISSUER


async def test_an_answer_cut_without_a_farewell_is_not_whole(tmp_path: Path) -> None:
    async def until_the_end(exchange: Exchange) -> None:
        # no length: the body ends with the connection, so a cut could pass for its end
        exchange.raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ROWS)
        await exchange.writer.drain()
        exchange.writer.transport.abort()

    authority = Authority(tmp_path)
    async with listening(until_the_end, authority.issue("good")) as server, door() as ours:
        who = tenant(server.port, secure=True, ca_file=str(authority.ca_file))
        assert kind(await ours.look(who, Look.CONTAINERS)) is FailureKind.CUT


async def test_a_body_of_many_megabytes_is_read_through_tls(tmp_path: Path) -> None:
    rows = b'[{"Service":"alfred","State":"running","Command":"' + b"x" * 3_000_000 + b'"}]'

    async def large(exchange: Exchange) -> None:
        exchange.answer(rows)

    authority = Authority(tmp_path)
    async with listening(large, authority.issue("good")) as server, door() as ours:
        seen = await ours.look(
            tenant(server.port, secure=True, ca_file=str(authority.ca_file)), Look.CONTAINERS
        )
    assert (kind(seen), seen.size) == (None, len(rows))


async def test_a_name_that_tls_cannot_ask_for(tmp_path: Path) -> None:
    authority, host = Authority(tmp_path), Host()
    async with listening(host, authority.issue("good")) as server, door() as ours:
        who = tenant(
            server.port,
            api_url=f"https://{'x' * 70}.example:{server.port}",
            connect_address="127.0.0.1",
            ca_file=str(authority.ca_file),
        )
        assert kind(await ours.look(who, Look.CONTAINERS)) is FailureKind.CONFIGURATION


async def test_a_certificate_ends_where_it_says(tmp_path: Path) -> None:
    authority, host = Authority(tmp_path), Host()
    pair = authority.issue("short", ends_in=timedelta(days=3))
    async with listening(host, pair) as server, door() as ours:
        who = tenant(server.port, secure=True, ca_file=str(authority.ca_file))
        seen = await ours.look(who, Look.CONTAINERS)
    assert seen.certificate_ends is not None
    assert timedelta(days=2.9) < seen.certificate_ends - seen.at < timedelta(days=3.1)
