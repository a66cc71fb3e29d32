"""Held against quiet: a rule that fires meets two looks that cannot tell, and still fires."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from alfred_tui.fleet.rules import RULES
from alfred_tui.fleet.trend import Trend
from alfred_tui.model.facts import (
    Answer,
    Banner,
    Containers,
    Dashboard,
    Disk,
    Queue,
    Schedules,
    Scope,
    Stream,
    Streams,
    Workflow,
    Workflows,
)
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Failure, FailureKind
from tests.fleet.makers import (
    CORE_F3,
    EXEC,
    NO_TEMPORAL,
    REFUSED,
    TIMED_OUT,
    Story,
    failure,
    host,
    queue,
    row,
    rows,
    schedule,
    schedules,
    without,
)

BARRED = failure(FailureKind.CONFIGURATION, "out of file descriptors")
KEY = failure(FailureKind.UNAUTHORIZED, "Invalid API key", status=401)
INTERNAL = failure(FailureKind.SERVER_ERROR, "vault read", status=500, code="INTERNAL_ERROR")
BAD_TLS = failure(FailureKind.TLS_ISSUER, "self-signed")
SSH = Banner("SSH-2.0-OpenSSH_9.2p1")
TRIO = ("alfred", "openclaw", "temporal")
SICK = rows(CORE_F3, row("openclaw", health="unhealthy"))
STARTING = rows(CORE_F3, row("openclaw", health="starting", up=700))
PAUSED = rows(CORE_F3, row("openclaw", state="paused"))
LOOPING = rows(CORE_F3, row("openclaw", state="restarting"))


def filling(story: Story) -> None:
    story.state.set_trend("acme", Trend(disk_per_day=5.0, span=3 * 86400.0))
    story.see(host(70.0))


def sluggish(story: Story) -> None:
    story.state.set_trend("acme", Trend(latency=0.1))
    for _ in range(40):
        story.see(rows(at=story.at + timedelta(seconds=10), up=story.up), took=5.0)


def host_down(story: Story) -> None:
    story.see(TIMED_OUT).see(TIMED_OUT, look=Look.BANNER, after=1).see(TIMED_OUT, after=3)


def api_down(story: Story) -> None:
    story.see(REFUSED).see(SSH, after=1).see(REFUSED, after=3)


def failing_dashboard(story: Story) -> None:
    story.see(INTERNAL, INTERNAL, look=Look.DASHBOARD)


def ending(story: Story) -> None:
    story.see(rows(), certificate_ends=story.at + timedelta(days=3))


def skewed(story: Story) -> None:
    story.see(rows(), rows(), rows(), skew=300.0, skew_margin=0.5)


def silent_temporal(story: Story) -> None:
    story.see(NO_TEMPORAL, NO_TEMPORAL, look=Look.QUEUE, after=20)


def stuck(story: Story) -> None:
    old = story.at - timedelta(days=1)
    story.see(Workflows((Workflow("w", "r", "JudgmentWorkflow", old),)))


def late(story: Story) -> None:
    over = (story.at - timedelta(hours=9),)
    story.see(schedules(story.at, schedule("al-learning", story.at, next_times=over)))
    story.see(Workflows(()))


def stream(story: Story, **more: object) -> Streams:
    pulled = story.at - timedelta(hours=5)
    given = {"last_pull": pulled, "last_pull_status": "ok", "interval": 300.0, **more}
    return Streams((Stream("gmail", "Gmail", **given),))  # type: ignore[arg-type]


def sees(*answers: Answer | Failure, **more: object) -> Callable[[Story], object]:
    return lambda story: story.see(*answers, **more)  # type: ignore[arg-type]


UNREADABLE = {"look": Look.SCHEDULES}
FIRING: list[tuple[str, Callable[[Story], object], list[Callable[[Story], object]]]] = [
    ("host-down", host_down, [sees(BARRED, BARRED)]),
    (
        "api-down",
        api_down,
        [
            sees(BARRED, BARRED),
            lambda s: s.see(BARRED, look=Look.BANNER, after=60).see(REFUSED, REFUSED),
        ],
    ),
    (
        "api-down",
        sees(INTERNAL, INTERNAL),
        [sees(SSH, SSH, SSH), lambda s: s.see(TIMED_OUT, TIMED_OUT)],
    ),
    (
        "route-failing",
        failing_dashboard,
        [
            sees(BARRED, BARRED, look=Look.DASHBOARD),
            lambda s: s.see(TIMED_OUT).see(TIMED_OUT, TIMED_OUT, look=Look.DASHBOARD),
            lambda s: s.see(INTERNAL).see(TIMED_OUT, TIMED_OUT, look=Look.DASHBOARD),
            lambda s: s.see(EXEC).see(EXEC, EXEC, look=Look.DASHBOARD),
        ],
    ),
    (
        "route-failing",
        sees(INTERNAL, INTERNAL, look=Look.QUEUE),
        [sees(NO_TEMPORAL, NO_TEMPORAL, look=Look.QUEUE)],
    ),
    ("key-refused", sees(KEY), [sees(TIMED_OUT, TIMED_OUT), sees(BARRED, BARRED)]),
    ("tls-bad", sees(BAD_TLS), [sees(TIMED_OUT, TIMED_OUT), sees(BARRED, BARRED)]),
    ("tls-ending", ending, [sees(EXEC, EXEC), sees(TIMED_OUT, TIMED_OUT)]),
    (
        "clock-skew",
        skewed,
        [sees(TIMED_OUT, TIMED_OUT), sees(rows(), rows(), skew=60.2, skew_margin=2.0)],
    ),
    (
        "answer-odd",
        sees(failure(FailureKind.BAD_ANSWER, "cut", path="$[1]")),
        [sees(TIMED_OUT, TIMED_OUT), sees(KEY, KEY), sees(BARRED, BARRED)],
    ),
    (
        "backup-left-stopped",
        lambda s: s.see(without(*TRIO), without(*TRIO)),
        [sees(EXEC, EXEC), sees(*[without(*TRIO, "ollama")] * 2, odd="$[2]")],
    ),
    (
        "docker-silent",
        sees(EXEC, EXEC),
        [
            sees(TIMED_OUT, TIMED_OUT),
            sees(TIMED_OUT, TIMED_OUT, look=Look.DASHBOARD),
            sees(*[Dashboard("F")] * 2, odd="$.containers[2].Service"),
        ],
    ),
    (
        "service-missing",
        lambda s: s.see(without("alfred"), without("alfred")),
        [sees(EXEC, EXEC), sees(*[without("alfred", "ollama")] * 2, odd="$[2].Service")],
    ),
    (
        "service-restarting",
        sees(LOOPING),
        [sees(EXEC, EXEC), sees(*[without("openclaw")] * 2, odd="$[2]")],
    ),
    (
        "service-unhealthy",
        lambda s: s.see(*[SICK] * 14),
        [sees(EXEC, EXEC), sees(*[without("openclaw")] * 2, odd="$[2]")],
    ),
    (
        "service-starting",
        sees(STARTING),
        [sees(EXEC, EXEC), sees(*[without("openclaw")] * 2, odd="$[2]")],
    ),
    (
        "service-paused",
        sees(PAUSED),
        [sees(EXEC, EXEC), sees(*[without("openclaw")] * 2, odd="$[2]")],
    ),
    (
        "temporal-silent",
        silent_temporal,
        [
            sees(INTERNAL, INTERNAL, look=Look.QUEUE),
            lambda s: s.see(EXEC).see(NO_TEMPORAL, NO_TEMPORAL, look=Look.QUEUE),
            lambda s: s.see(without("alfred-learn"), rows()).see(KEY, KEY, look=Look.QUEUE),
        ],
    ),
    (
        "learn-no-pollers",
        sees(Queue(())),
        [
            sees(NO_TEMPORAL, NO_TEMPORAL, look=Look.QUEUE),
            lambda s: s.see(*[queue(s.at)] * 2, odd="$.pollers[0].lastAccessTime"),
            lambda s: s.see(without("alfred-learn"), odd="$[3]").see(Queue(()), Queue(())),
        ],
    ),
    ("workflow-stuck", stuck, [sees(NO_TEMPORAL, NO_TEMPORAL, look=Look.WORKFLOWS)]),
    (
        "schedule-paused",
        lambda s: s.see(schedules(s.at, schedule("al-learning", s.at, paused=True))),
        [sees(NO_TEMPORAL, NO_TEMPORAL, **UNREADABLE)],
    ),
    (
        "schedule-missing",
        sees(Schedules(())),
        [
            sees(NO_TEMPORAL, NO_TEMPORAL, **UNREADABLE),
            lambda s: s.see(schedules(s.at), schedules(s.at), odd="$[4].scheduleId"),
        ],
    ),
    (
        "schedule-late",
        late,
        [
            sees(NO_TEMPORAL, NO_TEMPORAL, look=Look.WORKFLOWS),
            lambda s: s.see(NO_TEMPORAL, **UNREADABLE).see(Workflows(()), Workflows(())),
        ],
    ),
    (
        "stream-silent",
        lambda s: s.see(stream(s)),
        [
            sees(INTERNAL, INTERNAL, look=Look.STREAMS),
            lambda s: s.see(*[Streams(stream(s, last_pull=None).rows, detailed=False)] * 2),
            lambda s: s.see(*[stream(s, last_pull=None, interval=None)] * 2, odd="$.streams[0]"),
        ],
    ),
    (
        "disk-high",
        sees(host(93.0)),
        [
            sees(EXEC, EXEC, look=Look.SYSTEM),
            sees(*[host(20.0, Scope.CONTAINER)] * 2),
            sees(*[host(89.5)] * 2),
            sees(*[Dashboard("F", rows(), disk=Disk(20.0, Scope.CONTAINER))] * 2),
        ],
    ),
    (
        "memory-high",
        lambda s: s.see(*[host(memory=96.0)] * 32),
        [sees(EXEC, EXEC, look=Look.SYSTEM), sees(*[Dashboard("F", rows())] * 2)],
    ),
    (
        "disk-filling",
        filling,
        [
            sees(EXEC, EXEC, look=Look.SYSTEM),
            sees(*[host(70.0, Scope.CONTAINER)] * 2),
            sees(*[host(62.0)] * 2),
        ],
    ),
    (
        "host-key-changed",
        sees(failure(FailureKind.HOST_KEY), look=Look.SHELL),
        [
            sees(TIMED_OUT, TIMED_OUT, look=Look.SHELL),
            sees(failure(FailureKind.LOCKED_OUT), look=Look.SHELL),
        ],
    ),
    ("slow", sluggish, [sees(EXEC, EXEC), sees(TIMED_OUT, TIMED_OUT)]),
]
CASES = [(rule, fire, hold) for rule, fire, holds in FIRING for hold in holds]


def test_every_rule_that_may_be_unable_to_tell_is_here() -> None:
    # whether our own settings are in the way is known after every look
    assert {rule for rule, _, _ in FIRING} == RULES.keys() - {"configuration"}


@pytest.mark.parametrize(
    ("rule", "fire", "hold"),
    CASES,
    ids=[f"{rule}-{number}" for number, (rule, _, _) in enumerate(CASES)],
)
def test_a_firing_rule_is_held_by_looks_that_cannot_tell(
    rule: str, fire: Callable[[Story], object], hold: Callable[[Story], object]
) -> None:
    story = Story().well(40)
    fire(story)
    before = story.reason(rule)
    hold(story)
    after = story.reason(rule)
    assert (after.text, after.seen) == (before.text, before.seen)
    assert after.pill is before.pill


@pytest.mark.parametrize(
    ("look", "answer"),
    [
        (Look.QUEUE, queue),
        (Look.SCHEDULES, schedules),
        (Look.WORKFLOWS, lambda _at: Workflows(())),
        (Look.STREAMS, lambda _at: Streams(())),
    ],
)
def test_while_temporal_settles_its_looks_neither_worsen_nor_improve(
    look: Look, answer: Callable[..., Answer]
) -> None:
    fire = {
        Look.QUEUE: sees(Queue(())),
        Look.SCHEDULES: sees(Schedules(())),
        Look.WORKFLOWS: stuck,
        Look.STREAMS: lambda s: s.see(stream(s)),
    }[look]
    story = Story().well()
    fire(story)
    held = story.rules
    assert len(held) == 1
    anew = rows(CORE_F3, row("temporal", up=4, container_id="new"))
    story.see(anew, answer(story.at), answer(story.at), answer(story.at))
    assert story.rules == held
    fresh = Story().well().see(Containers(anew.rows))
    fire(fresh)
    assert fresh.rules == []
