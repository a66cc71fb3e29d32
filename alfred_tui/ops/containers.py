"""Restart, stop and start of one service (tenant-api.md 3.2, runbook.md 4.3)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, ClassVar

import msgspec

from alfred_tui.model import units
from alfred_tui.model.facts import Container
from alfred_tui.model.operation import Answer, ApiCall, Outcome, Plan, Risk, ShellCall
from alfred_tui.ops.operation import (
    AWAY,
    Argument,
    Eyes,
    Hands,
    Operation,
    Refused,
    Stopped,
    Unseen,
    appears,
    lost,
    operation,
    said,
    told,
)
from alfred_tui.tenant.host.systemd import timers
from alfred_tui.tenant.stack import Stack, stack_of

SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
"""The API lets ``-`` through as an option: ``--no-deps`` restarted everything."""
GUARD = {"X-Confirm-Self-Restart": "yes"}
GUARDED: dict[str, str] = {
    "openclaw": "the assistant is away for 30 to 60 s, and the sessions it holds end",
    "hermes": "the assistant is away for 30 to 60 s, and the sessions it holds end",
    "ctrl-api": "the API ends the connection that asks, and is away for a minute or more",
}
"""What restarting them means; the API asks for a header (tenant-api.md 3.2)."""
WITHOUT: dict[str, str] = {
    "openclaw": "the assistant is offline",
    "hermes": "the assistant is offline",
    "ctrl-api": "the tenant answers over SSH only: its health is not judged until it runs again",
    "temporal": "all workflows and schedules stand still",
    "alfred": "the four vault workers stand still",
    "alfred-learn": "no workflow of the learning queue goes on",
}
"""What stopping them means (runbook.md 4.3)."""
SECOND = "the API cannot be reached: then, and only then, it goes over SSH"
TIMER = "the update timer, where it is on, starts it again within 15 min"
NO_TIMER = "no update timer is waiting here: it stays stopped until somebody starts it"
UPDATES = "alfred-update.timer"
TIMERS = ("systemctl", "list-timers", "--all", "--no-pager", "--output=json", UPDATES)
PATIENCE = 8.0
"""Seconds for asking when the timer fires: a stop that is wanted does not wait for longer."""
SLACK = 2.0
"""Seconds that an uptime may be rounded by."""
STAYS = 10.0
"""Seconds up after which one without a healthcheck is taken for well: between two tries of a
restart loop Docker says ``running``, ``Up Less than a second`` (real-parts.md 9). Docker itself
takes one for started that was up for so long, and begins its pauses between tries anew."""
_WELL = f"healthy, or up for {STAYS:g} s where it has no healthcheck"
RESTART_LIMIT = 60.0
"""Seconds: the API gives up after 30 and the restart goes on (tenant-api.md 3.2)."""


class _OfService(Operation):
    takes = (Argument("service", "a compose service, as the containers list names it"),)
    verb: ClassVar[str]
    repeats: ClassVar[bool] = False
    """Whether doing it twice is the same as once."""

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """The API's call, the same over SSH, and how the container is now."""
        service = named(told(self, arguments)["service"])
        rows = await eyes.containers()
        known(service, eyes.name, eyes.services | rows.keys())
        row = rows.get(service)
        self.check(service, row)
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"{self.verb} {service} on {eyes.name}",
            risk=self.risk,
            calls=(self.call(service), self.over_ssh(service, stack_of(eyes.layout))),
            where=eyes.where,
            made=eyes.now(),
            arguments={"service": service},
            before=before_of(row),
            wrong=(*self.wrong(service, service in eyes.core), SECOND),
            watches=self.watches(service),
        )

    def call(self, service: str) -> ApiCall:
        return ApiCall(
            says=f"{self.verb} {service}",
            method="POST",
            path=f"/api/v1/admin/containers/{service}/{self.verb}",
            headers=GUARD if self.verb == "restart" and service in GUARDED else {},
            limit=RESTART_LIMIT,
            may_lose=service == "ctrl-api",
        )

    def over_ssh(self, service: str, stack: Stack) -> ShellCall:
        return ShellCall(
            says=f"{self.verb} {service} over SSH, only where the API cannot be reached",
            words=(*stack.compose, self.verb, service),
            limit=RESTART_LIMIT,
            otherwise=True,
        )

    async def run(self, plan: Plan, hands: Hands) -> None:
        """The second call only where the first has surely not been carried out, or may be again.

        Raises:
            Stopped: neither was carried out; the text says why.
        """
        first, second = plan.calls
        hands.tell(first.says)
        call, answer, why = first, await hands.do(first), ""
        unreached = self._unreached(answer)
        if answer.status in AWAY and not unreached:
            if await self._moves(plan, hands.eyes):
                return  # the API had it all the same
            unreached = True
        if unreached:
            why = f"{first.says}: {said(answer)}; "
            hands.tell(f"{why}over SSH instead")
            call, answer = second, await hands.do(second)
        if not answer.good and not lost(call, answer):
            raise Stopped(f"{why}{call.says}: {said(answer)}")

    def _unreached(self, answer: Answer) -> bool:
        """What stands before an API that is gone does not say whether it had the request: what
        may be done twice is sent again, of anything else the effect is looked for first."""
        return answer.outcome is Outcome.NOT_SENT or (self.repeats and answer.status in AWAY)

    async def _moves(self, plan: Plan, eyes: Eyes) -> bool:
        """Whether the container is another than it was, or younger."""
        service, before = plan.arguments["service"], plan.before

        async def moved() -> bool:
            row = (await eyes.containers()).get(service)
            if row is None or row.state != before.get("state") or row.up is None:
                return True
            old = before.get("up")
            return old is None or row.up.low < old

        return await appears(moved)

    def check(self, service: str, row: Container | None) -> None:
        """Refuse what makes no sense as it is now."""

    def wrong(self, service: str, core: bool) -> tuple[str, ...]:
        raise NotImplementedError

    def watches(self, service: str) -> str:
        raise NotImplementedError


@operation
class Restart(_OfService):
    """The API answers success for a container that is not there: only a younger one proves it."""

    id = "container.restart"
    about = "restart a service"
    risk = Risk.DISRUPTIVE
    verb = "restart"

    def check(self, service: str, row: Container | None) -> None:
        """A container that is not there is not restarted, whatever the API answers."""
        if row is None:
            raise Refused(
                f"{service} is not listed: it is stopped or was removed; start it instead"
            )

    def wrong(self, service: str, core: bool) -> tuple[str, ...]:
        """What its owner notices."""
        usual = "its owner is without it for 10 to 30 s" if core else "it is away for 10 to 30 s"
        kept = "what changed in .env is not read again: that needs it recreated"
        return (GUARDED.get(service, usual), kept)

    def watches(self, service: str) -> str:
        """A younger container."""
        return f"until {service} is listed as younger than now and {_WELL}"

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """Running, healthy where it says so, and begun since we began."""
        asked = eyes.now()
        row = (await eyes.containers()).get(plan.arguments["service"])
        if row is None or row.up is None or not stays_well(row):
            return None
        if not began_anew(row, plan, asked, began):
            return None
        return f"{row.service} is running again, up {units.short_duration(row.up.low)}"


@operation
class Stop(_OfService):
    """A stop lasts until the update timer's next run."""

    id = "container.stop"
    about = "stop a service"
    risk = Risk.DISRUPTIVE
    verb = "stop"
    repeats = True

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """As it is for each; beside it when the update timer will have undone it."""
        plan = await super().plan(eyes, arguments)
        try:
            following = await next_update(eyes)
        except Unseen:
            return plan
        when = NO_TIMER
        if following is not None:
            when = f"the update timer starts it again in {units.short_duration(following)}"
        wrong = tuple(when if line == TIMER else line for line in plan.wrong)
        return msgspec.structs.replace(plan, wrong=wrong)

    def check(self, service: str, row: Container | None) -> None:
        """One that is not there is stopped already."""
        if row is None:
            raise Refused(f"{service} is not listed: it is stopped already")

    def wrong(self, service: str, core: bool) -> tuple[str, ...]:
        """What stands still without it."""
        usual = "its owner is without it" if core else "what uses it fails"
        return (WITHOUT.get(service, usual), TIMER)

    def watches(self, service: str) -> str:
        """Gone from the list."""
        if service == "ctrl-api":
            return "until ctrl-api is not listed any more, which SSH tells"
        return f"until {service} is not listed any more"

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """Not listed."""
        service = plan.arguments["service"]
        return None if service in await eyes.containers() else f"{service} is stopped"


@operation
class Start(_OfService):
    """A container that was removed is not started, though the API says so."""

    id = "container.start"
    about = "start a service that is stopped"
    risk = Risk.SAFE
    verb = "start"
    repeats = True

    def check(self, service: str, row: Container | None) -> None:
        """One that runs needs no start."""
        if row is not None and row.state == "running":
            raise Refused(f"{service} is running already; restart it instead")

    def wrong(self, service: str, core: bool) -> tuple[str, ...]:
        """The API answers success where the container was removed."""
        return ("where its container was removed nothing happens: up -d on the host makes it anew",)

    def watches(self, service: str) -> str:
        """Listed and well."""
        return f"until {service} is listed as {_WELL}"

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """Running, and healthy where it says so."""
        row = (await eyes.containers()).get(plan.arguments["service"])
        return f"{row.service} is running" if row is not None and stays_well(row) else None


async def next_update(eyes: Eyes) -> float | None:
    """Seconds to the update timer's next firing; ``None`` where it is off, or there is none.

    Raises:
        Unseen: the host could not be asked, or what it said is no list of timers.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            listed = await eyes.ask(TIMERS, PATIENCE)
        if listed.status != 0:
            raise Unseen(f"{UPDATES} could not be listed: {listed.err.strip()}")
        found = timers(listed.out)
    except ValueError as problem:
        raise Unseen(f"{UPDATES} could not be read: {problem}") from problem
    except TimeoutError:
        raise Unseen(f"{UPDATES} could not be listed within {PATIENCE:g} s") from None
    now = eyes.now() + timedelta(seconds=eyes.clock)
    for each in found:
        if each.name == UPDATES and each.next is not None:
            return max(0.0, (each.next - now).total_seconds())
    return None


def named(service: str) -> str:
    """A service's name, if it is one.

    Raises:
        Refused: it could be taken for an option.
    """
    if SERVICE.fullmatch(service) is None:
        raise Refused(f"{service!r} is no service's name: letters, digits, _ and -, not - first")
    return service


def known(service: str, tenant: str, services: Set[str]) -> None:
    """Whether a tenant has it.

    Raises:
        Refused: it is none of its ``services``.
    """
    if service not in services:
        near = get_close_matches(service, services, 1)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(services))}"
        raise Refused(f"{tenant} has no service {service}; {hint}")


def is_well(row: Container) -> bool:
    """Running, and healthy where it has a healthcheck."""
    return row.state == "running" and row.health in ("", "healthy")


def stays_well(row: Container) -> bool:
    """Well, and not only between two tries: healthy, or up for longer than a moment."""
    if not is_well(row):
        return False
    return row.health == "healthy" or row.up is None or row.up.low >= STAYS


def began_anew(row: Container, plan: Plan, asked: datetime, began: datetime) -> bool:
    """Whether it has started since ``began``, and is not one that was young in ``plan.before``.

    ``asked`` is when ``row`` was asked for, not when it came: later, an old one would pass.
    """
    if row.up is None or row.up.low > (asked - began).total_seconds() + SLACK:
        return False
    old = plan.before.get("up")
    # the one that was seen would by now be up for at least so long
    return old is None or row.up.high < (asked - plan.made).total_seconds() + old


def before_of(row: Container | None) -> dict[str, Any]:
    """How it is before it is moved; ``up``: the fewest seconds for which it may have run."""
    if row is None:
        return {"listed": False}
    up = row.up.low if row.up is not None else None
    return {"listed": True, "container": row.container_id, "state": row.state, "up": up}
