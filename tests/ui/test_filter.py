"""The filter language: what it means, and that nothing typed can hurt."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.filter import FIELDS, STATUS_WORDS, parse
from alfred_tui.model.verdict import Pill
from tests.ui.fake_engine import tenant, troubled

FLEET = {view.name: view for view in troubled()}
TYPED = st.text(
    alphabet=st.one_of(
        st.sampled_from('!-:", =é名\t'), st.characters(min_codepoint=32, max_codepoint=0x2FFF)
    ),
    max_size=40,
)
PARTS = st.one_of(
    TYPED,
    st.lists(
        st.builds(
            lambda sign, field, value: f"{sign}{field}:{value}",
            st.sampled_from(["", "!", "-", "!!"]),
            st.sampled_from([*FIELDS, "colour", "Status"]),
            st.sampled_from([*STATUS_WORDS, "disk", "", ",", "cx", "9f2c", "ring=early", "a,b"]),
        ),
        max_size=4,
    ).map(" ".join),
)


def names(text: str) -> set[str]:
    query = parse(text)
    return {name for name, view in FLEET.items() if query.matches(view)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("harbor", {"harbor-law"}),
        ("LAW har", {"harbor-law"}),
        ("status:red", {"harbor-law", "iris-florist"}),
        ("status:down", {"harbor-law", "iris-florist"}),
        ("status:yellow", {"acme-dental", "fable-films"}),
        ("status:grey", {"dune-records", "hazel-farm"}),
        ("status:blue", {"indigo-print"}),
        ("status:red,yellow", {"harbor-law", "iris-florist", "acme-dental", "fable-films"}),
        ("status:re", {"harbor-law", "iris-florist"}),
        ("why:disk", {"fable-films"}),
        ("why:memory-high", {"acme-dental"}),
        ("status:problem -status:grey !harbor", {"iris-florist", "acme-dental", "fable-films"}),
        ("status:red name:law", {"harbor-law"}),
        ("host:iris-florist.ts", {"iris-florist"}),
        ('"canal-street"', {"canal-street-books"}),
        ("zebra", set()),
    ],
)
def test_what_a_filter_finds(text: str, expected: set[str]) -> None:
    assert names(text) == expected
    assert parse(text).errors == ()


def test_fields_of_the_machine() -> None:
    view = tenant("x", index=0)
    assert view.server_type == "cx43"
    for text in ("type:cx4", "loc:fsn", "layout:f2", "image:9f2c", "image:openclaw", "label:ring",
                 "label:ring=early", "label:ring=ea"):  # fmt: skip
        assert parse(text).matches(view), text
        assert not parse("!" + text).matches(view), text
    for text in ("type:cpx", "loc:nbg1", "layout:F3", "image:77b0", "label:ring=late", "label:rin"):
        assert not parse(text).matches(view), text


def test_what_is_not_understood_is_said_and_left_out() -> None:
    query = parse("colour:red status:purple harbor")
    assert names(query.text) == {"harbor-law"}
    assert "colour" in query.errors[0]
    assert "status" in query.errors[0]
    assert "purple" in query.errors[1]
    assert "yellow" in query.errors[1]


@pytest.mark.parametrize("text", ["", "  ", "!", "-", "--", "status:", "why:,", '"', "!status:"])
def test_what_is_only_begun_hides_nobody(text: str) -> None:
    assert names(text) == set(FLEET)
    assert parse(text).errors == ()


def test_typing_a_status_never_blinks() -> None:
    """On the way to ``status:degraded`` no prefix is an error and none loses the yellow ones."""
    for end in range(len("status:"), len("status:degraded") + 1):
        text = "status:degraded"[:end]
        assert not parse(text).errors
        assert names(text) >= {"acme-dental", "fable-films"}


@given(PARTS)
def test_anything_can_be_typed(text: str) -> None:
    query = parse(text)
    for view in FLEET.values():
        assert query.matches(view) in (True, False)


@given(PARTS, PARTS)
def test_more_words_never_find_more(one: str, other: str) -> None:
    together = {*parse(one).terms, *parse(other).terms}
    for view in FLEET.values():
        both = all(term.matches(view) for term in together)
        assert both == (parse(one).matches(view) and parse(other).matches(view))


@given(st.sampled_from(FIELDS), st.sampled_from(["red", "a", "disk", "cx43", "ring=late", "9f"]))
def test_not_is_the_opposite(field: str, value: str) -> None:
    plain = parse(f"{field}:{value}")
    if plain.errors:
        return
    for sign in "!-":
        turned = parse(f"{sign}{field}:{value}")
        assert all(turned.matches(v) is not plain.matches(v) for v in FLEET.values())


VALUES = st.text(
    alphabet=st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-=é"), min_size=1, max_size=8
)
NARROWING = ("name", "why", "type", "loc", "host")
"""Where a longer value only finds less; ``image`` and ``layout`` also know whole words."""


@given(st.sampled_from([f for f in FIELDS if f != "status"]), st.lists(VALUES, min_size=1))
def test_a_comma_is_or(field: str, values: list[str]) -> None:
    each = [names(f"{field}:{value}") for value in values]
    assert names(f"{field}:{','.join(values)}") == set().union(*each)


@given(st.lists(st.sampled_from(sorted(STATUS_WORDS)), min_size=1, max_size=4))
def test_a_comma_is_or_for_pills_too(words: list[str]) -> None:
    each = [names(f"status:{word}") for word in words]
    assert names(f"status:{','.join(words)}") == set().union(*each)
    assert names(f"!status:{','.join(words)}") == set(FLEET) - set().union(*each)


@given(PARTS, st.randoms(use_true_random=False))
def test_the_order_of_terms_does_not_matter(text: str, chance: random.Random) -> None:
    if '"' in text:
        return
    words = text.split()
    chance.shuffle(words)
    assert names(" ".join(words)) == names(text)
    assert names(" ".join([*words, *words])) == names(text), "said twice is said once"


@given(PARTS)
def test_what_was_understood_is_understood_again(text: str) -> None:
    query = parse(text)
    assert query.text == text
    assert parse(query.text) == query
    said = " ".join(
        f"{'!' * term.negated}{term.field}:{','.join(term.values)}" for term in query.terms
    )
    bare = [value for term in query.terms for value in term.values]
    if '"' not in text and not any("," in value for value in bare):
        again = parse(said)
        assert again.errors == ()
        assert all(again.matches(v) is query.matches(v) for v in FLEET.values())


@given(st.sampled_from(NARROWING), VALUES, st.integers(1, 8))
def test_typing_on_never_shows_more(field: str, value: str, typed: int) -> None:
    assert names(f"{field}:{value}") <= names(f"{field}:{value[:typed]}")
    if not value.startswith("-"):
        assert names(value) <= names(value[:typed])


@given(st.sampled_from(sorted(STATUS_WORDS)), st.integers(1, 8))
def test_typing_a_status_never_shows_more(word: str, typed: int) -> None:
    assert names(f"status:{word}") <= names(f"status:{word[:typed]}")


@given(st.sampled_from(sorted(FLEET)), st.integers(0, 20), st.integers(1, 20))
def test_any_part_of_a_name_finds_it_in_any_case(name: str, start: int, length: int) -> None:
    part = name[start : start + length].lstrip("-")
    for text in (part, part.upper(), f'"{part}"', f"name:{part}"):
        assert name in names(text)


@pytest.mark.parametrize(
    "text",
    ["a " * 50_000, "a" * 100_000, "!" * 100_000, '"' * 99_999, "why:" + "x," * 50_000,
     "status:" + "r" * 100_000, "x:" * 50_000, f"{'é' * 1000}:1 " * 90],
    ids=["words", "word", "signs", "quotes", "values", "status", "colons", "fields"],
)  # fmt: skip
def test_a_book_pasted_into_the_box_is_read_at_once(text: str) -> None:
    started = time.perf_counter()
    query = parse(text)
    assert time.perf_counter() - started < 3.0, "read in one go, not again and again"
    assert all(len(error) < 200 for error in query.errors)
    for view in FLEET.values():
        query.matches(view)
    assert time.perf_counter() - started < 8.0


@pytest.mark.parametrize(
    ("typed", "meant"), [("stat:red", "status"), ("lable:x", "label"), ("lay:f2", "layout")]
)
def test_a_slip_is_answered_with_the_field_that_was_meant(typed: str, meant: str) -> None:
    assert parse(typed).errors[0].endswith(f"try {meant}")


def test_every_pill_can_be_asked_for() -> None:
    for pill in Pill:
        assert parse(f"status:{pill.value}").matches(tenant("x", pill))
