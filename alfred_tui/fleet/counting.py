"""Conditions that damping keeps from counting, or from ending: worked out where one is shown. Pure.

Nothing of this is done at a look: it is asked of one tenant that is on the screen, or kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from alfred_tui.fleet.judge import Condition, Conditions, as_reason, badness, folded
from alfred_tui.model.limits import Limits
from alfred_tui.model.verdict import Reason
from alfred_tui.model.view import Counting


def counting(conditions: Conditions, limits: Limits) -> tuple[Counting, ...]:
    """What is counted and does not fire yet, worst first; then what fires and is healing.

    Several of one rule that are equally far are told as one, as reasons are.
    """
    found = [
        _counted(as_reason(rule, held), held, limits)
        for rule, subjects in conditions.items()
        for held in subjects.values()
        if held.quiet or not held.firing
    ]
    found.sort(key=lambda each: (each.healing, badness(each.reason)))
    return tuple(_folds(found)) if len(found) > 1 else tuple(found)


def _counted(reason: Reason, held: Condition, limits: Limits) -> Counting:
    if held.firing:
        enough = max(limits.quiet_looks, held.quiet)  # it may be set lower since
        return Counting(reason, held.quiet, enough, healing=True)
    finding = held.finding
    looks = held.recent.bit_count() if finding.of else held.looks
    return Counting(
        reason,
        min(looks, finding.looks),
        finding.looks,
        of=finding.of if finding.of > finding.looks else 0,
        lasted=(held.last - held.first).total_seconds(),
        lasting=finding.lasting,
    )


def _folds(found: list[Counting]) -> Iterator[Counting]:
    alike: dict[Counting, list[Reason]] = {}
    nobody = Reason("", found[0].reason.pill, "")
    for each in found:
        key = msgspec.structs.replace(each, reason=nobody)
        alike.setdefault(key, []).append(each.reason)
    for key, reasons in alike.items():
        for reason in folded(reasons):
            yield msgspec.structs.replace(key, reason=reason)
