"""A person's own shell on a tenant's host: in a tmux window, else in this very terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from alfred_tui.model.operation import Consent
from alfred_tui.model.text import clean
from alfred_tui.screens.asking import Asking, Question
from alfred_tui.screens.confirm import ConfirmScreen
from alfred_tui.screens.foreground import Ended, in_front
from alfred_tui.screens.host_key import Repin

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.board import Yes
    from alfred_tui.tenant.ssh.errors import SshError

GROUP = "shell"
SOON = 0.3
"""Seconds for which connecting is not worth a word on the screen."""
LEAVE = "leave its shell (exit, ctrl+d) to come back to the fleet"
READ_ONLY = "read-only: a shell could change anything, so none is opened from here"


def open_shell(alfred: AlfredApp, tenant: str) -> None:
    """Open one; a second key while one is being opened does nothing."""
    board = alfred.board
    if board is None:
        alfred.say_not_yet()
    elif board.read_only:
        alfred.say(READ_ONLY)
    elif not any(each.group == GROUP and not each.is_finished for each in alfred.workers):
        alfred.run_worker(_open(alfred, tenant), group=GROUP, exit_on_error=False)


async def _open(alfred: AlfredApp, tenant: str) -> None:
    """Connect, ask what must be asked, enter. Every yes connects anew."""
    while True:
        way = Connecting(alfred, tenant)
        settled = await way.soon()
        if not settled and not await alfred.push_screen_wait(ConnectingScreen(alfred, way)):
            return
        if way.trouble is None:
            await _enter(alfred, tenant, way.words)
            return
        asking = _asked_of(alfred, tenant, way.trouble)
        if not await alfred.push_screen_wait(ConfirmScreen(alfred, asking)):
            return


class Connecting:
    """The way in, while it is being found: our own connection judges the host key before ``ssh``.

    ``words`` once there is one; ``trouble`` where a person can do something about what failed.
    """

    question: Question | None = None
    refused = ""

    def __init__(self, alfred: AlfredApp, tenant: str) -> None:
        self._alfred, self._tenant = alfred, tenant
        self._task: asyncio.Task[Sequence[str]] | None = None
        self.words: Sequence[str] = ()
        self.trouble: SshError | None = None

    @property
    def title(self) -> str:
        """Whose."""
        return clean(f"Shell on {self._tenant}")

    @property
    def looking(self) -> str:
        """It takes a while."""
        return clean(f"connecting to {self._tenant} over SSH")

    @property
    def settled(self) -> bool:
        """Whether there is nothing more to wait for, and nothing that is only to be read."""
        return bool(self.words) or self.trouble is not None

    async def soon(self) -> bool:
        """Whether it is settled within a moment; it goes on if not."""
        task = self._begun()
        await asyncio.wait({task}, timeout=SOON)
        return task.done() and self._learnt(task)

    def _begun(self) -> asyncio.Task[Sequence[str]]:
        if self._task is None:
            self._task = asyncio.ensure_future(self._alfred.engine.ways.way_in(self._tenant))
        return self._task

    def _learnt(self, task: asyncio.Task[Sequence[str]]) -> bool:
        from alfred_tui.tenant.ssh.errors import AuthenticationFailed, HostKeyChanged, LockedOut

        trouble = task.exception()
        if trouble is None:
            self.words = task.result()
        elif isinstance(trouble, (HostKeyChanged, AuthenticationFailed, LockedOut)):
            self.trouble = trouble
        return self.settled

    async def look(self) -> str:
        """Wait for it; a next look connects anew.

        Raises:
            Refused: it failed; the text says how, and what to do.
        """
        from alfred_tui.ops.operation import Refused
        from alfred_tui.tenant.errors import TenantError

        task = self._begun()
        try:
            await task
        except TenantError as trouble:
            if not self._learnt(task):
                raise Refused(str(trouble)) from None
        else:
            self._learnt(task)
        finally:
            self._task = None
        return ""

    async def agree(self, yes: Yes, typed: str) -> None:
        """There is nothing to say yes to."""


class ConnectingScreen(ConfirmScreen):
    """The dialog while it takes long; it goes by itself. What failed stays, to be read."""

    def __init__(self, alfred: AlfredApp, way: Connecting) -> None:
        super().__init__(alfred, way)
        self._way = way

    def _put(self) -> None:
        if self._way.settled:
            self.dismiss(True)
        else:
            super()._put()


class OneMoreTry:
    """A key was refused before: asks whether it is to be tried once more."""

    refused = ""
    looking = ""

    def __init__(self, alfred: AlfredApp, tenant: str, trouble: SshError) -> None:
        self._alfred, self._tenant, self._trouble = alfred, tenant, trouble

    @property
    def title(self) -> str:
        """Whose."""
        return clean(f"Shell on {self._tenant}: not let in")

    @property
    def question(self) -> Question | None:
        """What is known, and what another try may cost."""
        return Question(
            title=self.title,
            does=[f"SSH: one more connection to {clean(self._tenant, 80)} with the same key"],
            whom=clean(self._tenant, 80),
            risk="disruptive",
            wrong=(
                "a third refusal within ten minutes locks this machine out for an hour, "
                "operations and other programs on it included",
            ),
            ink="degraded",
            seen=str(self._trouble),
            late=True,
            consent=Consent.YES,
            verbs=("try once more", "leave it"),
        )

    async def look(self) -> str:
        """All is known."""
        return ""

    async def agree(self, yes: Yes, typed: str) -> None:
        """A person has asked anew; connecting follows."""
        await self._alfred.engine.ways.allow(self._tenant)


def _asked_of(alfred: AlfredApp, tenant: str, trouble: SshError) -> Asking:
    from alfred_tui.tenant.ssh.errors import HostKeyChanged

    if isinstance(trouble, HostKeyChanged):
        return Repin(alfred, trouble)
    return OneMoreTry(alfred, tenant, trouble)


async def _enter(alfred: AlfredApp, tenant: str, words: Sequence[str]) -> None:
    from alfred_tui.tenant.ssh.interactive import in_tmux

    argv = in_tmux(words, tenant, os.environ)
    if argv is None or not await _beside(alfred, tenant, argv):
        await _here(alfred, tenant, words)


async def _beside(alfred: AlfredApp, tenant: str, argv: Sequence[str]) -> bool:
    """A tmux window; false where there is none to be had."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        asked = await asyncio.create_subprocess_exec(
            *argv, stdin=nothing, stdout=nothing, stderr=pipe
        )
    except OSError:
        return False
    _, said = await asked.communicate()
    if asked.returncode:
        alfred.say(f"no tmux window: {said.decode('utf-8', 'replace').strip()}; here instead")
        return False
    alfred.say(f"ssh to {tenant}: in a tmux window of its own")
    return True


async def _here(alfred: AlfredApp, tenant: str, words: Sequence[str]) -> None:
    """Give the terminal away and take it back; polling, jobs and connections go on meanwhile."""
    try:
        # a repaint would fill the driver's queue, which nobody empties, and the loop would stand.
        # What is raised inside keeps the app suspended: right when it is leaving, so only that may
        with alfred.batch_update(), alfred.suspend():
            ended = await in_front(words, f"ssh to {clean(tenant, 80)}: {LEAVE}")
    except SuspendNotSupported:
        alfred.say("this terminal cannot be given away: try in a plain one, or in tmux")
        return
    alfred.refresh(layout=True)
    _tell(alfred, tenant, ended)


def _tell(alfred: AlfredApp, tenant: str, ended: Ended) -> None:
    from alfred_tui.tenant.ssh.interactive import UNREACHED

    if ended.status is None or ended.status == UNREACHED:
        text = clean(f"ssh to {tenant} ended: {ended.said or 'it said nothing'}", 600)
        alfred.notify(text, severity="warning", markup=False, timeout=12)
    else:
        alfred.say(f"back from {tenant}")
