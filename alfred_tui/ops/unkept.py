"""The demo's journal: it ends with the program."""

from __future__ import annotations

import itertools
from datetime import datetime

from alfred_tui.model.operation import Answer, CallRecord, Outcome, RunRecord


class Unkept:
    """Fits the journal and keeps nothing but the count."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def begin(self, run: RunRecord) -> int:
        """A number of its own."""
        return next(self._numbers)

    def intend(self, run: int, call: CallRecord) -> None:
        """Nothing is written."""

    def answered(self, run: int, number: int, answer: Answer, at: datetime) -> None:
        """Nothing is written."""

    def end(self, run: int, outcome: Outcome, text: str, after: str, at: datetime) -> None:
        """Nothing is written."""
