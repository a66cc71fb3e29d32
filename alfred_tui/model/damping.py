"""How often a rule must have seen something before it says so: N of the last M looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

MOST = 30
"""Looks that can be remembered of one subject."""


class Damp(NamedTuple):
    """A rule fires once ``needed`` of its last ``of`` looks have seen the matter."""

    needed: int
    of: int


class Damping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Per rule (its id with ``_`` for ``-``): ``N/M``, ``N`` for ``N/N``, empty: the rule's own."""

    host_down: str = ""
    api_down: str = ""
    key_refused: str = ""
    host_key_changed: str = ""
    tls_bad: str = ""
    tls_ending: str = ""
    configuration: str = ""
    clock_skew: str = ""
    route_failing: str = ""
    answer_odd: str = ""
    backup_left_stopped: str = ""
    docker_silent: str = ""
    service_missing: str = ""
    service_restarting: str = ""
    service_unhealthy: str = ""
    service_starting: str = ""
    service_paused: str = ""
    temporal_silent: str = ""
    learn_no_pollers: str = ""
    workflow_stuck: str = ""
    schedule_paused: str = ""
    schedule_missing: str = ""
    schedule_late: str = ""
    stream_silent: str = ""
    disk_high: str = ""
    memory_high: str = ""
    disk_filling: str = ""
    slow: str = ""

    def damps(self) -> Mapping[str, Damp]:
        """By rule id, where one is set."""
        found = {}
        for field in self.__struct_fields__:
            if (damp := damp_of(getattr(self, field))) is not None:
                found[field.replace("_", "-")] = damp
        return found


def damp_of(text: str) -> Damp | None:
    """``3/5`` or ``3``; ``None`` for an empty text.

    Raises:
        ValueError: anything else, or not 1 <= N <= M <= 30.
    """
    text = text.strip()
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,2})(?:\s*/\s*(\d{1,2}))?", text, re.ASCII)
    if found is None:
        raise ValueError(text)
    needed = int(found[1])
    of = int(found[2] or needed)
    if not 1 <= needed <= of <= MOST:
        raise ValueError(text)
    return Damp(needed, of)
