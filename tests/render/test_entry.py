"""An entry of the catalogue, and the list of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import Problem
from edgecheck.render.entry import entry, listing, reason_of
from edgecheck.render.styled import Text

ENTRY = replace(PROBLEMS["upgrade-not-found"], title="Nothing is there", source="")
BY_DOCTOR = "`edgecheck doctor` shows what stands for the words between < and >."


def words(lines: list[Text]) -> str:
    """Return the words of a screen, without what lays them out."""
    return " ".join(" ".join(line.plain for line in lines).split())


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        (("Nothing is there", "Nothing is here"), False),
        (("Nothing is there", "Nothing is at {location}"), True),
    ],
)
def test_what_stands_in_for_a_value_is_explained_where_there_is_one(
    titles: tuple[str, ...], said: bool
) -> None:
    """Below the list, whose stages are named once."""
    shown = words(listing([replace(ENTRY, title=title) for title in titles], 80))

    assert (BY_DOCTOR in shown) is said
    assert shown.count(ENTRY.code) == len(titles)
    assert shown.startswith(f"{ENTRY.stage} {ENTRY.code}")
    assert shown.count("upgrade ") == 1


@pytest.mark.parametrize(
    ("problem", "label", "text"),
    [
        (replace(ENTRY, source="RFC 9110"), "Source", "RFC 9110"),
        (ENTRY, "Source", ""),
        (PROBLEMS["secret-quoted"], "Repair", "edgecheck doctor --fix repairs it in the .env file"),
        (ENTRY, "Repair", ""),
    ],
)
def test_an_entry_says_what_it_has(problem: Problem, label: str, text: str) -> None:
    """And has no label without words."""
    assert (f" {label} {text}" in words(entry(problem, 80))) is bool(text)


def test_no_sign_is_no_reason() -> None:
    """Its own name led to the entry."""
    assert reason_of(()) == ""
