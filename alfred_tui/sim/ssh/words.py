"""The words of a shell's language: quotes, variables, substitutions, redirections."""

from __future__ import annotations

import re
from typing import NamedTuple

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REDIRECT = re.compile(r"(\d*)(<<-|<<<|<<|>>|>\||>&|<&|&>|>|<)")
_OPERATORS = ("&&", "||", ";;", ";", "|", "&", "(", ")", "\n")


class SyntaxTrouble(Exception):
    """A line that is no shell; ``near`` is the token at which that shows."""

    def __init__(self, near: str) -> None:
        super().__init__(near)
        self.near = near


class Part(NamedTuple):
    """A piece of a word: ``kind`` is ``text``, ``name`` (of a variable) or ``run`` (``$(...)``)."""

    kind: str
    text: str
    quoted: bool = False
    otherwise: str | None = None


Word = tuple[Part, ...]


class Redirect(NamedTuple):
    """``operator`` on a file descriptor; ``word`` is where to, or what to read."""

    fd: int
    operator: str
    word: Word


Token = str | Word | Redirect
"""An operator, a word, or a redirection that has its word."""


class Lexer:
    """Turns text into tokens."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.heirs: list[tuple[int, str, bool, bool]] = []
        self.tokens: list[Token] = []

    def all(self) -> list[Token]:
        """Every token.

        Raises:
            SyntaxTrouble: a quote or bracket is not closed.
        """
        while self.at < len(self.text):
            if self.text[self.at] in " \t":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif match := _REDIRECT.match(self.text, self.at):
                self._redirect(match)
            elif operator := next((o for o in _OPERATORS if self.text.startswith(o, self.at)), ""):
                self.at += len(operator)
                self.tokens.append(operator)
                if operator == "\n":
                    self._documents()
            else:
                self.tokens.append(self.word())
        return self.tokens

    def _redirect(self, match: re.Match[str]) -> None:
        number, operator = match.groups()
        self.at = match.end()
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        fd = int(number) if number else 0 if operator.startswith("<") else 1
        word = self.word()
        if not word:
            raise SyntaxTrouble("newline")
        if operator in ("<<", "<<-"):
            ending = "".join(part.text for part in word)
            quoted = any(part.quoted for part in word)
            self.heirs.append((len(self.tokens), ending, quoted, operator == "<<-"))
        self.tokens.append(Redirect(fd, operator, word))

    def _documents(self) -> None:
        """What was announced with ``<<`` stands after the line."""
        for index, ending, quoted, tabs in self.heirs:
            lines: list[str] = []
            while self.at < len(self.text):
                line, _, _ = self.text[self.at :].partition("\n")
                self.at += len(line) + 1
                if (line.lstrip("\t") if tabs else line) == ending:
                    break
                lines.append((line.lstrip("\t") if tabs else line) + "\n")
            text = "".join(lines)
            held = self.tokens[index]
            assert isinstance(held, Redirect)
            word = (Part("text", text, True),) if quoted else Lexer(text).inside(None)
            self.tokens[index] = Redirect(held.fd, "<<", word)
        self.heirs = []

    def word(self) -> Word:
        """The word that begins here, empty at an operator."""
        parts: list[Part] = []
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter in " \t\n;|&()<>":
                break
            if letter == "'":
                parts.append(Part("text", self._until("'"), True))
            elif letter == '"':
                self.at += 1
                parts += self.inside('"') or (Part("text", "", True),)
            elif letter == "\\":
                if self.text[self.at + 1 : self.at + 2] != "\n":
                    parts.append(Part("text", self.text[self.at + 1 : self.at + 2], True))
                self.at += 2
            elif letter in "$`":
                parts.append(self._dollar(quoted=False))
            else:
                parts.append(Part("text", letter))
                self.at += 1
        return tuple(parts)

    def _until(self, quote: str) -> str:
        end = self.text.find(quote, self.at + 1)
        if end < 0:
            raise SyntaxTrouble(quote)
        text = self.text[self.at + 1 : end]
        self.at = end + 1
        return text

    def inside(self, quote: str | None) -> Word:
        """What stands between double quotes, or (``None``) in a whole document."""
        parts: list[Part] = []
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == quote:
                self.at += 1
                return tuple(parts)
            if letter == "\\" and self.text[self.at + 1 : self.at + 2] in ("$", "`", '"', "\\"):
                parts.append(Part("text", self.text[self.at + 1], True))
                self.at += 2
            elif letter == "\\" and self.text[self.at + 1 : self.at + 2] == "\n":
                self.at += 2
            elif letter in "$`":
                parts.append(self._dollar(quoted=True))
            else:
                parts.append(Part("text", letter, True))
                self.at += 1
        if quote:
            raise SyntaxTrouble(quote)
        return tuple(parts)

    def _dollar(self, *, quoted: bool) -> Part:
        if self.text[self.at] == "`":
            return Part("run", self._until("`"), quoted)
        rest = self.text[self.at + 1 :]
        if rest.startswith("(("):
            raise SyntaxTrouble("$((")
        if rest.startswith("("):
            return Part("run", self._bracketed(), quoted)
        if rest.startswith("{"):
            end = self.text.find("}", self.at)
            if end < 0:
                raise SyntaxTrouble("}")
            inner, self.at = self.text[self.at + 2 : end], end + 1
            name, found, other = inner.partition(":-")
            return Part("name", name, quoted, other if found else None)
        if match := NAME.match(rest):
            self.at += 1 + len(match[0])
            return Part("name", match[0], quoted)
        if rest[:1] and rest[0] in "?#@*$!0123456789":
            self.at += 2
            return Part("name", rest[0], quoted)
        self.at += 1
        return Part("text", "$", quoted)

    def _bracketed(self) -> str:
        """What stands in ``$( )``, brackets and quotes inside it respected."""
        begin = self.at = self.at + 2
        depth, quote = 1, ""
        while self.at < len(self.text):
            letter = self.text[self.at]
            if quote:
                quote = "" if letter == quote else quote
            elif letter in "'\"":
                quote = letter
            else:
                depth += (letter == "(") - (letter == ")")
            self.at += 1
            if depth == 0:
                return self.text[begin : self.at - 1]
        raise SyntaxTrouble(")")


def bare(token: Token | None) -> str:
    """An operator, or a word that nothing in it is quoted of; else empty."""
    if isinstance(token, str):
        return token
    if token is None or isinstance(token, Redirect):
        return ""
    plain = all(part.kind == "text" and not part.quoted for part in token)
    return "".join(part.text for part in token) if plain else ""
