"""Rules about Temporal: itself, its worker, its workflows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alfred_tui.fleet.known import allowance
from alfred_tui.fleet.rules.registry import TEMPORAL_LOOKS, rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.facts import Queue, Workflow, Workflows
from alfred_tui.model.look import Look
from alfred_tui.model.observation import TRANSPORT, FailureKind

SILENT_APART = 10.0
"""Seconds between two silent looks that count as two.

Fixed on purpose: a round of three looks at a frozen Temporal is one, its repetition is another.
"""


@rule("temporal-silent", TEMPORAL_LOOKS, by_look=True)
def temporal_silent(sight: Sight) -> Sequence[Finding] | None:
    """Temporal's routes fail: not running, frozen or paused; the text tells which."""
    failure = sight.seen.failure
    if failure is None:
        return ()
    unanswered = failure.kind in TRANSPORT
    if not unanswered and failure.kind is not FailureKind.COMMAND_FAILED:
        return None
    # with Docker or the whole API silent it is a consequence
    if sight.settling or sight.recreating or Look.CONTAINERS in sight.memory.streaks:
        return None
    text = f"{sight.look} {failure.kind.value}" if unanswered else failure.text
    return (
        Finding(
            f"Temporal does not answer: {text}",
            subject=sight.look,
            value=failure.kind.value,
            limit="answers",
            looks=2,
            apart=SILENT_APART,
            down_after=sight.limits.temporal_down_after,
        ),
    )


@rule("learn-no-pollers", (Look.QUEUE,))
def learn_no_pollers(sight: Sight) -> Sequence[Finding] | None:
    """Nobody takes work from queue ``alfred-learn`` though its service is up."""
    queue = sight.seen.answer
    if not isinstance(queue, Queue) or sight.settling or sight.seen.oddities:
        return None
    if Look.CONTAINERS in sight.memory.answers:
        row = sight.memory.rows.get("alfred-learn")
        if row is None or row.state not in ("running", ""):
            # its absence is a reason of its own
            return () if row is not None or sight.memory.whole else None
    if queue.pollers and all(p.last_access is None for p in queue.pollers):
        return None
    within = sight.limits.pollers_seen_within
    floor = sight.theirs - timedelta(seconds=within)
    fresh = {p.kind for p in queue.pollers if p.last_access is not None and p.last_access >= floor}
    # an old build does not say of which kind a poller is
    lacking = [] if "" in fresh else [k for k in ("workflow", "activity") if k not in fresh]
    if not lacking:
        return ()
    newest = max(
        (p.last_access for p in queue.pollers if p.last_access and p.kind in (*lacking, "")),
        default=None,
    )
    limit = units.short_duration(within)
    return (
        Finding(
            "alfred-learn: " + ("no pollers" if len(lacking) == 2 else f"no {lacking[0]} poller"),
            value="none listed" if newest is None else f"{units.age(newest, sight.theirs)} ago",
            limit=f"seen within {limit}",
            down_after=sight.limits.pollers_down_after,
            since=None if newest is None else newest - timedelta(seconds=sight.memory.clock),
        ),
    )


@rule("workflow-stuck", (Look.WORKFLOWS,))
def workflow_stuck(sight: Sight) -> Sequence[Finding] | None:
    """Workflows of a type have been running beyond its allowance; one reason for each type."""
    listed = sight.seen.answer
    if not isinstance(listed, Workflows) or sight.settling:
        return None
    theirs, stuck = sight.theirs, dict[str, list[Workflow]]()
    for row in listed.rows:
        limit = allowance(row.type, sight.limits.workflow_allowance)
        if limit is None or row.started is None:
            continue
        if (theirs - row.started).total_seconds() > limit:
            stuck.setdefault(row.type, []).append(row)
    return [_stuck(sight, kind, rows) for kind, rows in sorted(stuck.items())]


def _stuck(sight: Sight, kind: str, rows: list[Workflow]) -> Finding:
    started = min(row.started for row in rows if row.started is not None)
    limit = allowance(kind, sight.limits.workflow_allowance) or 0.0
    value = units.short_duration((sight.theirs - started).total_seconds())
    count = f" ({len(rows)} of them)" if len(rows) > 1 else ""
    return Finding(
        f"{kind} running {value} > {units.short_duration(limit)}{count}",
        subject=kind,
        value=value,
        limit=units.short_duration(limit),
        since=started + timedelta(seconds=limit - sight.memory.clock),
    )
