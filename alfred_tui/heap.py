"""How Python's garbage collector is told to behave: it may not cost a frame.

Nearly everything here lives for ever (imports, tenants, what is known of them) or dies by reference
count (observations, strips). With the collector's defaults, a tenth of the first paint and, at
1,000 tenants, pauses of a quarter of a second were spent on finding nothing (docs/performance.md).
"""

from __future__ import annotations

import gc

YOUNG = 50_000
"""Objects made, beyond those unmade, between two looks through the young ones."""


def relax() -> None:
    """Look for garbage rarely: at the very start of the program."""
    gc.set_threshold(YOUNG, 20, 20)


def settle() -> None:
    """What has been loaded stays and is not looked through any more: after a start, and once more
    when the fleet has been looked at.

    Without a collection before: that would be the very pause, and a start leaves little garbage.
    """
    gc.freeze()


def give_back() -> None:
    """Hand memory that nobody uses to the system: what looks leave behind lies in pieces.

    glibc's ``malloc_trim``, for as long as some 10 ms, in which Python goes on: for a thread. With
    another C library nothing is done.
    """
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
