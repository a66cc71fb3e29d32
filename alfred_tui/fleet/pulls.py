"""A stream's pulls over the looks: which word is a failure, and how many failed in a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from alfred_tui.model.facts import Stream, Streams
from alfred_tui.model.observation import Observation

_GOOD = frozenset(
    {
        *("", "ok", "success", "succeeded", "successful", "done", "complete", "completed"),
        *("empty", "idle", "none", "never", "pending", "running", "skipped", "unchanged"),
    }
)
_FINE = re.compile(r"(http )?2\d\d\b|no (new|more|data|events|changes|messages|items)\b")
_WORD = re.compile(r"[a-z]+|.*")
_BAD = re.compile(r"(?<!no )(?<!\b0 )(error|fail)")

NEIGHBOURS = 1.5
"""Pulls that lie apart by at most so many intervals have no other between them.

Fixed on purpose: between one interval and two, with room for jitter on both sides.
"""


class Pull(msgspec.Struct, frozen=True, gc=False):
    """The newest pull of a stream that was met, and how many failed in a row up to it.

    ``since`` is when the stream was first seen without any pull.
    """

    at: datetime | None
    failures: int = 0
    since: datetime | None = None


def pull_failed(status: str) -> bool:
    """Whether a last pull failed: its status begins with no word that is known to be good.

    The statuses are free text (tenant-api.md 7.1): ``ok``, ``error: <text>``, ``http 500`` ...
    """
    said = status.strip().lower()
    if _FINE.match(said):
        return False
    word = _WORD.match(said)
    return word is None or word.group() not in _GOOD or _BAD.search(said) is not None


def judged(row: Stream) -> bool:
    """Whether a stream should pull at all."""
    return row.enabled and not row.system and row.status != "paused"


def pulls_known(row: Stream, seen: Observation) -> bool:
    """Whether the stream's own details were read: only they tell of its last pull."""
    if row.last_pull is not None:
        return True
    whole = isinstance(seen.answer, Streams) and seen.answer.detailed
    return whole and not seen.oddities


def failing(seen: Observation) -> bool:
    """Whether a stream's last pull failed: the next ones are worth being met."""
    return isinstance(seen.answer, Streams) and any(
        judged(row) and row.last_pull is not None and pull_failed(row.last_pull_status)
        for row in seen.answer.rows
    )


def follow(before: Mapping[str, Pull], seen: Observation, listed: Streams) -> dict[str, Pull]:
    """What is remembered of each stream's pulls after a look.

    Pulls are counted, not looks: one seen twice is one, and one that was not met between two
    failures may have been good.
    """
    after: dict[str, Pull] = {}
    for row in listed.rows:
        old = before.get(row.stream_id)
        new = old if not pulls_known(row, seen) else _next(old, row, seen.at)
        if new is not None:
            after[row.stream_id] = new
    return after


def _next(old: Pull | None, row: Stream, at: datetime) -> Pull | None:
    if row.last_pull is None:
        since = old.since if old is not None else None
        return Pull(None, 0, since or at) if row.interval is not None else None
    if not pull_failed(row.last_pull_status):
        return None
    if old is None or old.at is None or row.interval is None:
        return old if old is not None and old.at == row.last_pull else Pull(row.last_pull, 1)
    apart = (row.last_pull - old.at).total_seconds()
    if apart == 0.0:
        return old
    alike = 0.0 < apart <= NEIGHBOURS * row.interval
    return Pull(row.last_pull, old.failures + 1 if alike else 1)
