"""The visibility query of a workflow listing: what the CLI understands and how it refuses (6.1)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from alfred_tui.sim.executions import PREFIX

CLAUSE = re.compile(r"""\s*(\w+)\s*(=|!=|>=|<=|>|<)\s*("[^"]*"|'[^']*')\s*""")
KNOWN = frozenset(
    {"ExecutionStatus", "WorkflowType", "WorkflowId", "RunId", "StartTime", "CloseTime"}
    | {"ExecutionTime", "TaskQueue"}
)
SIGNS: dict[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
Clause = tuple[str, str, str]


class QueryError(ValueError):
    """A query that Temporal refuses; the text is its own."""


def parse(text: str) -> list[Clause]:
    """The clauses of a query, all of which must hold.

    Raises:
        QueryError: no clauses joined by AND, or an attribute that does not exist.
    """
    clauses: list[Clause] = []
    for part in re.split(r"\bAND\b", text, flags=re.IGNORECASE) if text.strip() else []:
        found = CLAUSE.fullmatch(part)
        if found is None:
            # Temporal puts a statement of 28 characters in front of the query
            raise QueryError(f"malformed SQL query: syntax error at position {len(text) + 28}")
        clauses.append((found[1], found[2], found[3][1:-1]))
    for name, _, _ in clauses:
        if name not in KNOWN:
            problem = f"column name '{name}' is not a valid search attribute"
            raise QueryError(f"invalid expression: {problem}")
    return clauses


def meets(row: dict[str, Any], clauses: list[Clause]) -> bool:
    """Whether a listed row is one that the query asks for."""
    return all(_holds(row, *clause) for clause in clauses)


def _holds(row: dict[str, Any], name: str, sign: str, wanted: str) -> bool:
    value = {
        "ExecutionStatus": row["status"].removeprefix(PREFIX).replace("_", ""),
        "WorkflowType": row["type"]["name"],
        "WorkflowId": row["execution"]["workflowId"],
        "RunId": row["execution"]["runId"],
        "StartTime": row["startTime"],
        "CloseTime": row.get("closeTime"),
        "ExecutionTime": row["executionTime"],
        "TaskQueue": row["taskQueue"],
    }[name]
    if name == "ExecutionStatus":
        wanted = wanted.upper()
    return value is not None and SIGNS[sign](value, wanted)
