"""Numbers with their units, and lists in words."""

from __future__ import annotations

import pytest

from edgecheck.wording.units import counted, elapsed, joined, listed, milliseconds


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.084, "0.08 ms"),
        (9.994, "9.99 ms"),
        (31.46, "31.5 ms"),
        (147.4, "147 ms"),
        (9999.0, "9999 ms"),
        (10_000.0, "10.0 s"),
    ],
)
def test_a_long_duration_has_fewer_decimals(value: float, text: str) -> None:
    """And one of ten seconds or more is in seconds."""
    assert milliseconds(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0 s"), (59.9, "59 s"), (187, "3:07"), (7387, "2:03:07")]
)
def test_what_lasts_is_told_in_the_unit_that_fits(seconds: float, text: str) -> None:
    """Seconds, then minutes, then hours."""
    assert elapsed(seconds) == text


def test_a_noun_follows_its_number() -> None:
    """One, and any other number."""
    assert [counted(number, "warning") for number in (0, 1, 2)] == [
        "0 warnings",
        "1 warning",
        "2 warnings",
    ]


def test_a_long_list_is_cut_and_the_rest_counted() -> None:
    """A short one is not."""
    assert listed([1, 2, 3]) == "1, 2, 3"
    assert listed(range(7)) == "0, 1, 2, 3, 4 and 2 more"
    assert listed("abcd", 3) == "a, b, c and 1 more"
    assert listed(()) == ""


def test_a_list_in_a_sentence_ends_with_and() -> None:
    """One item stands alone."""
    assert joined(["a"]) == "a"
    assert joined(["a", "b"]) == "a and b"
    assert joined(iter(["a", "b", "c"])) == "a, b and c"
