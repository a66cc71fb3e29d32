"""Rules about the way to a tenant: host, API, key, certificate, clock, answers."""

from __future__ import annotations

from collections.abc import Sequence

from alfred_tui.fleet.memory import Streak
from alfred_tui.fleet.rules.registry import API_LOOKS, TEMPORAL_LOOKS, rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import TLS, TRANSPORT, Failure, FailureKind, Observation
from alfred_tui.model.verdict import Pill

BANNER_KEEPS = 90.0
"""Seconds for which a look at port 22 still tells about a failure that began after it."""


def _failure(seen: Observation | None) -> Failure | None:
    return seen.failure if seen is not None else None


def _lost(seen: Observation | None) -> bool:
    failure = _failure(seen)
    return failure is not None and failure.kind in TRANSPORT


def _broken(seen: Observation | None) -> bool:
    """HTTP 5xx that is not a wrapped command's failure: a proxy's, or ``INTERNAL_ERROR``."""
    failure = _failure(seen)
    return (
        failure is not None
        and failure.kind is FailureKind.SERVER_ERROR
        and (failure.status or 0) >= 500
    )


def _lost_twice(sight: Sight) -> tuple[Streak, Observation] | None:
    """The row of lost containers looks and what port 22 said meanwhile, once both are there."""
    streak = sight.memory.streaks.get(Look.CONTAINERS)
    banner = sight.memory.attempts.get(Look.BANNER)
    if streak is None or streak.count < 2 or banner is None or sight.suspect:
        return None
    if (streak.since - banner.at).total_seconds() > BANNER_KEEPS:
        return None
    return streak, banner


@rule("host-down", (Look.CONTAINERS, Look.BANNER), door=Door.PORT22)
def host_down(sight: Sight) -> Sequence[Finding] | None:
    """Neither HTTP nor the SSH port answers, twice within seconds."""
    seen = sight.memory.attempts.get(Look.CONTAINERS)
    if seen is None or not _lost(seen):
        return ()
    both = _lost_twice(sight)
    if both is None:
        return None
    streak, banner = both
    if banner.failure is None or banner.failure.kind is FailureKind.BAD_ANSWER:
        return ()
    http, ssh = _kind(seen), banner.failure.kind.value
    port = sight.tenant.ssh.port if sight.tenant.ssh else 22
    if seen.failure is not None and seen.failure.kind is FailureKind.NAME:
        text = f"name {sight.tenant.address} not found, no answer on {port}"
    else:
        text = f"no answer on {sight.tenant.port} and {port}"
    value = http if http == ssh else f"{http}; {port}: {ssh}"
    return (Finding(text, Pill.DOWN, value=value, limit="2 tries", since=streak.since),)


def _kind(seen: Observation) -> str:
    return seen.failure.kind.value if seen.failure else ""


@rule("api-down", (Look.CONTAINERS, Look.BANNER))
def api_down(sight: Sight) -> Sequence[Finding] | None:
    """HTTP is unreachable or answers 5xx while the host itself is there."""
    seen = sight.memory.attempts.get(Look.CONTAINERS)
    if seen is None or not (_lost(seen) or _broken(seen)):
        return ()
    if _broken(seen):
        streak = sight.memory.streaks.get(Look.CONTAINERS)
        status = seen.failure.status if seen.failure else None
        what, text = f"HTTP {status}", f"API answers HTTP {status}"
    else:
        both = _lost_twice(sight)
        if both is None:
            return None
        streak, banner = both
        if banner.failure is not None and banner.failure.kind is not FailureKind.BAD_ANSWER:
            return ()
        port = sight.tenant.ssh.port if sight.tenant.ssh else 22
        what = _kind(seen)
        text = f"no answer on {sight.tenant.port} ({what}), {port} answers"
    return (
        Finding(
            text,
            value=what,
            limit="2 tries",
            looks=1 if _lost(seen) else 2,
            down_after=sight.limits.api_down_after,
            since=streak.since if streak else None,
        ),
    )


@rule("route-failing", API_LOOKS - TEMPORAL_LOOKS - {Look.CONTAINERS}, by_look=True)
def route_failing(sight: Sight) -> Sequence[Finding] | None:
    """One question goes unanswered twice while the API answers others: we see less."""
    seen = sight.seen
    if seen.failure is None:
        return ()
    if not (_lost(seen) or _broken(seen)):
        return ()
    contact = sight.memory.attempts.get(Look.CONTAINERS)
    if contact is None or _lost(contact) or _broken(contact):
        return None
    what = _kind(seen) if _lost(seen) else f"HTTP {seen.failure.status}"
    text = f"{seen.look} goes unanswered: {what}"
    return (Finding(text, subject=seen.look, value=what, limit="2 tries", looks=2, apart=4.0),)


@rule("key-refused", API_LOOKS)
def key_refused(sight: Sight) -> Sequence[Finding] | None:
    """The API answers, and refuses our key: we cannot see."""
    if _lost(sight.seen):
        return None
    refused = [
        seen
        for look, seen in sight.memory.attempts.items()
        if seen.failure is not None
        and seen.failure.kind is FailureKind.UNAUTHORIZED
        # refusals from before the key as a whole was accepted again say nothing any more
        and (
            look is Look.CONTAINERS
            or sight.memory.refused is None
            or seen.at > sight.memory.refused
            or Look.CONTAINERS in sight.memory.streaks
        )
    ]
    if not refused:
        return ()
    worst = min(refused, key=lambda seen: seen.look is not Look.CONTAINERS)
    status = worst.failure.status if worst.failure else None
    text = f"API key refused (HTTP {status}): cannot see"
    if worst.look is not Look.CONTAINERS:
        text += " " + ", ".join(sorted(seen.look.value for seen in refused))
    return (Finding(text, value=f"HTTP {status}"),)


@rule("tls-bad", API_LOOKS)
def tls_bad(sight: Sight) -> Sequence[Finding] | None:
    """The certificate is expired, of an unknown issuer or for another name."""
    failure = sight.seen.failure
    if failure is None:
        return ()
    if failure.kind in TLS:
        # a handshake that failed without naming the certificate may be a passing trouble
        looks = 2 if failure.kind is FailureKind.TLS_OTHER else 1
        text = f"TLS: {failure.text}"
        return (Finding(text, value=failure.kind.value, limit="trusted", looks=looks),)
    return None if failure.kind in TRANSPORT else ()


@rule("tls-ending", (Look.CONTAINERS,))
def tls_ending(sight: Sight) -> Sequence[Finding] | None:
    """The certificate ends soon."""
    ends = sight.seen.certificate_ends
    if ends is None:
        return None if sight.seen.failure is not None else ()
    left = (ends - sight.now).total_seconds()
    days = sight.limits.certificate_days
    if left >= days * 86400:
        return ()
    value = units.short_duration(left)
    return (Finding(f"certificate ends in {value} < {days:g} d", value=value, limit=f"{days:g} d"),)


@rule("configuration", (Look.CONTAINERS,), door=Door.LOCAL)
def configuration(sight: Sight) -> Sequence[Finding] | None:
    """Our own settings or resources keep us from asking: nothing was sent."""
    failure = sight.seen.failure
    if failure is not None and failure.kind is FailureKind.CONFIGURATION:
        return (Finding(f"cannot ask: {failure.text}", Pill.UNKNOWN, value="nothing was sent"),)
    return ()


@rule("clock-skew", API_LOOKS)
def clock_skew(sight: Sight) -> Sequence[Finding] | None:
    """The tenant's clock is more than a minute off, round trip allowed for."""
    seen, limit = sight.seen, sight.limits.clock_skew
    if seen.skew is None:
        return None
    if abs(seen.skew) + seen.skew_margin <= limit:
        return ()
    if sight.memory.skewed < sight.limits.clock_skew_looks:
        return None
    side = "ahead" if seen.skew > 0 else "behind"
    value = units.short_duration(abs(seen.skew))
    return (Finding(f"clock {value} {side} > {limit:g} s", value=value, limit=f"{limit:g} s"),)


_ODD = frozenset({FailureKind.BAD_ANSWER, FailureKind.TOO_LARGE, FailureKind.REDIRECTED})
_EXPLAINED = frozenset(
    {
        *TRANSPORT,
        *TLS,
        *_ODD,
        FailureKind.UNAUTHORIZED,
        FailureKind.COMMAND_FAILED,
        FailureKind.CONFIGURATION,
    }
)


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
    if failure.kind in _ODD:
        where = failure.path or "$"
        return (Finding(f"{look} odd at {where}: {failure.text}", subject=look, value=where),)
    if failure.kind in TRANSPORT:
        return None
    unexplained = failure.kind not in _EXPLAINED and (failure.status or 0) < 500
    if look is Look.CONTAINERS and unexplained:
        what = f"HTTP {failure.status}" if failure.status else failure.kind.value
        text = f"{look} answers {what}: {failure.text}"
        return (Finding(text, subject=look, value=what, looks=2),)
    return ()
