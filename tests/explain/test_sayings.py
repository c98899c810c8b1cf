"""What is said in words of one's own: the file is whole, and ordinary lines do not hold it."""

from __future__ import annotations

import re

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.excerpt import Excerpt
from edgecheck.explain.sayings import Saying, sayings, sayings_in
from tests.explain.test_lines import FOLDER, lines_with_codes


@pytest.mark.parametrize("saying", sayings(), ids=lambda saying: saying.ways[0][:40])
def test_a_saying_names_entries_and_can_be_found(saying: Saying) -> None:
    """A word to look for first that no way to say it holds would hide it."""
    assert PROBLEMS.keys() >= set(saying.codes)
    assert saying.near
    assert re.compile(saying.pattern())


def test_each_saying_stands_in_a_line_of_the_collections() -> None:
    """Nobody wrote down what nobody says."""
    names = ("lines.tsv", "more-lines.tsv", "collected-lines.tsv", "pasted-lines.tsv")
    texts = [line for name in names for line, _ in lines_with_codes(name)]
    found = {sign.codes for text in texts for sign in sayings_in(Excerpt.of(text))}

    assert {saying.codes for saying in sayings()} <= found


def test_an_ordinary_line_holds_hardly_any() -> None:
    """What is said of other things has other words."""
    lines = (FOLDER / "ordinary.log").read_text(encoding="utf-8").splitlines()[1:]
    found = [line for line in lines if list(sayings_in(Excerpt.of(line)))]

    assert len(found) <= len(lines) * 0.01, found
