"""The simple commands of a shell script, as far as they can be seen without running it.

Quoting, comments, substitutions (in double quotes, too), redirections and the words that run other
words (``timeout 5 …``, ``env A=1 …``, ``sh -c '…'``, ``find … -exec …``) are understood. What a
variable hides, what a file holds and what is read from standard input is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh"})

_KEYWORDS = frozenset({"then", "do", "else", "elif", "if", "while", "until", "!", "{"})
_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=.*", re.DOTALL)
_FINDS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_HERE = re.compile(r"<(-?)[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s;&|<>()])+)")
_DEEPEST = 20
"""Scripts in scripts that are looked into."""


class _Runs(NamedTuple):
    """A program that runs the words behind its own."""

    valued: str = ""
    """Short options that take the next word, where nothing is joined to them."""
    operands: int = 0
    """Words of its own before the command."""


_RUNNERS = {
    "builtin": _Runs(),
    "chrt": _Runs("TPD", 1),
    "command": _Runs(),
    "env": _Runs("uC"),
    "exec": _Runs("a"),
    "flock": _Runs("wE", 1),
    "ionice": _Runs("cn"),
    "nice": _Runs("n"),
    "nohup": _Runs(),
    "setsid": _Runs(),
    "stdbuf": _Runs("ioe"),
    "systemd-cat": _Runs("tp"),
    "taskset": _Runs("", 1),
    "time": _Runs("of"),
    "timeout": _Runs("ks", 1),
    "unbuffer": _Runs(),
    "watch": _Runs("n"),
    "xargs": _Runs("adEILnPs"),
}


def commands_of(words: Sequence[str]) -> Iterator[list[str]]:
    """The words of a command, of each that it runs and of those in scripts it hands to shells."""
    yield from _of_words(list(words), 0)


def _of_script(script: str, depth: int) -> Iterator[list[str]]:
    if depth > _DEEPEST:
        return
    scanner = _Scanner(script)
    for words in scanner.commands():
        yield from _of_words(words, depth)
    for inner in scanner.inner:
        yield from _of_script(inner, depth + 1)


def _of_words(words: list[str], depth: int) -> Iterator[list[str]]:
    words = _bare(words)
    if not words:
        return
    yield words
    name = PurePosixPath(words[0]).name
    if name in SHELLS:
        if text := _text_of_shell(words[1:]):
            yield from _of_script(text, depth + 1)
    elif name == "eval":
        yield from _of_script(" ".join(words[1:]), depth + 1)
    elif name == "find":
        for at, word in enumerate(words):
            if word in _FINDS:
                yield from _of_words(words[at + 1 :], depth + 1)
    elif name in _RUNNERS and (behind := _behind(words[1:], _RUNNERS[name])):
        handed = behind[1:2] if behind[0] in ("-c", "--command") else behind[:1]
        if handed and re.search(r"\s", handed[0]):  # flock -c, watch: a shell reads it
            yield from _of_script(handed[0], depth + 1)
        else:
            yield from _of_words(behind, depth + 1)


def _bare(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) and (words[at] in _KEYWORDS or _ASSIGNED.fullmatch(words[at])):
        at += 1
    return words[at:]


def _behind(words: list[str], runs: _Runs) -> list[str]:
    """The words that a runner runs."""
    at, operands = 0, runs.operands
    while at < len(words):
        word = words[at]
        if word in ("-c", "--command") and runs.operands and not operands:
            return words[at:]
        if word == "--":
            at += 1
        elif word.startswith("-") and len(word) > 1:
            at += 2 if len(word) == 2 and word[1] in runs.valued else 1
        elif operands:
            operands -= 1
            at += 1
        else:
            break
    return _bare(words[at:])


def _reads_script(words: list[str]) -> bool:
    """Whether a command takes its standard input for a script: ``sh``, ``env sh -s``."""
    return any(
        PurePosixPath(command[0]).name in SHELLS and not _text_of_shell(command[1:])
        for command in _of_words(list(words), 0)
    )


def _text_of_shell(words: list[str]) -> str:
    """What ``sh -c`` reads."""
    commanded = False
    left = iter(words)
    for word in left:
        if word.startswith("--") and len(word) > 2:
            continue
        if word[:1] in ("-", "+") and len(word) > 1:
            commanded = commanded or (word[0] == "-" and "c" in word)
            if word.endswith("o"):  # -o pipefail
                next(left, None)
        elif commanded:
            return word
        else:
            return ""  # a file
    return ""


class _Here(NamedTuple):
    """A here-document: who reads it, and what ends it."""

    words: list[str]
    end: str
    literal: bool
    """Whether nothing in it is substituted."""
    tabs: bool
    """Whether its lines may be indented with tabs."""


class _Scanner:
    """Reads a text once; ``inner`` are the scripts of its substitutions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.inner: list[str] = []
        self.awaited: list[_Here] = []
        """Here-documents whose text begins on the next line."""

    def commands(self) -> Iterator[list[str]]:
        words: list[str] = []
        word: str | None = None
        target = False
        """Whether the next word is where a redirection leads."""
        while (char := self._next()) is not None:
            if char in " \t\r\n;&|<>()":
                if word is not None and not target and not (char in "<>" and word.isdigit()):
                    words.append(word)
                target = target and word is None and char in " \t&|"
                word = None
                if char == "<" and re.match(r"<(?!<)", self.text[self.at : self.at + 2]):
                    self._await_document(words)
                elif char in "<>":
                    target = True
                    if self.text.startswith("(", self.at):  # <( … )
                        self.at += 1
                        self.inner.append(self._until_closed())
                        target = False
                elif char in "\n;&|()" and not target:
                    yield words
                    words = []
                if char == "\n":
                    self._read_documents()
            elif char == "#" and word is None:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                word = (word or "") + self._piece(char)
        if word is not None and not target:
            words.append(word)
        yield words

    def _await_document(self, words: list[str]) -> None:
        """Read ``<EOF`` of ``<<EOF``, in quotes or not."""
        found = _HERE.match(self.text, self.at)
        if found is None:
            self.at += 1
            return
        self.at = found.end()
        end = re.sub(r"['\"\\]", "", found[2])
        self.awaited.append(_Here(words, end, end != found[2], bool(found[1])))

    def _read_documents(self) -> None:
        for here in self.awaited:
            lines: list[str] = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                line = self.text[self.at : end if end >= 0 else None]
                self.at = end + 1 if end >= 0 else len(self.text)
                if (line.lstrip("\t") if here.tabs else line) == here.end:
                    break
                lines.append(line)
            text = "\n".join(lines)
            if _reads_script(here.words):
                self.inner.append(text)
            elif not here.literal:
                document = _Scanner(text)
                document.substitutions()
                self.inner += document.inner
        self.awaited = []

    def substitutions(self) -> None:
        """Read it as a here-document, in which quotes are letters."""
        while (char := self._next()) is not None:
            if char == "\\":
                self._next()
            else:
                self._substituted(char)

    def _next(self) -> str | None:
        if self.at >= len(self.text):
            return None
        self.at += 1
        return self.text[self.at - 1]

    def _piece(self, char: str) -> str:
        if char == "\\":
            escaped = self._next() or ""
            return "" if escaped == "\n" else escaped
        if char == "'":
            return self._until("'")
        if char == '"':
            return self._quoted()
        if char == "$" and self.text[self.at : self.at + 1] in ("'", '"'):  # $'…'
            return self._until("'", "\\") if self._next() == "'" else self._quoted()
        return self._substituted(char)

    def _substituted(self, char: str) -> str:
        if char == "`":
            self.inner.append(self._until("`", "\\"))
            return "$(…)"
        if char == "$" and self.text.startswith("(", self.at):
            self.at += 1
            self.inner.append(self._until_closed())
            return "$(…)"
        return char

    def _until(self, mark: str, escape: str = "") -> str:
        """What stands before the mark that no escape stands before."""
        found: list[str] = []
        while (char := self._next()) not in (None, mark):
            if char == escape:
                char = self._next()
            found.append(char or "")
        return "".join(found)

    def _quoted(self) -> str:
        found: list[str] = []
        while (char := self._next()) not in (None, '"'):
            assert char is not None
            if char == "\\":
                escaped = self._next() or ""
                found.append(escaped if escaped in '$`"\\' else char + escaped)
            else:
                found.append(self._substituted(char))
        return "".join(found)

    def _until_closed(self) -> str:
        """What stands before the parenthesis that closes; its own substitutions are read later."""
        begin, depth = self.at, 1
        while (char := self._next()) is not None:
            if char == "\\":
                self._next()
            elif char == "'":
                self._until("'")
            elif char == '"':
                aside, self.inner = self.inner, []
                self._quoted()
                self.inner = aside
            elif char in "()":
                depth += 1 if char == "(" else -1
                if not depth:
                    return self.text[begin : self.at - 1]
        return self.text[begin:]
