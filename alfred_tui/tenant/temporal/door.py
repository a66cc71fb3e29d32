"""One interface for what Temporal knows of a tenant, and the two ways to it.

Every answer is an :class:`Observation` of the same types, whose ``door`` says which way it came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

import msgspec

from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind, Observation
from alfred_tui.model.tenant import Tenant

LOOKS = (Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS)
"""What can be asked: pollers of the learning queue, all schedules, what runs."""

ASKED_ENOUGH = frozenset({FailureKind.RATE_LIMITED})
"""Failures after which no other way is tried: the tenant says that it is asked too much."""


class TemporalDoor(Protocol):
    """A way to a tenant's Temporal."""

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """One of ``LOOKS``, now; failures come back as data."""
        ...


class OverApi:
    """Through ctrl-api, which runs Temporal's command itself (tenant-api.md 6)."""

    def __init__(self, look: Callable[[Tenant, Look], Awaitable[Observation]]) -> None:
        self._look = look

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """One look; failures come back as data."""
        return await self._look(tenant, look)


class Seen(NamedTuple):
    """What is to be told, and what a verdict may be made of.

    ``told`` is the answer, or the failure with the reasons of both ways. ``learnt`` are the looks
    as they were: each once, and no failure of SSH, which would count as one of ctrl-api's.
    ``instead`` says in one line why the first way was not the one; ``""`` where it was.
    """

    told: Observation
    learnt: tuple[Observation, ...]
    instead: str = ""


class FirstThatAnswers:
    """ctrl-api where it answers, else SSH where the tenant has it; says which, and why."""

    def __init__(self, first: TemporalDoor, second: TemporalDoor) -> None:
        self._first, self._second = first, second

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """One look; failures come back as data."""
        return (await self.see(tenant, look)).told

    async def see(self, tenant: Tenant, look: Look) -> Seen:
        """The same, with all that was tried. Where no way answers both failures are told."""
        first = await self._first.look(tenant, look)
        failed = first.failure
        if failed is None or tenant.ssh is None or failed.kind in ASKED_ENOUGH:
            return Seen(first, (first,))
        second = await self._second.look(tenant, look)
        why = f"{first.door.value}: {failed.text}"
        if second.failure is None:
            return Seen(second, (first, second), why)
        text = f"{why}; {second.door.value}: {second.failure.text}"
        both = msgspec.structs.replace(failed, text=text)
        return Seen(msgspec.structs.replace(first, failure=both), (first,), why)
