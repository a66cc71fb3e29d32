"""Completion in real shells: what the grammar has is offered where it may stand, quickly."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pexpect
import pytest

from alfred_tui.cli.completion import SHELLS, Kind, Level, Value, levels
from alfred_tui.cli.grammar import parser
from alfred_tui.config import Paths
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.store.store import Store
from tests.support.commands import surroundings

LEVELS = list(levels(parser()))
ASKED: list[tuple[str, set[str]]] = [
    ("te", {"tenants"}),
    ("tenants ", {"add", "edit", "remove", "list"}),
    ("tenants ed", {"edit"}),
    ("tenants edit ", {"acme", "beta"}),
    ("tenants add ", set()),
    ("info a", {"acme"}),
    ("info acme ", set()),
    ("health acme b", {"beta"}),
    ("events --json ", {"acme", "beta"}),
    ("events --since 2d a", {"acme"}),
    ("list --status d", {"degraded", "down"}),
    ("list --status down --j", {"--json"}),
    ("shot ", {"fleet", "tenant"}),
    ("shot tenant ", {"acme", "beta"}),
    ("shot tenant acme --theme ", {"dark", "light", "terminal"}),
    ("--theme d", {"dark"}),
    ("--demo ima", {"image-regression"}),
    ("--demo c", {"calm-week", "composio-outage"}),
    ("--demo --spe", {"--speed"}),
    ("--demo --speed 60 --the", {"--theme"}),
    ("--set poll.con", {"poll.containers_interval=", "poll.connect_timeout="}),
    ("--set poll.patience=1 info b", {"beta"}),
    ("import HERE/a-f", {"HERE/a-file.json"}),
    ("tenants add new --layout H", {"H"}),
    ("mute --rule disk-h", {"disk-high"}),
    ("completion ", {"bash", "zsh", "fish"}),
    ("--home HERE/other info ", {"gamma"}),
    ("tenants edit gamma --home HERE/o", {"HERE/other"}),
    ("nosuch ", set()),
]
"""What is typed, and what a shell may make of its last word."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stores, a file, and the program on PATH."""
    folder = tmp_path_factory.mktemp("completion")
    for home, names in (("h", ("acme", "beta")), ("other", ("gamma",))):
        store = Store.open(Paths(folder / home))
        store.put_tenants([Tenant(name, "https://h.example:1", Secret("k")) for name in names])
        store.close()
    (folder / "a-file.json").write_text("{}")
    program = folder / "bin" / "alfred-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m alfred_tui "$@"\n')
    program.chmod(0o755)
    environ = environment(folder)
    for shell in SHELLS:
        done = run([str(program), "completion", shell], environ)
        (folder / f"script.{shell}").write_text(done)
    return folder


def environment(folder: Path) -> dict[str, str]:
    there = os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")]))
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return surroundings(folder / "h", PATH=path, PYTHONPATH=there, HOME=str(folder), TERM="dumb")


def run(words: Sequence[str], environ: dict[str, str]) -> str:
    done = subprocess.run(
        list(words), env=environ, capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def needs(shell: str) -> str:
    if found := shutil.which(shell):
        return found
    pytest.skip(f"{shell} is not installed here: its completion was NOT tried")


# what bash would hand over: words are parted at "=", too
_BASH = """
source "$1"; shift
for typed in "$@"; do
  read -ra COMP_WORDS <<< "alfred-tui ${typed//=/ = }"
  [[ $typed == *' ' || -z $typed ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
  _alfred_tui alfred-tui
  echo "${COMPREPLY[*]}"
done
"""


def in_bash(here: Path, typed: Sequence[str]) -> list[set[str]]:
    words = [needs("bash"), "-c", _BASH, "bash", str(here / "script.bash"), *typed]
    return [set(row.split()) for row in run(words, environment(here)).splitlines()]


def test_bash_offers_what_may_stand_there(here: Path) -> None:
    typed = [text.replace("HERE", str(here)) for text, _ in ASKED]
    for (text, wanted), found in zip(ASKED, in_bash(here, typed), strict=True):
        assert found == {word.replace("HERE", str(here)) for word in wanted}, text


def test_every_option_of_every_command_is_offered(here: Path) -> None:
    paths = [" ".join(level.path) for level in LEVELS]
    offered = in_bash(here, [f"{path} -".lstrip() for path in paths])
    for level, found in zip(LEVELS, offered, strict=True):
        assert found == {flag for option in level.options for flag in option.flags}
        assert found or level.path == ("sim",)
    for shell in SHELLS:
        script = (here / f"script.{shell}").read_text()
        for level in LEVELS:
            for name, _ in level.commands:
                assert name in script


def test_what_a_name_stands_for_is_known() -> None:
    """A new option whose value nobody can complete is told from one that was forgotten."""
    free = {
        *("SUFFIX", "TAG", "WHEN", "TIME", "N", "TEXT", "WxH", "NEW-NAME", "KEY=VALUE", "SERVICE"),
        *("OPERATION", "ID", "SHA256:...", "X"),
        *("USER@HOST:PORT", "api_url", "connect_address", "server_type", "location", "timezone"),
    }
    values = [value for level in LEVELS for value in values_of(level)]
    seen = {value.name for value in values if value.kind is Kind.TEXT}
    assert seen == free


def values_of(level: Level) -> list[Value]:
    return [*level.places, *(option.value for option in level.options if option.value)]


def test_fish_offers_what_may_stand_there(here: Path) -> None:
    lines = "\n".join(
        f"complete -C 'alfred-tui {text.replace('HERE', str(here))}'; echo ---" for text, _ in ASKED
    )
    script = f"source {here / 'script.fish'}\n{lines}\n"
    said = run([needs("fish"), "--no-config", "-c", script], environment(here))
    for (text, wanted), found in zip(ASKED, said.split("---\n"), strict=False):
        words = {row.split("\t")[0].rstrip("/") for row in found.splitlines()}
        assert words == {word.replace("HERE", str(here)) for word in wanted}, text


def pressed(shell: pexpect.spawn[str], here: Path) -> None:
    """Type everything that has one answer, press Tab, and have the line echoed."""
    shell.expect("ready\r\n")
    for text, wanted in ASKED:
        if len(wanted) != 1:
            continue
        typed = text.replace("HERE", str(here))
        whole = typed[: typed.rfind(" ") + 1] + min(wanted).replace("HERE", str(here))
        # to the line's beginning and end; what comes back is what the shell made of it
        shell.send(f"alfred-tui {typed}\t\x01echo '<\x05>'\r")
        shell.expect(r"\n<alfred-tui ([^>]*)>\r\n")
        assert shell.match is not None
        assert str(shell.match[1]).rstrip(" /") == whole, text


def interactive(here: Path, shell: str, flags: Sequence[str], begin: str) -> None:
    child = pexpect.spawn(
        needs(shell),
        list(flags),
        env=environment(here),
        encoding="utf-8",
        timeout=60,
        dimensions=(60, 300),
    )
    try:
        child.sendline(f"{begin}; source {here / f'script.{shell}'}; echo rea''dy")
        pressed(child, here)
    finally:
        child.close(force=True)


def test_bash_completes_what_is_typed(here: Path) -> None:
    begin = "PS1=; bind 'set enable-bracketed-paste off'"
    interactive(here, "bash", ["--norc", "--noprofile", "-i"], begin)


def test_zsh_completes_what_is_typed(here: Path) -> None:
    begin = "PROMPT=; autoload -Uz compinit; compinit -u -D; bindkey '^I' complete-word"
    interactive(here, "zsh", ["-f", "-i"], begin)


def test_names_are_cheap_and_harmless(here: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from alfred_tui.cli import run\n"
        "assert run(sys.argv[1:]) == 0\n"
        "print('-', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
        "print('-', *sorted(name for name in sys.modules if name.startswith('alfred_tui')))\n"
    )

    def asked(*words: str) -> list[str]:
        return run([sys.executable, "-c", code, "__names", *words], environment(here)).splitlines()

    *names, modules, ours = asked("")
    assert names == ["acme", "beta"]
    heavy = {"sqlalchemy", "sqlmodel", "alembic", "textual", "rich", "httpx", "argparse", "asyncio"}
    assert not heavy & set(modules.split())
    rooms = {".".join(name.split(".")[1:2]) for name in ours.split()[1:]}
    assert rooms == {"", "cli", "config", "model"}
    *names, _, _ = asked(str(here / "other"))
    assert names == ["gamma"]
    *names, _, _ = asked(str(tmp_path / "none"))
    assert names == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "alfred.db").write_bytes(b"no database" * 99)
    assert asked(str(tmp_path))[:-2] == []


def test_a_name_that_would_steer_the_shell_is_left_out(tmp_path: Path) -> None:
    home = tmp_path / "h"
    store = Store.open(Paths(home))
    for name in ("$(touch owned)", "a b", "`id`", "-x", "plain"):
        store.put_tenants([Tenant(name, "https://h.example:1", Secret("k"))])
    store.close()
    done = run([sys.executable, "-m", "alfred_tui", "__names"], surroundings(home))
    assert done.split("\n") == ["plain", ""]
