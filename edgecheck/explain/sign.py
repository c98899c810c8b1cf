"""A sign: a piece of a text that says what went wrong (pure)."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Strength(IntEnum):
    """How much a sign says. The distances leave room for its length."""

    HINT = 10  # a word that other texts have as well
    GENERAL = 30  # that something failed, and where
    SYMPTOM = 45  # how it failed, without who failed: an errno
    NUMBER = 58  # a number of a known space
    CAUSE = 60  # a phrase that one cause has
    ANSWER = 70  # a phrase with the number that was answered in it
    DECISIVE = 90  # outweighs whatever stands beside it


class Sign(NamedTuple):
    """What a piece of a text says.

    Args:
        kind: what it is: ``phrase``, or the name of a space of numbers.
        text: the piece, as it stands in the text.
        codes: of the problems that it means, the likeliest first. An entry may not exist (yet).
        score: how much it says; see `Strength`.
        start, end: where the piece stands.
        source: the library or the table that knows it.
        meaning: in words; empty where the piece says it itself.
        values: what it fills into the texts of the entries: ``status``, ``close code``, ``host``.
    """

    kind: str
    text: str
    codes: tuple[str, ...]
    score: float
    start: int
    end: int
    source: str
    meaning: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def covers(self, other: Sign) -> bool:
        """Tell whether it says more than another sign, and stands around it."""
        return self.score > other.score and self.start <= other.start and other.end <= self.end
