"""``completion``: what may stand where on the command line, read off its grammar, for a shell."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from alfred_tui.cli.output import out

if TYPE_CHECKING:
    from alfred_tui.config import Settings

SHELLS = ("bash", "zsh", "fish")


class Kind(StrEnum):
    """What a value is, as far as a shell can help with it."""

    WORDS = "words"
    SETTINGS = "settings"
    TENANTS = "tenants"
    FILES = "files"
    FOLDERS = "folders"
    TEXT = "text"


class Value(NamedTuple):
    """A value: its ``name`` in the usage, and ``words`` to choose from where those are known.

    ``optional``: an option may stand without it.
    """

    kind: Kind
    name: str
    words: tuple[str, ...] = ()
    optional: bool = False


class Option(NamedTuple):
    """An option with all its spellings; ``value`` is ``None`` for a mere flag."""

    flags: tuple[str, ...]
    about: str
    value: Value | None
    repeats: bool


class Level(NamedTuple):
    """A place of the grammar: ``path`` (``tenants add``), and what may stand there.

    ``commands`` are names with what they do; ``places`` positional values in their order, of
    which the last may be repeated where ``repeats``.
    """

    path: tuple[str, ...]
    options: tuple[Option, ...]
    commands: tuple[tuple[str, str], ...]
    places: tuple[Value, ...]
    repeats: bool


_BY_NAME = {
    "NAME": Kind.TENANTS,
    "PATH": Kind.FILES,
    "FILE": Kind.FILES,
    "FILE.svg": Kind.FILES,
    "ca_file": Kind.FILES,
    "DIR": Kind.FOLDERS,
}


def completion(settings: Settings, arguments: argparse.Namespace) -> int:
    """``completion bash|zsh|fish``."""
    from alfred_tui.cli import shells
    from alfred_tui.cli.grammar import parser

    made = {"bash": shells.bash, "zsh": shells.zsh, "fish": shells.fish}
    out(made[arguments.shell](list(levels(parser()))))
    return 0


def levels(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[Level]:
    """Every place of a grammar, the outermost first."""
    options: list[Option] = []
    places: list[Value] = []
    commands: list[tuple[str, str]] = []
    below: dict[str, argparse.ArgumentParser] = {}
    repeats = False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below |= action.choices
            commands += [(each.dest, each.help or "") for each in action._choices_actions]
        elif action.option_strings:
            value = None if action.nargs == 0 else _value(action)
            several = isinstance(action, argparse._AppendAction)
            options.append(
                Option(tuple(action.option_strings), _about(action.help), value, several)
            )
        else:
            places.append(_value(action))
            repeats = action.nargs in ("*", "+")
    yield Level(path, tuple(options), tuple(commands), tuple(places), repeats)
    for name, inner in below.items():
        yield from levels(inner, (*path, name))


def _about(text: str | None) -> str:
    """A help text's beginning: what stands beside an option in a list."""
    first = (text or "").partition(";")[0].partition(": ")[0]
    return " ".join(first.split())


def _value(action: argparse.Action) -> Value:
    name = action.metavar if isinstance(action.metavar, str) else action.dest
    if action.choices is not None:
        return Value(Kind.WORDS, name, tuple(map(str, action.choices)), action.nargs == "?")
    if action.dest == "set":
        return Value(Kind.SETTINGS, name)
    if words := _words(action.dest):
        return Value(Kind.WORDS, name, words)
    return Value(_BY_NAME.get(name, Kind.TEXT), name)


def _words(dest: str) -> tuple[str, ...]:
    """What an option may be that the grammar leaves to be checked later."""
    from alfred_tui.fleet.rules import RULE_IDS
    from alfred_tui.model.tenant import Layout, Lifecycle

    known = {
        "prefer": ("ours", "theirs"),
        "rule": tuple(sorted(RULE_IDS)),
        "layout": tuple(Layout),
        "lifecycle": tuple(Lifecycle),
    }
    return known.get(dest, ())


def settings_words() -> list[str]:
    """What ``--set`` may begin with: every setting and ``=``."""
    from alfred_tui.model.sections import SECTIONS

    return [f"{part}.{name}=" for part in SECTIONS for name in SECTIONS[part].__struct_fields__]
