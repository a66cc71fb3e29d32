"""What a try to open a connection says of a tenant, whoever needed it: a look like any other."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from alfred_tui.model.facts import Shell
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, Observation
from alfred_tui.model.tenant import HostKey
from alfred_tui.tenant.ssh.errors import HostKeyChanged, SshError


class Contact(NamedTuple):
    """A try that took ``took`` seconds; either ``key``, the server's, or ``trouble`` is set."""

    tenant: str
    took: float
    key: HostKey | None = None
    trouble: SshError | None = None


def observed(contact: Contact, at: datetime) -> Observation:
    """It as data; of a changed host key both fingerprints, short enough to be shown whole."""
    answer = Shell(contact.key.fingerprint) if contact.key is not None else None
    return Observation(
        contact.tenant,
        Look.SHELL,
        at,
        contact.took,
        Door.SSH,
        answer,
        _failure(contact.trouble) if contact.trouble is not None else None,
    )


def _failure(trouble: SshError) -> Failure:
    if isinstance(trouble, HostKeyChanged):
        return Failure(trouble.kind, trouble.short)
    return trouble.failure
