"""A host key that is not the pinned one: both shown, and taken only by whoever types the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alfred_tui.model import units
from alfred_tui.model.operation import Consent
from alfred_tui.model.tenant import HostKey
from alfred_tui.model.text import clean
from alfred_tui.screens.asking import Question

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.board import Yes
    from alfred_tui.tenant.ssh.errors import HostKeyChanged


class Repin:
    """Asks whether the key that a tenant's server offers is to be pinned in place of the old one.

    Nothing is pinned without the typed name; what is pinned is the key that was shown, and no
    other that the server may offer by then.
    """

    refused = ""
    looking = ""

    def __init__(self, alfred: AlfredApp, changed: HostKeyChanged) -> None:
        self._alfred, self._changed = alfred, changed

    @property
    def title(self) -> str:
        """Whose."""
        return clean(f"The host key of {self._changed.tenant} changed")

    @property
    def question(self) -> Question | None:
        """Both keys, and what it may mean."""
        changed, glyphs = self._changed, self._alfred.glyphs
        now, view = self._alfred.engine.now(), self._alfred.engine.view(changed.tenant)
        does = [f"offered: {_shown(changed.offered)}"]
        for key in changed.pinned:
            since = f"since {units.age(key.first_seen, now)}: {clean(key.source, 80)}"
            does += [f"pinned: {_shown(key)}", since]
        return Question(
            title=self.title,
            does=[*does, "the offered key is pinned in place of every pinned one"],
            whom=clean(changed.tenant, 80),
            risk="destructive: from then on that server is trusted",
            wrong=(
                "it is right only where the server was built anew or restored",
                "else somebody stands between, or the address is another machine's by now: what "
                "you type there, and what is sent to it, is theirs",
                "compare the offered fingerprint with the server's own console before you say yes: "
                "for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done",
            ),
            ink="down",
            sign=(glyphs.pill(view.pill), view.pill.value) if view is not None else ("", "text"),
            watches="a new connection must show this very key, and be let in",
            copies=changed.offered.fingerprint,
            consent=Consent.NAME,
            name=changed.tenant,
            verbs=("pin the new key", "keep the old one"),
        )

    async def look(self) -> str:
        """It was looked at already."""
        return ""

    async def agree(self, yes: Yes, typed: str) -> None:
        """Pin it.

        Raises:
            Refused: another name was typed, or the server shows yet another key, or none.
            StoreError: it cannot be written down. Nothing was pinned.
        """
        from alfred_tui.ops.operation import Refused
        from alfred_tui.tenant.ssh.errors import SshError

        changed = self._changed
        if typed.strip() != changed.tenant:
            raise Refused(f"that is not the name: type {clean(changed.tenant, 80)}")
        try:
            await self._alfred.engine.ways.repin(changed.tenant, changed.offered.fingerprint)
        except SshError as trouble:
            raise Refused(str(trouble)) from None
        self._alfred.say(f"{changed.tenant}: the new host key is pinned")


def _shown(key: HostKey) -> str:
    return f"{key.kind} {key.fingerprint}".strip()
