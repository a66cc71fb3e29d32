"""From findings to a verdict: damping, escalation, healing. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from alfred_tui.fleet.rules import RULES, Rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model.look import Look
from alfred_tui.model.tenant import BUILDING, Lifecycle
from alfred_tui.model.verdict import Pill, Reason, Verdict

Key = tuple[str, str]
"""Rule id and subject."""


class Condition(msgspec.Struct, frozen=True):
    """A finding followed over looks: since when, how often in a row, and whether it fires."""

    finding: Finding
    first: datetime
    last: datetime
    looks: int = 1
    quiet: int = 0
    firing: bool = False

    @property
    def since(self) -> datetime:
        """When it began: what the evidence says, else the first look that saw it."""
        return self.finding.since or self.first


def follow(
    conditions: Mapping[Key, Condition], sight: Sight, look: Look, rules: Iterable[Rule]
) -> dict[Key, Condition]:
    """Conditions after a look: each rule seen through ``look`` speaks, the others are held."""
    after = dict(conditions)
    for rule in rules:
        if look not in rule.looks:
            continue
        findings = rule.check(sight)
        if findings is None:
            continue
        spoken = {(rule.id, finding.subject): finding for finding in findings}
        for key, finding in spoken.items():
            after[key] = _seen_again(after.get(key), finding, sight.now)
        for key in [k for k in after if k[0] == rule.id and k not in spoken]:
            kept = _quieter(after[key], sight.limits.quiet_looks)
            if kept is None:
                del after[key]
            else:
                after[key] = kept
    return after


def _seen_again(old: Condition | None, finding: Finding, now: datetime) -> Condition:
    if old is None:
        new = Condition(finding, now, now)
    else:
        new = msgspec.structs.replace(old, finding=finding, last=now, looks=old.looks + 1, quiet=0)
    lasted = (now - new.first).total_seconds()
    firing = new.firing or (new.looks >= finding.looks and lasted >= finding.lasting)
    return msgspec.structs.replace(new, firing=firing)


def _quieter(old: Condition, quiet_looks: int) -> Condition | None:
    """One quiet look more; gone when it never fired or has been quiet long enough."""
    quiet = old.quiet + 1
    if not old.firing or quiet >= quiet_looks:
        return None
    return msgspec.structs.replace(old, quiet=quiet)


def reasons_of(conditions: Mapping[Key, Condition], now: datetime) -> tuple[Reason, ...]:
    """What fires, worst first; DEGRADED that lasts too long has become DOWN."""
    found = []
    for (rule, subject), held in conditions.items():
        if not held.firing:
            continue
        finding, pill = held.finding, held.finding.pill
        if finding.down_after is not None:
            lasted = (now - max(held.first, held.since)).total_seconds()
            pill = Pill.DOWN if lasted >= finding.down_after else pill
        found.append(
            Reason(
                rule=rule,
                pill=pill,
                text=finding.text,
                value=finding.value,
                limit=finding.limit,
                since=held.since,
                seen=held.last,
                door=RULES[rule].door,
                subject=subject,
            )
        )
    rank = {name: place for place, name in enumerate(RULES)}
    found.sort(key=lambda r: (r.pill.severity, rank[r.rule], r.since or now, r.subject))
    return tuple(found)


def verdict(
    conditions: Mapping[Key, Condition],
    lifecycle: Lifecycle,
    last: Verdict | None,
    now: datetime,
    *,
    seen: bool,
    stale: bool,
    own_network: bool,
    notes: tuple[str, ...] = (),
) -> Verdict:
    """The pill of a tenant.

    Args:
        conditions: what the rules have said so far.
        lifecycle: a tenant being built is BUILDING; one whose building failed is DOWN.
        last: the verdict before, for ``since``.
        now: the time of judging.
        seen: whether any look has come back.
        stale: our poller is behind or paused.
        own_network: our own network is the cause: nothing can be said of the tenant.
        notes: what is going on and is no fault (``backup running``).
    """
    reasons = reasons_of(conditions, now)
    if lifecycle in BUILDING:
        pill, reasons = Pill.BUILDING, ()
    elif lifecycle is Lifecycle.ERROR:
        pill = Pill.DOWN
        broken = Reason("building-failed", Pill.DOWN, "building failed", value="error")
        reasons = (broken, *reasons)
    elif own_network or not seen:
        pill = Pill.UNKNOWN
    elif stale:
        pill = Pill.STALE
    else:
        pill = min((r.pill for r in reasons), key=lambda p: p.severity, default=Pill.OK)
    since = last.since if last is not None and last.pill is pill and last.since else now
    return Verdict(pill, since, reasons, notes)
