"""Flags as Go's programs and systemd's take them: ``--name value``, ``--name=value``, ``-n5``."""

from __future__ import annotations

from dataclasses import dataclass, field


class Unknown(Exception):
    """A flag that the program does not have, or one that lacks its value; the text says so."""


@dataclass
class Arguments:
    """What was given: values by flag, in their order, and the other words."""

    flags: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def has(self, *names: str) -> bool:
        """Whether one of these flags was given."""
        return any(name in self.flags and self.flags[name][-1] != "false" for name in names)

    def of(self, *names: str) -> str:
        """The last value of a flag that has these names, empty when it was not given."""
        return next((self.flags[name][-1] for name in names if name in self.flags), "")

    def each(self, *names: str) -> list[str]:
        """All values of a flag."""
        return [value for name in names for value in self.flags.get(name, ())]


def parse(words: list[str], known: str, *, stop: bool = False) -> Arguments:
    """The words by flag. ``known`` lists flags, ``--tail=`` one that takes a value.

    ``stop``: everything from the first word that is no flag on is a word.

    Raises:
        Unknown: a flag that is not known.
    """
    valued = {flag[:-1] for flag in known.split() if flag.endswith("=")}
    plain = {flag for flag in known.split() if not flag.endswith("=")}
    given, rest = Arguments(), list(words)
    while rest:
        word = rest.pop(0)
        name, found, value = word.partition("=")
        if word == "--" or word == "-" or not word.startswith("-"):
            given.words += rest if word == "--" else [word, *(rest if stop else ())]
            if stop or word == "--":
                return given
        elif name in valued:
            if not found and not rest:
                dash = f"'{name[1:]}' in {name}" if not name.startswith("--") else name
                raise Unknown(f"flag needs an argument: {dash}")
            given.flags.setdefault(name, []).append(value if found else rest.pop(0))
        elif name in plain:
            given.flags.setdefault(name, []).append(value or "true")
        elif not word.startswith("--") and word[:2] in valued:
            given.flags.setdefault(word[:2], []).append(word[2:])
        elif not word.startswith("--") and all(f"-{letter}" in plain for letter in word[1:]):
            for letter in word[1:]:
                given.flags.setdefault(f"-{letter}", []).append("true")
        elif word.startswith("--"):
            raise Unknown(f"unknown flag: {name}")
        else:
            raise Unknown(f"unknown shorthand flag: '{word[1]}' in {word}")
    return given
