"""From findings to a verdict: damping, escalation, healing. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from alfred_tui.fleet.rules import BUILD_FAILED, RULES, Rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model.damping import Damp
from alfred_tui.model.look import PULSE_LOOKS, Door, Look
from alfred_tui.model.tenant import BUILDING, Lifecycle, Tenant
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill, Reason, Verdict

FOLD_FROM = 4
"""So many reasons of one rule and pill are told as one: a list of twelve names nobody reads.

Fixed on purpose: it is how reasons are told, and changes no pill.
"""
FOLD_SOONER = {"temporal-silent": 2}
MOST_SUBJECTS = 60
"""Subjects followed for one rule; a tenant that answers nonsense fills no memory."""


class Condition(msgspec.Struct, frozen=True, gc=False):
    """A finding followed over looks: since when, how often in a row, and whether it fires.

    ``recent`` are the last looks as bits, the newest lowest, 1 for one that saw it; it is kept
    where the finding asks for so many ``of`` them.
    """

    finding: Finding
    first: datetime
    last: datetime
    counted: datetime
    looks: int = 1
    quiet: int = 0
    firing: bool = False
    recent: int = 1

    @property
    def since(self) -> datetime:
        """When it began: what the evidence says, else the first look that saw it."""
        return self.finding.since or self.first


Conditions = Mapping[str, Mapping[str, Condition]]
"""By rule, then by subject."""


def judge(conditions: Conditions, sight: Sight, rules: Iterable[Rule]) -> Conditions:
    """Conditions after a look: ``rules``, which are seen through it, speak; the others are held.

    The very same object comes back where nothing is, and was, the matter.
    """
    after: dict[str, Mapping[str, Condition]] | None = None
    for rule in rules:
        findings = rule.check(sight)
        if findings is None:
            continue
        held = conditions.get(rule.id)
        if not findings and not held:
            continue
        subject = sight.look.value if rule.by_look else None
        enough = 1 if rule.at_once else sight.limits.quiet_looks
        if (damp := sight.damping.get(rule.id)) is not None:
            findings = [_damped(finding, damp) for finding in findings]
        kept = _follow(held or {}, findings, sight.now, subject, enough)
        if not kept and not held:
            continue
        after = dict(conditions) if after is None else after
        if kept:
            after[rule.id] = kept
        else:
            after.pop(rule.id, None)
    return conditions if after is None else after


def _damped(finding: Finding, damp: Damp) -> Finding:
    """The finding with what is set for its rule instead of the rule's own looks."""
    return msgspec.structs.replace(finding, looks=damp.needed, of=damp.of)


def _follow(
    held: Mapping[str, Condition],
    findings: Sequence[Finding],
    now: datetime,
    only: str | None,
    enough: int,
) -> dict[str, Condition]:
    """One rule's conditions; ``only`` names the subject that it has spoken of.

    What fires ends after ``enough`` looks that were quiet on it.
    """
    after = dict[str, Condition]()
    for finding in findings[:MOST_SUBJECTS]:
        old = held.get(finding.subject)
        if not finding.held:
            after[finding.subject] = _seen_again(old, finding, now)
        elif old is not None:
            after[finding.subject] = old
    for subject, old in held.items():
        if subject in after:
            continue
        if only is not None and subject != only:
            after[subject] = old
        elif old.firing and old.quiet + 1 < enough:
            after[subject] = msgspec.structs.replace(old, quiet=old.quiet + 1)
        elif not old.firing and (missed := _missed(old, now)) is not None:
            after[subject] = missed
    return after


def _missed(old: Condition, now: datetime) -> Condition | None:
    """After a look that did not see it: ``None`` where nothing of it is left."""
    of = old.finding.of
    if of <= old.finding.looks:
        return None  # they must be consecutive
    if (now - old.counted).total_seconds() < old.finding.apart:
        return old
    recent = (old.recent << 1) & ((1 << of) - 1)
    return msgspec.structs.replace(old, recent=recent, counted=now) if recent else None


def _seen_again(old: Condition | None, finding: Finding, now: datetime) -> Condition:
    if old is None or _too_long_ago(old, finding, now):
        firing = finding.looks <= 1 and finding.lasting <= 0
        return Condition(finding, now, now, now, firing=firing)
    looks, counted, recent = old.looks, old.counted, old.recent
    if (now - counted).total_seconds() >= finding.apart:
        looks, counted = looks + 1, now
        if finding.of:
            recent = ((recent << 1) | 1) & ((1 << finding.of) - 1)
    enough = recent.bit_count() if finding.of else looks
    lasted = (now - old.first).total_seconds()
    firing = old.firing or (enough >= finding.looks and lasted >= finding.lasting)
    return Condition(finding, old.first, now, counted, looks, 0, firing, recent)


def _too_long_ago(old: Condition, finding: Finding, now: datetime) -> bool:
    """Whether nothing is known of what lies between two looks: they do not count together."""
    within = finding.within
    return within is not None and not old.firing and (now - old.last).total_seconds() > within


def waiting(conditions: Conditions, *rules: str) -> bool:
    """Whether one of ``rules`` waits for another look before it fires.

    One that is damped by a setting waits for looks at their own pace.
    """
    return any(
        not held.firing and not held.finding.of and held.finding.looks > held.looks
        for rule in rules
        for held in conditions.get(rule, {}).values()
    )


def healing(conditions: Conditions) -> frozenset[Look]:
    """Looks of the pulse at which something that fires was quiet: one more of each ends it."""
    found: set[Look] = set()
    for name, subjects in conditions.items():
        rule = RULES[name]
        for subject, held in subjects.items():
            if not (held.firing and held.quiet):
                continue
            looks = {Look(subject)} if rule.by_look else rule.looks
            if Look.CONTAINERS not in looks:  # that one comes round by itself
                found |= looks
    return frozenset(found.intersection(PULSE_LOOKS))


def firing(conditions: Conditions) -> tuple[Reason, ...]:
    """What fires, worst first, each on its own subject.

    What was DEGRADED for too long has become DOWN.
    """
    found = [
        as_reason(rule, held)
        for rule, subjects in conditions.items()
        for held in subjects.values()
        if held.firing
    ]
    found.sort(key=badness)
    return tuple(found)


_PLACES = {name: place for place, name in enumerate(RULES)}


def badness(reason: Reason) -> tuple[int, int, datetime | None, str]:
    """Sorts what rules said, worst first."""
    return (reason.pill.severity, _PLACES[reason.rule], reason.since, reason.subject)


def as_reason(rule: str, held: Condition) -> Reason:
    """What is, or would be, said of a condition."""
    finding, pill = held.finding, held.finding.pill
    if finding.down_after is not None:
        # measured between looks that saw it: what is merely held does not grow worse
        lasted = (held.last - max(held.first, held.since)).total_seconds()
        pill = Pill.DOWN if lasted >= finding.down_after else pill
    return Reason(
        rule=rule,
        pill=pill,
        text=clean(finding.text),
        value=clean(finding.value, 80),
        limit=clean(finding.limit, 80),
        since=held.since,
        seen=held.last,
        door=RULES[rule].door,
        subject=clean(finding.subject, 120),
    )


_FOLDS = {
    "temporal-silent": "{text}",
    "service-missing": "{n} services are not running: {names}",
    "service-unhealthy": "{n} services unhealthy: {names}",
    "service-starting": "{n} services still starting: {names}",
    "service-restarting": "{n} services keep restarting: {names}",
    "service-paused": "{n} services are paused: {names}",
    "schedule-missing": "{n} platform schedules are missing: {names}",
    "schedule-paused": "{n} platform schedules paused: {names}",
    "schedule-late": "{n} schedules late: {names}",
    "answer-odd": "{n} routes {rest}",
    "route-failing": "{n} routes {rest}",
}
_ALIKE = frozenset({"answer-odd", "route-failing"})
"""Told as one only where the same is said of each."""
_PLURAL = {"answers": "answer", "goes": "go", "fails": "fail"}


def folded(found: Iterable[Reason]) -> tuple[Reason, ...]:
    """As it is told: several reasons of one rule and pill become one that names them all."""
    return tuple(_folds(found))


def _folds(found: Iterable[Reason]) -> Iterator[Reason]:
    groups: dict[tuple[str, Pill, str], list[Reason]] = {}
    for reason in found:
        alike = _rest(reason) if reason.rule in _ALIKE else ""
        groups.setdefault((reason.rule, reason.pill, alike), []).append(reason)
    for (rule, _, rest), reasons in groups.items():
        if rule not in _FOLDS or len(reasons) < FOLD_SOONER.get(rule, FOLD_FROM):
            yield from reasons
            continue
        names = ", ".join(reason.subject for reason in reasons)
        first = min(reasons, key=lambda r: (r.since is None, r.since))
        yield msgspec.structs.replace(
            first,
            text=clean(
                _FOLDS[rule].format(n=len(reasons), names=names, text=first.text, rest=rest)
            ),
            value=str(len(reasons)) if rule not in FOLD_SOONER else first.value,
            subject=clean(names, 400),
            parts=tuple([reason.subject for reason in reasons]),
        )


def _rest(reason: Reason) -> str:
    """What is said of a subject, as it is said of several: ``go unanswered: HTTP 502``."""
    verb, _, more = reason.text.removeprefix(reason.subject).strip().partition(" ")
    return f"{_PLURAL.get(verb, verb)} {more}"


def build_failure(tenant: Tenant) -> Reason:
    """The reason of a tenant whose building failed; a label ``step`` tells at what."""
    step = clean(tenant.labels.get("step", ""), 80)
    text = f"building failed at {step}" if step else "building failed"
    return Reason(BUILD_FAILED, Pill.DOWN, text, value="error", limit="built", door=Door.LOCAL)


def verdict(
    reasons: tuple[Reason, ...],
    tenant: Tenant,
    last: Verdict | None,
    now: datetime,
    *,
    seen: bool,
    stale: bool,
    own_network: bool,
    notes: tuple[str, ...] = (),
    quieted: tuple[Reason, ...] = (),
) -> Verdict:
    """The pill of a tenant.

    Args:
        reasons: what the rules say, worst first; that its building failed, too.
        tenant: one being built is BUILDING.
        last: the verdict before, for ``since``.
        now: the time of judging.
        seen: whether any look has told anything: an answer, or enough failures for a reason.
        stale: our poller is behind or paused.
        own_network: our own network is the cause: nothing can be said of the tenant.
        notes: what is going on and is no fault (``backup running``).
        quieted: reasons that an operator wants to be quiet.
    """
    pill, quiet = Pill.OK, False
    if tenant.lifecycle in BUILDING:
        pill, reasons, quieted = Pill.BUILDING, (), ()
    elif tenant.lifecycle is not Lifecycle.ERROR and (
        own_network or not (seen or reasons or quieted)
    ):
        pill = Pill.UNKNOWN
    elif tenant.lifecycle is not Lifecycle.ERROR and stale:
        pill = Pill.STALE
    elif told := reasons or quieted:
        pill, quiet = min((r.pill for r in told), key=lambda p: p.severity), not reasons
    since = last.since if last is not None and last.pill is pill and last.since else now
    return Verdict(pill, since, reasons, notes, quieted, quiet)
