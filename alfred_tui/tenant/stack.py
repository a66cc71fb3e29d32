"""Where a tenant's containers are defined, by its generation.

Fleet-facts.md, "Two generations": F is project ``compose`` under ``/opt/alfred/compose``, H is
project ``alfred-black`` under ``/opt/alfred``.
"""

from __future__ import annotations

from typing import NamedTuple

from alfred_tui.model.tenant import Layout, Tenant, login_of


class Stack(NamedTuple):
    """A Compose project; ``compose`` are the words before what Compose shall do with it."""

    project: str
    compose: tuple[str, ...]

    @property
    def temporal(self) -> tuple[str, ...]:
        """Temporal's command in its container (runbook.md 4.1)."""
        return (*self.compose, "exec", "-T", "temporal", "temporal")


_DOCKER = ("docker", "compose")
FLEET = Stack("compose", (*_DOCKER, "-f", "/opt/alfred/compose/docker-compose.yaml"))
# the folder's name is not the project's, so that it has to be told
SINGLE = Stack(
    "alfred-black",
    (*_DOCKER, "-p", "alfred-black", "-f", "/opt/alfred/docker-compose.yaml"),
)
PROJECTS = (FLEET.project, SINGLE.project)


def stack_of(layout: Layout | None) -> Stack:
    """A generation's project; the fleet's where the generation is not known."""
    return SINGLE if layout is Layout.H else FLEET


def layout_of(tenant: Tenant, found: Layout | None) -> Layout | None:
    """The generation that was ``found``, or given; else, where ``root`` logs in, H."""
    layout = found or tenant.layout
    if layout is None and tenant.ssh is not None and tenant.ssh.user == login_of(Layout.H):
        return Layout.H
    return layout
