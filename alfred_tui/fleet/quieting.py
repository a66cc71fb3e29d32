"""Which reasons are quiet: wishes in force, and acknowledgements that end when something changes.

Pure: told what is wished, what fires and what time it is. An acknowledgement that has seen its
reason fire in this run ends with it; one whose reason does not come back after the program was
started again ends once it was watched for long enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from alfred_tui.model.quiet import Acked, Quiet, QuietKind
from alfred_tui.model.verdict import Reason

UNMET = timedelta(hours=1)
"""For so long an acknowledged reason may not have been seen in this run before it counts as over.

Fixed on purpose: longer than the slowest rule takes to fire again.
"""


class Quieting:
    """Wishes by whom they are about. ``ended`` gathers acknowledgements that lost reasons.

    One in ``ended`` without ``acked`` is over as a whole.
    """

    def __init__(self) -> None:
        self.ended: list[Quiet] = []
        self._all: dict[int, Quiet] = {}
        self._of: dict[str, list[Quiet]] = {}
        self._rules: list[Quiet] = []
        self._over: dict[tuple[str, str, str], datetime] = {}
        self._met: dict[int, set[Acked]] = {}
        self._since: dict[int, datetime] = {}
        self._next: datetime | None = None

    @property
    def wishes(self) -> list[Quiet]:
        """All of them in force, those that end first first."""
        return sorted(self._all.values(), key=lambda each: each.until)

    def replace(
        self, wishes: Iterable[Quiet], now: datetime, *, others: bool = False
    ) -> frozenset[str] | None:
        """Take these instead of those before; the tenants touched, ``None`` for every one.

        With ``others`` another program changed them: acknowledged reasons that it saw end stay
        quiet here until they are seen again.
        """
        new = {each.number: each for each in wishes if each.until > now}
        gone = [old for number, old in self._all.items() if new.get(number) != old]
        come = [each for number, each in new.items() if self._all.get(number) != each]
        if others:
            self._let_end(gone, come, now)
        self._all = new
        self._met = {number: met for number, met in self._met.items() if number in new}
        self._since = {number: at for number, at in self._since.items() if number in new}
        self._index()
        return _touched([*gone, *come])

    def _let_end(self, gone: Iterable[Quiet], come: Iterable[Quiet], now: datetime) -> None:
        left = {(new.tenant, each) for new in come for each in new.acked}
        for old in gone:
            for each in old.acked:
                if old.until > now and (old.tenant, each) not in left:
                    self._over[old.tenant, each.rule, each.subject] = now

    def _is_over(self, tenant: str, reason: Reason) -> bool:
        """Whether another program saw the end of what was not looked at here since."""
        at = self._over.get((tenant, reason.rule, reason.subject))
        return at is not None and reason.seen is not None and reason.seen <= at

    def expire(self, now: datetime) -> frozenset[str] | None:
        """Let go of what has ended by now; the tenants touched, ``None`` for every one."""
        if self._next is None or now < self._next:
            return frozenset()
        over = [each for each in self._all.values() if each.until <= now]
        for each in over:
            del self._all[each.number]
        self._index()
        return _touched(over)

    def _index(self) -> None:
        self._of, self._rules = {}, []
        for each in self._all.values():
            if each.tenant:
                self._of.setdefault(each.tenant, []).append(each)
            else:
                self._rules.append(each)
        self._next = min((each.until for each in self._all.values()), default=None)

    def about(self, tenant: str) -> Sequence[Quiet]:
        """Wishes about this very tenant."""
        return self._of.get(tenant, ())

    def split(
        self, tenant: str, reasons: Iterable[Reason]
    ) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """Reasons of a tenant: the loud ones and the quiet ones, each in the order given."""
        reasons = tuple(reasons)
        wishes = [*self._of.get(tenant, ()), *self._rules]
        if not (wishes or self._over) or not reasons:
            return reasons, ()
        quiet = tuple(
            r for r in reasons if any(wish.covers(r) for wish in wishes) or self._is_over(tenant, r)
        )
        return tuple(r for r in reasons if r not in quiet), quiet

    def answered(self, tenant: str, now: datetime) -> None:
        """A look has got an answer: from the first on a reason has its hour to come back."""
        for each in self.about(tenant):
            if each.kind is QuietKind.ACK:
                self._since.setdefault(each.number, now)

    def follow(self, tenant: str, firing: Iterable[Reason], now: datetime) -> bool:
        """Hold a tenant's acknowledgements against what fires; whether one lost a reason."""
        acks = [each for each in self.about(tenant) if each.kind is QuietKind.ACK]
        if not (acks or self._over):
            return False
        there = {(r.rule, r.subject): r for r in firing}
        for key in [key for key in self._over if key[0] == tenant]:
            reason = there.get(key[1:])
            if reason is None or not self._is_over(tenant, reason):
                del self._over[key]
        lost = False
        for ack in acks:
            left = tuple(each for each in ack.acked if self._lasts(ack, each, there, now))
            if left != ack.acked:
                lost = True
                self._shrink(ack, left)
        return lost

    def _lasts(
        self, ack: Quiet, each: Acked, there: dict[tuple[str, str], Reason], now: datetime
    ) -> bool:
        met = self._met.setdefault(ack.number, set())
        reason = there.get((each.rule, each.subject))
        if reason is not None:
            met.add(each)
            return reason.pill.severity >= each.pill.severity
        return each not in met and now - self._since.get(ack.number, now) < UNMET

    def _shrink(self, ack: Quiet, left: tuple[Acked, ...]) -> None:
        less = msgspec.structs.replace(ack, acked=left)
        if left:
            self._all[ack.number] = less
        else:
            del self._all[ack.number]
        self._index()
        self.ended.append(less)

    def unmet(self, now: datetime) -> list[str]:
        """Tenants with an acknowledgement whose reason has not come back for long enough."""
        return [
            each.tenant
            for number, each in self._all.items()
            if (since := self._since.get(number)) is not None
            and now - since >= UNMET
            and any(entry not in self._met.get(number, ()) for entry in each.acked)
        ]


def _touched(wishes: Iterable[Quiet]) -> frozenset[str] | None:
    names = {each.tenant for each in wishes}
    return None if "" in names else frozenset(names)
