"""What came of a command, and how much of its output is kept."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

TAIL = 4096
"""Bytes kept of the end of stderr: there a program says why it failed."""
LONGEST_LINE = 64 * 1024
"""Bytes of a line; a longer one is handed on in pieces."""


class Stream(StrEnum):
    """Which of its two outputs a program wrote to."""

    OUT = "stdout"
    ERR = "stderr"


OnPiece = Callable[[Stream, bytes], None]
"""Takes output as it comes, byte for byte; the program is held back while it works."""
OnLine = Callable[[Stream, bytes], None]
"""Takes a line without its newline, as it comes; the program is held back while it works."""


class Result(msgspec.Struct, frozen=True, gc=False):
    """A command that ended by itself.

    ``exit_status`` is -1 where a ``signal`` (``KILL``) ended it. ``stdout`` and ``stderr`` are the
    first bytes, up to the limit; ``cut`` says that there was more, ``size`` how many bytes came in
    all, ``tail`` is the end of stderr. Lines that were handed on are not kept. ``took`` seconds.
    """

    exit_status: int
    stdout: bytes = b""
    stderr: bytes = b""
    took: float = 0.0
    cut: bool = False
    signal: str = ""
    size: int = 0
    tail: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether it says that it succeeded."""
        return self.exit_status == 0

    @property
    def text(self) -> str:
        """Stdout as text; what is no UTF-8 is replaced."""
        return self.stdout.decode("utf-8", "replace")


class Keeper:
    """Takes output in pieces; holds ``most`` bytes of each stream, or none where lines go on.

    ``on_piece`` hears all of it as it comes, too.
    """

    def __init__(
        self, most: int, on_line: OnLine | None = None, on_piece: OnPiece | None = None
    ) -> None:
        self._most = most
        self._on_line, self._on_piece = on_line, on_piece
        self._kept = {Stream.OUT: bytearray(), Stream.ERR: bytearray()}
        self._tail = b""
        self._size = 0
        self._cut = False

    def take(self, stream: Stream, data: bytes) -> None:
        """The next piece; what ``on_line`` and ``on_piece`` raise passes."""
        self._size += len(data)
        if self._on_piece is not None:
            self._on_piece(stream, data)
        if stream is Stream.ERR:
            self._tail = (self._tail + data[-TAIL:])[-TAIL:]
        kept = self._kept[stream]
        if self._on_line is not None:
            kept += data
            self._hand_on(stream, kept)
            return
        room = self._most - len(kept)
        self._cut |= len(data) > room
        kept += data[: max(0, room)]

    def _hand_on(self, stream: Stream, kept: bytearray) -> None:
        assert self._on_line is not None
        begin = 0
        while (end := kept.find(b"\n", begin)) >= 0:
            self._pieces(stream, bytes(kept[begin:end]))
            begin = end + 1
        del kept[:begin]
        if len(kept) >= LONGEST_LINE:
            whole = len(kept) - len(kept) % LONGEST_LINE
            self._pieces(stream, bytes(kept[:whole]))
            del kept[:whole]

    def _pieces(self, stream: Stream, line: bytes) -> None:
        assert self._on_line is not None
        for begin in range(0, len(line) or 1, LONGEST_LINE):
            self._on_line(stream, line[begin : begin + LONGEST_LINE])

    def result(self, exit_status: int, signal: str, took: float) -> Result:
        """All that was kept; a last line without its newline is handed on."""
        if self._on_line is not None:
            for stream, kept in self._kept.items():
                if kept:
                    self._pieces(stream, bytes(kept))
                kept.clear()
        return Result(
            exit_status,
            bytes(self._kept[Stream.OUT]),
            bytes(self._kept[Stream.ERR]),
            took,
            self._cut,
            signal,
            self._size,
            self._tail,
        )
