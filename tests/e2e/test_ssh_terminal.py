"""A person's shell out of the real program, in a real terminal: work goes on, and it comes back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from alfred_tui.config import Paths
from alfred_tui.model.operation import Outcome, RunRecord
from alfred_tui.model.tenant import HostKey
from alfred_tui.store.store import Store
from tests.e2e.test_terminal import DEADLINE, Terminal, clean
from tests.support.ops import Fleet, fleet
from tests.support.sshd import Sshd, running

pytestmark = pytest.mark.pty
PROMPT = "deploy@"
NOT_YET = "the doors are not open yet"
SERVICE = "alfred"


@pytest.fixture(autouse=True)
def _no_terminal_around_us(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def dashboard(watched: Fleet) -> Iterator[Terminal]:
    """The program over a fleet, once everybody was looked at."""
    made = Terminal(watched.home)
    try:
        made.until(lambda: made.text.count("● OK") == len(watched.names), "a fleet that is well")
        doors_open(made.child.send, lambda: made.text, made.until)
        made.child.send("\x1b[H")  # home: who came first into the list may have been another
        on = re.compile(rf"▶.*{re.escape(watched.names[0])}")
        made.until(lambda: on.search(made.text) is not None, "the cursor on the first")
        yield made
    finally:
        for each in made.process.children(recursive=True) if made.process.is_running() else []:
            each.kill()
        made.child.close(force=True)


def doors_open(
    send: Callable[[str], object],
    text: Callable[[], str],
    until: Callable[[Callable[[], bool], str], None],
) -> None:
    """Rows come before the doors are open; a key that needs them says so until then."""
    while True:
        send("a")
        until(lambda: "enter choose" in text() or NOT_YET in text(), "what can be done")
        if "enter choose" in text():
            break
        until(lambda: NOT_YET not in text(), "the word's end")
    send("q")
    until(lambda: "enter choose" not in text(), "the fleet")


def begin_restart(terminal: Terminal, tenant: str) -> None:
    """By the palette, as far as the yes."""
    terminal.child.send("\x10")
    terminal.shows("an action, a screen")
    terminal.child.send(f"restart {SERVICE} {tenant}")
    terminal.shows(f"Restart {SERVICE} on {tenant}")
    terminal.child.send("\r")
    terminal.shows("y do it")
    terminal.until(_patient(0.5), "the question's own moment")
    terminal.child.send("y")
    terminal.until(lambda: "1 job" in terminal.text, "a job under way")


def _patient(seconds: float) -> Callable[[], bool]:
    """A question that has just come takes no yes for a moment."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def ssh_of(terminal: Terminal) -> list[psutil.Process]:
    return [each for each in terminal.process.children(recursive=True) if each.name() == "ssh"]


def ended_run(store: Store, tenant: str) -> RunRecord | None:
    runs = store.journal.runs(tenant)
    return runs[0] if runs and runs[0].ended is not None else None


def looked_at_others(watched: Fleet, name: str) -> bool:
    """Whether any other tenant's containers were asked for since somebody logged in at ``name``."""
    asked = [json.loads(line) for line in watched.log.read_text().splitlines()]
    opened = next(each["at"] for each in asked if each["method"] == "SSH login")
    return any(
        each["tenant"] != name
        and each["at"] > opened
        and each["target"] == "/api/v1/admin/containers"
        for each in asked
    )


def test_an_operation_completes_while_ssh_is_open(tmp_path: Path) -> None:
    with fleet(tmp_path) as watched, dashboard(watched) as terminal:
        name = watched.names[0]
        store = Store.open(Paths(watched.home))
        begin_restart(terminal, name)
        terminal.child.send("S")
        terminal.shows(PROMPT)
        assert ended_run(store, name) is None, "the shell is there before the job has ended"
        terminal.child.send("uptime\r")
        terminal.shows("load average")
        terminal.until(lambda: ended_run(store, name) is not None, "the end of the job")
        run = ended_run(store, name)
        assert run is not None
        assert run.outcome is Outcome.DONE
        assert ssh_of(terminal), "all of it while ssh had the terminal"
        terminal.until(lambda: looked_at_others(watched, name), "a look at others since ssh opened")
        assert ssh_of(terminal)
        terminal.child.send("exit\r")
        terminal.shows(f"back from {name}")
        assert not ssh_of(terminal)
        for theirs in ("load average", PROMPT, "leave its shell"):
            assert theirs not in terminal.text, "nothing of the shell is left on the screen"
        terminal.until(lambda: "1 job" not in terminal.text, "a header without the job")
        terminal.child.send("J")
        terminal.shows("0 running, 1 ended")
        terminal.shows("● DONE")
        terminal.child.send("q")
        terminal.shows("sort: worst first")
        terminal.child.send("q")
        assert terminal.ended() == 0
        assert clean(terminal)
        store.close()


def test_ctrl_c_is_the_shells_own_and_the_terminal_is_whole_after_a_killed_ssh(
    tmp_path: Path,
) -> None:
    with fleet(tmp_path) as watched, dashboard(watched) as terminal:
        terminal.child.send("S")
        terminal.shows(PROMPT)
        terminal.child.send("\x03")
        terminal.child.send("hostname\r")
        terminal.shows(f"alfred-{watched.names[0]}\n".strip())
        (ssh,) = ssh_of(terminal)
        ssh.kill()
        terminal.until(lambda: not ssh_of(terminal), "the end of ssh")
        terminal.shows("back from")
        terminal.child.send("?")
        terminal.shows("Keys · fleet")
        assert terminal.process.is_running()


def test_a_signal_ends_both_and_leaves_the_terminal_plain(tmp_path: Path) -> None:
    with fleet(tmp_path) as watched, dashboard(watched) as terminal:
        terminal.child.send("S")
        terminal.shows(PROMPT)
        (ssh,) = ssh_of(terminal)
        terminal.process.terminate()
        assert terminal.ended() == 143
        assert clean(terminal)
        _, alive = psutil.wait_procs([ssh], timeout=5)
        assert alive == []


def test_read_only_opens_no_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALFRED_TUI_OPS__READ_ONLY", "true")
    with fleet(tmp_path) as watched, dashboard(watched) as terminal:
        terminal.child.send("S")
        terminal.shows("read-only: a shell")
        assert watched.commands() == []


# --- a real sshd behind it ------------------------------------------------------------------------


@contextmanager
def over_sshd(folder: Path) -> Iterator[tuple[Fleet, Sshd, Store]]:
    """A simulated fleet whose first tenant has a real sshd."""
    room = folder / "sshd"
    room.mkdir()
    with fleet(folder) as watched, running(room) as server:
        store = Store.open(Paths(watched.home))
        tenants = store.tenants()
        ssh = server.tenant().ssh
        store.put_tenants([msgspec.structs.replace(each, ssh=ssh) for each in tenants[:1]])
        yield watched, server, store
        store.close()


def pins(store: Store, tenant: str) -> list[str]:
    return [key.fingerprint for key in store.host_keys_of(tenant)]


def pinned_before(store: Store, server: Sshd, tenant: str) -> HostKey:
    """The server's key is pinned, and then it gets another one."""
    old = server.host_key()
    store.pin([msgspec.structs.replace(old, tenant=tenant)])
    server.new_host_key()
    server.restart()
    return old


def test_a_changed_host_key_is_shown_and_only_the_typed_name_pins_it(tmp_path: Path) -> None:
    with over_sshd(tmp_path) as (watched, server, store):
        name = watched.names[0]
        old = pinned_before(store, server, name)
        new = server.host_key()
        with dashboard(watched) as terminal:
            terminal.child.send("S")
            terminal.shows(f"The host key of {name} changed")
            terminal.shows(old.fingerprint)
            assert new.fingerprint in terminal.text
            terminal.child.send("\x1b")
            terminal.until(lambda: "pinned:" not in terminal.text, "the fleet")
            assert pins(store, name) == [old.fingerprint]
            terminal.until(lambda: "▲ DOWN" in terminal.text or "DOWN" in terminal.text, "red")
            terminal.shows("host key changed")
            assert server.log.matching("Accepted publickey") == []
            terminal.child.send("S")
            terminal.shows("to say yes")
            terminal.until(_patient(0.5), "the question's own moment")
            terminal.child.send(f"{name}x\r")
            terminal.shows("not done")
            assert pins(store, name) == [old.fingerprint]
            terminal.child.send("\x7f\r")
            terminal.shows("leave its shell")
            terminal.until(lambda: bool(ssh_of(terminal)), "ssh")
            assert pins(store, name) == [new.fingerprint]
            terminal.child.send("echo $((6 * 7))th\r")
            terminal.shows("42th")
            terminal.child.send("exit\r")
            terminal.shows(f"back from {name}")
            terminal.until(lambda: "host key changed" not in terminal.text, "well again")


def test_a_refused_key_is_tried_again_only_by_a_yes(tmp_path: Path) -> None:
    with over_sshd(tmp_path) as (watched, server, _):
        name = watched.names[0]
        server.refuse_everybody()
        server.restart()
        with dashboard(watched) as terminal:
            terminal.child.send("S")
            terminal.shows(f"Shell on {name}: not let in")
            tries = len(server.log.matching("Connection from"))
            terminal.child.send("\x1b")
            terminal.until(lambda: "not let in" not in terminal.text, "the fleet")
            terminal.child.send("S")
            terminal.shows(f"Shell on {name}: not let in")
            assert len(server.log.matching("Connection from")) == tries, "not asked unasked"
            terminal.until(_patient(0.5), "the question's own moment")
            terminal.child.send("y")
            terminal.until(
                lambda: len(server.log.matching("Connection from")) == tries + 1, "one more try"
            )
            terminal.shows(f"Shell on {name}: not let in")


# --- tmux -----------------------------------------------------------------------------------------


def needs_tmux() -> str:
    """Its program; skips, or fails where every part is required, without it."""
    found = shutil.which("tmux")
    if found is None:
        text = "tmux is not installed: a window of its own was NOT tried"
        if os.environ.get("ALFRED_TUI_REQUIRE_PARTS"):
            pytest.fail(text)
        pytest.skip(text)
    return found


class Tmux:
    """A tmux server of its own with one session, whose first window runs the program."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._words = [needs_tmux(), "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self.do("new-session", "-d", "-x", "120", "-y", "40", "-e", f"ALFRED_TUI_HOME={home}",
                sys.executable, "-m", "alfred_tui")  # fmt: skip

    def do(self, *words: str) -> str:
        done = subprocess.run([*self._words, *words], capture_output=True, text=True, check=True)
        return done.stdout

    def type(self, key: str) -> None:
        """At the dashboard."""
        self.do("send-keys", "-t", ":0", key)

    def windows(self) -> list[str]:
        return self.do("list-windows", "-F", "#{window_name}").split()

    def screen(self, window: int) -> str:
        return self.do("capture-pane", "-p", "-t", f":{window}")

    def until(self, met: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE
        while not met():
            if time.monotonic() > end:
                shown = "\n".join(self.screen(each) for each in range(len(self.windows())))
                pytest.fail(f"never saw {what}:\n{shown}")

    def close(self) -> None:
        subprocess.run([*self._words, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[tuple[Tmux, Fleet]]:
    with fleet(tmp_path) as watched:
        made = Tmux(tmp_path, watched.home)
        yield made, watched
        made.close()


def test_inside_tmux_it_is_a_window_of_its_own(tmux: tuple[Tmux, Fleet]) -> None:
    terminal, watched = tmux
    name = watched.names[0]
    terminal.until(lambda: terminal.screen(0).count("OK") >= 2, "a fleet that is well")
    doors_open(terminal.type, lambda: terminal.screen(0), terminal.until)
    terminal.type("S")
    terminal.until(lambda: name in terminal.windows(), "a window")
    terminal.until(lambda: PROMPT in terminal.screen(1), "the prompt")
    assert "filter" in terminal.screen(0), "the fleet is still there"
    terminal.do("send-keys", "-t", ":1", "uptime", "Enter")
    terminal.until(lambda: "load average" in terminal.screen(1), "an answer")
    terminal.do("send-keys", "-t", ":1", "exit", "Enter")
    terminal.until(lambda: name not in terminal.windows(), "its end")
    terminal.type("q")
    terminal.until(lambda: _over(terminal), "the end of the program")


def _over(terminal: Tmux) -> bool:
    try:
        return terminal.windows() == []
    except subprocess.CalledProcessError:
        return True
