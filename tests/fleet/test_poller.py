"""The beats under a clock that jumps: dead, slow, flapping hosts; bounds; nobody delayed."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from alfred_tui.fleet.poller import Poller
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.facts import (
    Banner,
    Containers,
    Dashboard,
    Stream,
    Streams,
    Workers,
    Workflows,
)
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.tenant import Lifecycle, Tenant
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import (
    EXEC,
    NO_TEMPORAL,
    TIMED_OUT,
    host,
    queue,
    rows,
    saw,
    schedules,
    tenant,
    without,
)
from tests.support.virtual_loop import EPOCH, VirtualLoop, run_virtually

Answering = Callable[[Look, float], tuple[float, Any]]
"""A look at a time: how long it takes, and what comes."""


def well(look: Look, at: float) -> tuple[float, Any]:
    now = EPOCH + timedelta(seconds=at)
    return 0.05, {
        Look.CONTAINERS: rows(),
        Look.DASHBOARD: Dashboard("F", rows()),
        Look.QUEUE: queue(now),
        Look.SCHEDULES: schedules(now),
        Look.SYSTEM: host(),
        Look.WORKFLOWS: Workflows(()),
        Look.STREAMS: Streams(()),
        Look.WORKERS: Workers(()),
        Look.BANNER: Banner("SSH-2.0-x"),
    }[look]


def dead(_look: Look, _at: float) -> tuple[float, Any]:
    return 2.5, TIMED_OUT


def slow(look: Look, at: float) -> tuple[float, Any]:
    return 20.0, well(look, at)[1]


def api_dead(look: Look, at: float) -> tuple[float, Any]:
    return well(look, at) if look is Look.BANNER else (2.5, TIMED_OUT)


class Doors:
    """Scripted tenants; keeps what was asked when, and counts what is under way."""

    def __init__(self, loop: VirtualLoop, script: dict[str, Answering]) -> None:
        self.loop, self.script = loop, script
        self.asked: dict[tuple[str, Look], list[float]] = defaultdict(list)
        self.open: Counter[tuple[str, Look]] = Counter()
        self.fleet_open = 0
        self.most_open = 0
        self.twice: list[tuple[str, Look]] = []

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        key = (tenant.name, look)
        self.asked[key].append(self.loop.time())
        if self.open[key]:
            self.twice.append(key)
        self.open[key] += 1
        self.fleet_open += 1
        self.most_open = max(self.most_open, self.fleet_open)
        try:
            took, said = self.script[tenant.name](look, self.loop.time())
            if isinstance(said, Exception):
                raise said
            await asyncio.sleep(took)
        finally:
            self.open[key] -= 1
            self.fleet_open -= 1
        seen = saw(said, self.loop.now(), look=look, name=tenant.name)
        return Observation(
            seen.tenant, look, seen.at, took, seen.door, answer=seen.answer, failure=seen.failure
        )

    async def banner(self, tenant: Tenant) -> Observation:
        return await self.look(tenant, Look.BANNER)

    def times(self, name: str, look: Look = Look.CONTAINERS) -> list[float]:
        return self.asked[name, look]


class Run:
    """A poller over scripted tenants for so many virtual seconds."""

    def __init__(
        self,
        script: dict[str, Answering],
        seconds: float,
        *,
        poll: PollSettings | None = None,
        meanwhile: Callable[[Run], Coroutine[Any, Any, None]] | None = None,
        once: bool = False,
        handler: Callable[[Observation], None] | None = None,
        people: list[Tenant] | None = None,
    ) -> None:
        self.seen: list[tuple[float, Observation]] = []
        self.pills: dict[str, list[tuple[float, Pill]]] = defaultdict(list)
        self.poll = poll or PollSettings()
        self.people = people or [tenant(name, connect_address="127.0.0.9") for name in script]
        self.handler = handler

        async def main(loop: VirtualLoop) -> None:
            self.loop = loop
            self.doors = Doors(loop, script)
            self.state = FleetState(Limits(), now=loop.now)
            self.poller = Poller(
                self.doors,
                self.poll,
                on_observation=self._take,
                vanished=self.state.vanished,
                healing=self.state.healing,
                random=Random(3),
            )
            for one in self.people:
                self.state.add(one)
            self.poller.set_tenants(self.people)
            if once:
                await self.poller.look_once()
                self.stats = self.poller.stats()
                return
            helper = asyncio.create_task(meanwhile(self)) if meanwhile else None
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.poller.run()
            if helper:
                await helper
            self.stats = self.poller.stats()

        run_virtually(main)

    def _take(self, seen: Observation) -> None:
        at = self.loop.time()
        self.seen.append((at, seen))
        if self.handler:
            self.handler(seen)
        self.state.apply(seen)
        pill = self.state.views[seen.tenant].pill
        if not self.pills[seen.tenant] or self.pills[seen.tenant][-1][1] is not pill:
            self.pills[seen.tenant].append((at, pill))

    def gaps(self, name: str, look: Look = Look.CONTAINERS) -> list[float]:
        times = self.doors.times(name, look)
        return [b - a for a, b in pairwise(times)]


def names(count: int, prefix: str = "t") -> list[str]:
    return [f"{prefix}{n}" for n in range(count)]


# --- rhythm -------------------------------------------------------------------------------------


def test_each_beat_keeps_its_interval() -> None:
    run = Run(dict.fromkeys(names(6), well), 1900)
    for name in names(6):
        assert all(9.4 < gap < 10.7 for gap in run.gaps(name))
        assert all(28 < gap < 32 for gap in run.gaps(name, Look.DASHBOARD))
        for look in (Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS):
            assert all(280 < gap < 330 for gap in run.gaps(name, look)), look
        assert all(560 < gap < 1000 for gap in run.gaps(name, Look.SYSTEM))
        assert all(830 < gap < 1300 for gap in run.gaps(name, Look.STREAMS))
        assert not run.doors.times(name, Look.BANNER)
    assert run.doors.twice == []
    assert run.stats.looks == len(run.seen)


def test_the_fleet_is_spread_and_not_asked_in_step() -> None:
    run = Run(dict.fromkeys(names(60), well), 330)
    late = [t for name in names(60) for t in run.doors.times(name) if 300 <= t < 310]
    per_second = Counter(int(t) for t in late)
    assert max(per_second.values()) < 30
    pulses = sorted(run.doors.times(name, Look.QUEUE)[0] for name in names(60))
    assert pulses[-1] - pulses[0] > 5


def test_the_first_round_comes_soon_and_containers_come_first() -> None:
    run = Run(dict.fromkeys(names(50), well), 30)
    for name in names(50):
        assert run.doors.times(name)[0] < 1.0
        assert run.doors.times(name)[0] < run.doors.times(name, Look.DASHBOARD)[0] < 15
        assert run.doors.times(name, Look.STREAMS)[0] < 15


def test_a_dashboard_that_costs_the_tenant_much_is_asked_for_rarely() -> None:
    def heavy(look: Look, at: float) -> tuple[float, Any]:
        return (6.0 if look is Look.DASHBOARD else 0.05), well(look, at)[1]

    run = Run({"t0": heavy}, 1000)
    assert all(gap >= 20 * 6 * 0.95 for gap in run.gaps("t0", Look.DASHBOARD))
    assert all(gap < 11 for gap in run.gaps("t0"))


def test_dashboards_of_the_whole_fleet_share_a_byte_budget() -> None:
    poll = PollSettings(byte_budget=100_000.0)

    sizes: list[int] = []

    def note(seen: Observation) -> None:
        if seen.look is Look.DASHBOARD:
            sizes.append(seen.size)

    Run(dict.fromkeys(names(30), well), 120, poll=poll, handler=note)
    small = len(sizes)
    sizes.clear()
    original = Doors.look

    async def bigger(self: Doors, one: Tenant, look: Look) -> Observation:
        seen = await original(self, one, look)
        if look is not Look.DASHBOARD:
            return seen
        return Observation(
            seen.tenant, look, seen.at, seen.took, seen.door, answer=seen.answer, size=500_000
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Doors, "look", bigger)
        run = Run(dict.fromkeys(names(30), well), 120, poll=poll, handler=note)
    # the first round's sizes are not known; afterwards 5 s of budget each
    assert small > 100
    assert len(sizes) <= 30 + 120 / 5 + 1
    assert all(len(run.doors.times(name)) > 10 for name in names(30)), "the cheap beat goes on"


def test_looking_at_a_tenant_quickens_its_containers_and_nothing_else() -> None:
    async def look_at(run: Run) -> None:
        await asyncio.sleep(100)
        run.poller.focus("t0")
        await asyncio.sleep(100)
        run.poller.focus(None)

    run = Run(dict.fromkeys(names(3), well), 300, meanwhile=look_at)

    def during(name: str, look: Look, begin: float, end: float) -> int:
        return sum(1 for t in run.doors.times(name, look) if begin <= t < end)

    assert during("t0", Look.CONTAINERS, 100, 200) > 40
    assert during("t0", Look.CONTAINERS, 202, 300) < 12
    assert during("t0", Look.DASHBOARD, 100, 200) < 5
    assert during("t1", Look.CONTAINERS, 100, 200) < 12


# --- dead, slow, flapping -----------------------------------------------------------------------


def test_a_dead_host_is_marked_within_six_seconds_and_then_asked_less_often() -> None:
    run = Run({"t0": dead, "t1": well}, 600)
    assert [pill for _, pill in run.pills["t0"]] == [Pill.UNKNOWN, Pill.DOWN]
    assert run.pills["t0"][1][0] < 6.0
    late = [gap for gap in run.gaps("t0") if gap > 30]
    assert late, "it backs off"
    assert max(run.gaps("t0")) < 60 * 1.06 + 6
    assert min(run.gaps("t0", Look.BANNER)) >= 59
    assert len(run.doors.times("t0", Look.DASHBOARD)) <= 1, "no costly look at the dead"


def test_a_host_that_dies_is_marked_within_its_beat_and_six_seconds() -> None:
    def dies(look: Look, at: float) -> tuple[float, Any]:
        return dead(look, at) if at > 100 else well(look, at)

    run = Run({"t0": dies}, 200)
    down = [at for at, pill in run.pills["t0"] if pill is Pill.DOWN]
    assert 100 < down[0] < 100 + 10.5 + 6


def test_a_host_that_comes_back_is_well_after_two_looks() -> None:
    def returns(look: Look, at: float) -> tuple[float, Any]:
        return dead(look, at) if at < 100 else well(look, at)

    run = Run({"t0": returns}, 300)
    assert run.pills["t0"][-1][1] is Pill.OK
    assert run.pills["t0"][-1][0] < 100 + 64 + 11


def test_an_api_that_is_down_is_told_from_its_host() -> None:
    run = Run({"t0": api_dead}, 60)
    assert [pill for _, pill in run.pills["t0"]] == [Pill.UNKNOWN, Pill.DEGRADED]
    assert run.pills["t0"][1][0] < 6.0


@pytest.mark.parametrize("trouble", [dead, slow])
def test_bad_hosts_delay_nobody(trouble: Answering) -> None:
    bad, good = names(40, "bad"), names(50)
    script = {**dict.fromkeys(bad, trouble), **dict.fromkeys(good, well)}
    run = Run(script, 120, poll=PollSettings(max_in_flight=8, max_slow=200))
    worst = max(gap for name in good for gap in run.gaps(name))
    assert worst < 13
    assert run.doors.twice == []


def test_a_slow_host_is_asked_again_only_when_it_has_answered() -> None:
    run = Run({"t0": slow}, 200)
    assert run.doors.twice == []
    assert all(gap > 28 for gap in run.gaps("t0"))
    assert run.pills["t0"][-1][1] is Pill.OK


def test_a_flapping_host_does_not_make_its_pill_flap() -> None:
    state = Random(5)

    def flaps(look: Look, at: float) -> tuple[float, Any]:
        return (1.0, TIMED_OUT) if state.random() < 0.15 else well(look, at)

    run = Run({"t0": flaps}, 3600)
    assert len(run.pills["t0"]) < 60
    assert sum(1 for _, pill in run.pills["t0"] if pill is Pill.DOWN) <= 2


def test_bounds_on_all_that_is_in_flight_hold() -> None:
    poll = PollSettings(max_in_flight=10, max_slow=15)
    run = Run(dict.fromkeys(names(150), slow), 120, poll=poll)
    assert run.doors.most_open <= run.stats.limit
    assert run.doors.most_open > 15, "and they are used"
    assert run.stats.in_flight == 0, "nothing is left under way"


def test_everybody_has_a_turn_when_there_is_too_little_room() -> None:
    poll = PollSettings(max_in_flight=5, max_slow=5)
    run = Run(dict.fromkeys(names(40), slow), 600, poll=poll)
    turns = [len(run.doors.times(name)) for name in names(40)]
    assert min(turns) >= 3
    assert max(turns) <= 3 * min(turns)


# --- second tries -------------------------------------------------------------------------------


def test_a_vanished_service_is_looked_for_again_within_seconds() -> None:
    def gone(look: Look, at: float) -> tuple[float, Any]:
        return (0.05, without("alfred")) if look is Look.CONTAINERS and at > 100 else well(look, at)

    run = Run({"t0": gone}, 130)
    down = [at for at, pill in run.pills["t0"] if pill is Pill.DOWN]
    assert 104 < down[0] < 100 + 10.5 + 5.5
    assert run.pills["t0"][-1][1] is Pill.DOWN


def test_a_silent_docker_is_asked_again_within_seconds() -> None:
    def silent(look: Look, at: float) -> tuple[float, Any]:
        return (0.05, EXEC) if look is Look.CONTAINERS and at > 100 else well(look, at)

    run = Run({"t0": silent}, 130)
    bad = [at for at, pill in run.pills["t0"] if pill is Pill.DEGRADED]
    assert bad[0] < 100 + 10.5 + 5.5


def test_a_silent_temporal_is_asked_again_before_the_next_pulse() -> None:
    def silent(look: Look, at: float) -> tuple[float, Any]:
        temporal = look in (Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS)
        return (0.05, NO_TEMPORAL) if temporal and at > 100 else well(look, at)

    run = Run({"t0": silent}, 700)
    asked = [t for t in run.doors.times("t0", Look.QUEUE) if t > 100]
    assert asked[1] - asked[0] < 25
    assert asked[3] - asked[2] > 200, "and then at the pulse's own pace"
    bad = [at for at, pill in run.pills["t0"] if pill is Pill.DEGRADED]
    assert bad[0] < asked[0] + 25


def test_one_route_that_hangs_keeps_nothing_else_from_being_asked() -> None:
    def hangs(look: Look, at: float) -> tuple[float, Any]:
        return (35.0, TIMED_OUT) if look is Look.QUEUE else well(look, at)

    run = Run({"t0": hangs}, 400)
    assert len(run.doors.times("t0", Look.SYSTEM)) >= 1
    assert len(run.doors.times("t0", Look.SCHEDULES)) >= 1
    assert all(gap < 11 for gap in run.gaps("t0"))


def test_what_the_pulse_saw_heal_is_looked_at_once_more_soon() -> None:
    def heals(look: Look, at: float) -> tuple[float, Any]:
        if look is Look.QUEUE and at < 400:
            return 0.05, queue(EPOCH, workflow=1000, activity=1000)
        return well(look, at)

    run = Run({"t0": heals}, 1000)
    asked = [t for t in run.doors.times("t0", Look.QUEUE) if t > 400]
    assert asked[1] - asked[0] < 25
    assert asked[2] - asked[1] > 200
    healed = [at for at, pill in run.pills["t0"] if pill is Pill.OK]
    assert healed[-1] < asked[1] + 1


REFUSED_KEY = Failure(FailureKind.UNAUTHORIZED, "no", status=401)


@pytest.mark.parametrize("before", [REFUSED_KEY, EXEC])
def test_a_host_that_failed_otherwise_before_it_died_has_its_second_try(before: Failure) -> None:
    def dies(look: Look, at: float) -> tuple[float, Any]:
        return dead(look, at) if at > 600 else (0.05, before)

    run = Run({"t0": dies}, 700)
    tries = [at for at in run.doors.times("t0") if at > 600]
    assert tries[1] - tries[0] < 6, "side by side with port 22"
    told = [at for at, seen in run.seen if seen.look is Look.BANNER]
    assert told[0] - tries[0] < 6
    assert run.state.views["t0"].reasons[0].rule == "host-down"


def test_a_host_that_stays_lost_is_asked_once_each_time() -> None:
    run = Run({"t0": dead}, 600)
    assert min(gap for gap in run.gaps("t0")[3:]) > 9


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (Look.SYSTEM, Failure(FailureKind.RATE_LIMITED, "slow down", status=429)),
        (Look.STREAMS, Failure(FailureKind.SERVER_ERROR, "no", status=500)),
        (Look.WORKERS, Failure(FailureKind.COMMAND_FAILED, "no", status=500)),
        (Look.QUEUE, Failure(FailureKind.NOT_FOUND, "no", status=404)),
    ],
)
def test_a_route_that_fails_is_asked_again_soon(look: Look, said: Failure) -> None:
    def fails(asked: Look, at: float) -> tuple[float, Any]:
        return (0.05, said) if asked is look else well(asked, at)

    run = Run({"t0": fails}, 400)
    assert 0 < run.gaps("t0", look)[0] < 25
    bad = [at for at, pill in run.pills["t0"] if pill is Pill.DEGRADED]
    assert bad[0] < run.doors.times("t0", look)[1] + 1
    assert run.gaps("t0", look)[2] > 200, "and then at the pulse's own pace"


def test_a_disk_that_was_relieved_is_looked_at_once_more_soon() -> None:
    def relieved(look: Look, at: float) -> tuple[float, Any]:
        return (0.05, host(95.0)) if look is Look.SYSTEM and at < 400 else well(look, at)

    run = Run({"t0": relieved}, 1300)
    asked = [t for t in run.doors.times("t0", Look.SYSTEM) if t > 400]
    assert asked[1] - asked[0] < 25
    assert asked[2] - asked[1] > 400, "and then at its own pace"
    healed = [at for at, pill in run.pills["t0"] if pill is Pill.OK]
    assert healed[-1] < asked[1] + 1


def pulls(status: Callable[[int], str]) -> Answering:
    """A tenant with one stream that pulls every 300 s; the status of its n-th pull is given."""

    def asked(look: Look, at: float) -> tuple[float, Any]:
        if look is not Look.STREAMS:
            return well(look, at)
        turn = int(at // 300)
        pulled = EPOCH + timedelta(seconds=turn * 300)
        one = Stream("g", "Gmail", last_pull=pulled, last_pull_status=status(turn), interval=300.0)
        return 0.05, Streams((one,))

    return asked


def test_a_stream_that_fails_is_met_pull_by_pull_and_only_for_a_while() -> None:
    run = Run({"t0": pulls(lambda turn: "http 500" if turn >= 4 else "ok")}, 9000)
    asked = run.doors.times("t0", Look.STREAMS)
    close = [b for a, b in pairwise(asked) if b - a < 400]
    assert 5 <= len(close) <= 9
    bad = [at for at, pill in run.pills["t0"] if pill is Pill.DEGRADED]
    assert bad[0] < 1200 + 900 + 4 * 330
    assert max(close) < bad[0] + 4 * 330, "not for ever"


def test_a_stream_that_fails_now_and_then_is_not_broken() -> None:
    run = Run({"t0": pulls(lambda turn: "ok" if turn % 3 else "http 500")}, 20000)
    assert {pill for _, pill in run.pills["t0"]} == {Pill.OK}


# --- what an operator asks for ------------------------------------------------------------------


def test_pause_resume_refresh_and_interval() -> None:
    async def ask(run: Run) -> None:
        await asyncio.sleep(50)
        run.poller.pause()
        await asyncio.sleep(50)
        run.poller.resume()
        await asyncio.sleep(50)
        run.poller.set_interval(40)
        await asyncio.sleep(150)
        run.poller.refresh(["t0"])
        await asyncio.sleep(1)
        run.poller.set_interval(5)

    run = Run(dict.fromkeys(names(2), well), 400, meanwhile=ask)
    times = run.doors.times("t0")
    assert not [t for t in times if 51 < t < 100]
    assert [t for t in times if 100 <= t < 111], "it goes on at once"
    assert len([t for t in times if 160 < t < 300]) <= 4
    assert [t for t in times if 300 <= t < 300.5]
    assert [t for t in run.doors.times("t0", Look.QUEUE) if 300 <= t < 301]
    assert not [t for t in run.doors.times("t1", Look.QUEUE) if 299 <= t < 301]
    assert len([t for t in times if 310 < t < 400]) > 15
    assert run.doors.twice == []


def test_tenants_come_and_go_while_it_runs() -> None:
    async def change(run: Run) -> None:
        await asyncio.sleep(45)
        run.doors.script["new"] = well
        kept = [run.people[0], tenant("new", connect_address="127.0.0.3")]
        run.state.add(kept[1])
        run.poller.set_tenants(kept)
        await asyncio.sleep(45)
        run.poller.set_tenants([tenant("t0", connect_address="127.0.0.99"), kept[1]])

    run = Run(dict.fromkeys(names(2), well), 130, meanwhile=change)
    assert max(run.doors.times("t1")) < 46
    assert 45 <= min(run.doors.times("new")) < 46
    assert [t for t in run.doors.times("t0") if 90 <= t < 90.5], "an edited one is looked at"


def test_suspended_tenants_are_not_asked() -> None:
    people = [tenant("t0"), tenant("gone", lifecycle=Lifecycle.SUSPENDED)]
    run = Run(dict.fromkeys(["t0", "gone"], well), 60, people=people)
    assert not run.doors.times("gone")


def test_a_hanging_look_counts_as_trying() -> None:
    told: list[tuple[bool, bool]] = []

    async def ask(run: Run) -> None:
        await asyncio.sleep(15)
        told.append((run.poller.trying("t0"), run.poller.trying("t1")))

    Run({"t0": slow, "t1": well}, 30, meanwhile=ask)
    assert told == [(True, False)]


# --- when something is wrong with us ------------------------------------------------------------


def test_a_bug_in_the_handler_is_counted_and_polling_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(seen: Observation) -> None:
        if seen.tenant == "t0":
            raise KeyError("a bug")

    with caplog.at_level(logging.ERROR):
        run = Run(dict.fromkeys(names(2), well), 60, handler=broken)
    assert len(run.doors.times("t0")) > 5
    assert run.state.views["t1"].pill is Pill.OK
    stats = run.stats
    assert stats.handler_errors > 5
    assert stats.errors["bug of ours (see the log)"] == stats.handler_errors
    assert "a bug" in caplog.text


def test_a_bug_in_a_door_is_counted_and_polling_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_look: Look, _at: float) -> tuple[float, Any]:
        return 0.0, ValueError("a bug")

    with caplog.at_level(logging.ERROR):
        run = Run({"t0": broken, "t1": well}, 60)
    assert len(run.doors.times("t1")) > 4
    assert run.stats.handler_errors > 3
    assert "a bug" in caplog.text


def test_cancelled_it_leaves_nothing_under_way() -> None:
    run = Run(dict.fromkeys(names(20), slow), 7)
    assert run.doors.fleet_open == 0
    assert run.stats.in_flight == 0


# --- once, for commands -------------------------------------------------------------------------


def test_looking_once_asks_every_beat_and_ends() -> None:
    run = Run(dict.fromkeys(names(3), well), 0, once=True)
    for name in names(3):
        for look in Look:
            polled = look not in (Look.BANNER, Look.SHELL)
            assert bool(run.doors.times(name, look)) is polled, look
    assert {view.pill for view in run.state.views.values()} == {Pill.OK}
    assert run.loop.time() < 3


@pytest.mark.parametrize(
    ("trouble", "rule", "pill"),
    [
        (lambda _look, _at: (2.5, TIMED_OUT), "host-down", Pill.DOWN),
        (api_dead, "api-down", Pill.DEGRADED),
        (
            lambda look, at: (0.05, EXEC) if look is Look.CONTAINERS else well(look, at),
            "docker-silent",
            Pill.DEGRADED,
        ),
        (
            lambda look, at: (5.2, NO_TEMPORAL) if look is Look.QUEUE else well(look, at),
            "temporal-silent",
            Pill.DEGRADED,
        ),
        (
            lambda look, at: (
                (0.0, without("alfred")) if look is Look.CONTAINERS else well(look, at)
            ),
            "service-missing",
            Pill.DOWN,
        ),
        (
            lambda _look, _at: (0.0, Failure(FailureKind.UNAUTHORIZED, "no", status=401)),
            "key-refused",
            Pill.DEGRADED,
        ),
    ],
)
def test_looking_once_gives_the_second_tries_that_rules_ask_for(
    trouble: Answering, rule: str, pill: Pill
) -> None:
    run = Run({"t0": trouble}, 0, once=True)
    assert [r.rule for r in run.state.views["t0"].reasons] == [rule]
    assert run.state.views["t0"].pill is pill
    assert run.loop.time() < 60


def test_looking_once_sees_what_vanished_between_its_looks() -> None:
    def gone(look: Look, at: float) -> tuple[float, Any]:
        said: Containers = without("alfred") if at > 0.1 else rows()
        return (0.05, said) if look is Look.CONTAINERS else well(look, at)

    run = Run({"t0": gone}, 0, once=True)
    assert run.state.views["t0"].pill is Pill.DOWN
