"""Pause, unpause and trigger a schedule (tenant-api.md 6.4, runbook.md 4.2)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import ClassVar
from urllib.parse import quote

from alfred_tui import logs
from alfred_tui.model.facts import Schedule
from alfred_tui.model.operation import ApiCall, Call, Plan, Risk, ShellCall
from alfred_tui.ops import begun
from alfred_tui.ops.operation import (
    AWAY,
    LOOKS,
    SETTLES,
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
from alfred_tui.tenant.stack import Stack, stack_of

CHORE = "chore-"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*", re.ASCII)
ANEW = "until it has acted anew, beside its timetable"
SCHEDULE = Argument("schedule", "a schedule's id, as the schedules list names it")


async def found(eyes: Eyes, name: str) -> Schedule:
    """A schedule that is there.

    Raises:
        Refused: there is none of that id, or it could be taken for an option.
        Unseen: they cannot be listed.
    """
    if ID.fullmatch(name) is None:
        raise Refused(f"{name!r} is no schedule's id")
    rows = await eyes.schedules()
    if name not in rows:
        near = get_close_matches(name, rows, 1)
        hint = f"did you mean {near[0]}?" if near else f"it has {len(rows)}"
        raise Refused(f"{eyes.name} has no schedule {name}; {hint}")
    return rows[name]


class _Toggle(Operation):
    """The API's own route fails with every version of the command; what helps is said second."""

    paused: ClassVar[bool]
    verb: ClassVar[str]
    within = 30.0

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """A chore's own route, else the API's; where that fails, the command."""
        given = told(self, arguments)
        reason = given.get("reason", "")
        if logs.masked(reason) != reason:
            raise Refused("the reason holds a key: it would stay on the tenant, and be shown")
        row = await found(eyes, given["schedule"])
        if row.paused is self.paused:
            raise Refused(
                f"{row.schedule_id} is {'paused' if row.paused else 'not paused'} already"
            )
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"{self.verb} {row.schedule_id} on {eyes.name}",
            risk=self.risk,
            calls=self.calls(row.schedule_id, given.get("reason", ""), stack_of(eyes.layout)),
            where=eyes.where,
            made=eyes.now(),
            arguments=given,
            before={"paused": row.paused, "note": row.note},
            wrong=self.wrong(row),
            watches=f"until it is listed as {'paused' if self.paused else 'not paused'}",
        )

    def calls(self, name: str, reason: str, stack: Stack) -> tuple[Call, ...]:
        words = (*stack.temporal, "schedule", "toggle", "--schedule-id", name, f"--{self.verb}")
        more = ("--reason", reason) if reason else ()
        about = f"{self.verb} by Temporal's own command"
        if name.startswith(CHORE):
            verb = "pause" if self.paused else "resume"
            slug = quote(name.removeprefix(CHORE), safe="")
            first = ApiCall(f"{self.verb} the chore", "POST", f"/api/v1/chores/{slug}/{verb}")
            about += ", which leaves the chore's record as it is"
        else:
            path = f"/api/v1/schedules/{quote(name, safe='')}/{self.verb}"
            body = json.dumps({"reason": reason}) if reason else ""
            fails = f"{self.verb} by the API, which fails as far as is known"
            first = ApiCall(fails, "POST", path, {}, body)
        return first, ShellCall(about, (*words, *more), otherwise=True)

    async def run(self, plan: Plan, hands: Hands) -> None:
        """The second way only where the first has not worked, whatever it has answered."""
        good = False
        for call in plan.calls:
            hands.tell(call.says)
            answer = await hands.do(call)
            if answer.good and await self._holds(plan, hands.eyes):
                return
            good = good or answer.good
        if not good:  # one that was answered well may be listed late: the watch decides
            raise Stopped(f"{plan.calls[-1].says}: {said(answer)}")

    async def _holds(self, plan: Plan, eyes: Eyes) -> bool:
        """Whether it is listed as wished; what cannot be looked at is left to the watch."""
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(SETTLES)
            try:
                row = (await eyes.schedules()).get(plan.arguments["schedule"])
            except Unseen:
                return True
            if row is not None and row.paused is self.paused:
                return True
        return False

    def wrong(self, row: Schedule) -> tuple[str, ...]:
        raise NotImplementedError

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """Listed as it should be: a success that was answered proves nothing."""
        row = (await eyes.schedules()).get(plan.arguments["schedule"])
        if row is None:
            raise Stopped(f"{plan.arguments['schedule']} is not listed any more")
        state = "paused" if self.paused else "not paused"
        return f"{row.schedule_id} is {state}" if row.paused is self.paused else None


@operation
class Pause(_Toggle):
    """What runs goes on; nothing new begins."""

    id = "schedule.pause"
    about = "pause a schedule, with the reason as its note"
    risk = Risk.DISRUPTIVE
    takes = (SCHEDULE, Argument("reason", "why, for who finds it paused"))
    paused = True
    verb = "pause"

    def wrong(self, row: Schedule) -> tuple[str, ...]:
        """What a pause leaves undone."""
        return (
            f"{row.workflow_type or 'its work'} is not begun any more until it is unpaused",
            "what runs goes on",
        )


@operation
class Unpause(_Toggle):
    """Missed times are not made up for."""

    id = "schedule.unpause"
    about = "unpause a schedule"
    risk = Risk.SAFE
    takes = (SCHEDULE,)
    paused = False
    verb = "unpause"

    def wrong(self, row: Schedule) -> tuple[str, ...]:
        """Why it was paused, and what does not come back."""
        note = (f"it was paused with the note: {row.note}",) if row.note else ()
        return (*note, "what was missed meanwhile is not made up for")


@operation
class Trigger(Operation):
    """The API answers success also where the overlap policy skips it."""

    id = "schedule.trigger"
    about = "run a schedule's work once, now"
    risk = Risk.SAFE
    takes = (SCHEDULE,)
    within = 60.0

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """Both ways to call it, when it acted last, and when it will by itself."""
        given = told(self, arguments)
        row = await found(eyes, given["schedule"])
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"trigger {row.schedule_id} on {eyes.name}",
            risk=self.risk,
            calls=triggers(row.schedule_id, stack_of(eyes.layout)),
            where=eyes.where,
            made=eyes.now(),
            arguments=given,
            before=begun.seen(row),
            wrong=("while its last run goes on it is skipped, and the API says success",),
            watches=ANEW,
        )

    async def run(self, plan: Plan, hands: Hands) -> None:
        """The second way only where the first has surely done nothing."""

        async def acted() -> bool:
            name = plan.arguments["schedule"]
            return await begun.acted(name, plan.before, hands.eyes) is not None

        if trouble := await one_of(plan.calls, hands, acted):
            raise Stopped(trouble)

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """Its last action is a newer one, and not one of its timetable."""
        return await begun.acted(plan.arguments["schedule"], plan.before, eyes)


def triggers(name: str, stack: Stack) -> tuple[ApiCall, ShellCall]:
    """Both ways to trigger a schedule: the API's call, and Temporal's own command."""
    path = f"/api/v1/schedules/{quote(name, safe='')}/trigger"
    words = (*stack.temporal, "schedule", "trigger", "--schedule-id", name)
    about = f"trigger {name} by Temporal's own command, where the API's call was not carried out"
    return ApiCall(f"trigger {name}", "POST", path), ShellCall(about, words, otherwise=True)


async def one_of(ways: Sequence[Call], hands: Hands, effect: Callable[[], Awaitable[bool]]) -> str:
    """Send calls that do the same, until one may have done it; why none has, ``""`` if one may.

    What was triggered twice would run twice where the overlap policy lets it. Where a proxy says
    that the API is away, its ``effect`` is looked for.
    """
    why: list[str] = []
    for call in ways:
        hands.tell(call.says)
        answer = await hands.do(call)
        if answer.good or lost(call, answer):
            return ""
        if answer.status in AWAY and await appears(effect):
            return ""
        why.append(f"{call.door}: {said(answer)}")
    return f"{ways[0].says}: {'; '.join(why)}"
