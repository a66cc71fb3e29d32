"""Hetzner through the real ``hcloud``: pages, labels, rate limits, refusals, silence."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alfred_tui.model.tenant import Secret
from alfred_tui.takeover.found import SourceError
from alfred_tui.takeover.hetzner import ENDPOINT, Access, access_of, read_hetzner
from tests.takeover.cloud import TOKEN, Answer, Cloud, cloud, error, limited, server


def access(there: Cloud, token: str = TOKEN) -> Access:
    return Access(Secret(token), there.url)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's pauses between its retries, shortened to nothing."""
    import hcloud._client as client

    monkeypatch.setattr(client, "exponential_backoff_function", lambda **_: lambda _: 0.0)


async def test_all_pages_of_ours_and_nobody_elses() -> None:
    others = [server(n, labels={"managed-by": "terraform"}) for n in range(500, 520)]
    with cloud(*(server(n) for n in range(1, 121)), *others) as there:
        told = await read_hetzner(access(there))
        assert [found.name for found in told.found] == [f"tenant-{n}" for n in range(1, 121)]
        assert len(there.asked) == 3
        assert all("label_selector=managed-by%3Dalfred-ctrl" in path for path in there.asked)


async def test_what_a_server_tells() -> None:
    with cloud(server(7, "acme")) as there:
        (found,) = (await read_hetzner(access(there))).found
    assert found.fields == {
        "ssh.host": "203.0.113.7",
        "ssh.user": "deploy",
        "server_type": "cx53",
        "location": "hel1",
        "estate.server_id": 7,
        "estate.volume_id": 1007,
        "labels.plane-enabled": "true",
    }
    assert found.assumed == {
        "api_url": "https://alfred-acme:3100",
        "estate.created_at": datetime(2026, 3, 1, 10, 1, 7, tzinfo=UTC),
    }


async def test_servers_that_lack_something_are_taken_for_what_they_have() -> None:
    bare = server(1, "bare", volumes=[1, 2], labels={"managed-by": "alfred-ctrl"})
    bare["public_net"]["ipv4"] = None
    odd = server(2, "odd")
    odd["labels"]["customer"] = "a b"
    with cloud(bare, odd) as there:
        told = await read_hetzner(access(there))
    (found,) = told.found
    assert found.name == "bare", "by its name where no label says whose it is"
    assert found.fields == {"server_type": "cx53", "location": "hel1", "estate.server_id": 1}
    assert [left.name for left in told.left_out] == ["a b"]


async def test_what_no_inventory_could_say_is_not_taken() -> None:
    strange = server(3, "strange")
    strange["public_net"]["ipv4"]["ip"] = "300.1.2.3"
    strange["server_type"]["name"] = "cx\x1b[31m"
    strange["labels"]["a"] = "b\nc"
    with cloud(strange) as there:
        (found,) = (await read_hetzner(access(there))).found
    assert set(found.fields) == {
        *("location", "estate.server_id", "estate.volume_id", "labels.plane-enabled"),
    }


async def test_none_is_said() -> None:
    with cloud() as there:
        told = await read_hetzner(access(there))
    assert "managed-by=alfred-ctrl" in told.notes[0]


@pytest.mark.usefixtures("at_once")
async def test_a_rate_limit_is_waited_out() -> None:
    with cloud(server(1), server(2)) as there:
        there.refusals = [error(429, "rate_limit_exceeded"), (502, b"<html>"), (504, b"")]
        assert len((await read_hetzner(access(there))).found) == 2
        assert len(there.asked) == 4


FLEET = [server(n) for n in range(1, 121)]
"""Three pages of the size that the library asks for."""


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("page", [2, 3])
async def test_a_rate_limit_at_a_later_page_is_waited_out(page: int) -> None:
    with cloud(*FLEET) as there:
        there.at_page = {page: [limited(), limited()]}
        told = await read_hetzner(access(there))
        assert [found.name for found in told.found] == [f"tenant-{n}" for n in range(1, 121)]
        assert there.pages() == sorted([1, 2, 3, page, page]), "no page is asked for again"


async def test_the_librarys_own_pause_is_kept_before_it_asks_again() -> None:
    """One second is its shortest, and no setting of it is shorter."""
    with cloud(*FLEET) as there:
        there.at_page = {2: [limited()]}
        assert len((await read_hetzner(access(there))).found) == 120
        assert there.pages() == [1, 2, 2, 3]
        assert there.at[2] - there.at[1] >= 1.0


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("page", [2, 3])
@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (limited(), "too many requests"),
        (Answer(*error(500, "server_error")), "server_error said"),
        (Answer(500, b"<html>oh</html>"), r"not available.*HTTP 500"),
        (Answer(200, b"", cut=True), "broke off"),
        (Answer(200, b'{"servers": ['), "not understood"),
        (Answer(200, b""), "not understood"),
        (Answer(*error(401, "unauthorized")), "token was refused"),
    ],
)
async def test_half_a_fleet_is_never_told(page: int, refusal: Answer, said: str) -> None:
    with cloud(*FLEET) as there:
        there.at_page, there.lasting = {page: [refusal]}, True
        with pytest.raises(SourceError, match=said) as raised:
            await read_hetzner(access(there))
        assert max(there.pages()) == page
    assert there.url in str(raised.value)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (error(429, "rate_limit_exceeded"), "too many requests"),
        ((429, b"slow down"), "too many requests"),
        (error(401, "unauthorized"), "token was refused"),
        ((401, b""), "token was refused"),
        (error(403, "forbidden"), "may not read servers"),
        (error(503, "unavailable"), "not available"),
        ((503, b"<html>busy</html>"), r"not available.*HTTP 503"),
        (error(503, "maintenance"), "maintenance"),
        (error(400, "invalid_input"), "invalid_input: invalid_input said"),
        ((200, b"{}"), "not understood"),
        ((200, b'{"servers": [{"nonsense": 1}]}'), "not understood"),
        ((200, b'{"servers": 7, "meta": {}}'), "not understood"),
    ],
)
async def test_a_refusal_says_what_to_do(refusal: tuple[int, bytes], said: str) -> None:
    with cloud(server(1)) as there:
        there.always = refusal
        with pytest.raises(SourceError, match=said) as raised:
            await read_hetzner(access(there))
    assert there.url in str(raised.value)
    assert TOKEN not in str(raised.value)


async def test_a_wrong_token_is_refused_by_the_real_check() -> None:
    with cloud(server(1)) as there:
        with pytest.raises(SourceError, match="token was refused"):
            await read_hetzner(access(there, "another"))
        assert len(there.asked) == 1, "never tried again"


async def test_nobody_there_is_said() -> None:
    with cloud() as there:
        gone = access(there)
    with pytest.raises(SourceError, match="cannot be reached"):
        await read_hetzner(gone)


async def test_silence_is_given_up_in_time_and_the_loop_stays_free() -> None:
    with cloud(server(1)) as there:
        there.silent = threading.Event()
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        with pytest.raises(SourceError, match=r"within 0\.5 s"):
            await read_hetzner(access(there), deadline=0.5)
        ticking.cancel()
        assert ticks > 100


def test_a_program_that_gave_up_ends_at_once() -> None:
    """The thread that still waits keeps nobody."""
    import subprocess
    import sys

    script = """
import asyncio, sys
from alfred_tui.model.tenant import Secret
from alfred_tui.takeover.found import SourceError
from alfred_tui.takeover.hetzner import Access, read_hetzner
try:
    asyncio.run(read_hetzner(Access(Secret("x"), sys.argv[1]), deadline=0.3))
except SourceError as trouble:
    print(trouble)
"""
    with cloud() as there:
        there.silent = threading.Event()
        done = subprocess.run(
            [sys.executable, "-c", script, there.url],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "within 0.3 s" in done.stdout


def test_where_the_token_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-the-file\n")
    file.chmod(0o600)
    assert access_of(str(file), "", {}).token.reveal() == "from-the-file"
    assert access_of(str(file), "", {}).endpoint == ENDPOINT
    env = {"HCLOUD_TOKEN": "from-env", "HCLOUD_ENDPOINT": "http://127.0.0.1:1/v1/"}
    assert access_of(str(file), "", env) == Access(Secret("from-env"), "http://127.0.0.1:1/v1")
    assert access_of(str(file), "http://127.0.0.1:2", env).endpoint == "http://127.0.0.1:2"


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0, "No such file"),
        (b"", 0o600, "is empty"),
        (b"t", 0o640, "others can read it"),
        (b"\xff\xfe", 0o600, "not text"),
        (b"a b", 0o600, "no header can carry"),
    ],
)
def test_a_token_that_cannot_be_used(
    tmp_path: Path, content: bytes | None, mode: int, said: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    with pytest.raises(SourceError, match=said):
        access_of(str(file), "", {})


def test_without_a_token_both_ways_are_named() -> None:
    with pytest.raises(SourceError, match=r"hetzner\.token_file.*HCLOUD_TOKEN"):
        access_of("", "", {})
