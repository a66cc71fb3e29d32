"""Killed in the middle of writing, again and again: the store is whole and has what it promised."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import struct
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alfred_tui.config import Paths
from alfred_tui.model.history import DAY, Event, EventKind, Sample
from alfred_tui.model.images import Image
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.kept import KeptState
from alfred_tui.model.quiet import Quiet, QuietKind
from alfred_tui.model.tenant import HostKey, Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store.store import Store

KILLS = 200
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVERY = 300
"""Seconds between two samples: an hour is over, and packed, at every twelfth."""
RAW = 2
"""Hours for which samples are kept as they were, the first of them whole or not at all."""


def write_for_ever(home: Path, first: int, told: int) -> None:
    """Write everything that life writes, numbered; tell each number once it is acknowledged."""
    store = Store.open(Paths(home))
    number = first
    while True:
        number += 1
        moment = int(AT.timestamp()) + number * EVERY
        store.history.write(
            [Sample("acme", moment, EVERY, Pill.OK, 0.1)],
            [Event(datetime.fromtimestamp(moment, UTC), "acme", after=Pill.OK, text=str(number))],
        )
        view = TenantView("acme", Pill.OK, AT, uptime=float(number))
        store.keep_states([KeptState("acme", view, AT)])
        store.repin(HostKey("acme", f"SHA256:{number}", "seen", AT))
        moment_of = AT + timedelta(seconds=number)
        store.digests.keep("acme", [Image("alfred", "it:latest", f"sha256:{number}")], moment_of)
        wish = Quiet(QuietKind.MUTE, AT, AT + timedelta(days=365), "acme", "disk-high", str(number))
        store.quiets.put([wish], AT)
        if number % 2 == 0:
            store.history.roll(moment, HistorySettings(raw_hours=RAW, hour_days=1))
        os.write(told, struct.pack("<q", number))


def acknowledged(reading: int, wanted: int) -> int:
    """The last number that was told, after at least ``wanted`` of them."""
    last, seen = 0, 0
    while seen < wanted:
        (last,) = struct.unpack("<q", os.read(reading, 8))
        seen += 1
    return last


def test_hundreds_of_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = Store.open(Paths(home))
    store.put_tenants([Tenant("acme", "https://acme.example:3100", Secret("k"))])
    store.close()
    fork = multiprocessing.get_context("fork")
    chance, last, written = random.Random(7), 0, 0
    for _ in range(KILLS):
        reading, writing = os.pipe()
        child = fork.Process(target=write_for_ever, args=(home, written, writing))
        child.start()
        os.close(writing)
        last = max(last, acknowledged(reading, chance.randint(1, 5)))
        # somewhere in the next write: how far it has come is the scheduler's to say
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        told = os.read(reading, 1 << 16)
        os.close(reading)
        if told:
            (newest,) = struct.unpack("<q", told[len(told) // 8 * 8 - 8 : len(told) // 8 * 8])
            last = max(last, newest)
        written = checked(home, last)
    assert last > KILLS


def checked(home: Path, promised: int) -> int:
    """The newest number in a store that is whole and has at least what was promised."""
    with closing(sqlite3.connect(home / "alfred.db")) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert plain.execute("PRAGMA foreign_key_check").fetchall() == []
        numbers = [n for (n,) in plain.execute("SELECT id FROM event ORDER BY id")]
        assert len(numbers) >= promised
    store = Store.open(Paths(home))
    try:
        newest = next(e for e in store.history.events(limit=9) if e.kind is EventKind.STATUS)
        written = int(newest.text)
        assert written >= promised
        state = store.last_states()["acme"].view.uptime
        assert state in (written, written - 1.0), "an event is there whole, its state follows"
        # each in its own write, one after the other, all of them before the number was told
        (key,) = store.host_keys_of("acme") or [None]
        image = next(iter(store.digests.of("acme")), None)
        (wish,) = store.quiets.read(AT) or [None]
        found = [
            int(key.fingerprint.removeprefix("SHA256:")) if key else 0,
            int(image.image.image_id.removeprefix("sha256:")) if image else 0,
            int(wish.reason) if wish else 0,
        ]
        assert found == sorted(found, reverse=True)
        assert state >= found[0]
        assert found[-1] >= promised
        begin = int(AT.timestamp())
        numbers = range(max(1, written - (RAW - 1) * 3600 // EVERY), written + 1)
        times = {begin + number * EVERY for number in numbers}
        samples = store.history.samples("acme", min(times), max(times) + 1)
        assert [sample.at for sample in samples] == sorted(times), "packed or not, each is once"
        whole = store.history.availability("acme", min(times) // DAY * DAY, max(times) + EVERY)
        assert whole is not None
        assert whole.ok == whole.watched >= len(times) * EVERY
        return written
    finally:
        store.close()
