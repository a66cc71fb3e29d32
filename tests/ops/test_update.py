"""How the end of the pull is told, by what systemd and the containers list say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from alfred_tui.model.facts import Container, Uptime
from alfred_tui.model.operation import Answer, Call, Outcome, Plan, Target
from alfred_tui.model.text import clean
from alfred_tui.ops.images import BEGINS, SHOW, Update, wrong
from alfred_tui.ops.operation import Refused, Said, Stopped, Unseen

JOURNAL = 1000
"""Characters of an end that the board writes down."""
AT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def row(service: str, image: str = "one", *, up: float = 900.0, **more: str) -> Container:
    said = {"state": "running", "image_id": image, **more}
    return Container(service, up=Uptime(up, up + 1), **said)  # type: ignore[arg-type]


class Tenant:
    """Eyes whose unit and rows are set by hand."""

    name, where = "acme", Target("https://acme.example:1", "deploy@acme.example")

    def __init__(self) -> None:
        self.at = AT
        self.rows = {"alfred": row("alfred"), "temporal": row("temporal", "two")}
        self.unit = {
            "LoadState": "loaded",
            "ActiveState": "inactive",
            "Result": "success",
            "InvocationID": "aa",
            "ExecMainStartTimestamp": "Mon 2026-06-01 08:50:00 UTC",
        }
        self.status, self.err = 0, ""

    def now(self) -> datetime:
        return self.at

    async def containers(self) -> Mapping[str, Container]:
        return self.rows

    async def ask(self, words: Sequence[str], limit: float = 20.0) -> Said:
        assert tuple(words) == SHOW
        lines = [f"{name}={value}\n" for name, value in self.unit.items()]
        return Said(self.status, "".join(lines), self.err)

    async def plan(self) -> Plan:
        return await Update().plan(self, {})  # type: ignore[arg-type]

    async def told(self, plan: Plan) -> str | None:
        return await Update().verify(plan, self, AT)  # type: ignore[arg-type]

    def ran(self, **unit: str) -> None:
        self.unit |= {"InvocationID": "bb", **unit}


class Hands:
    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    async def do(self, call: Call) -> Answer:
        return self.answer

    def tell(self, text: str) -> None:
        pass


async def test_it_has_ended_when_the_unit_has_and_everybody_is_back() -> None:
    acme = Tenant()
    plan = await acme.plan()
    acme.ran(ActiveState="activating")
    assert await acme.told(plan) is None
    acme.ran(ActiveState="inactive")
    del acme.rows["alfred"]
    assert await acme.told(plan) is None, "one is missing"
    acme.rows["alfred"] = row("alfred", "three", up=1.0)
    assert await acme.told(plan) is None, "it may be between two tries of a restart loop"
    acme.rows["alfred"] = row("alfred", "three", up=11.0)
    acme.at += timedelta(seconds=70)
    said = await acme.told(plan)
    assert said == "the update has ended well after 1 min: alfred one→three got another image"


async def test_what_was_not_well_before_is_not_waited_for() -> None:
    acme = Tenant()
    acme.rows["ollama"] = row("ollama", state="paused")
    acme.rows["plane-web"] = row("plane-web", health="unhealthy")
    plan = await acme.plan()
    acme.ran()
    said = await acme.told(plan)
    assert said is not None
    assert said.endswith("no service got another image")


async def test_a_new_service_is_no_changed_image() -> None:
    acme = Tenant()
    plan = await acme.plan()
    acme.ran()
    acme.rows["ollama"] = row("ollama", "nine")
    said = await acme.told(plan)
    assert said is not None
    assert said.endswith("no service got another image")


@pytest.mark.parametrize(("services", "named"), [(3, 3), (40, 22)])
async def test_every_image_that_changed_is_named_as_far_as_the_journal_has_room(
    services: int, named: int
) -> None:
    acme = Tenant()
    names = [f"service-{number:02}" for number in range(services)]
    old, new = "0a" * 6, "f1" * 6
    acme.rows = {name: row(name, old) for name in names}
    plan = await acme.plan()
    acme.ran()
    acme.rows = {name: row(name, new) for name in names}
    said = await acme.told(plan)
    assert said is not None
    assert clean(said, JOURNAL) == said, "the journal cuts nothing off"
    went = [f"{name} {old}→{new}" for name in names[:named]]
    more = f" and {services - named} more" if services > named else ""
    assert said.endswith(f": {', '.join(went)}{more} got another image")


async def test_a_failed_run_ends_it_at_once() -> None:
    acme = Tenant()
    plan = await acme.plan()
    acme.ran(ActiveState="failed", Result="exit-code")
    with pytest.raises(Stopped, match="has failed"):
        await acme.told(plan)


async def test_a_start_whose_answer_was_lost_counts_when_the_unit_has_run_since() -> None:
    acme = Tenant()
    plan = await acme.plan()
    await Update().run(plan, Hands(Answer(Outcome.UNKNOWN, None, "connection cut")))
    assert await acme.told(plan) is None, "the run before is no proof"
    acme.at += timedelta(seconds=BEGINS + 1)
    with pytest.raises(Stopped, match="was not started"):
        await acme.told(plan)
    acme.ran()
    assert await acme.told(plan) is not None


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.NOT_SENT])
async def test_a_start_that_was_refused_ends_it(outcome: Outcome) -> None:
    plan = await Tenant().plan()
    with pytest.raises(Stopped, match="a word"):
        await Update().run(plan, Hands(Answer(outcome, None, "a word")))


async def test_without_the_unit_or_an_answer_there_is_no_plan() -> None:
    acme = Tenant()
    acme.unit["LoadState"] = "not-found"
    with pytest.raises(Refused, match="nothing pulls its images"):
        await acme.plan()
    acme.status, acme.unit, acme.err = 1, {}, "Failed to connect to bus"
    with pytest.raises(Unseen, match="connect to bus"):
        await acme.plan()


def test_a_long_list_is_cut_and_a_paused_one_is_warned_of() -> None:
    rows = {name: row(name) for name in "abcdefgh"}
    assert "a, b, c, d, e, f and 2 more" in wrong(rows)[0]
    rows["b"] = row("b", state="paused")
    assert wrong(rows)[0].startswith("b paused: ")
