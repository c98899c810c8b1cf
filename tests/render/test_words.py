"""The words that all formats share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgecheck.escapes import is_unsafe
from edgecheck.render.words import ASCII, HOW_BAD, HOW_SURE, NEXT_STEP, did_you_mean, shown
from edgecheck.terms import Confidence, Severity, Side


def test_every_value_has_its_words() -> None:
    """A new side, confidence or severity needs words."""
    assert set(NEXT_STEP) == set(Side)
    assert set(HOW_SURE) == set(Confidence)
    assert set(HOW_BAD) == set(Severity)


@given(st.text())
def test_shown_text_holds_nothing_unsafe_and_is_shown_the_same_twice(text: str) -> None:
    """Nothing unsafe is left, and what is escaped already is not escaped again."""
    once = shown(text)

    assert not any(map(is_unsafe, once))
    assert shown(once) == once


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    """Backslashes, brackets and quotes are harmless."""
    assert shown(text) == text


def test_every_character_of_our_own_has_one_that_any_terminal_shows() -> None:
    """It is one character for one, so that columns stay aligned."""
    assert "✓ ✗ – — ━ █ … → “ ” ’ ·".translate(ASCII).isascii()
    assert len("✓✗–".translate(ASCII)) == 3


def test_a_slip_of_the_pen_is_answered_with_the_nearest() -> None:
    """A word that is similar to none is not answered."""
    assert (
        did_you_mean("tcp-refusd", ["tcp-refused", "dns-failure"]) == " Did you mean tcp-refused?"
    )
    assert did_you_mean("zzzz", ["tcp-refused"]) == ""
