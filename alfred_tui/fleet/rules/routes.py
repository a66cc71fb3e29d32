"""Rules about single routes: unanswered, failing, or answered with what is not understood."""

from __future__ import annotations

from collections.abc import Sequence

from alfred_tui.fleet.rules.failures import (
    APART,
    ODD,
    barred,
    broken,
    kind_is,
    kind_of,
    lost,
    refused,
)
from alfred_tui.fleet.rules.registry import API_LOOKS, TEMPORAL_LOOKS, rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Failure, FailureKind


@rule("route-failing", API_LOOKS - {Look.CONTAINERS}, by_look=True)
def route_failing(sight: Sight) -> Sequence[Finding] | None:
    """One question fails twice while the API answers others: we see less."""
    seen = sight.seen
    if seen.failure is None:
        return ()
    command = kind_is(seen, FailureKind.COMMAND_FAILED)
    if not (lost(seen) or broken(seen) or command):
        return None if barred(seen) else ()
    if not broken(seen) and seen.look in TEMPORAL_LOOKS:
        return None  # temporal-silent speaks of it
    contact = sight.memory.attempts.get(Look.CONTAINERS)
    if contact is None or lost(contact) or broken(contact):
        return None
    if command and (contact.failure is not None or _explained(sight)):
        return None
    what, text = _what(seen.failure, lost=lost(seen), command=command)
    return (
        Finding(
            f"{seen.look} {text}",
            subject=seen.look,
            value=what,
            limit="2 tries",
            looks=2,
            apart=APART,
        ),
    )


def _what(failure: Failure, *, lost: bool, command: bool) -> tuple[str, str]:
    """The value and what came, in words."""
    if lost:
        return failure.kind.value, f"goes unanswered: {failure.kind.value}"
    if command:
        return failure.kind.value, f"fails: {failure.text}"
    return f"HTTP {failure.status}", f"goes unanswered: HTTP {failure.status}"


def _explained(sight: Sight) -> bool:
    """Whether the service that the route's command runs in is away, or has just come back."""
    if sight.settling or sight.recreating:
        return True
    row = sight.memory.rows.get("alfred")
    return sight.look is Look.WORKERS and (row is None or row.state != "running")


@rule("answer-odd", API_LOOKS, by_look=True)
def answer_odd(sight: Sight) -> Sequence[Finding] | None:
    """An answer came and was not understood; names the JSON path."""
    seen, look = sight.seen, sight.seen.look
    failure = seen.failure
    if failure is None:
        if not seen.oddities:
            return ()
        first, more = seen.oddities[0], len(seen.oddities) - 1
        text = f"{look} odd at {first.path}: {first.text}" + (f" (+{more})" if more else "")
        return (Finding(text, subject=look, value=first.path),)
    if failure.kind in ODD:
        where = failure.path or "$"
        at = f" at {where}" if where != "$" else ""
        return (Finding(f"{look} odd{at}: {failure.text}", subject=look, value=where),)
    if lost(seen) or barred(seen) or failure.kind is FailureKind.UNAUTHORIZED:
        return None
    # a generation may lack a route, but not the one of the containers
    lacking = look is Look.CONTAINERS and failure.kind is FailureKind.UNSUPPORTED
    if not (refused(seen) or lacking):
        return ()
    what = f"HTTP {failure.status}" if failure.status else kind_of(seen)
    text = f"{look} answers {what}: {failure.text}"
    return (Finding(text, subject=look, value=what, looks=2, apart=APART),)
