"""How a rule is written and found: id, looks, its own page of documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model.look import PULSE_LOOKS, Door, Look

Check = Callable[[Sight], "Sequence[Finding] | None"]
"""``None``: cannot tell now, what was said before is held. Empty: all is well with it."""

API_LOOKS = frozenset({Look.CONTAINERS, Look.DASHBOARD, *PULSE_LOOKS})
TEMPORAL_LOOKS = frozenset({Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS})


class Rule(msgspec.Struct, frozen=True):
    """A rule, the looks it is seen through and the door named beside its reason.

    With ``by_look`` a finding's subject is the look it was made of, and a look speaks of itself
    only. With ``at_once`` one look that does not find it ends it: it is no matter of luck.
    """

    id: str
    looks: frozenset[Look]
    check: Check
    door: Door = Door.API
    by_look: bool = False
    at_once: bool = False

    @property
    def page(self) -> str:
        """Its documentation, from the root of the project."""
        return f"docs/rules/{self.id}.md"


RULES: dict[str, Rule] = {}
"""Every rule by id, in the order in which equally bad reasons are shown."""
BUILD_FAILED = "build-failed"
"""The id of the one reason that no look finds: the inventory says it."""


def rule(
    name: str,
    looks: Iterable[Look],
    *,
    door: Door = Door.API,
    by_look: bool = False,
    at_once: bool = False,
) -> Callable[[Check], Check]:
    """Register a rule under its stable id."""

    def register(check: Check) -> Check:
        RULES[name] = Rule(name, frozenset(looks), check, door, by_look, at_once)
        return check

    return register


def rules_of(look: Look) -> tuple[Rule, ...]:
    """The rules that are seen through ``look``."""
    return tuple(one for one in RULES.values() if look in one.looks)
