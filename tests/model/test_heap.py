"""Memory that nobody uses goes back to the system although pieces among it are still in use."""

from __future__ import annotations

import platform

import psutil
import pytest

from alfred_tui import heap

PIECE, PIECES = 3000, 20_000


def resident() -> int:
    return int(psutil.Process().memory_info().rss)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps such memory")
def test_what_lies_between_pieces_in_use_is_given_back() -> None:
    pieces = [bytes(PIECE) for _ in range(PIECES)]
    kept = pieces[::100]
    pieces.clear()
    before = resident()
    heap.give_back()
    assert before - resident() > PIECE * PIECES / 2
    assert all(len(piece) == PIECE for piece in kept)
