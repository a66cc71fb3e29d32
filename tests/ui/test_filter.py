"""The filter language: what it means, and that nothing typed can hurt."""

from __future__ import annotations

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


def test_every_pill_can_be_asked_for() -> None:
    for pill in Pill:
        assert parse(f"status:{pill.value}").matches(tenant("x", pill))
