"""A run of the journal as one line of JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from alfred_tui.model.operation import CallRecord, Outcome, RunRecord
from alfred_tui.ops.standing import word


def line(run: RunRecord, outcome: Outcome | None) -> str:
    """Everything that is known of it; ``outcome`` as it stands by now (``running`` for none)."""
    whole = {
        "number": run.number,
        "at": run.at.isoformat(),
        "who": run.who,
        "program": run.program,
        "tenant": run.tenant,
        "operation": run.operation,
        "title": run.title,
        "risk": run.risk.value,
        "arguments": dict(run.arguments),
        "bulk": run.bulk,
        "before": run.before,
        "after": run.after,
        "ended": run.ended.isoformat() if run.ended else None,
        "outcome": word(outcome),
        "text": run.text,
        "calls": [_call(call) for call in run.calls],
    }
    return msgspec.json.encode(whole).decode()


def _call(call: CallRecord) -> dict[str, Any]:
    return {
        "number": call.number,
        "door": call.door,
        "says": call.says,
        "line": call.line,
        "intended": call.intended.isoformat(),
        "answered": call.answered.isoformat() if call.answered else None,
        "outcome": call.outcome.value,
        "status": call.status,
        "text": call.text,
    }
