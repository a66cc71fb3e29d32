"""What operations see of a tenant and send to it: the doors behind the board."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from alfred_tui import logs
from alfred_tui.model.facts import (
    Container,
    Containers,
    Poller,
    Queue,
    Schedule,
    Schedules,
    Workflow,
    Workflows,
)
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import FailureKind, Observation
from alfred_tui.model.operation import Answer, ApiCall, Call, Outcome, ShellCall, Target
from alfred_tui.model.tenant import Layout, Tenant, login_of
from alfred_tui.model.text import clean
from alfred_tui.model.told import Told
from alfred_tui.ops.operation import Eyes, Refused, Said, Unseen
from alfred_tui.tenant.acting import SAID, Actor
from alfred_tui.tenant.containers import ListedOverSsh
from alfred_tui.tenant.stack import Stack, layout_of, stack_of
from alfred_tui.tenant.temporal.door import LOOKS, FirstThatAnswers, OverApi
from alfred_tui.tenant.temporal.shell import OverSsh

if TYPE_CHECKING:
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.tenant.door import ApiDoor
    from alfred_tui.tenant.ssh.door import SshDoor
    from alfred_tui.tenant.ssh.result import OnPiece, Stream

T = TypeVar("T")
_NAMES = {Look.QUEUE: "pollers"}
"""What a look is called for people, where that is not its own name."""
FULL = 99.5
"""Percent of a disk on which not even a line can be left."""
CUT = " (output cut: there was more)"
"""Stands at the end of what a command has said, where that is not all of it."""


class TenantEyes:
    """Looks at one tenant, by the way that answers; the fleet's state learns from it, too."""

    def __init__(self, house: EngineHouse, tenant: Tenant) -> None:
        self._house, self._tenant = house, tenant

    @property
    def name(self) -> str:
        """The tenant's name."""
        return self._tenant.name

    @property
    def where(self) -> Target:
        """Where calls to it go."""
        ssh = self._tenant.ssh
        user = ssh.user if ssh else login_of(self.layout)
        place = f"{user}@{ssh.host if ssh else self._tenant.address}"
        return Target(self._tenant.api_url, place, ssh.port if ssh else 22)

    @property
    def layout(self) -> Layout | None:
        """Its generation, as far as it is known."""
        return self._house.layout(self._tenant)

    @property
    def services(self) -> frozenset[str]:
        """Services that are, or were, or ought to be there."""
        known = self._house.state.known(self.name)
        if known is None:
            return frozenset()
        return frozenset(known.expected.services | known.seen | known.memory.rows.keys())

    @property
    def core(self) -> frozenset[str]:
        """Those without which its owner has no service."""
        known = self._house.state.known(self.name)
        return known.expected.core if known is not None else frozenset()

    def now(self) -> datetime:
        """Aware UTC."""
        return self._house.now()

    @property
    def clock(self) -> float:
        """Seconds that the tenant's clock is ahead of ours, as far as it is known."""
        known = self._house.state.known(self.name)
        return known.memory.clock if known is not None else 0.0

    async def containers(self) -> Mapping[str, Container]:
        """What is listed now, by service. Raises ``Unseen``."""
        return (await self._see(Look.CONTAINERS, Containers)).by_service

    async def schedules(self) -> Mapping[str, Schedule]:
        """Every schedule now, by id. Raises ``Unseen``."""
        found = await self._see(Look.SCHEDULES, Schedules)
        return {row.schedule_id: row for row in found.rows}

    async def workflows(self) -> Sequence[Workflow]:
        """What runs now. Raises ``Unseen``."""
        return (await self._see(Look.WORKFLOWS, Workflows)).rows

    async def pollers(self) -> Sequence[Poller]:
        """Who polls the learning queue. Raises ``Unseen``."""
        return (await self._see(Look.QUEUE, Queue)).pollers

    async def ask(self, words: Sequence[str], limit: float = 20.0) -> Said:
        """Run a command on the host that changes nothing. Raises ``Unseen``."""
        return await self._house.ask(self._tenant, words, limit)

    async def _see(self, look: Look, kind: type[T]) -> T:
        return (await self._house.see(self._tenant, look, kind)).answer


class EngineHouse:
    """Fits what the board needs. ``apply`` takes in what was seen on the way."""

    def __init__(
        self,
        state: FleetState,
        door: ApiDoor,
        now: Callable[[], datetime],
        apply: Callable[[Observation], None],
        ssh: Callable[[], Awaitable[SshDoor]],
    ) -> None:
        self.state, self.now, self._ssh = state, now, ssh
        self._door, self._apply = door, apply
        self._actor = Actor(door.transport)
        self.listens: Callable[[str, ShellCall], OnPiece | None] = lambda tenant, call: None
        """Who wants the output of a command as it comes; mostly nobody."""
        self.judges: Callable[[str], bool] = lambda tenant: True
        """Whether every look is taken of a tenant: then its view is a verdict."""
        over_api = OverApi(door.look)
        self.temporal = FirstThatAnswers(over_api, OverSsh(ssh, now, self._stack))
        self._ways = dict.fromkeys(LOOKS, self.temporal)
        self._ways[Look.CONTAINERS] = FirstThatAnswers(
            over_api, ListedOverSsh(ssh, now, self._stack)
        )

    def layout(self, tenant: Tenant) -> Layout | None:
        """Its generation, as far as it is known."""
        known = self.state.known(tenant.name)
        return layout_of(tenant, known.layout if known is not None else None)

    def _stack(self, tenant: Tenant) -> Stack:
        return stack_of(self.layout(tenant))

    def tenant(self, name: str) -> Tenant:
        """Who is called that.

        Raises:
            Refused: nobody.
        """
        known = self.state.known(name)
        if known is None:
            raise Refused(f"no tenant is called {clean(name, 60)!r}")
        return known.tenant

    def eyes(self, tenant: str) -> Eyes:
        """Looks at a tenant.

        Raises:
            Refused: there is none of that name.
        """
        return TenantEyes(self, self.tenant(tenant))

    async def see(self, tenant: Tenant, look: Look, kind: type[T]) -> Told[T]:
        """What a tenant says now, by the way that answers; the fleet learns from every look.

        Raises:
            Unseen: it could not be looked at.
        """
        seen, instead = await self._look(tenant, look)
        if isinstance(seen.answer, kind):
            return Told(seen.answer, seen.door, seen.at, instead)
        why = seen.failure.text if seen.failure is not None else "it was not understood"
        what = _NAMES.get(look, look.value)
        how = seen.failure.kind if seen.failure is not None else FailureKind.BAD_ANSWER
        raise Unseen(f"the {what} of {tenant.name} cannot be listed: {why}", how)

    async def _look(self, tenant: Tenant, look: Look) -> tuple[Observation, str]:
        if look not in self._ways:
            seen = await self._door.look(tenant, look)
            self._apply(seen)
            return seen, ""
        try:
            found = await self._ways[look].see(tenant, look)
        except (OSError, RuntimeError) as trouble:  # the pins cannot be read or written
            raise Unseen(f"the {look.value} of {tenant.name} cannot be listed: {trouble}") from None
        for each in found.learnt:
            # the containers tell the fleet whether the API answers: SSH must not speak for it
            if look is not Look.CONTAINERS or each.door is Door.API:
                self._apply(each)
        return found.told, found.instead

    async def send(self, tenant: str, call: Call) -> Answer:
        """Send one call; never raises but for cancellation."""
        try:
            whom = self.tenant(tenant)
        except Refused as gone:
            return Answer(Outcome.NOT_SENT, None, str(gone))
        if isinstance(call, ApiCall):
            return await self._actor.send(whom, call)
        return await self._run(whom, call)

    async def _run(self, whom: Tenant, call: ShellCall) -> Answer:
        door = await self._ssh()
        from alfred_tui.tenant.ssh.command import Command
        from alfred_tui.tenant.ssh.errors import SshError

        try:
            # a person has said yes to it, and waits: the place kept for one may be used
            command = Command(call.words, call.folder, within=call.within)
            heard = _but_ours(self.listens(whom.name, call), call)
            done = await door.run(whom, command, limit=call.limit, person=True, on_piece=heard)
        except SshError as trouble:
            outcome = Outcome.UNKNOWN if trouble.sent else Outcome.NOT_SENT
            return Answer(outcome, None, str(trouble))
        except (OSError, RuntimeError) as trouble:  # the pins cannot be read or written
            return Answer(Outcome.NOT_SENT, None, str(trouble))
        said = done.stdout + done.stderr
        # masked before it is cut: half a secret is none that can be told as one
        whole = logs.masked(said.decode("utf-8", "replace").strip())
        more = done.cut or len(whole) > SAID
        text = clean(whole, SAID - len(CUT)) + CUT if more else clean(whole, SAID)
        return Answer(Outcome.DONE if done.ok else Outcome.FAILED, done.exit_status, text)

    async def ask(self, whom: Tenant, words: Sequence[str], limit: float) -> Said:
        """Run a command on a tenant that changes nothing.

        Raises:
            Unseen: SSH does not get there, or it did not end in time.
        """
        door = await self._ssh()
        from alfred_tui.tenant.ssh.command import Command
        from alfred_tui.tenant.ssh.errors import SshError

        try:
            done = await door.run(whom, Command(tuple(words)), limit=limit, person=True)
        except (SshError, OSError, RuntimeError) as trouble:  # the last two: pins cannot be kept
            raise Unseen(f"{whom.name} cannot be asked over SSH: {trouble}") from None
        return Said(done.exit_status, done.text, done.stderr.decode("utf-8", "replace"))

    def locks(self, tenant: str) -> bool:
        """Whether a lock can be left on a tenant: its SSH is described."""
        return self.tenant(tenant).ssh is not None

    def unlocked(self, tenant: str) -> str:
        """Why no lock will be left on a tenant, as far as it is known now; empty where one will."""
        if not self.locks(tenant):
            return "it has no SSH"
        known = self.state.known(tenant)
        if known is None:
            return ""
        looks = [known.memory.attempts.get(look) for look in (Look.SHELL, Look.BANNER)]
        seen = max((look for look in looks if look is not None), key=lambda o: o.at, default=None)
        if seen is not None and seen.failure is not None:
            return f"SSH: {clean(seen.failure.text, 60)}"
        view = self.state.views.get(tenant)
        full = view is not None and view.disk is not None and view.disk >= FULL
        return "its disk is full" if full else ""

    def verdict(self, tenant: str, *, anew: bool = False) -> str:
        """The pill of a tenant, with its worst reason: now, or where nobody judges it, as kept.

        ``anew``: not what was kept; empty where nobody judges it.
        """
        view = self.state.views.get(tenant)
        if not self.judges(tenant):
            known = self.state.known(tenant)
            view = known.kept_view if known is not None and not anew else None
        if view is None:
            return ""
        why = f": {view.told[0].text}" if view.told else ""
        return f"{view.pill.value}{why}"


def _but_ours(heard: OnPiece | None, call: ShellCall) -> OnPiece | None:
    """What listens to a command, but not to the words around it that are ours."""
    if heard is None or not call.within:
        return heard
    ours = call.within[-1].encode()

    def hears(stream: Stream, piece: bytes) -> None:
        if piece.strip() != ours:
            heard(stream, piece)

    return hears
