"""Which certificate a tenant shows at its door."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from alfred_tui.sim.faults import Active

LASTS = 397.0
"""Days that a good certificate lasts from its making."""


class Paper(NamedTuple):
    """A certificate: ``days`` left when it is made, negative when it has ended.

    ``named`` for its tenant, else for another one; ``known``: signed by the fleet's authority.
    """

    days: float = LASTS
    named: bool = True
    known: bool = True


def shown(faults: Iterable[Active]) -> Paper:
    """The certificate that is shown while these faults are in force."""
    paper = Paper()
    for fault in faults:
        if fault.kind == "certificate-expired":
            paper = paper._replace(days=-fault.amount)
        elif fault.kind == "certificate-ending":
            paper = paper._replace(days=fault.amount)
        elif fault.kind == "certificate-wrong-name":
            paper = paper._replace(named=False)
        elif fault.kind == "certificate-unknown":
            paper = paper._replace(known=False)
    return paper
