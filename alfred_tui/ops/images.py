"""The 15-minute pull, now (runbook.md 4.4): the unit that the update timer starts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate

from alfred_tui.model import units
from alfred_tui.model.facts import Container
from alfred_tui.model.operation import Outcome, Plan, Risk, ShellCall
from alfred_tui.ops.containers import is_well, stays_well
from alfred_tui.ops.operation import (
    Eyes,
    Hands,
    Operation,
    Refused,
    Stopped,
    Unseen,
    operation,
    said,
    told,
)

UNIT = "alfred-update.service"
START = ("sudo", "systemctl", "start", UNIT)
ASKED = "LoadState,ActiveState,Result,InvocationID,ExecMainStartTimestamp"
SHOW = ("systemctl", "show", UNIT, "-p", ASKED)
RUNNING = ("activating", "active", "deactivating", "reloading")
"""What systemd calls a oneshot's states while its run is under way."""
LIMIT = 1800.0
"""Seconds: a pull of every image over a slow line takes many minutes, and ends by itself."""
BEGINS = 60.0
"""Seconds after which a start whose answer was lost has begun, if ever."""
SHOWN = 6
"""Services that a warning names."""
ROOM = 850
"""Characters for what changed: the journal keeps 1000 of an end, and more than that is said."""


@operation
class Update(Operation):
    """``systemctl start`` of a oneshot comes back when the run has ended, well or not."""

    id = "update.run"
    about = "pull the images now, as the timer does every 15 min"
    risk = Risk.DISRUPTIVE
    every = 5.0
    within = 900.0

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """The start of the unit; nothing to send where the timer's own run is under way."""
        told(self, arguments)
        unit = await unit_of(eyes)
        rows = await eyes.containers()
        under_way = unit["ActiveState"] in RUNNING
        waits = ("the timer's own run is under way: it is waited for, nothing is sent",)
        start = ShellCall("pull, and recreate what has another image", START, limit=LIMIT)
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"{'wait for' if under_way else 'run'} the update of {eyes.name}",
            risk=Risk.READ if under_way else self.risk,
            calls=() if under_way else (start,),
            where=eyes.where,
            made=eyes.now(),
            before={
                "images": {name: row.image_id for name, row in sorted(rows.items())},
                "well": sorted(name for name, row in rows.items() if is_well(row)),
                "run": _run_of(unit),
                "waits": under_way,
            },
            wrong=waits if under_way else wrong(rows),
            watches="until the run has ended well and every service that was well is well again",
        )

    async def run(self, plan: Plan, hands: Hands) -> None:
        """Start it; an answer that was lost on the way is no end: the unit tells.

        Raises:
            Stopped: it was not started, or has failed.
        """
        for call in plan.calls:
            hands.tell(call.says)
            answer = await hands.do(call)
            if not answer.good and answer.outcome is not Outcome.UNKNOWN:
                raise Stopped(f"{UNIT}: {said(answer)}")

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """The run has ended with success, and what was well before is listed and well."""
        unit = await unit_of(eyes)
        if unit["ActiveState"] in RUNNING:
            return None
        if not plan.before["waits"] and _run_of(unit) == plan.before["run"]:
            if (eyes.now() - began).total_seconds() > BEGINS:
                raise Stopped(f"{UNIT} was not started, as far as {eyes.name} tells")
            return None
        if unit["Result"] != "success":
            raise Stopped(f"{UNIT} has failed ({unit['Result']}): its journal says why")
        rows = await eyes.containers()
        if not all(name in rows and stays_well(rows[name]) for name in plan.before["well"]):
            return None
        took = units.short_duration((eyes.now() - began).total_seconds())
        whose = "the timer's own run" if plan.before["waits"] else "the update"
        return f"{whose} has ended well after {took}: {_changes(plan.before['images'], rows)}"


async def unit_of(eyes: Eyes) -> dict[str, str]:
    """How the update's unit stands, by systemd's own words.

    Raises:
        Refused: the tenant has none.
        Unseen: it could not be asked.
    """
    shown = await eyes.ask(SHOW)
    found = dict(line.partition("=")[::2] for line in shown.out.splitlines())
    if shown.status or "ActiveState" not in found:
        raise Unseen(f"{UNIT} of {eyes.name} cannot be asked about: {shown.err.strip()}")
    if found.get("LoadState") == "not-found":
        raise Refused(f"{eyes.name} has no {UNIT}: nothing pulls its images by itself")
    return {name: found.get(name, "") for name in ASKED.split(",")}


def _run_of(unit: Mapping[str, str]) -> str:
    """What tells one run of the unit from another."""
    return f"{unit['InvocationID']} {unit['ExecMainStartTimestamp']}"


def wrong(rows: Mapping[str, Container]) -> tuple[str, ...]:
    """What an update may do to these containers."""
    paused = [name for name, row in sorted(rows.items()) if row.state == "paused"]
    fails = f"{_named(paused)} paused: compose starts no paused one, and the run ends as failed"
    return (
        *((fails,) if paused else ()),
        f"it pulls for {_named(sorted(rows))}; a service whose image changed is recreated, and "
        "away for 10 to 60 s",
        "a bad release comes with it: the images of before are taken away afterwards",
        "services that were stopped by hand are started",
    )


def _changes(before: Mapping[str, str], rows: Mapping[str, Container]) -> str:
    """Which services got another image than before, and from which id to which.

    One without an id tells nothing. As many are named as have room in a journal's text.
    """
    changed = [
        f"{name} {before[name]}→{row.image_id}"
        for name, row in sorted(rows.items())
        if row.image_id and before.get(name) and row.image_id != before[name]
    ]
    if not changed:
        return "no service got another image"
    ends = list(accumulate(len(each) + 2 for each in changed))
    fits = sum(end <= ROOM for end in ends)
    more = f" and {len(changed) - fits} more" if len(changed) > fits else ""
    return f"{', '.join(changed[:fits])}{more} got another image"


def _named(services: list[str]) -> str:
    more = f" and {len(services) - SHOWN} more" if len(services) > SHOWN else ""
    return ", ".join(services[:SHOWN]) + more
