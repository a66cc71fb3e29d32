"""The sorts of failed looks that rules tell apart."""

from __future__ import annotations

from alfred_tui.model.observation import TRANSPORT, FailureKind, Observation

APART = 4.0
"""Seconds between two looks that count as two.

Fixed on purpose: less than the 5 s after which a second look is made, more than one hiccup.
"""

ODD = frozenset({FailureKind.BAD_ANSWER, FailureKind.TOO_LARGE, FailureKind.REDIRECTED})
"""A 200, or what stands in its place, that is not what the route answers."""

REFUSALS = frozenset({FailureKind.NOT_FOUND, FailureKind.RATE_LIMITED, FailureKind.GUARD})
"""Answers that none of our questions should get."""


def lost(seen: Observation | None) -> bool:
    """No HTTP answer came."""
    return seen is not None and seen.failure is not None and seen.failure.kind in TRANSPORT


def broken(seen: Observation | None) -> bool:
    """HTTP 5xx that is not a wrapped command's failure: a proxy's, or ``INTERNAL_ERROR``."""
    return seen is not None and _server_error(seen) and _status(seen) >= 500


def refused(seen: Observation) -> bool:
    """HTTP 4xx (or a command that did not find what it was asked for) to a plain question."""
    kind = seen.failure.kind if seen.failure is not None else None
    return kind in REFUSALS or (_server_error(seen) and _status(seen) < 500)


def barred(seen: Observation | None) -> bool:
    """Nothing was sent: our own settings or resources were in the way."""
    return seen is not None and kind_is(seen, FailureKind.CONFIGURATION)


def kind_is(seen: Observation, kind: FailureKind) -> bool:
    """Whether the look failed in just this way."""
    return seen.failure is not None and seen.failure.kind is kind


def kind_of(seen: Observation) -> str:
    """How the look failed, in a word or two; ``""`` where it did not."""
    return seen.failure.kind.value if seen.failure is not None else ""


def _server_error(seen: Observation) -> bool:
    return kind_is(seen, FailureKind.SERVER_ERROR)


def _status(seen: Observation) -> int:
    return (seen.failure.status or 0) if seen.failure is not None else 0
