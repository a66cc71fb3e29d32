"""The door over real sockets: every way to fail has its kind, and none of them raises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.model.facts import Banner, Containers, Streams, System
from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind, Observation
from alfred_tui.model.tenant import Layout, Secret
from alfred_tui.tenant.door import ApiDoor
from alfred_tui.tenant.http import KEEP_FOR
from tests.tenant.certificates import Authority
from tests.tenant.loopback import KEY, QUICK, Exchange, blackhole, listening, tenant

ROWS = json.dumps([{"Service": "alfred", "State": "running", "Status": "Up 2 hours"}]).encode()


@asynccontextmanager
async def door() -> AsyncIterator[ApiDoor]:
    made = ApiDoor(poll=QUICK, now=lambda: datetime.now(UTC))
    try:
        yield made
    finally:
        await made.aclose()
        assert made.in_flight == made.connecting == 0


async def well(exchange: Exchange) -> None:
    exchange.answer(ROWS)


async def asked(handler: object, look: Look = Look.CONTAINERS, **more: object) -> Observation:
    async with listening(handler) as server, door() as ours:  # type: ignore[arg-type]
        return await ours.look(tenant(server.port, **more), look)  # type: ignore[arg-type]


def kind(seen: Observation) -> FailureKind | None:
    assert (seen.answer is None) == (seen.failure is not None)
    if seen.failure is not None:
        assert KEY not in seen.failure.text
        assert "\n" not in seen.failure.text
    return seen.failure.kind if seen.failure else None


async def test_an_answer_with_its_key_its_size_and_nothing_more() -> None:
    async with listening(well) as server, door() as ours:
        seen = await ours.look(tenant(server.port), Look.CONTAINERS)
        assert isinstance(seen.answer, Containers)
        assert (seen.answer.rows[0].service, seen.size, seen.certificate_ends) == (
            "alfred",
            len(ROWS),
            None,
        )
        head = server.heads[0]
        assert head.startswith(b"GET /api/v1/admin/containers HTTP/1.1\r\n")
        assert b"\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n" in head
        assert b"X-Tenant" not in head
        assert ours.stats.bytes_total == len(ROWS)


async def test_workflows_are_asked_for_with_a_query() -> None:
    async def empty(exchange: Exchange) -> None:
        exchange.answer(b"[]")

    async with listening(empty) as server, door() as ours:
        assert kind(await ours.look(tenant(server.port), Look.WORKFLOWS)) is None
        assert b"?query=ExecutionStatus%3D%22Running%22 " in server.heads[0]


async def test_verified_by_name_whatever_is_dialled(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with listening(well, authority.issue("good")) as server, door() as ours:
        seen = await ours.look(
            tenant(server.port, secure=True, ca_file=str(authority.ca_file)), Look.CONTAINERS
        )
    assert kind(seen) is None
    assert seen.certificate_ends is not None
    assert timedelta(days=19) < seen.certificate_ends - datetime.now(UTC) < timedelta(days=21)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("expired", FailureKind.TLS_EXPIRED),
        ("other name", FailureKind.TLS_NAME),
        ("unknown issuer", FailureKind.TLS_ISSUER),
        ("plain", FailureKind.TLS_OTHER),
    ],
)
async def test_tls_refused_by_its_kind(tmp_path: Path, sort: str, expected: FailureKind) -> None:
    authority = Authority(tmp_path)
    pair = None
    if sort == "expired":
        pair = authority.issue("late", ends_in=-timedelta(days=1))
    elif sort == "other name":
        pair = authority.issue("else", ("else.ts.example",))
    elif sort == "unknown issuer":
        pair = Authority(tmp_path, "stranger").issue("strange")

    async def bad_request(exchange: Exchange) -> None:
        exchange.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with door() as ours:
        ca_file = str(authority.ca_file)
        if pair is None:
            plain = await asyncio.start_server(refuse, "127.0.0.1", 0)
            async with plain:
                port = plain.sockets[0].getsockname()[1]
                who = tenant(port, secure=True, ca_file=ca_file)
                assert kind(await ours.look(who, Look.CONTAINERS)) is expected
            return
        async with listening(well, pair) as server:
            who = tenant(server.port, secure=True, ca_file=ca_file)
            assert kind(await ours.look(who, Look.CONTAINERS)) is expected
            assert server.heads == []


async def test_a_bad_ca_file_is_one_tenants_trouble(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    async with listening(well, authority.issue("good")) as server, door() as ours:
        for ca_file, text in ((tmp_path / "gone.pem", "no such file"), (empty, "no certificate")):
            who = tenant(server.port, secure=True, ca_file=str(ca_file))
            seen = await ours.look(who, Look.CONTAINERS)
            assert kind(seen) is FailureKind.CONFIGURATION
            assert text in (seen.failure.text if seen.failure else "")
        good = tenant(server.port, secure=True, ca_file=str(authority.ca_file))
        assert kind(await ours.look(good, Look.CONTAINERS)) is None
        assert server.connections == 1


async def test_plain_http_leaves_this_machine_only_where_it_may() -> None:
    async with listening(well) as server, door() as ours:
        url = f"http://tenant.ts.example:{server.port}"
        far = tenant(server.port, api_url=url, connect_address="192.0.2.7")
        assert kind(await ours.look(far, Look.CONTAINERS)) is FailureKind.CONFIGURATION
        near = tenant(server.port, api_url=url, connect_address="127.0.0.1")
        assert kind(await ours.look(near, Look.CONTAINERS)) is None
        assert server.connections == 1


@pytest.mark.parametrize("url", ["ftp://a.example", "https://", "https://a.example:x", "", "a b"])
async def test_no_address_is_a_matter_of_configuration(url: str) -> None:
    async with door() as ours:
        seen = await ours.look(tenant(1, api_url=url, connect_address=None), Look.CONTAINERS)
        assert kind(seen) is FailureKind.CONFIGURATION


@pytest.mark.parametrize("key", ["two\nlines", "ключ", "a\0b"])
async def test_a_key_that_cannot_be_sent_is_not_shown(key: str) -> None:
    async with listening(well) as server, door() as ours:
        seen = await ours.look(tenant(server.port, api_key=Secret(key)), Look.CONTAINERS)
        assert kind(seen) is FailureKind.CONFIGURATION
        assert key not in repr(seen)
        assert server.heads == []


async def test_nobody_listens() -> None:
    async with listening(well) as server:
        port = server.port
    async with door() as ours:
        assert kind(await ours.look(tenant(port), Look.CONTAINERS)) is FailureKind.REFUSED
        assert kind(await ours.look(tenant(port), Look.BANNER)) is FailureKind.REFUSED


async def test_a_host_that_swallows_packets() -> None:
    async with blackhole() as port, door() as ours:
        assert kind(await ours.look(tenant(port), Look.CONTAINERS)) is FailureKind.TIMED_OUT


async def test_a_name_that_is_none() -> None:
    async with door() as ours:
        who = tenant(1, api_url="https://nowhere.invalid:3100", connect_address=None)
        assert kind(await ours.look(who, Look.CONTAINERS)) is FailureKind.NAME


async def silent(exchange: Exchange) -> None:
    await asyncio.sleep(3600)


async def cut(exchange: Exchange) -> None:
    exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[")
    exchange.writer.close()


async def nothing(exchange: Exchange) -> None:
    exchange.writer.close()


async def garbage(exchange: Exchange) -> None:
    exchange.raw(b"\x00\x01 no HTTP at all\r\n\r\n")


async def redirect(exchange: Exchange) -> None:
    exchange.answer(b"", "302 Found", "Location: http://127.0.0.1:9/")


async def drip(exchange: Exchange) -> None:
    exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        exchange.raw(b" ")
        await exchange.writer.drain()
        await asyncio.sleep(0.01)


async def announced(exchange: Exchange) -> None:
    exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99000000\r\n\r\n[")


async def endless(exchange: Exchange) -> None:
    exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        exchange.raw(b"10000\r\n" + b" " * 65536 + b"\r\n")
        await exchange.writer.drain()


async def no_content(exchange: Exchange) -> None:
    exchange.raw(b"HTTP/1.1 204 No Content\r\n\r\n")


async def web_page(exchange: Exchange) -> None:
    exchange.answer(b"<html>Sign in</html>")


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (silent, FailureKind.TIMED_OUT),
        (drip, FailureKind.TIMED_OUT),
        (cut, FailureKind.CUT),
        (nothing, FailureKind.CUT),
        (garbage, FailureKind.BAD_ANSWER),
        (redirect, FailureKind.REDIRECTED),
        (announced, FailureKind.TOO_LARGE),
        (endless, FailureKind.TOO_LARGE),
        (no_content, FailureKind.BAD_ANSWER),
        (web_page, FailureKind.BAD_ANSWER),
    ],
)
async def test_every_bad_answer_has_its_kind(handler: object, expected: FailureKind) -> None:
    assert kind(await asked(handler)) is expected


async def test_of_a_ten_megabyte_refusal_the_first_line_is_read() -> None:
    async def wordy(exchange: Exchange) -> None:
        said = {"code": "EXEC_ERROR", "message": "docker failed (1): disk full\nmore"}
        whole = {"error": said | {"details": {"stdout": "x" * 10_000_000}}}
        exchange.answer(json.dumps(whole).encode(), "500 Internal Server Error")

    seen = await asked(wordy)
    assert kind(seen) is FailureKind.COMMAND_FAILED
    assert seen.failure is not None
    assert seen.failure.text == "disk full"


async def test_chunked_and_informational_answers_are_read() -> None:
    async def chunks(exchange: Exchange) -> None:
        exchange.raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
        exchange.raw(b"Transfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(ROWS), 7):
            part = ROWS[at : at + 7]
            exchange.raw(b"%x\r\n%s\r\n" % (len(part), part))
        exchange.raw(b"0\r\n\r\n")

    assert isinstance((await asked(chunks)).answer, Containers)


async def test_the_tenants_clock_is_read_with_its_doubt() -> None:
    async def ahead(exchange: Exchange) -> None:
        theirs = datetime.now(UTC) + timedelta(seconds=300)
        exchange.answer(ROWS, "200 OK", f"Date: {theirs:%a, %d %b %Y %H:%M:%S} GMT")

    seen = await asked(ahead)
    assert seen.skew is not None
    assert abs(seen.skew - 300) <= seen.skew_margin + 0.1
    assert 0.5 <= seen.skew_margin < 2


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 01 Jan 0001 00:00:00 GMT", "9" * 3000])
async def test_a_date_that_is_none_is_no_clock(date: str) -> None:
    async def odd(exchange: Exchange) -> None:
        exchange.answer(ROWS, "200 OK", f"Date: {date}")

    assert (await asked(odd)).skew is None


async def test_the_pulse_shares_a_connection_and_survives_its_death() -> None:
    raw = json.dumps({"raw": "curator idle"}).encode()

    async def twice(exchange: Exchange) -> None:
        if exchange.number == 2:
            exchange.writer.close()  # idle too long: closed without a byte
            return
        exchange.answer(raw, keep=True)

    async with listening(twice) as server, door() as ours:
        for _ in range(3):
            assert kind(await ours.look(tenant(server.port), Look.WORKERS)) is None
        assert (server.connections, len(server.heads)) == (2, 4)


async def test_a_kept_connection_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alfred_tui.tenant.http.KEEP_FOR", 0.02)
    assert KEEP_FOR < 5  # ctrl-api closes after that
    ended = asyncio.Event()

    async def once(exchange: Exchange) -> None:
        exchange.answer(b'{"raw":"x"}', keep=True)

    async with listening(once) as server, door() as ours:
        await ours.look(tenant(server.port), Look.WORKERS)
        (task,) = server.tasks
        task.add_done_callback(lambda _: ended.set())
        async with asyncio.timeout(10):
            await ended.wait()


async def test_a_cancelled_look_leaves_nothing_open() -> None:
    began = asyncio.Event()
    ended = asyncio.Event()

    async def wait(exchange: Exchange) -> None:
        began.set()
        await asyncio.sleep(3600)

    async with listening(wait) as server, door() as ours:
        look = asyncio.create_task(ours.look(tenant(server.port), Look.CONTAINERS))
        await began.wait()
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
        assert (ours.in_flight, ours.connecting) == (0, 0)
        ended.set()


async def test_what_a_generation_lacks_is_not_asked_for_again() -> None:
    refusal = {"error": {"code": "NOT_FOUND", "message": "No route: GET /api/v1/admin/dashboard"}}

    async def absent(exchange: Exchange) -> None:
        exchange.answer(json.dumps(refusal).encode(), "404 Not Found")

    async with listening(absent) as server, door() as ours:
        for _ in range(3):
            seen = await ours.look(tenant(server.port), Look.DASHBOARD)
            assert kind(seen) is FailureKind.UNSUPPORTED
        assert len(server.heads) == 1
        for _ in range(2):  # every generation has containers: that 404 will pass
            await ours.look(tenant(server.port), Look.CONTAINERS)
        assert len(server.heads) == 3


async def test_a_proxys_404_teaches_nothing() -> None:
    async def page(exchange: Exchange) -> None:
        exchange.answer(b"<html>404</html>", "404 Not Found")

    async with listening(page) as server, door() as ours:
        for _ in range(2):
            seen = await ours.look(tenant(server.port), Look.DASHBOARD)
            assert kind(seen) is FailureKind.BAD_ANSWER
        assert len(server.heads) == 2


async def test_streams_are_joined_with_their_pulls_one_at_a_time() -> None:
    listed = [
        {"id": "rss", "name": "News", "enabled": True, "status": "idle"},
        {"id": "events", "name": "Trap", "enabled": True, "status": "idle"},
        {"id": "a/b?consumer=x", "name": "Odd", "enabled": True, "status": "idle"},
        {"id": "off", "name": "Off", "enabled": True, "status": "paused"},
        {"id": "inbox", "name": "Inbox", "enabled": True, "status": "idle", "system": True},
    ]
    pulled = {"last_pull_at": "2026-06-01T09:00:00Z", "schedule_interval_seconds": 300}

    async def streams(exchange: Exchange) -> None:
        if exchange.target == "/api/v1/streams":
            exchange.answer(json.dumps({"streams": listed}).encode(), keep=True)
        elif exchange.target.endswith("/rss"):
            exchange.answer(json.dumps({"stream": listed[0] | pulled}).encode(), keep=True)
        else:
            exchange.answer(json.dumps({"stream": listed[2] | pulled}).encode(), keep=True)

    async with listening(streams) as server, door() as ours:
        seen = await ours.look(tenant(server.port), Look.STREAMS)
        assert isinstance(seen.answer, Streams)
        assert [row.interval for row in seen.answer.rows] == [300, None, 300, None, None]
        assert [place.path for place in seen.oddities] == ["$.streams[1].id"]
        targets = [head.split(b" ")[1].decode() for head in server.heads]
        assert targets == [
            "/api/v1/streams",
            "/api/v1/streams/rss",
            "/api/v1/streams/a%2Fb%3Fconsumer%3Dx",
        ]
        assert server.connections == 1


async def test_hosts_own_disk_on_h_and_the_container_root_elsewhere() -> None:
    info = {"uptime": "up 1 day", "disk": "overlay 10G 5G 5G 50% /", "memory": "unknown"}

    async def system(exchange: Exchange) -> None:
        new = exchange.target == "/api/v1/admin/system-info"
        exchange.answer(json.dumps({"disk_used_pct": 91.5} if new else info).encode())

    async with listening(system) as server, door() as ours:
        for layout, percent, calls in ((Layout.F3, 50, 1), (Layout.H, 91.5, 2)):
            server.heads.clear()
            seen = await ours.look(tenant(server.port, layout=layout), Look.SYSTEM)
            assert isinstance(seen.answer, System)
            assert seen.answer.disk is not None
            assert (seen.answer.disk.percent, len(server.heads)) == (percent, calls)


async def test_out_of_descriptors_is_our_own_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import socket

    def none_left(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async with door() as ours:
        monkeypatch.setattr(socket, "socket", none_left)
        seen = await ours.look(tenant(9), Look.CONTAINERS)
    assert kind(seen) is FailureKind.CONFIGURATION
    assert "file descriptors" in (seen.failure.text if seen.failure else "")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", None),
        (b"SSH-2.0-" + b"x" * 100_000, None),
        (b"HTTP/1.1 400 Bad Request\r\n", FailureKind.BAD_ANSWER),
        (b"", FailureKind.CUT),
        (None, FailureKind.TIMED_OUT),
    ],
)
async def test_the_banner_is_one_line_and_nothing_is_said(
    said: bytes | None, expected: FailureKind | None
) -> None:
    heard = asyncio.get_running_loop().create_future()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if said is not None:
            writer.write(said)
            if not said:
                writer.close()
        try:
            heard.set_result(await reader.read())
        except OSError:
            heard.set_result(b"")
        finally:
            writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server, door() as ours:
        seen = await ours.look(tenant(server.sockets[0].getsockname()[1]), Look.BANNER)
        assert kind(seen) is expected
        if isinstance(seen.answer, Banner):
            assert seen.answer.text.startswith("SSH-2.0-")
            assert len(seen.answer.text) <= 100
        async with asyncio.timeout(10):
            assert await heard == b""
