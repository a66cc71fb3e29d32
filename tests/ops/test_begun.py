"""What counts as a run that a trigger has begun, and what is the timetable's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from alfred_tui.model.facts import Schedule
from alfred_tui.ops.begun import acted, seen
from alfred_tui.ops.operation import Unseen

AT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def every(seconds: float, jitter: float = 0.0, *, interval: bool = True) -> Schedule:
    """One that acted at the full minute, and is due after that."""
    return Schedule(
        "al-x",
        interval=seconds if interval else None,
        jitter=jitter,
        next_times=(later(seconds), later(2 * seconds)),
        last_action=later(0.05),
    )


class Eyes:
    def __init__(self, last: datetime | None) -> None:
        self.rows = {"al-x": Schedule("al-x", last_action=last)}

    async def schedules(self) -> Mapping[str, Schedule]:
        return self.rows


async def told(before: Schedule, last: datetime | None) -> str | None:
    return await acted("al-x", seen(before), Eyes(last))  # type: ignore[arg-type]


@pytest.mark.parametrize("last", [None, later(0.05), later(-60)])
async def test_without_a_newer_action_nothing_is_proved(last: datetime | None) -> None:
    assert await told(every(15), last) is None
    assert await acted("al-y", seen(every(15)), Eyes(later(3))) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [3.4, 14.8, 16.2, 37.0, 67.5])
async def test_an_action_beside_the_timetable_is_the_trigger_s(seconds: float) -> None:
    assert await told(every(15), later(seconds)) == "al-x has begun a new run"


@pytest.mark.parametrize("seconds", [15.0, 15.09, 30.9, 45.05, 60.3, 75.0])
async def test_an_action_of_the_timetable_is_no_proof(seconds: float) -> None:
    for before in (every(15), every(15, interval=False)):
        with pytest.raises(Unseen, match=r"by its timetable; it cannot be told whether the trig"):
            await told(before, later(seconds))


async def test_a_jittered_time_is_known_as_far_as_it_was_listed_and_a_window_after_that() -> None:
    before = every(20, jitter=4)
    assert await told(before, later(36)) is not None, "listed to the moment"
    for seconds in (40.5, 56.5, 64.5):
        with pytest.raises(Unseen):
            await told(before, later(seconds))
    assert await told(before, later(52)) is not None


def acting(*seconds: float) -> Eyes:
    moments = tuple(later(each) for each in (0.05, *seconds))
    found = Eyes(moments[-1])
    found.rows = {"al-x": Schedule("al-x", last_action=moments[-1], actions=moments)}
    return found


@pytest.mark.parametrize("seconds", [(7.0, 15.05), (14.2, 15.05), (15.05, 15.6), (29.0, 30.05)])
async def test_a_trigger_beside_or_behind_a_time_of_the_timetable_is_seen(
    seconds: tuple[float, ...],
) -> None:
    eyes = acting(*seconds)
    assert await acted("al-x", seen(every(15)), eyes) == "al-x has begun a new run"  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [(15.05,), (15.05, 30.05), (15.9, 30.02, 45.1)])
async def test_times_of_the_timetable_alone_are_no_proof_however_many(
    seconds: tuple[float, ...],
) -> None:
    with pytest.raises(Unseen):
        await acted("al-x", seen(every(15)), acting(*seconds))  # type: ignore[arg-type]


async def test_one_that_acts_every_other_second_is_never_told_apart() -> None:
    with pytest.raises(Unseen):
        await acted("al-x", seen(every(2)), acting(2.9, 4.0))  # type: ignore[arg-type]


async def test_one_that_never_acts_by_itself_has_no_timetable() -> None:
    assert await told(Schedule("al-x"), later(15)) == "al-x has begun a new run"
