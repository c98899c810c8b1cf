"""Silence, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.facts import AgainFacts, LookName, LookOutcome
from edgecheck.wording.silence import again_in_words
from tests.render.samples import HEALTHY, TCP


@pytest.mark.parametrize("outcome", LookOutcome)
@pytest.mark.parametrize("name", LookName)
def test_every_look_and_every_outcome_has_words(name: LookName, outcome: LookOutcome) -> None:
    """A look that is added needs words, and so does what it can meet."""
    again = AgainFacts(name, outcome, segment_size=500)
    (line,) = again_in_words(replace(HEALTHY, tcp=replace(TCP, again=(again,))))
    change, _, met = line.partition(": ")

    assert change.startswith(("another connection, ", "a new connection "))
    assert "{" not in change
    assert met
