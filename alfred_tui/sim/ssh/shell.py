"""Runs what a shell's text says, on one box, from one moment on."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from alfred_tui.sim.ssh import files, grammar
from alfred_tui.sim.ssh.words import NAME, Part, Redirect, SyntaxTrouble, Word

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked
    from alfred_tui.sim.ssh.box import Box

Write = Callable[[str], None]
DEEPEST = 32
"""Shells within shells."""


class Source(Protocol):
    """Where a command reads from."""

    async def read(self) -> str:
        """All that is left."""

    async def readline(self) -> str:
        """The next line with its end, empty at the end."""


class Text:
    """A text to be read."""

    def __init__(self, text: str = "") -> None:
        self._left = text

    async def read(self) -> str:
        """All that is left."""
        text, self._left = self._left, ""
        return text

    async def readline(self) -> str:
        """The next line with its end, empty at the end."""
        line, found, self._left = self._left.partition("\n")
        return line + found


@dataclass
class Io:
    """Where a command reads and writes; ``terminal``: a person sits there."""

    stdin: Source
    out: Write
    err: Write
    terminal: bool = False


@dataclass
class Moment:
    """The world's time for a command: epoch second ``t``; ``wait`` lets seconds of it pass."""

    t: float
    wait: Callable[[float], Awaitable[None]]

    async def pass_by(self, seconds: float) -> None:
        """Let seconds pass."""
        if seconds > 0:
            await self.wait(seconds)
            self.t += seconds


class Leave(Exception):
    """``exit``."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Turn(Exception):
    """``break`` where it ``ends`` loops, else ``continue``; for so many ``levels`` of them."""

    def __init__(self, ends: bool, levels: int) -> None:
        super().__init__(ends, levels)
        self.ends, self.levels = ends, levels


class Gone(Exception):
    """Nobody reads any more what is written: a program that writes dies of that."""


@dataclass
class Shell:
    """A shell of ``who`` with its variables; ``name`` is how it calls itself in complaints."""

    box: Box
    moment: Moment
    env: dict[str, str]
    cwd: str
    name: str
    who: str
    words: list[str] = field(default_factory=list)
    zero: str = "bash"
    options: set[str] = field(default_factory=set)
    status: int = 0
    depth: int = 0
    loops: int = 0

    def child(self, **changes: object) -> Shell:
        """A shell of its own with the same variables.

        Raises:
            Leave: too many shells within each other.
        """
        if self.depth >= DEEPEST:
            raise Leave(126)
        own = replace(self, env=dict(self.env), options=set(self.options), depth=self.depth + 1)
        return replace(own, **changes)  # type: ignore[arg-type]

    async def run(self, text: str, io: Io) -> int:
        """Do what a text says; the exit code. ``exit`` ends it."""
        self.loops = 0
        try:
            return await self.obey(text, io)
        except Leave as left:
            return left.code

    async def obey(self, text: str, io: Io) -> int:
        """Do what a text says in this shell; the exit code.

        Raises:
            Leave: it said ``exit``.
        """
        try:
            whole = grammar.parse(text)
        except SyntaxTrouble as trouble:
            near = trouble.near.replace("\n", "newline")
            io.err(f"{self.name}: syntax error near unexpected token `{near}'\n")
            self.status = 2
            return 2
        self.status = await self.do(whole, io)
        return self.status

    # --- what is to be done -------------------------------------------------------------------

    async def do(self, node: grammar.Node, io: Io) -> int:
        """Do one piece of it; its exit code."""
        if isinstance(node, grammar.Several):
            return await self._several(node, io)
        if isinstance(node, grammar.Chain):
            return await self._chain(node, io)
        if isinstance(node, grammar.Pipe):
            return await self._pipe(node, io)
        if isinstance(node, grammar.Group):
            return await self._group(node, io)
        if isinstance(node, grammar.If):
            return await self._if(node, io)
        if isinstance(node, grammar.While):
            return await self._while(node, io)
        if isinstance(node, grammar.For):
            return await self._for(node, io)
        return await self._simple(node, io)

    async def _several(self, node: grammar.Several, io: Io) -> int:
        code = 0
        for item in node.items:
            code = self.status = await self.do(item, io)
        return code

    async def _chain(self, node: grammar.Chain, io: Io) -> int:
        code, last = 0, 0
        for index, (operator, item) in enumerate(node.links):
            if (operator == "&&" and code) or (operator == "||" and not code):
                continue
            code = self.status = await self.do(item, io)
            last = index
        if code and "e" in self.options and last == len(node.links) - 1:
            raise Leave(code)
        return code

    async def _pipe(self, node: grammar.Pipe, io: Io) -> int:
        code, stdin = 0, io.stdin
        for index, item in enumerate(node.parts):
            if len(node.parts) == 1:
                code = await self.do(item, io)
                break
            made: list[str] = []
            out = io.out if index == len(node.parts) - 1 else made.append
            inner = replace(io, stdin=stdin, out=out)
            try:
                code = await self.child().do(item, inner)
            except Leave as left:
                code = left.code
            except Turn:  # the loop is its parent's
                code = 0
            stdin = Text("".join(made))
        return int(not code) if node.turned else code

    async def _group(self, node: grammar.Group, io: Io) -> int:
        inner = await self._redirected(node.redirects, io)
        if inner is None:
            return 1
        if not node.own:
            return await self.do(node.body, inner)
        try:
            return await self.child(loops=0).do(node.body, inner)
        except Leave as left:
            return left.code

    async def _tested(self, node: grammar.Node, io: Io) -> bool:
        """Whether a condition holds; ``set -e`` does not count in it."""
        strict = "e" in self.options
        self.options.discard("e")
        held = await self.do(node, io) == 0
        self.options |= {"e"} if strict else set()
        return held

    async def _if(self, node: grammar.If, io: Io) -> int:
        for test, body in node.arms:
            if await self._tested(test, io):
                return await self.do(body, io)
        return await self.do(node.otherwise, io) if node.otherwise else 0

    async def _while(self, node: grammar.While, io: Io) -> int:
        code = 0
        while await self._tested(node.test, io) is not node.until:
            code, goes_on = await self._turn(node.body, io)
            if not goes_on:
                break
            # a loop of nothing but builtins would never let anybody else have a turn
            await self.moment.pass_by(0.001)
        return code

    async def _for(self, node: grammar.For, io: Io) -> int:
        code = 0
        for value in [value for word in node.words for value in await self.expand(word, io)]:
            self.env[node.name] = value
            code, goes_on = await self._turn(node.body, io)
            if not goes_on:
                break
        return code

    async def _turn(self, body: grammar.Node, io: Io) -> tuple[int, bool]:
        """Go through a loop once: its exit code, and whether it goes on."""
        self.loops += 1
        try:
            return await self.do(body, io), True
        except Turn as turn:
            if turn.levels > 1:
                raise Turn(turn.ends, turn.levels - 1) from None
            return 0, not turn.ends
        finally:
            self.loops -= 1

    async def _simple(self, node: grammar.Simple, io: Io) -> int:
        words = [value for word in node.words for value in await self.expand(word, io)]
        inner = await self._redirected(node.redirects, io)
        if inner is None:
            return 1
        sets = {name: await self._unsplit(word, io) for name, word in node.sets}
        if not words:
            self.env |= sets
            ran = any(part.kind == "run" for _, word in node.sets for part in word)
            return self.status if ran else 0
        from alfred_tui.sim.ssh.commands import call

        kept = dict(self.env)
        self.env |= sets
        try:
            return await call(Job(self, words, inner))
        finally:
            for name in sets:
                if name in kept:
                    self.env[name] = kept[name]
                else:
                    self.env.pop(name, None)

    # --- words --------------------------------------------------------------------------------

    async def expand(self, word: Word, io: Io) -> list[str]:
        """The arguments that a word becomes: variables and substitutions put in, patterns found."""
        whole = "".join(part.text for part in word)
        if word and word[0] == Part("text", "~") and whole[1:2] in ("", "/"):
            word = (Part("text", self.env.get("HOME", self.box.person.home.entry), True), *word[1:])
        done: list[str] = []
        now: str | None = None
        for part in word:
            if part == Part("name", "@", True):
                done += self.words[:-1]
                now = (now or "") + (self.words[-1] if self.words else "")
                continue
            text = await self._value(part, io)
            if part.quoted or part.kind == "text":
                now = (now or "") + text
                continue
            pieces = text.split()
            if text[:1].isspace() and now is not None:
                done.append(now)
                now = None
            for index, piece in enumerate(pieces):
                if index:
                    done.append(now or "")
                    now = None
                now = (now or "") + piece
        fields = done if now is None else [*done, now]
        loose = "".join(part.text for part in word if part.kind == "text" and not part.quoted)
        if any(letter in loose for letter in "*?["):
            return [found for text in fields for found in self._matching(text)]
        return fields

    async def _unsplit(self, word: Word, io: Io) -> str:
        """What a word becomes as a value: neither parted at blanks nor taken for a pattern."""
        tilde = word[:1] == (Part("text", "~"),)
        kept = [part._replace(quoted=True) for part in word[tilde:]]
        return " ".join(await self.expand((*word[:tilde], *kept), io))

    def _matching(self, pattern: str) -> list[str]:
        found = self.box.files.matching(self.path(pattern))
        if pattern.startswith("/"):
            return found or [pattern]
        return [posixpath.relpath(path, self.cwd) for path in found] or [pattern]

    async def _value(self, part: Part, io: Io) -> str:
        if part.kind == "text":
            return part.text
        if part.kind == "run":
            made: list[str] = []
            self.status = await self.child().run(part.text, replace(io, out=made.append))
            return "".join(made).rstrip("\n")
        known = {"?": str(self.status), "$": "4711", "0": self.zero, "#": str(len(self.words))}
        known |= {"@": " ".join(self.words), "*": " ".join(self.words)}
        known |= {str(n): word for n, word in enumerate(self.words, 1)}
        if part.text not in known and not part.text.isdecimal() and not NAME.fullmatch(part.text):
            io.err(f"{self.name}: ${{{part.text}}}: bad substitution\n")
            raise Leave(1)
        value = known.get(part.text) or self.env.get(part.text, "")
        return value or (part.otherwise or "")

    def path(self, name: str) -> str:
        """The absolute path that a name means."""
        return posixpath.normpath(posixpath.join(self.cwd, name))

    # --- redirections -------------------------------------------------------------------------

    async def _redirected(self, redirects: list[Redirect], io: Io) -> Io | None:
        """The streams after redirections; None when one of them failed, which has been said."""
        now = replace(io)
        for fd, operator, word in redirects:
            text = "".join(await self.expand(word, io))
            if operator in (">&", "<&") and text.isdecimal():
                target = now.out if text == "1" else now.err
                now = replace(now, err=target) if fd == 2 else replace(now, out=target)
            elif operator in ("<<", "<<<"):
                now = replace(now, stdin=Text(text + ("\n" if operator == "<<<" else "")))
            else:
                try:
                    now = self._opened(now, fd, operator, text)
                except files.Trouble as trouble:
                    io.err(f"{self.name}: {text}: {trouble}\n")
                    return None
        return now

    def _opened(self, io: Io, fd: int, operator: str, name: str) -> Io:
        path, tree = self.path(name), self.box.files
        if operator == "<":
            text = "" if path == "/dev/null" else tree.read(path, self.who)
            return replace(io, stdin=Text(text))
        if path == "/dev/null":

            def into(text: str) -> None:
                """Nowhere."""
        else:
            new = operator == ">" and "C" in self.options
            try:
                more = operator == ">>"
                tree.write(path, "", self.who, self.moment.t, more=more, new=new)
            except files.Trouble as trouble:
                if str(trouble) == files.EXISTS:
                    raise files.Trouble("cannot overwrite existing file") from None
                raise

            def into(text: str) -> None:
                tree.write(path, text, self.who, self.moment.t, more=True)

        if operator in ("&>", ">&"):
            return replace(io, out=into, err=into)
        return replace(io, err=into) if fd == 2 else replace(io, out=into)


@dataclass
class Job:
    """One command: its words, where it reads and writes, and the shell that started it."""

    shell: Shell
    words: list[str]
    io: Io

    @property
    def box(self) -> Box:
        """Where it runs."""
        return self.shell.box

    @property
    def t(self) -> float:
        """The world's epoch second."""
        return self.shell.moment.t

    @property
    def asked(self) -> Asked:
        """The world as it is now, in the words of the tenant's other side."""
        return self.box.asked(self.t)

    def say(self, text: str) -> None:
        """A line on stdout."""
        self.io.out(f"{text}\n")

    def fail(self, text: str, code: int = 1) -> int:
        """A line on stderr; the exit code."""
        self.io.err(f"{text}\n")
        return code

    async def takes(self, seconds: float) -> None:
        """Let the command's time pass."""
        await self.shell.moment.pass_by(seconds)
