"""Streams whose pulls do not come, or come and fail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alfred_tui.fleet.pulls import Pull, judged, pull_failed, pulls_known
from alfred_tui.fleet.rules.registry import rule
from alfred_tui.fleet.sight import Finding, Sight, unsure
from alfred_tui.model import units
from alfred_tui.model.facts import Stream, Streams
from alfred_tui.model.look import Look


@rule("stream-silent", (Look.STREAMS,))
def stream_silent(sight: Sight) -> Sequence[Finding] | None:
    """A stream's last pull is old (silent), or its pulls keep failing (broken).

    A stream that pulls well and finds nothing is quiet, which is no fault. One that neither pulls
    nor names an interval is pushed, and not judged.
    """
    listed = sight.seen.answer
    if not isinstance(listed, Streams) or sight.settling:
        return None
    found = []
    for row in listed.rows:
        if not judged(row):
            continue
        finding = _broken(sight, row) or _silent(sight, row)
        if finding is not None:
            found.append(finding)
    return found


def _broken(sight: Sight, row: Stream) -> Finding | None:
    # its own state ``error`` stands in the list, and says that a failure was not the first
    given_up = row.status == "error"
    if not pulls_known(row, sight.seen):
        return _finding(row, "broken: its state is error", "error", "active") if given_up else None
    failed = pull_failed(row.last_pull_status)
    limit = sight.limits.stream_failures
    count = sight.memory.pulls.get(row.stream_id, Pull(None)).failures
    if not (given_up or (failed and count >= limit)):
        return None
    said = row.last_pull_status if failed else "its state is error"
    return _finding(row, f"broken: {said}", f"{count} pulls failed", f"{limit}")


def _silent(sight: Sight, row: Stream) -> Finding | None:
    if not pulls_known(row, sight.seen):
        return unsure(row.stream_id)
    since = row.last_pull
    ahead = timedelta(seconds=sight.memory.clock)
    if since is None:
        never = sight.memory.pulls.get(row.stream_id, Pull(None)).since
        since = None if never is None else never + ahead
    if since is None:
        return None
    limit = sight.limits.stream_intervals * (row.interval or sight.limits.stream_interval)
    age = (sight.theirs - since).total_seconds()
    if age <= limit:
        return None
    value, most = units.short_duration(age), units.short_duration(limit)
    never_pulled = ", never pulled" if row.last_pull is None else ""
    begun = since + timedelta(seconds=limit) - ahead
    return _finding(row, f"silent for {value} > {most}{never_pulled}", value, most, begun)


def _finding(
    row: Stream, text: str, value: str, limit: str, since: datetime | None = None
) -> Finding:
    text = f"stream {row.name} {text}"
    return Finding(text, subject=row.stream_id, value=value, limit=limit, since=since)
