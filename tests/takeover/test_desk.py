"""The desk: slow work beside the screen's loop, told on it, given up with it."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest

from alfred_tui.config import Paths, Settings
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.store.store import Store
from alfred_tui.takeover.aside import aside
from alfred_tui.takeover.desk import Desk
from alfred_tui.takeover.findings import Finding
from alfred_tui.takeover.found import SourceError
from alfred_tui.takeover.gathering import Request
from alfred_tui.takeover.merge import Preference, Side


async def test_work_aside_has_a_loop_and_a_thread_of_its_own() -> None:
    here = asyncio.get_running_loop()

    async def work() -> bool:
        return (
            asyncio.get_running_loop() is not here
            and threading.current_thread() is not threading.main_thread()
        )

    assert await aside(work)


async def test_what_it_raises_is_raised_here() -> None:
    async def work() -> None:
        raise SourceError("nothing there")

    with pytest.raises(SourceError, match="nothing there"):
        await aside(work)


async def test_given_up_it_ends_before_we_go_on() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.ensure_future(aside(work))
    assert await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


def filled(tmp_path: Path) -> Settings:
    paths = Paths(tmp_path / "home")
    store = Store.open(paths)
    store.put_tenants([Tenant("acme", "https://acme.ts.net:3100", Secret("k"), location="fsn1")])
    store.close()
    return Settings(paths)


def inventory(tmp_path: Path, *tenants: dict[str, object]) -> str:
    file = tmp_path / "fleet.json"
    whole = [{"api_key": "k", **each} for each in tenants]
    file.write_text(json.dumps({"tenants": whole}), "utf-8")
    file.chmod(0o600)
    return str(file)


ACME = {"name": "acme", "api_url": "https://acme.ts.net:3100", "location": "hel1"}
BIRCH = {"name": "birch", "api_url": "https://birch.ts.net:3100"}


async def test_the_doctor_is_told_part_by_part_on_our_own_thread(tmp_path: Path) -> None:
    told: list[tuple[threading.Thread, Finding]] = []
    desk = Desk(Settings(Paths(tmp_path / "home")))
    await desk.examine(lambda part: told.extend((threading.current_thread(), f) for f in part))
    assert {thread for thread, _ in told} == {threading.current_thread()}
    assert {"settings", "store", "tools", "tailnet", "clock"} <= {f.area for _, f in told}


async def test_an_import_is_weighed_without_a_trace_and_taken_as_decided(tmp_path: Path) -> None:
    settings = filled(tmp_path)
    desk = Desk(settings)
    told: list[str] = []
    path = inventory(tmp_path, ACME, BIRCH)
    reading = await desk.gather(Request(path), told.append)
    assert told == [path]
    nothing = Preference()
    first = (await desk.weigh(reading.gathered, nothing)).outcome
    assert (first.added, first.held_back) == (("birch",), ("acme",))
    assert [each.key for each in first.conflicts] == ["acme/location@inventory"]
    assert names(settings) == {"acme": "fsn1"}
    prefer = Preference(single={"acme/location@inventory": Side.THEIRS})
    made = (await desk.take(reading.gathered, prefer)).outcome
    assert (made.added, list(made.changed)) == (("birch",), ["acme"])
    assert names(settings) == {"acme": "hel1", "birch": None}
    again = (await desk.weigh(reading.gathered, nothing)).outcome
    assert again.unchanged == ("acme", "birch")


def names(settings: Settings) -> dict[str, str | None]:
    store = Store.open(settings.paths)
    try:
        return {each.name: each.location for each in store.tenants()}
    finally:
        store.close()


async def test_whatever_is_wrong_is_one_kind_of_error_that_says_it(tmp_path: Path) -> None:
    desk = Desk(filled(tmp_path))
    with pytest.raises(SourceError, match=r"tenants\[0\].*\n.*tenants\[1\]"):
        await desk.gather(Request(inventory(tmp_path, {"name": "x"}, {"name": "y"})), print)
    with pytest.raises(SourceError, match="nowhere"):
        await desk.gather(Request(str(tmp_path / "nowhere")), print)
    (tmp_path / "home" / "alfred.db").write_bytes(b"no database at all, but long enough" * 9)
    reading = await desk.gather(Request(inventory(tmp_path, BIRCH)), print)
    with pytest.raises(SourceError, match=r"alfred\.db"):
        await desk.take(reading.gathered, Preference())


@pytest.mark.parametrize(
    ("request_", "prefer", "words"),
    [
        (Request("a b.json"), Preference(Side.OURS), "alfred-tui import 'a b.json' --prefer ours"),
        (
            Request(hetzner=True, tailscale=True, suffix="t.ts.net", tag="x"),
            Preference(single={"a/ssh.host@Hetzner": Side.THEIRS}),
            "alfred-tui import --hetzner --tailscale --tailnet t.ts.net --tag x "
            "--prefer theirs:a/ssh.host@Hetzner",
        ),
    ],
)
def test_an_import_as_somebody_would_type_it(
    request_: Request, prefer: Preference, words: str
) -> None:
    assert request_.command(prefer) == words
