"""Every workflow that runs for longer than its type may."""

from __future__ import annotations

from collections.abc import Iterator

from alfred_tui.model.facts import Workflows
from alfred_tui.model.look import Look
from alfred_tui.model.text import clean
from alfred_tui.screens.across.found import SEEN, TENANT, AcrossList, Found, tenants
from alfred_tui.screens.actions import Chosen
from alfred_tui.screens.pages import workflows

_OF_THE_PAGE = 5
"""Columns of a tenant's page that are here, too: its last ones are for looking closely."""


class StuckWorkflows(AcrossList):
    """By the times that docs/rules.md has for each type, and the settings."""

    ID, TITLE = "stuck", "Stuck workflows"
    LOOK, PAGE = Look.WORKFLOWS, workflows.WorkflowsPage.NUMBER
    NONE = "no workflow runs for longer than it may"
    SORTS = ("longest first", "tenant", "type")
    COLUMNS = (TENANT, *workflows.WorkflowsPage.COLUMNS[:_OF_THE_PAGE], SEEN)

    def gathered(self) -> Iterator[Found]:
        """By tenant."""
        sights, glyphs = self.alfred.engine.sights, self.alfred.glyphs
        for name, seen in self.looks():
            if not isinstance(seen.answer, Workflows):
                continue
            theirs, whose = sights.theirs(name), clean(name, 80)
            for row in seen.answer.rows:
                limit = sights.allowance(name, row.type)
                if not workflows.stuck(row, limit, theirs):
                    continue
                item = workflows.item(row, limit, theirs, glyphs)
                parts = item.parts[:_OF_THE_PAGE]
                longest, kind, _ = item.order
                yield Found(
                    item._replace(
                        key=f"{name} {item.key}",
                        parts=(self.named(name), *parts, self.seen(name, seen)),
                        copy=f"{whose}: {item.copy}",
                        order=(longest, (name, longest), (kind, longest)),
                    ),
                    (Chosen(name, workflows.subject(row, theirs)),),
                    item.key,
                )

    def figures(self) -> str:
        """Workflows and tenants."""
        count = len({each.chosen[0].tenant for each in self.found.values()})
        return f"{len(self.found):,} stuck at {tenants(count)}"
