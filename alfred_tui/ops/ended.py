"""A run that has ended: which schedule began it, as Temporal's own command lists it.

ctrl-api lists closed runs, too, but the looks at a tenant ask it for running ones alone; which
schedule began one is a search attribute of the list's row (tenant-api.md 6.1).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

import msgspec

from alfred_tui.model.text import clean
from alfred_tui.ops.operation import Eyes, Unseen
from alfred_tui.tenant.over_ssh import LIMIT
from alfred_tui.tenant.stack import stack_of
from alfred_tui.tenant.temporal.shell import JSON
from alfred_tui.tenant.wire import shapes, values

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]*", re.ASCII)
"""What can stand in a query in quotes."""


class _Row(shapes.WorkflowRow, rename="camel", gc=False):
    close_time: str | None = None


_ROWS = msgspec.json.Decoder(list[_Row])


class Ended(NamedTuple):
    """``status`` in Temporal's words without its prefix, in small letters; ``at`` its clock's."""

    run_id: str
    status: str
    schedule: str
    at: datetime


async def last_ended(ident: str, eyes: Eyes) -> Ended | None:
    """The last run of that workflow id which has ended; ``None`` where there is none.

    Raises:
        Unseen: the tenant could not be asked, or was not understood.
    """
    if ID.fullmatch(ident) is None:
        return None
    query = ("workflow", "list", "--query", f'WorkflowId="{ident}"')
    done = await eyes.ask((*stack_of(eyes.layout).temporal, *query, *JSON), LIMIT)
    if done.status:
        raise Unseen(f"Temporal's command has failed: {clean(done.err.strip(), 200)}")
    return read(done.out)


def read(text: str) -> Ended | None:
    """The last run in a listing that has ended; ``None`` where there is none.

    Raises:
        Unseen: it is no listing.
    """
    try:
        rows = _ROWS.decode(text)
    except msgspec.DecodeError as trouble:
        raise Unseen(f"Temporal's command was not understood: {trouble}") from None
    found = [each for row in rows if (each := _ended(row)) is not None]
    return max(found, key=lambda each: each.at, default=None)


def _ended(row: _Row) -> Ended | None:
    at = values.parse_time(row.close_time)
    if at is None:
        return None
    attributes = (row.search_attributes.indexed_fields if row.search_attributes else None) or {}
    schedule = values.payload(attributes.get("TemporalScheduledById"))
    return Ended(
        run_id=clean(row.execution.run_id or "", 60),
        status=clean((row.status or "").removeprefix("WORKFLOW_EXECUTION_STATUS_").lower(), 40),
        schedule=schedule if isinstance(schedule, str) else "",
        at=at,
    )
