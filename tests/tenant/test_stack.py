"""Where a tenant's containers are, by what is known of its generation."""

from __future__ import annotations

import pytest

from alfred_tui.model.tenant import Layout, Secret, SshTarget, Tenant
from alfred_tui.tenant.host.figures import usage
from alfred_tui.tenant.stack import FLEET, SINGLE, layout_of, stack_of

FOLDERS = {FLEET: "/opt/alfred/compose", SINGLE: "/opt/alfred"}


@pytest.mark.parametrize(
    ("layout", "stack"),
    [(None, FLEET), (Layout.F1, FLEET), (Layout.F2, FLEET), (Layout.F3, FLEET), (Layout.H, SINGLE)],
)
def test_each_generation_has_its_compose_file(layout: Layout | None, stack: object) -> None:
    found = stack_of(layout)
    assert found is stack
    assert found.compose[-1] == f"{FOLDERS[found]}/docker-compose.yaml"
    assert found.temporal == (*found.compose, "exec", "-T", "temporal", "temporal")


@pytest.mark.parametrize(
    ("given", "user", "found", "then"),
    [
        (None, "deploy", None, None),
        (None, "root", None, Layout.H),
        (None, "root", Layout.F3, Layout.F3),
        (Layout.H, "deploy", None, Layout.H),
        (Layout.F1, "root", None, Layout.F1),
        (None, None, None, None),
    ],
)
def test_until_it_is_seen_who_logs_in_tells(
    given: Layout | None, user: str | None, found: Layout | None, then: Layout | None
) -> None:
    ssh = SshTarget("10.0.0.7", user=user) if user else None
    tenant = Tenant("acme", "https://a.example:3100", Secret("k"), ssh=ssh, layout=given)
    assert layout_of(tenant, found) is then


@pytest.mark.parametrize("project", [FLEET.project, SINGLE.project])
def test_what_a_container_uses_is_told_by_its_service(project: str) -> None:
    row = f'{{"Name":"{project}-ctrl-api-1","CPUPerc":"1.0%","MemUsage":"1MiB / 2MiB"}}'
    assert [each.service for each in usage(row)] == ["ctrl-api"]
