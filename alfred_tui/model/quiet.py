"""Wishes for quiet: what an operator has muted for a time, or acknowledged until it changes.

A reason that is quiet stays beside its tenant, greyed and marked ``z``, and is counted apart
(verdicts.md, When it changes). Nothing is quiet without an end.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alfred_tui.model.verdict import Pill, Reason

LONGEST = timedelta(days=365)
"""Nothing may be muted for longer: a mute that nobody remembers hides the next fault."""
ACKNOWLEDGED_FOR = timedelta(days=1)
"""How long an acknowledgement lasts where nobody says otherwise and nothing changes."""


class QuietKind(StrEnum):
    """``mute``: whatever it is, for a time. ``ack``: these very reasons, until they change."""

    MUTE = "mute"
    ACK = "ack"


class Acked(msgspec.Struct, frozen=True, gc=False):
    """One reason that somebody has seen: of which rule, on what, as bad as ``pill``."""

    rule: str
    subject: str
    pill: Pill


class Quiet(msgspec.Struct, frozen=True, gc=False):
    """One wish. ``tenant`` or ``rule`` empty: all of them, but never both for a mute.

    ``until`` aware UTC; ``who`` wished it, ``reason`` in their words; ``acked`` for an ``ack``.
    ``number`` is given by the store.
    """

    kind: QuietKind
    at: datetime
    until: datetime
    tenant: str = ""
    rule: str = ""
    reason: str = ""
    who: str = ""
    acked: tuple[Acked, ...] = ()
    number: int = 0

    @property
    def scope(self) -> str:
        """What it is about, in words."""
        if self.kind is QuietKind.ACK:
            rules = ", ".join(dict.fromkeys(each.rule for each in self.acked))
            return f"{self.tenant}: {rules}"
        if not self.rule:
            return f"{self.tenant}: everything"
        return f"{self.tenant or 'every tenant'}: {self.rule}"

    def covers(self, reason: Reason) -> bool:
        """Whether a reason of a tenant that it is about is quiet by it."""
        if self.kind is QuietKind.MUTE:
            return not self.rule or self.rule == reason.rule
        subjects = reason.parts or (reason.subject,)
        return all(self._has(reason, subject) for subject in subjects)

    def _has(self, reason: Reason, subject: str) -> bool:
        """Acknowledged, and no worse than it was then."""
        return any(
            each.rule == reason.rule
            and each.subject == subject
            and each.pill.severity <= reason.pill.severity
            for each in self.acked
        )


def acked(reasons: Iterable[Reason]) -> tuple[Acked, ...]:
    """What an acknowledgement of these reasons holds; one told of many is each of them."""
    return tuple(
        Acked(reason.rule, subject, reason.pill)
        for reason in reasons
        for subject in (reason.parts or (reason.subject,))
    )


def replaces(new: Quiet, old: Quiet) -> bool:
    """Whether a wish takes the place of an older one: of the same kind, about the same."""
    return (old.kind, old.tenant, old.rule) == (new.kind, new.tenant, new.rule)


def joined(new: Quiet, older: Iterable[Quiet]) -> Quiet:
    """A wish that also holds what those it replaces had acknowledged."""
    held = {(each.rule, each.subject): each for old in older for each in old.acked}
    held |= {(each.rule, each.subject): each for each in new.acked}
    return msgspec.structs.replace(new, acked=tuple(held.values()))
