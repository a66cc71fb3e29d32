"""A command that an operator wrote, run on a tenant's host as the login user."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alfred_tui import logs
from alfred_tui.model.operation import Plan, Risk, ShellCall
from alfred_tui.model.text import clean
from alfred_tui.ops.operation import (
    Argument,
    Eyes,
    Hands,
    Operation,
    Refused,
    Stopped,
    operation,
    said,
    told,
)

LIMIT = 3600.0
"""Seconds that it may run."""
SHOWN = 60
"""Characters of it that a title has."""


@operation
class Run(Operation):
    """What it does nobody can tell beforehand: so it counts as disruptive, and is never repeated.

    It goes through ``sh -c``, as one word: the login's shell makes nothing of it.
    """

    id = "shell.run"
    about = "run a command on the host, as the login user"
    risk = Risk.DISRUPTIVE
    takes = (Argument("command", "a line for the shell of the host"),)

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """The one command."""
        given = told(self, arguments)
        text = given["command"]
        if not text.strip() or "\0" in text:
            raise Refused("there is no command in that")
        shown = clean(logs.masked(text), 400)
        shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"run `{shown}` on {eyes.name}",
            risk=self.risk,
            calls=(ShellCall("run it", ("sh", "-c", text), limit=LIMIT),),
            where=eyes.where,
            made=eyes.now(),
            arguments=given,
            good_for=300.0,
            wrong=("whatever the command does; it is sent once and never again unasked",),
        )

    async def run(self, plan: Plan, hands: Hands) -> None:
        """Send it. There is no effect to look for: an answer that is lost is the end.

        Raises:
            Stopped: it has not ended well, or nobody knows how.
        """
        (call,) = plan.calls
        hands.tell(call.says)
        answer = await hands.do(call)
        if not answer.good:
            raise Stopped(f"{call.says}: {said(answer)}")

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """It has ended, and said that it is well."""
        return "it ended with exit status 0"
