"""Which entries a query means, whatever it looks like."""

from __future__ import annotations

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.find import find


def found(query: str) -> list[tuple[str, bool]]:
    """Return the codes that fit, and whether the query named them."""
    return [(match.problem.code, match.exact) for match in find(query, PROBLEMS)]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("503", "upgrade-unavailable"),
        ("599", "upgrade-unexpected-status"),
        ("4321", "session-closed-unknown"),
    ],
)
def test_a_number_leads_to_the_entry_of_the_status_or_the_close_code(
    number: str, code: str
) -> None:
    """A number that no entry claims leads to the one for all others of its sort."""
    assert found(number) == [(code, True)]


@pytest.mark.parametrize("number", ["99", "777", "9999", "123456"])
def test_a_number_that_is_neither_a_status_nor_a_close_code_leads_nowhere(number: str) -> None:
    """No entry is about it."""
    assert found(number) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("code 503", "upgrade-unavailable"),
        ("why 403", "auth-forbidden"),
        ("code 525", "upgrade-origin-tls"),
        ("code 301", "upgrade-redirected"),
        ("error 1009", "session-message-too-big"),
    ],
)
def test_a_number_beside_a_word_counts_for_more_than_the_word(query: str, code: str) -> None:
    """The word is one that many entries have."""
    assert found(query)[0] == (code, True)


def test_a_code_within_other_words_names_its_entry_alone() -> None:
    """It counts for more than the words around it, even if they fit another entry."""
    assert found("why tcp-refused and not 503 service unavailable") == [("tcp-refused", True)]


def test_a_code_within_another_word_names_nothing() -> None:
    """A longer name with a code in it is another name."""
    assert ("tcp-refused", True) not in found("my-tcp-refused-log")
