"""Untrusted text becomes one safe, bounded line."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.text import clean, first_line, middle_cut


def test_escape_sequences_and_controls_are_gone() -> None:
    assert clean("\x1b[31mred\x1b[0m\r\nline\x07 \x1b]0;title\x07end") == "red line end"


def test_halves_of_characters_are_gone() -> None:
    assert clean("acme \ud83d law").encode() == b"acme law"


def test_bidirectional_overrides_cannot_disguise_a_name() -> None:
    assert clean("acme\u202egnp.exe") == "acme gnp.exe"


@given(st.text(max_size=400), st.integers(min_value=1, max_value=60))
def test_clean_is_one_printable_bounded_line(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(c) == "Cc" for c in shown)


@given(st.text(st.sampled_from("ab \t\xa0\u200b\u3000\x1b[mé字🙂"), max_size=12))
def test_clean_text_is_left_as_it_is(text: str) -> None:
    shown = clean(text, 40)
    assert clean(shown, 40) == shown
    assert "  " not in shown
    assert shown == shown.strip()


def test_first_line_skips_blank_ones() -> None:
    assert first_line("\n \n\tdocker failed (1)\nusage: …") == "docker failed (1)"
    assert first_line("") == ""


@given(st.text(min_size=1, max_size=80), st.integers(min_value=1, max_value=40))
def test_middle_cut_keeps_both_ends(text: str, width: int) -> None:
    cut = middle_cut(text, width)
    assert len(cut) <= width
    if len(text) > width >= 3:
        assert cut[0] == text[0]
        assert cut[-1] == text[-1]
    elif len(text) <= width:
        assert cut == text
