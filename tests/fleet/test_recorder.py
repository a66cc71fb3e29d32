"""The recorder: nothing is lost that was acknowledged, strips go on by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from alfred_tui.fleet.recorder import STRIP_HOURS, Recorder
from alfred_tui.model.history import Event, Sample
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Memory:
    """Fits ``Past``; ``full`` makes every write fail, ``worn`` every packing."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.events: list[Event] = []
        self.rolled: list[int] = []
        self.behind = 0
        self.full = False
        self.worn = False

    def write(self, samples: Sequence[Sample], events: Sequence[Event] = ()) -> None:
        if self.full:
            raise OSError("no space left on device")
        self.samples += samples
        self.events += events

    def roll(self, now: int, keep: HistorySettings) -> bool:
        if self.worn:
            raise OSError("no packing today")
        self.rolled.append(now)
        self.behind -= 1
        return self.behind > 0

    def strips(self, now: int, hours: int = STRIP_HOURS) -> dict[str, list[Pill | None]]:
        return {"acme": [None] * (hours - 1) + [Pill.OK]}


async def at_once(work: Callable[[], object]) -> object:
    return work()


def view(pill: Pill = Pill.OK, name: str = "acme") -> TenantView:
    return TenantView(name, pill)


async def test_samples_and_events_are_written_and_an_event_is_written_once() -> None:
    past = Memory()
    made = Recorder(past, at_once, HistorySettings())
    made.begin({"acme": view()})
    await made.load(NOON)
    made.sampler.changed(view(Pill.DOWN), NOON)
    for second in range(130):
        await made.beat({"acme": view(Pill.DOWN)}, NOON + timedelta(seconds=second))
    assert len(past.samples) == 3
    assert [(e.before, e.after) for e in past.events] == [(Pill.OK, Pill.DOWN)]


async def test_events_wait_for_a_store_that_is_full_and_a_person_is_told() -> None:
    past = Memory()
    made = Recorder(past, at_once, HistorySettings())
    made.begin({"acme": view()})
    await made.load(NOON)
    past.full = True
    made.sampler.changed(view(Pill.DOWN), NOON)
    await made.beat({}, NOON)
    assert "no space left" in made.trouble
    made.sampler.changed(view(Pill.OK), NOON + timedelta(seconds=1))
    past.full = False
    await made.beat({}, NOON + timedelta(seconds=1))
    assert [e.after for e in past.events] == [Pill.DOWN, Pill.OK]
    assert made.trouble == ""


async def test_a_trouble_is_told_until_the_same_work_has_gone_well() -> None:
    past = Memory()
    made = Recorder(past, at_once, HistorySettings())
    past.worn = True
    for second in range(3):
        await made.beat({"acme": view()}, NOON + timedelta(seconds=61 * second))
        assert "no packing today" in made.trouble, "samples that are written do not hide it"
    past.worn = False
    await made.beat({"acme": view()}, NOON + timedelta(hours=1))
    assert made.trouble == ""


async def test_what_happened_in_the_last_second_is_written_at_the_end() -> None:
    past = Memory()
    made = Recorder(past, at_once, HistorySettings())
    made.begin({"acme": view()})
    made.sampler.changed(view(Pill.DOWN), NOON)
    await made.end()
    await made.end()
    assert [e.after for e in past.events] == [Pill.DOWN]


async def test_the_strip_goes_on_and_remembers_the_worst_of_the_hour() -> None:
    made = Recorder(Memory(), at_once, HistorySettings())
    made.begin({})
    await made.load(NOON)
    await made.beat({"acme": view(Pill.DOWN), "beta": view(name="beta")}, NOON)
    await made.beat({"acme": view(), "beta": view(name="beta")}, NOON + timedelta(minutes=2))
    assert made.hours_of("acme")[-2:] == [None, Pill.DOWN]
    await made.beat({"acme": view()}, NOON + timedelta(minutes=61))
    assert made.hours_of("acme")[-3:] == [None, Pill.DOWN, Pill.OK]
    assert made.hours_of("beta")[-2:] == [Pill.OK, None]
    await made.beat({"acme": view()}, NOON + timedelta(hours=200))
    assert list(made.hours_of("acme")) == [None] * (STRIP_HOURS - 1) + [Pill.OK]
    assert made.hours_of("nobody") == ()


async def test_of_one_that_has_gone_nothing_is_held() -> None:
    past = Memory()
    made = Recorder(past, at_once, HistorySettings())
    await made.load(NOON)
    await made.beat({"acme": view(), "beta": view(name="beta")}, NOON)
    for pill in (Pill.OK, Pill.DOWN):
        made.sampler.changed(view(pill), NOON)
    made.forget("acme")
    await made.beat({"beta": view(name="beta")}, NOON + timedelta(minutes=2))
    assert [event.after for event in past.events] == [Pill.DOWN], "what happened is written"
    assert made.hours_of("acme") == (), "and makes no strip anew"
    assert made.hours_of("beta")[-1] is Pill.OK


async def test_an_outage_over_the_turn_of_an_hour_is_in_both_and_one_over_a_rest_is_not() -> None:
    made = Recorder(Memory(), at_once, HistorySettings())
    await made.load(NOON)
    made.sampler.begin([view(), view(Pill.DOWN, "beta")])
    made.sampler.changed(view(Pill.DOWN), NOON + timedelta(minutes=59, seconds=50))
    await made.beat({}, NOON + timedelta(minutes=59, seconds=50))
    later = NOON + timedelta(minutes=60, seconds=10)
    made.sampler.changed(view(), later)
    made.sampler.changed(view(name="beta"), later)
    await made.beat({}, later)
    assert made.hours_of("acme")[-2:] == [Pill.DOWN, Pill.DOWN]
    assert made.hours_of("beta")[-2:] == [None, Pill.OK]


async def test_rolling_up_catches_up_soon_and_then_rests() -> None:
    past = Memory()
    past.behind = 3
    made = Recorder(past, at_once, HistorySettings())
    for second in range(0, 700, 5):
        await made.beat({}, NOON + timedelta(seconds=second))
    begin = int(NOON.timestamp())
    assert [moment - begin for moment in past.rolled] == [0, 5, 10, 310, 610]


async def test_a_clock_that_was_ahead_for_a_beat_stops_neither_strip_nor_packing() -> None:
    past = Memory()
    made = Recorder(past, at_once, HistorySettings())
    await made.load(NOON)
    await made.beat({"acme": view()}, NOON)
    await made.beat({"acme": view()}, NOON + timedelta(days=4000))
    await made.beat({"acme": view(Pill.DOWN)}, NOON + timedelta(minutes=2))
    assert made.hours_of("acme")[-2:] == [None, Pill.DOWN]
    await made.beat({"acme": view()}, NOON + timedelta(minutes=70))
    assert made.hours_of("acme")[-2:] == [Pill.DOWN, Pill.OK]
    moments = [NOON, NOON + timedelta(days=4000), *(NOON + timedelta(minutes=m) for m in (2, 70))]
    assert past.rolled == [int(moment.timestamp()) for moment in moments]
