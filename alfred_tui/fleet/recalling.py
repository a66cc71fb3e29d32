"""What fired when the program ended fires on in the next run, until its own looks end it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from alfred_tui.fleet.judge import Condition, Conditions
from alfred_tui.fleet.rules import RULES
from alfred_tui.fleet.sight import Finding
from alfred_tui.model.kept import KeptCondition, KeptState
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import TenantView

_HOST_KEY = "host-key-changed"


def kept_conditions(conditions: Conditions) -> tuple[KeptCondition, ...]:
    """What fires, to be kept; what still waits to fire begins anew at the next start."""
    return tuple(
        [
            KeptCondition(
                rule=rule,
                text=held.finding.text,
                pill=held.finding.pill,
                first=held.first,
                last=held.last,
                subject=held.finding.subject,
                value=held.finding.value,
                limit=held.finding.limit,
                since=held.finding.since,
                down_after=held.finding.down_after,
                quiet=held.quiet,
            )
            for rule, subjects in conditions.items()
            for held in subjects.values()
            if held.firing
        ]
    )


def recalled(kept: KeptState) -> Conditions:
    """What fired at the end of the run before; of rules that are no more nothing is."""
    found: dict[str, dict[str, Condition]] = {}
    for each in _fired(kept):
        rule = RULES.get(each.rule)
        if rule is None or (rule.by_look and each.subject not in rule.looks):
            continue
        found.setdefault(each.rule, {})[each.subject] = _condition(each)
    return found


def host_key_refused(kept: KeptState) -> datetime | None:
    """When a look last met another host key than the pinned one; ``None``: it was not so."""
    return max((each.last for each in _fired(kept) if each.rule == _HOST_KEY), default=None)


def with_host_key_pinned(kept: KeptState) -> KeptState:
    """Without what fired because of the host key: a person has pinned another one since."""
    left = tuple([each for each in _fired(kept) if each.rule != _HOST_KEY])
    return msgspec.structs.replace(kept, conditions=left)


def seen_with_host_key_pinned(view: TenantView) -> TenantView:
    """The row without that reason; its pill is the worst of what is left."""
    loud, quieted = (
        tuple([reason for reason in reasons if reason.rule != _HOST_KEY])
        for reasons in (view.reasons, view.quieted)
    )
    if (loud, quieted) == (view.reasons, view.quieted):
        return view
    pill = view.pill
    if pill in (Pill.DOWN, Pill.DEGRADED):
        pills = [reason.pill for reason in loud or quieted]
        pill = min(pills, key=lambda each: each.severity, default=Pill.OK)
    return msgspec.structs.replace(
        view,
        pill=pill,
        since=view.since if pill is view.pill else None,
        reasons=loud,
        quieted=quieted,
        quiet=bool(quieted) and not loud,
    )


def _fired(kept: KeptState) -> tuple[KeptCondition, ...]:
    return tuple(_of_view(kept.view)) if kept.conditions is None else kept.conditions


def _condition(each: KeptCondition) -> Condition:
    finding = Finding(
        each.text,
        each.pill,
        each.subject,
        each.value,
        each.limit,
        down_after=each.down_after,
        since=each.since,
    )
    return Condition(finding, each.first, each.last, each.last, quiet=each.quiet, firing=True)


def _of_view(view: TenantView) -> Iterator[KeptCondition]:
    """Of a record without conditions: what stood beside its pill, each subject by itself."""
    for reason in (*view.reasons, *view.quieted):
        yield from _of_reason(reason, view)


def _of_reason(reason: Reason, view: TenantView) -> Iterable[KeptCondition]:
    seen = reason.seen or view.oldest or reason.since
    began = reason.since or seen
    if seen is None or began is None:
        return
    # when a look first saw it is not known: as late as may be, so that nothing is DOWN too soon
    late = reason.pill is not Pill.DOWN and view.since is not None
    first = max(began, view.since) if late and view.since is not None else began
    for subject in reason.parts or (reason.subject,):
        yield KeptCondition(
            reason.rule,
            reason.text,
            reason.pill,
            first,
            seen,
            subject,
            reason.value,
            reason.limit,
            reason.since,
        )
