"""A shell's language, as far as operators use it: lists, pipes, groups, conditions, loops."""

from __future__ import annotations

from dataclasses import dataclass, field

from alfred_tui.sim.ssh.words import NAME, Lexer, Redirect, SyntaxTrouble, Token, Word, bare

_ENDS = frozenset({"then", "else", "elif", "fi", "do", "done", "}"})


@dataclass
class Simple:
    """Assignments, a command with its arguments, and where its streams go."""

    sets: list[tuple[str, Word]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


@dataclass
class Group:
    """``{ ...; }``, or ``( ... )`` whose changes of the shell are its own."""

    body: Node
    own: bool
    redirects: list[Redirect] = field(default_factory=list)


@dataclass
class If:
    """``if``, its ``elif`` and its ``else``."""

    arms: list[tuple[Node, Node]]
    otherwise: Node | None


@dataclass
class While:
    """``while``, or ``until``."""

    test: Node
    body: Node
    until: bool


@dataclass
class For:
    """``for name in words``."""

    name: str
    words: list[Word]
    body: Node


@dataclass
class Pipe:
    """Commands of which each reads what the one before wrote; ``not``: its result is turned."""

    parts: list[Node]
    turned: bool = False


@dataclass
class Chain:
    """Pipes joined by ``&&`` and ``||``; the first operator is empty."""

    links: list[tuple[str, Node]]


@dataclass
class Several:
    """One after the other."""

    items: list[Node]


Node = Simple | Group | If | While | For | Pipe | Chain | Several


class Parser:
    """Turns tokens into what is to be done."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def next(self) -> Token | None:
        """The next token, ``None`` at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *wanted: str) -> str:
        """Go past one of these tokens; empty when something else is next."""
        word = bare(self.next)
        if word and word in wanted:
            self.at += 1
            return word
        return ""

    def need(self, wanted: str) -> None:
        """Go past this token, which has to be next."""
        if not self.take(wanted):
            raise SyntaxTrouble(bare(self.next) or "end of file")

    def several(self) -> Several:
        """Chains, up to something that ends them."""
        items: list[Node] = []
        while True:
            while self.take(";", "\n", "&"):
                pass
            word = bare(self.next)
            if self.next is None or word == ")" or (word in _ENDS):
                return Several(items)
            items.append(self._chain())
            if self.at < len(self.tokens) and bare(self.next) not in (";", "\n", "&", ")", *_ENDS):
                raise SyntaxTrouble(bare(self.next))

    def _chain(self) -> Chain:
        links: list[tuple[str, Node]] = [("", self._pipe())]
        while operator := self.take("&&", "||"):
            while self.take("\n"):
                pass
            links.append((operator, self._pipe()))
        return Chain(links)

    def _pipe(self) -> Pipe:
        turned = bool(self.take("!"))
        parts = [self._command()]
        while self.take("|"):
            parts.append(self._command())
        return Pipe(parts, turned)

    def _command(self) -> Node:
        if self.take("("):
            return self._group(")", own=True)
        if self.take("{"):
            return self._group("}", own=False)
        if self.take("if"):
            return self._if()
        if word := self.take("while", "until"):
            test = self.several()
            self.need("do")
            body = self.several()
            self.need("done")
            return While(test, body, word == "until")
        return self._for() if self.take("for") else self._simple()

    def _group(self, end: str, *, own: bool) -> Group:
        made = Group(self.several(), own)
        self.need(end)
        while isinstance(self.next, Redirect):
            made.redirects.append(self.next)
            self.at += 1
        return made

    def _if(self) -> If:
        arms: list[tuple[Node, Node]] = []
        while True:
            test = self.several()
            self.need("then")
            arms.append((test, self.several()))
            if not self.take("elif"):
                break
        otherwise = self.several() if self.take("else") else None
        self.need("fi")
        return If(arms, otherwise)

    def _for(self) -> For:
        name = bare(self.next)
        self.at += 1
        self.need("in")
        words = self._simple().words
        while self.take(";", "\n"):
            pass
        self.need("do")
        body = self.several()
        self.need("done")
        return For(name, words, body)

    def _simple(self) -> Simple:
        made = Simple()
        while (token := self.next) is not None and not isinstance(token, str):
            self.at += 1
            if isinstance(token, Redirect):
                made.redirects.append(token)
            elif not made.words and (pair := _assignment(token)):
                made.sets.append(pair)
            else:
                made.words.append(token)
        if not (made.words or made.sets or made.redirects):
            raise SyntaxTrouble(bare(self.next) or "end of file")
        return made


def _assignment(word: Word) -> tuple[str, Word] | None:
    """The name and the value of ``name=value``."""
    for index, part in enumerate(word):
        if part.kind != "text" or part.quoted:
            return None
        if part.text == "=":
            name = "".join(letter.text for letter in word[:index])
            return (name, word[index + 1 :]) if NAME.fullmatch(name) else None
    return None


def parse(text: str) -> Several:
    """What a text of the shell's language says.

    Raises:
        SyntaxTrouble: it is none.
    """
    parser = Parser(Lexer(text).all())
    whole = parser.several()
    if parser.next is not None:
        raise SyntaxTrouble(bare(parser.next))
    return whole
