"""A tenant's containers: what is listed, what ought to be, how long each has been up."""

from __future__ import annotations

from datetime import datetime

from alfred_tui.model import units
from alfred_tui.model.facts import Container, Containers
from alfred_tui.model.look import Look
from alfred_tui.model.text import clean
from alfred_tui.model.told import Told
from alfred_tui.model.view import Fact
from alfred_tui.screens.actions import GROUP, Subject, of_fact
from alfred_tui.screens.pages.page import ListPage
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.table import Column, Item


class ContainersPage(ListPage[Containers]):
    """By service; one that is expected and not listed stands first."""

    NUMBER, WORD = "2", "Containers"
    LOOK = Look.CONTAINERS
    EVERY = 10.0
    SORTS = ("trouble", "service", "up")
    NONE = "no container is listed"
    LACKING = "It does not know this question"
    COLUMNS = (
        Column("SERVICE", 28, ends=False),
        Column("STATE", 12),
        Column("HEALTH", 10, drop=1),
        Column("UP", 8, right=True),
        Column("STATUS", 34, drop=4, least=20),
        Column("IMAGE", 60, drop=3, ends=False, least=24),
        Column("IMAGE ID", 12, drop=2),
        Column("MADE", 8, right=True, drop=5),
    )

    async def ask(self) -> Told[Containers]:
        """What is listed now."""
        return await self.alfred.engine.sights.containers(self.tenant)

    def items(self, answer: Containers, now: datetime) -> list[Item]:
        """What is listed, and what the verdict misses."""
        facts = self._facts()
        found = [self._item(row, facts.get(row.service), now) for row in answer.rows]
        return [*found, *(self._absent(fact) for fact in self._missing(answer))]

    def _missing(self, answer: Containers) -> list[Fact]:
        """Services that the verdict misses."""
        listed = {row.service for row in answer.rows}
        return [
            fact
            for name, fact in self._facts().items()
            if name not in listed and fact.value.startswith("not listed")
        ]

    def _facts(self) -> dict[str, Fact]:
        facts = self.alfred.engine.facts(self.tenant)
        return {fact.label: fact for fact in facts if fact.group == GROUP}

    def _item(self, row: Container, fact: Fact | None, now: datetime) -> Item:
        pill = fact.pill if fact is not None else None
        glyphs = self.alfred.glyphs
        up = row.up.low if row.up is not None and row.state == "running" else None
        made = units.age(row.created_at, now) if row.created_at else ""
        state = "ok" if row.state == "running" else "degraded"
        health = {"healthy": "ok", "unhealthy": "degraded"}.get(row.health, "muted")
        name = clean(row.service, 80)
        return Item(
            row.service,
            (
                (name, "strong"),
                (clean(row.state, 20) or "?", state),
                (clean(row.health, 20), health),
                (units.short_duration(up) if up is not None else "", "text"),
                (clean(row.status, 60), "muted"),
                (clean(row.image, 120), "text"),
                (clean(row.image_id, 80).removeprefix("sha256:")[:12], "muted"),
                (made, "muted"),
            ),
            (glyphs.pills[pill], pill.value) if pill is not None else (" ", "text"),
            f"{name}: {clean(row.status or row.state, 80)}, {clean(row.image, 120)}",
            row.image_id,
            (_worst(fact, row.state, row.health), name, -1.0 if up is None else up),
        )

    def _absent(self, fact: Fact) -> Item:
        pill = fact.pill
        sign: Part = (" ", "text")
        if pill is not None:
            sign = (self.alfred.glyphs.pills[pill], pill.value)
        name = clean(fact.label, 80)
        ink = pill.value if pill is not None else "muted"
        parts: list[Part] = [(name, "strong"), ("not listed", ink)]
        parts += [("", "text")] * (len(self.COLUMNS) - len(parts))
        return Item(
            fact.label,
            tuple(parts),
            sign,
            f"{name}: not listed",
            order=((0, name), name, -2.0),
        )

    def guess(self) -> str:
        """Every generation lists its containers: who does not is none of ours."""
        if not self.unknown:
            return ""
        return "Every tenant knows it: the address may be another server's."

    def details(self, answer: Containers) -> str:
        """How many there are, how many of them are well, how many are missing."""
        well = sum(r.state == "running" and r.health in ("", "healthy") for r in answer.rows)
        missing = len(self._missing(answer))
        return f"{len(answer.rows)} listed, {well} well" + (f", {missing} missing" * bool(missing))

    def offers(self, key: str) -> Subject | None:
        """What makes sense for a service as it was seen last."""
        return of_fact(self._facts().get(key))


def _worst(fact: Fact | None, state: str, health: str) -> tuple[int, str]:
    name = fact.label if fact is not None else ""
    if fact is not None and fact.pill is not None:
        return (fact.pill.severity, name)
    return (80 if state != "running" or health not in ("", "healthy") else 90, name)
