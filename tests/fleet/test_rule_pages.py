"""The pages of the rules: one each, and what they say of the code is what the code says."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import msgspec
import pytest

from alfred_tui.fleet.expectation import CORE, SCHEDULES
from alfred_tui.fleet.judge import build_failure
from alfred_tui.fleet.known import ALLOWANCES, DURABLE, MINUTE
from alfred_tui.fleet.rules import RULE_IDS, RULES
from alfred_tui.fleet.rules.behind import settings_behind
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.tenant import Lifecycle
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import tenant

PAGES = Path(__file__).parents[2] / "docs" / "rules"
BUILD_FAILED = build_failure(tenant(lifecycle=Lifecycle.ERROR)).rule
IDS = sorted(RULE_IDS)
LIMITS = {field.name: field.default for field in msgspec.structs.fields(Limits)}
PILLS = {pill.name for pill in Pill}

LIMIT = re.compile(r"limits\.([a-z_]+)")
GIVEN = re.compile(r"`limits\.([a-z_]+)` = ([\d.]+)")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#]+)\)")
CAPITALS = re.compile(r"\b[A-Z]{2,}\b")


def text(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def prose(name: str) -> str:
    """A page without its blocks of commands."""
    return re.sub(r"```.*?```", "", text(name), flags=re.DOTALL)


def table(page: str) -> dict[str, str]:
    """The rows of the table at the head of a page."""
    head = page.split("**For the owner:**", 1)[0]
    return dict(re.findall(r"^\| ([a-z ]+) \| (.+) \|$", head, re.MULTILINE))


def index() -> dict[str, tuple[str, str, str, str]]:
    """The index by id: address, what it says, pill, seen through."""
    found = re.findall(
        r"^\| \[([a-z-]+)\]\(([^)]+)\) \| (.+?) \| (.+?) \| (.+?) \|$", text("README"), re.MULTILINE
    )
    return {name: (address, says, pill, seen) for name, address, says, pill, seen in found}


def test_every_rule_has_its_page_and_every_page_its_rule() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted(["README", *IDS])
    assert [path.name for path in PAGES.iterdir() if path.suffix != ".md"] == []
    for rule in RULES.values():
        assert (PAGES.parents[1] / rule.page).is_file()


@pytest.mark.parametrize("name", IDS)
def test_a_page_is_headed_by_its_id_and_answers_what_is_asked_at_night(name: str) -> None:
    lines = text(name).splitlines()
    assert lines[0] == f"# {name}"
    assert 25 <= len(lines) <= 60
    heads = [line for line in lines if line.startswith("## ")]
    assert heads[:3] == ["## What fires it", "## When it heals", "## What it is not"]
    assert heads[3].startswith("## First checks")
    assert heads[4:] == ["## Known false alarms"]
    assert table(text(name)).keys() == {"pill", "seen through", "door", "limits"}


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_page_names_the_looks_and_the_door_of_its_rule(name: str) -> None:
    rows = table(text(name))
    assert set(CODE.findall(rows["seen through"])) == {look.value for look in RULES[name].looks}
    assert rows["door"] == RULES[name].door.value


@pytest.mark.parametrize("name", IDS)
def test_the_pills_of_a_page_are_pills(name: str) -> None:
    named = CAPITALS.findall(table(text(name))["pill"])
    assert named
    assert set(named) <= PILLS


def parts(check: Callable[..., object]) -> list[Callable[..., object]]:
    """A rule and what it is made of in its own module."""
    found: list[Callable[..., object]] = []
    ahead = [check]
    while ahead:
        one = ahead.pop()
        if one in found:
            continue
        found.append(one)
        home = vars(sys.modules[one.__module__])
        ahead += [
            home[name]
            for name in names_in(one.__code__)
            if inspect.isfunction(home.get(name)) and home[name].__module__ == one.__module__
        ]
    return found


def names_in(code: CodeType) -> set[str]:
    """Names that a function uses, comprehensions in it included."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*map(names_in, inner))


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_page_says_down_and_unknown_where_its_rule_does(name: str) -> None:
    pill = table(text(name))["pill"]
    source = "".join(map(inspect.getsource, parts(RULES[name].check)))
    grows, red = "down_after=" in source, "Pill.DOWN" in source
    assert ("then DOWN" in pill) is grows
    assert ("DOWN" in pill) is (red or grows)
    assert ("UNKNOWN" in pill) is ("Pill.UNKNOWN" in source)
    assert ("It never becomes DOWN" in text(name)) <= ("DOWN" not in pill)


@pytest.mark.parametrize("name", sorted(RULES))
def test_what_the_program_says_can_be_set_is_what_the_page_says(name: str) -> None:
    behind = [key.removeprefix("limits.") for key in settings_behind(name)]
    assert behind[:-2] == LIMIT.findall(table(text(name))["limits"])
    assert behind[-2:] == [f"damping.{name.replace('-', '_')}", "quiet_looks"]


def test_what_is_no_rule_has_an_id_and_no_settings() -> None:
    assert set(RULE_IDS) - RULES.keys() == {BUILD_FAILED}
    assert settings_behind(BUILD_FAILED) == ()


@pytest.mark.parametrize("name", [*IDS, "README"])
def test_limits_on_a_page_exist_and_their_defaults_are_those_of_the_code(name: str) -> None:
    page = text(name)
    assert set(LIMIT.findall(page)) <= LIMITS.keys()
    for limit, default in GIVEN.findall(page):
        assert float(default) == pytest.approx(float(LIMITS[limit])), limit
    if name != "README":
        heading = table(page)["limits"]
        assert heading == "none" or set(LIMIT.findall(heading)) == {
            limit for limit, _ in GIVEN.findall(heading)
        }


@pytest.mark.parametrize("limit", sorted(LIMITS))
def test_every_limit_is_explained_somewhere(limit: str) -> None:
    pages = [name for name in [*IDS, "README"] if f"`limits.{limit}`" in text(name)]
    assert pages


def test_the_index_lists_every_rule_in_the_order_of_reasons_and_agrees_with_the_pages() -> None:
    listed = index()
    assert list(listed) == [BUILD_FAILED, *RULES]
    for name, (address, says, pill, seen) in listed.items():
        rows = table(text(name))
        assert address == f"{name}.md"
        assert says
        assert pill == rows["pill"], name
        if name in RULES:
            looks = {look.value for look in RULES[name].looks}
            every = {look.value for look in Look} - {Look.BANNER, Look.SHELL}
            assert set(CODE.findall(seen)) == looks or (
                seen == "every look but `banner`, `shell`" and looks == every
            ), name


@pytest.mark.parametrize("name", [*IDS, "README"])
def test_links_lead_somewhere(name: str) -> None:
    for address in LINK.findall(text(name)):
        assert (PAGES / address).is_file(), address


def test_the_allowances_of_workflows_are_told_as_they_are() -> None:
    told: dict[str, str] = {}
    for types, allowance in re.findall(r"^\| (.+) \| (.+) \|$", prose("workflow-stuck"), re.M):
        told.update(dict.fromkeys(types.split(", "), allowance))
    for kind, seconds in ALLOWANCES.items():
        assert told[kind] == f"{seconds / MINUTE:.0f} min", kind
    for kind in DURABLE:
        assert kind.startswith("temporal-") or told[kind] == "never by age", kind


def test_the_core_services_and_the_platform_s_schedules_are_told_as_they_are() -> None:
    missing = prose("service-missing")
    core = missing[missing.index("- Core") : missing.index("- Optional")]
    named = set(CODE.findall(core))
    assert named == set().union(*CORE.values())
    schedules = prose("schedule-missing")
    fires = schedules[schedules.index("## What fires it") : schedules.index("Others come and go")]
    assert {word for word in CODE.findall(fires) if word.startswith("al-")} == SCHEDULES
