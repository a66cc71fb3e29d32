"""Handshakes a few at a time, connections as many as there are; on a clock of the test's own."""

from __future__ import annotations

import asyncio

import pytest

from alfred_tui.model.look import Look
from alfred_tui.tenant.turns import Pacer, Turn, Turns
from tests.support.virtual_loop import VirtualLoop, run_virtually
from tests.tenant.loopback import listening, tenant
from tests.tenant.test_door import door, kind, well


def test_no_more_than_so_many_at_once_and_everybody_in_order() -> None:
    async def sweep(loop: VirtualLoop) -> None:
        turns, inside, most, order = Turns(3, most=60.0), 0, 0, []

        async def one(number: int) -> None:
            nonlocal inside, most
            turn = await turns.take()
            inside += 1
            most = max(most, inside)
            order.append(number)
            await asyncio.sleep(1.0)
            inside -= 1
            turn.end()
            turn.end()  # twice is once

        async with asyncio.TaskGroup() as group:
            for number in range(12):
                group.create_task(one(number))
        assert (most, inside) == (3, 0)
        assert order == list(range(12))
        assert 3.9 < loop.time() < 4.2

    run_virtually(sweep)


def test_who_keeps_its_turn_for_ever_loses_it() -> None:
    async def hold(loop: VirtualLoop) -> None:
        turns = Turns(1, most=0.3)
        await turns.take()
        second = await turns.take()
        assert second.waited == pytest.approx(0.3, abs=0.01)

    run_virtually(hold)


def test_who_is_cancelled_while_waiting_costs_nobody_a_turn() -> None:
    async def give_up(loop: VirtualLoop) -> None:
        turns = Turns(1, most=60.0)
        first = await turns.take()
        impatient = [asyncio.create_task(turns.take()) for _ in range(4)]
        patient = asyncio.create_task(turns.take())
        await asyncio.sleep(0.01)
        for task in impatient[:2]:
            task.cancel()
        first.end()
        # handed to the third already, who has not woken up yet
        for task in impatient[2:]:
            task.cancel()
        async with asyncio.timeout(5.0):
            assert isinstance(await patient, Turn)

    run_virtually(give_up)


def test_a_late_loop_lets_a_few_through_together() -> None:
    async def late(loop: VirtualLoop) -> None:
        pacer, passed = Pacer(0.1, burst=4), []

        async def one(number: int) -> None:
            await pacer.turn()
            passed.append(loop.time())

        async with asyncio.TaskGroup() as group:
            for number in range(10):
                group.create_task(one(number))
        assert passed == sorted(passed)
        assert loop.time() == pytest.approx(0.9, abs=0.05), "one every tenth when nothing is late"

    run_virtually(late)


async def test_the_wait_for_a_turn_is_not_the_hosts_latency() -> None:
    async with listening(well) as server, door() as ours:
        held = [await ours.dialer._turns.take() for _ in range(ours.dialer._turns._free)]
        looking = asyncio.create_task(ours.look(tenant(server.port), Look.CONTAINERS))
        while not ours.dialer._turns._waiting:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        began, due = loop.time(), loop.create_future()
        loop.call_later(0.15, due.set_result, None)
        await due
        for turn in held:
            turn.end()
        seen = await looking
        assert kind(seen) is None
        assert seen.took < loop.time() - began - 0.1
