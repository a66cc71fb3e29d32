"""The timer of updates: it counts from the last start, and may be stopped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.sim.ssh.fence import BAN, Fence
from alfred_tui.sim.timers import NEVER, TICK, Timer

FIRST = 10_000.0


def test_it_ticks_every_fifteen_minutes() -> None:
    timer = Timer(FIRST)
    assert timer.starts(FIRST - 1, FIRST + 2000) == [FIRST, FIRST + TICK, FIRST + 2 * TICK]
    assert timer.after(FIRST - 5000) == FIRST
    assert timer.after(FIRST) == FIRST + TICK
    assert timer.last(FIRST + 100) == FIRST
    assert timer.last(FIRST - 1) is None
    assert timer.earlier(FIRST - 2000) == [FIRST - 2 * TICK, FIRST - TICK]


def test_a_start_by_hand_puts_it_off() -> None:
    timer = Timer(FIRST)
    timer.started(FIRST + 100)
    expected = [FIRST, FIRST + 100, FIRST + 100 + TICK]
    assert timer.starts(FIRST - 1, FIRST + 1500) == expected
    assert timer.last(FIRST + 500) == FIRST + 100
    assert timer.after(FIRST + 500) == FIRST + 100 + TICK


def test_stopped_it_fires_no_more_and_overdue_it_fires_at_once() -> None:
    timer = Timer(FIRST)
    timer.stop(FIRST + 100)
    assert not timer.runs(FIRST + 200)
    assert timer.runs(FIRST + 50)
    assert timer.after(FIRST + 200) == NEVER
    assert timer.starts(FIRST, FIRST + 9000) == []
    timer.started(FIRST + 300)
    assert not timer.runs(FIRST + 400), "the unit was started, not the timer"
    assert timer.since(FIRST + 400) == FIRST + 100
    timer.resume(FIRST + 5000)
    assert timer.since(FIRST + 5001) == FIRST + 5000
    assert timer.starts(FIRST + 300, FIRST + 6000) == [FIRST + 5000, FIRST + 5000 + TICK]
    timer.resume(FIRST + 5100)
    assert timer.since(FIRST + 5200) == FIRST + 5000, "it ran already"


acts = st.lists(
    st.tuples(st.floats(1, 4000), st.sampled_from(["started", "stop", "resume"])), max_size=6
)


@given(acts, st.floats(0, 20_000), st.floats(0, 5000))
def test_what_comes_next_is_what_comes(
    acts: list[tuple[float, str]], at: float, span: float
) -> None:
    timer, t = Timer(FIRST), FIRST
    for later, act in acts:
        t += later
        getattr(timer, act)(t)
    begin = FIRST + at
    listed = timer.starts(begin, begin + span)
    assert listed == sorted(listed)
    assert all(begin < moment <= begin + span for moment in listed)
    if begin >= t:
        ticks, moment = [], timer.after(begin)
        while moment <= begin + span:
            ticks.append(moment)
            moment = timer.after(moment)
        assert listed == ticks
        assert timer.last(begin + span) == (listed or [timer.last(begin)])[-1]


# --- the fence ------------------------------------------------------------------------------------


def test_three_failures_within_ten_minutes_close_the_door_for_an_hour() -> None:
    fence = Fence()
    assert [fence.failed(t) for t in (0, 300, 601)] == [False, False, False], "the first is too old"
    assert fence.failed(700)
    assert not fence.closed(699)
    assert fence.closed(700)
    assert fence.closed(700 + BAN - 1)
    assert not fence.closed(700 + BAN)
    assert [fence.failed(700 + BAN + n) for n in range(3)] == [False, False, True]


def test_a_ban_begins_the_count_anew() -> None:
    fence = Fence()
    assert [fence.failed(t) for t in range(6)] == [False, False, True, False, False, True]
