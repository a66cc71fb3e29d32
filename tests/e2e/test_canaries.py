"""Secrets are looked for, byte by byte, in whatever the program says and leaves behind."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from alfred_tui.config import Paths
from alfred_tui.model.history import Event
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.e2e.test_ssh_terminal import PROMPT, Tmux, begin_restart, dashboard, doors_open
from tests.support.commands import alfred, surroundings
from tests.support.ops import Fleet, engine_over, fleet

TOKEN = "canary-of-the-cloud-9f2c41d07b" + "x" * 34


PLANTED = {
    "secrets in a host's files": b"canary-",
    "token of a gateway": b"gw-",
    "token of a bot": b"tg-",
    "key of a webhook": b"whk_",
}
"""What the simulator's tenants hold and answer: nothing of ours asks for it."""


def canaries(running: Fleet) -> dict[str, bytes]:
    """Each secret by what it is."""
    tenants = read_inventory(running.home.parent / "inventory.json")
    found = {f"API key of {each.name}": each.api_key.reveal().encode() for each in tenants}
    for each in tenants:
        assert each.ssh is not None
        lines = Path(str(each.ssh.key_file)).read_bytes().splitlines()
        found[f"SSH key of {each.name}"] = lines[len(lines) // 2]
    return found | {"cloud token": TOKEN.encode()} | PLANTED


class Arguments:
    """What is among the arguments of any process that comes of this one, as long as it is looked.

    Other tests beside this one have programs of their own, over fleets with the same keys. With
    ``home`` also of those that name it, whoever they come of: a tmux server lets go of us.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._home = os.fsencode(home) if home is not None else None
        self.seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._over.wait(0.01):
            for each in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):  # it has ended meanwhile
                    self.seen.add("\0".join(each.cmdline()).encode())
            if self._home is not None:
                words = (Path("/proc") / str(pid) / "cmdline" for pid in psutil.pids())
                self.seen |= {each for each in map(_read, words) if self._home in each}

    def __enter__(self) -> Arguments:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def places(database: Path, secret: bytes) -> set[str]:
    """Tables that hold it."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as there:
        tables = [n for (n,) in there.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            table
            for table in tables
            for row in there.execute(f'SELECT * FROM "{table}"')
            for value in row
            if secret in (value if isinstance(value, bytes) else str(value).encode())
        }


def raw(home: Path) -> bytes:
    """The store's files as they are on the disk: pages that are free again and the log, too."""
    found = b"".join(path.read_bytes() for path in sorted(home.glob("alfred.db*")))
    assert b"SQLite format 3" in found
    return found


@pytest.mark.timeout(240)
def test_no_secret_is_among_the_arguments_of_a_process(tmp_path: Path) -> None:
    with fleet(tmp_path) as running, Arguments() as arguments:
        name, home = running.names[0], running.home
        (home / "token").write_text(TOKEN)
        (home / "token").chmod(0o600)
        (home / "config.toml").write_text(f'[hetzner]\ntoken_file = "{home / "token"}"\n')
        for words in (
            ("doctor",),
            ("run", name, "--", "cat /opt/alfred/compose/.env"),
            ("restart", name, "alfred", "--yes"),
            ("ssh", name),
            ("health",),
        ):
            alfred(home, *words)
        assert any(b"doctor" in each for each in arguments.seen), "it is looked"
        for what, secret in canaries(running).items():
            assert not [each for each in arguments.seen if secret in each], what


@pytest.mark.pty
@pytest.mark.timeout(240)
def test_no_secret_is_among_the_arguments_of_what_the_dashboard_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    with fleet(tmp_path) as running, Arguments(running.home) as arguments:
        name = running.names[0]
        with dashboard(running) as terminal:
            begin_restart(terminal, name)
            terminal.child.send("S")
            terminal.shows(PROMPT)
            terminal.child.send("exit\r")
            terminal.shows(f"back from {name}")
            terminal.until(lambda: "1 job" not in terminal.text, "the end of the job")
            terminal.child.send("q")
            assert terminal.ended() == 0
        assert alfred(running.home, "run", "--all", "--yes", "--", "true").returncode == 0
        inside = Tmux(tmp_path, running.home)
        try:
            inside.until(lambda: inside.screen(0).count("OK") >= 2, "a fleet that is well")
            doors_open(inside.type, lambda: inside.screen(0), inside.until)
            inside.type("S")
            inside.until(lambda: len(inside.windows()) == 2, "a window of its own")
            inside.until(lambda: PROMPT in inside.screen(1), "the prompt")
        finally:
            inside.close()
        of_ssh = [each for each in arguments.seen if each.split(b"\0")[0].endswith(b"ssh")]
        assert of_ssh, "it is looked"
        for word in (b"tmux\0", b"--all\0"):
            assert any(word in each for each in arguments.seen), word
        for what, secret in canaries(running).items():
            assert not [each for each in arguments.seen if secret in each], what


@pytest.mark.timeout(240)
async def test_no_secret_is_in_what_is_said_kept_or_handed_on(tmp_path: Path) -> None:
    with fleet(tmp_path) as running:
        name, home = running.names[0], running.home
        (home / "token").write_text(TOKEN)
        (home / "token").chmod(0o600)
        (home / "config.toml").write_text(f'[hetzner]\ntoken_file = "{home / "token"}"\n')
        secrets = canaries(running)
        key = secrets[f"API key of {name}"].decode()
        shown = alfred(home, "run", "--all", "--yes", "--", "cat /opt/alfred/compose/.env")
        assert "=canary-" in shown.stdout, "whoever asks for it sees it"
        said = [
            alfred(home, *words)
            for words in (
                ("health",),
                ("list", "--json"),
                ("info", name, "--json"),
                ("settings",),
                ("doctor",),
                ("run", name, "--json", "--", f"curl -H 'Bearer {key}' no.such.host"),
                ("schedules", name, "pause", "al-reflection", "--reason", f"{key} is", "--yes"),
                ("schedules", name),
                ("restart", name, "alfred", "--dry-run"),
                ("restart", name, "no-such-service", "--yes"),
                ("events", "--json"),
                ("journal", "--json"),
                ("shot", "fleet", "-o", str(home / "fleet.svg")),
                ("import", str(tmp_path / "inventory.json"), "--dry-run", "--json"),
                ("tenants", "list"),
            )
        ]
        async with engine_over(running) as engine:
            words = " ".join(await engine.ways.way_in(name)).encode()
            (run, *_) = await engine.journal.runs(name)
            written = "\n".join(
                call.text or "" for each in await engine.journal.runs(name) for call in each.calls
            )
            assert "OPENROUTER_API_KEY=********" in written, "a person has printed it"
            assert run.operation == "shell.run", "a pause for a reason with a key in it is refused"
        outputs = {" ".join(each.args[-6:]): (each.stdout + each.stderr).encode() for each in said}
        files = {
            str(path.relative_to(home)): path.read_bytes()
            for path in home.rglob("*")
            if path.is_file() and path.name != "token" and not path.name.startswith("alfred.db")
        }
        assert files
        for what, secret in secrets.items():
            told = [command for command, text in outputs.items() if secret in text]
            assert told == [], f"the {what} is said by these"
            left = [path for path, body in files.items() if secret in body]
            assert left == [], f"the {what} is in these files"
            assert secret not in words, f"the {what} is among the arguments of ssh"
            wanted = {"tenant"} if what.startswith("API key") else set()
            assert places(home / "alfred.db", secret) == wanted, what
            assert (secret in raw(home)) == bool(wanted), what
        modes = {p.name: p.stat().st_mode & 0o077 for p in home.rglob("*") if p.is_file()}
        assert {path for path, mode in modes.items() if mode} <= {"config.toml", "token"}


@pytest.mark.timeout(240)
def test_no_secret_is_in_pictures_exports_and_tracebacks(tmp_path: Path) -> None:
    with fleet(tmp_path) as running:
        name, home = running.names[0], running.home
        secrets = canaries(running)
        key = secrets[f"API key of {name}"].decode()
        alfred(home, "run", name, "--", f"echo {key}")
        shown = alfred(home, "run", name, "--", "cat /opt/alfred/compose/.env")
        assert "OPENROUTER_API_KEY=canary-" in shown.stdout, "whoever asks for it sees it"
        store = Store.open(Paths(home))
        store.history.write([], [Event(datetime.now(UTC), name, after=Pill.OK, text="seen")])
        store.close()
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.visited", str(home), name, key],
            cwd=Path(__file__).parents[2],
            env=surroundings(home, PYTHONPATH=str(Path(__file__).parents[2])),
            capture_output=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:].decode()
        files = {
            path.relative_to(home).parts[0] + "/" + path.name: path.read_bytes()
            for path in home.rglob("*")
            if path.is_file() and not path.name.startswith("alfred.db")
        }
        assert sum(name.startswith("screenshots/") for name in files) >= 15
        assert sum(name.startswith("exports/") for name in files) == 2
        log = files["alfred-tui.log/alfred-tui.log"].decode()
        assert "RuntimeError: a header that says Bearer" in log, "the traceback is there"
        assert "and ******** alone" in log
        for what, secret in secrets.items():
            assert secret not in done.stdout + done.stderr, f"the {what} is said"
            left = [path for path, body in files.items() if secret in body]
            assert left == [], f"the {what} is in these files"
            wanted = {"tenant"} if what.startswith("API key") else set()
            assert places(home / "alfred.db", secret) == wanted, what
            assert (secret in raw(home)) == bool(wanted), what
