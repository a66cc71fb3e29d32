"""The list behind the grid: order, filters, marks, and that it stays right bit by bit."""

from __future__ import annotations

import random

import msgspec
import pytest

from alfred_tui.model.filter import parse
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.widgets.roster import SORTS, Quick, Roster, Sort
from tests.ui.fake_engine import healthy, tenant, troubled


def roster(views: list[TenantView]) -> tuple[Roster, dict[str, TenantView]]:
    rows = {view.name: view for view in views}
    return Roster(lambda: rows), rows


def test_worst_first_then_by_name() -> None:
    made, _ = roster(troubled())
    assert made.order[:7] == [
        "harbor-law", "iris-florist", "acme-dental", "fable-films",
        "dune-records", "hazel-farm", "indigo-print",
    ]  # fmt: skip
    assert made.order[7:] == sorted(made.order[7:])


def test_uncounted_tenants_come_last() -> None:
    made, _ = roster([tenant("suspended", Pill.DOWN, counted=False), tenant("well")])
    assert made.order == ["well", "suspended"]


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.name)
def test_unknown_figures_stand_after_known_ones(sort: Sort) -> None:
    known = tenant("a-known", seen=3, expected=9)
    blank = msgspec.structs.replace(
        tenant("b-blank"), disk=None, memory=None, latency=None, uptime=None, seen=None
    )
    made, _ = roster([blank, known])
    made.order_by(sort)
    assert made.order == ["a-known", "b-blank"]


def test_turned_is_the_other_way_round() -> None:
    made, _ = roster(healthy())
    made.order_by(SORTS[1])
    forward = list(made.order)
    made.order_by(SORTS[1], turned=True)
    assert made.order == forward[::-1]


def test_changes_wait_until_settled() -> None:
    made, rows = roster(healthy())
    before = list(made.order)
    rows["iris-florist"] = tenant("iris-florist", Pill.DOWN)
    assert made.touch(["iris-florist"])
    assert made.order == before
    assert made.settle()
    assert made.order[0] == "iris-florist"
    assert not made.settle()


def test_a_change_that_moves_nobody_is_no_change() -> None:
    made, rows = roster(healthy())
    rows["iris-florist"] = msgspec.structs.replace(rows["iris-florist"], latency=9.0)
    assert not made.touch(["iris-florist"])


def test_bit_by_bit_is_the_same_as_all_at_once() -> None:
    """2,000 random changes under changing filters leave the order that a fresh list has."""
    chance = random.Random(7)
    made, rows = roster(troubled(200))
    for step in range(400):
        names = chance.sample(sorted(rows), 5)
        for name in names:
            rows[name] = msgspec.structs.replace(
                rows[name], pill=chance.choice(list(Pill)), latency=chance.random()
            )
        if step % 20 == 0:
            gone = chance.choice(sorted(rows))
            del rows[gone]
            names.append(gone)
        if step % 50 == 0:
            made.order_by(chance.choice(SORTS), chance.random() < 0.5)
            made.narrow(parse(chance.choice(["", "status:red,yellow", "tenant-00"])))
        made.touch(names)
        if chance.random() < 0.3:
            made.settle()
            fresh = Roster(lambda: rows)
            fresh.sort, fresh.turned, fresh.query = made.sort, made.turned, made.query
            fresh.narrow()
            assert made.order == fresh.order
            assert made.place == {name: row for row, name in enumerate(made.order)}


def test_quick_filters() -> None:
    made, _ = roster(troubled())
    made.narrow(quick=Quick.PROBLEMS)
    assert len(made.order) == 6
    made.narrow(quick=Quick.DOWN)
    assert made.order == ["harbor-law", "iris-florist"]
    made.mark("ash-and-oak")
    made.narrow(quick=Quick.MARKED)
    assert made.order == ["ash-and-oak"]
    made.narrow(quick=Quick.ALL)
    assert len(made.order) == made.total == 24


def test_marks_stay_with_tenants_and_go_with_them() -> None:
    made, rows = roster(healthy())
    made.mark("iris-florist")
    made.order_by(SORTS[3])
    assert made.marks == {"iris-florist"}
    del rows["iris-florist"]
    made.load()
    assert made.marks == set()
