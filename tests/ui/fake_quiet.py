"""Muting and acknowledging in the fake engine: kept in memory, and the rows follow."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from alfred_tui.fleet.quieting import Quieting
from alfred_tui.model.quiet import Acked, Quiet, QuietKind, joined, replaces
from alfred_tui.model.verdict import Pill

if TYPE_CHECKING:
    from tests.ui.fake_engine import FakeEngine

WHO = "ada@desk"


class InMemory:
    """A shelf without a store."""

    def __init__(self) -> None:
        self._all: dict[int, Quiet] = {}
        self._numbers = itertools.count(1)

    def read(self, now: datetime) -> list[Quiet]:
        return [each for each in self._all.values() if each.until > now]

    def put(self, wishes: Iterable[Quiet], now: datetime) -> list[Quiet]:
        kept = []
        for wish in wishes:
            older = [each for each in self._all.values() if replaces(wish, each)]
            for each in older:
                del self._all[each.number]
            new = msgspec.structs.replace(joined(wish, older), number=next(self._numbers))
            self._all[new.number] = new
            kept.append(new)
        return kept

    def end(self, wishes: Sequence[Quiet], now: datetime, who: str) -> list[Quiet]:
        return [old for each in wishes if (old := self._all.pop(each.number, None)) is not None]


class FakeQuiet:
    """``trouble`` is raised by every wish while it is set."""

    def __init__(self, engine: FakeEngine) -> None:
        self.trouble: Exception | None = None
        self._engine = engine
        self._shelf = InMemory()
        self._quieting = Quieting()

    @property
    def wishes(self) -> list[Quiet]:
        return self._quieting.wishes

    async def mute(self, tenants: Iterable[str], rule: str, until: datetime, reason: str) -> None:
        now = self._engine.now()
        self._put(
            Quiet(QuietKind.MUTE, now, until, tenant=name, rule=rule, reason=reason, who=WHO)
            for name in (list(tenants) or [""])
        )

    async def acknowledge(
        self, seen: Mapping[str, tuple[Acked, ...]], reason: str, until: datetime | None = None
    ) -> None:
        now = self._engine.now()
        end = until or now + timedelta(days=1)
        self._put(
            Quiet(
                QuietKind.ACK,
                now,
                end,
                tenant=name,
                reason=reason,
                who=WHO,
                acked=reasons,
            )
            for name, reasons in seen.items()
        )

    async def end(self, wishes: Iterable[Quiet]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self._shelf.end(list(wishes), self._engine.now(), WHO)
        self._follow()

    def _put(self, wishes: Iterable[Quiet]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self._shelf.put(wishes, self._engine.now())
        self._follow()

    def _follow(self) -> None:
        now = self._engine.now()
        self._quieting.replace(self._shelf.read(now), now)
        for name, view in list(self._engine.rows.items()):
            told = (*view.reasons, *view.quieted)
            if not told:
                continue
            loud, quieted = self._quieting.split(name, told)
            pill: Pill = min((r.pill for r in loud or quieted), key=lambda each: each.severity)
            self._engine.put(
                msgspec.structs.replace(
                    view,
                    pill=pill,
                    reasons=loud,
                    quieted=quieted,
                    quiet=not loud,
                    marks="z" if quieted else view.marks.replace("z", ""),
                )
            )
