"""Streams whose pulls do not come, or come and fail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alfred_tui.fleet.memory import pull_failed
from alfred_tui.fleet.rules.registry import rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.facts import Stream, Streams
from alfred_tui.model.look import Look


@rule("stream-silent", (Look.STREAMS,))
def stream_silent(sight: Sight) -> Sequence[Finding] | None:
    """A stream's last pull is old (silent), or its pulls keep failing (broken).

    A stream that pulls well and finds nothing is quiet, which is no fault. One whose last pull is
    not known is not judged.
    """
    listed = sight.seen.answer
    if not isinstance(listed, Streams) or sight.settling:
        return None
    found = []
    for row in listed.rows:
        if row.system or not row.enabled or row.status == "paused" or row.last_pull is None:
            continue
        finding = _broken(sight, row) or _silent(sight, row)
        if finding is not None:
            found.append(finding)
    return found


def _broken(sight: Sight, row: Stream) -> Finding | None:
    if not pull_failed(row.last_pull_status):
        return None
    limit = sight.limits.stream_failures
    _, count = sight.memory.stream_failures.get(row.stream_id, (None, 0))
    # its own state ``error`` says that this was not the first
    if count < limit and row.status != "error":
        return None
    text = f"stream {row.name} broken: {row.last_pull_status}"
    return Finding(text, subject=row.stream_id, value=f"{count} pulls failed", limit=f"{limit}")


def _silent(sight: Sight, row: Stream) -> Finding | None:
    if row.interval is None or row.last_pull is None:
        return None
    limit = sight.limits.stream_intervals * row.interval
    age = (sight.theirs - row.last_pull).total_seconds()
    if age <= limit:
        return None
    value, most = units.short_duration(age), units.short_duration(limit)
    return Finding(
        f"stream {row.name} silent for {value} > {most}",
        subject=row.stream_id,
        value=value,
        limit=most,
        since=row.last_pull + timedelta(seconds=limit - sight.memory.clock),
    )
