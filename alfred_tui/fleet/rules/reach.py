"""Rules about the way to a tenant: host, API, key, certificate, clock."""

from __future__ import annotations

from collections.abc import Sequence

from alfred_tui.fleet.memory import Streak
from alfred_tui.fleet.rules.failures import APART, barred, broken, kind_of, lost
from alfred_tui.fleet.rules.registry import API_LOOKS, rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import TLS, TRANSPORT, FailureKind, Observation
from alfred_tui.model.verdict import Pill

BANNER_KEEPS = 90.0
"""Seconds for which a look at port 22 still tells about a failure that began after it.

Fixed on purpose: port 22 is asked once a minute at most, and half of that later again.
"""


def _lost_twice(sight: Sight) -> tuple[Streak, Observation] | None:
    """The row of lost containers looks and what port 22 said meanwhile, once both are there."""
    streak = sight.memory.streaks.get(Look.CONTAINERS)
    banner = sight.memory.attempts.get(Look.BANNER)
    if streak is None or streak.count < 2 or banner is None or sight.suspect:
        return None
    if barred(banner) or (streak.since - banner.at).total_seconds() > BANNER_KEEPS:
        return None
    return streak, banner


@rule("host-down", (Look.CONTAINERS, Look.BANNER), door=Door.PORT22)
def host_down(sight: Sight) -> Sequence[Finding] | None:
    """Neither HTTP nor the SSH port answers, twice within seconds."""
    seen = sight.memory.attempts.get(Look.CONTAINERS)
    if seen is None or not lost(seen):
        return None if barred(seen) else ()
    both = _lost_twice(sight)
    if both is None:
        return None
    streak, banner = both
    if banner.failure is None or banner.failure.kind is FailureKind.BAD_ANSWER:
        return ()
    http, ssh = kind_of(seen), banner.failure.kind.value
    port = sight.tenant.ssh.port if sight.tenant.ssh else 22
    if seen.failure is not None and seen.failure.kind is FailureKind.NAME:
        text = f"name {sight.tenant.address} not found, no answer on {port}"
    else:
        text = f"no answer on {sight.tenant.port} and {port}"
    value = http if http == ssh else f"{http}; {port}: {ssh}"
    return (Finding(text, Pill.DOWN, value=value, limit="2 tries", since=streak.since),)


@rule("api-down", (Look.CONTAINERS, Look.BANNER))
def api_down(sight: Sight) -> Sequence[Finding] | None:
    """HTTP is unreachable or answers 5xx while the host itself is there."""
    seen = sight.memory.attempts.get(Look.CONTAINERS)
    if seen is None or not (lost(seen) or broken(seen)):
        return None if barred(seen) else ()
    if broken(seen):
        if sight.look is Look.BANNER:
            return None  # the same answer once more is no second one
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
        what = kind_of(seen)
        text = f"no answer on {sight.tenant.port} ({what}), {port} answers"
    return (
        Finding(
            text,
            value=what,
            limit="2 tries",
            looks=1 if lost(seen) else 2,
            apart=APART,
            down_after=None if _partitioned(sight, seen) else sight.limits.api_down_after,
            since=streak.since if streak else None,
        ),
    )


def _partitioned(sight: Sight, seen: Observation) -> bool:
    """Whether HTTP is lost here as everywhere: the tailnet is the cause, and no API is down."""
    return sight.partition and lost(seen)


@rule("key-refused", API_LOOKS)
def key_refused(sight: Sight) -> Sequence[Finding] | None:
    """The API answers, and refuses our key: we cannot see."""
    if lost(sight.seen) or barred(sight.seen):
        return None
    refused = [
        seen
        for look, seen in sight.memory.attempts.items()
        if seen.failure is not None
        and seen.failure.kind is FailureKind.UNAUTHORIZED
        and seen.door is Door.API
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


@rule("host-key-changed", (Look.SHELL,), door=Door.SSH, at_once=True)
def host_key_changed(sight: Sight) -> Sequence[Finding] | None:
    """The SSH server shows another host key than the pinned one: nothing is sent to it."""
    failure = sight.seen.failure
    if failure is None:
        return ()
    if failure.kind is not FailureKind.HOST_KEY:
        return None
    return (Finding(failure.text, Pill.DOWN, value="another key", limit="the pinned key"),)


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
        return (Finding(text, value=failure.kind.value, limit="trusted", looks=looks, apart=APART),)
    return None if failure.kind in TRANSPORT or barred(sight.seen) else ()


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


@rule("configuration", (Look.CONTAINERS, Look.BANNER), door=Door.LOCAL)
def configuration(sight: Sight) -> Sequence[Finding] | None:
    """Our own settings or resources keep us from asking: nothing was sent."""
    contact = sight.memory.attempts.get(Look.CONTAINERS)
    barrier, what = contact, "cannot ask"
    streak = sight.memory.streaks.get(Look.CONTAINERS)
    if lost(contact) and not sight.suspect and streak is not None and streak.count > 1:
        # without port 22 a lost tenant is neither an API nor a host that is down
        barrier, what = sight.memory.attempts.get(Look.BANNER), "cannot ask port 22"
    failure = barrier.failure if barrier is not None else None
    if failure is None or not barred(barrier):
        return ()
    return (Finding(f"{what}: {failure.text}", Pill.UNKNOWN, value="nothing was sent"),)


@rule("clock-skew", API_LOOKS)
def clock_skew(sight: Sight) -> Sequence[Finding] | None:
    """The tenant's clock is more than a minute off, round trip allowed for, and ours is not."""
    seen, limit = sight.seen, sight.limits.clock_skew
    if seen.skew is None:
        return None
    if sight.own_clock or abs(seen.skew) + seen.skew_margin <= limit:
        return ()
    sure = abs(seen.skew) - seen.skew_margin > limit
    if not sure or sight.memory.skewed < sight.limits.clock_skew_looks:
        return None
    side = "ahead" if seen.skew > 0 else "behind"
    value = units.short_duration(abs(seen.skew))
    return (Finding(f"clock {value} {side} > {limit:g} s", value=value, limit=f"{limit:g} s"),)
