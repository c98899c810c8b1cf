"""Find the entries that fit a code, a number, or words pasted from a log."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue.condition import OnClose, OnStatus, Otherwise, claimed_by
from ..catalogue.problem import Problem
from ..terms import fill
from ..wording.values import keywords_of, profile_values

# An excerpt of a log is at most a page; a longer query is a mistake in the shell.
MAX_QUERY = 10_000
# How many entries to show; more would not help.
MAX_MATCHES = 5

_WORD = re.compile(r"[a-z0-9_][a-z0-9_-]*")
_NUMBER = re.compile(r"(?<![\w.:])[1-9]\d{2,3}(?![\w:]|\.\d)")
# A keyword is text that users paste, so it is worth more than a number, which many lines contain.
# Both are worth more than single words.
_KEYWORD, _NUMBER_SEEN = 30.0, 20.0
# With less, a query of several words would match an entry that shares only one of them.
_SHARED = 0.5


@dataclass(frozen=True)
class Match:
    """An entry that fits.

    Args:
        problem: the entry.
        exact: a code, a number or a keyword named it; otherwise it only shares words with the
            query.
    """

    problem: Problem
    exact: bool


def find(query: str, problems: Mapping[str, Problem], profile: Profile = EDGE) -> list[Match]:
    """Return the entries that fit a query, the best first.

    Args:
        query: as typed or pasted.
        problems: the catalogue, by code.
        profile: says what the backend's own close codes mean.
    """
    values = profile_values(profile)
    text = " ".join(query[:MAX_QUERY].lower().split())
    if (problem := problems.get(text.replace("_", "-"))) is not None:
        return [Match(problem, exact=True)]
    named = {
        code: points
        for code, problem in problems.items()
        if (points := _named(text, problem, profile, values))
    }
    if named:
        best = max(named.values())
        chosen = [
            code for code in sorted(named, key=lambda code: -named[code]) if named[code] >= best / 2
        ]
        return [Match(problems[code], exact=True) for code in chosen[:MAX_MATCHES]]
    if text.isdecimal() and (claiming := _that_claim(int(text[:5]), problems)):
        return [Match(problem, exact=True) for problem in claiming]
    shared = _shared(text, problems, values)
    chosen = [
        code
        for code in sorted(shared, key=lambda code: -shared[code])
        if shared[code] >= max(shared.values()) * 0.6
    ]
    return [Match(problems[code], exact=False) for code in chosen[:MAX_MATCHES]]


def _that_claim(number: int, problems: Mapping[str, Problem]) -> list[Problem]:
    """Return the entries that an HTTP status or a close code leads to."""
    sort = OnStatus if 100 <= number <= 599 else OnClose if 1000 <= number <= 4999 else None
    if sort is None:
        return []
    entries = problems.values()
    return [one for one in entries if number in claimed_by(one.when, sort)] or [
        one for one in entries if isinstance(one.when, Otherwise) and one.when.sort is sort
    ]


def _named(text: str, problem: Problem, profile: Profile, values: Mapping[str, str]) -> float:
    points = 0.0
    if problem.code in text and re.search(rf"(?<![\w-]){re.escape(problem.code)}(?![\w-])", text):
        points += 10 * _KEYWORD
    for keyword in keywords_of(problem.keywords, values):
        if _stands_in(keyword, text) or (len(text) >= 4 and _stands_in(text, keyword)):
            points = max(points, _KEYWORD + min(len(keyword), len(text)))
    numbers = list(map(int, _NUMBER.findall(text)))
    for number in numbers:
        # A close code of the profile is worth as much as a keyword.
        if profile.closes.get(number) == problem.code:
            points = max(points, _KEYWORD + len(str(number)))
    for number in numbers:
        when = problem.when
        if isinstance(when, OnStatus | OnClose) and number in when.numbers:
            points += _NUMBER_SEEN
    return points


def _stands_in(piece: str, text: str) -> bool:
    """Tell whether a text contains a piece as a whole word or number."""
    # Look for it without a pattern first: to compile one for every keyword takes longer than
    # everything else that `explain` does.
    return (
        piece in text
        and re.search(rf"(?<![a-z0-9]){re.escape(piece)}(?![a-z0-9])", text) is not None
    )


def _shared(
    text: str, problems: Mapping[str, Problem], values: Mapping[str, str]
) -> dict[str, float]:
    """Weigh the words that a query shares with each entry.

    Rare ones tell more (inverse document frequency).
    """
    words = {code: _words_of(problem, values) for code, problem in problems.items()}
    frequency = Counter(word for each in words.values() for word in each)
    asked = {word for word in _WORD.findall(text) if len(word) > 2}
    weights = {
        word: math.log(len(words) / frequency[word]) if word in frequency else math.log(len(words))
        for word in asked
    }
    whole = sum(weights.values())
    points = {code: sum(weights[word] for word in asked & each) for code, each in words.items()}
    return {code: each for code, each in points.items() if each > 0 and each >= whole * _SHARED}


def _words_of(problem: Problem, values: Mapping[str, str]) -> set[str]:
    keywords = " ".join(keywords_of(problem.keywords, values))
    title = fill(problem.title, values)
    words = set(_WORD.findall(f"{problem.code} {title} {keywords}".lower()))
    return words | {part for word in words for part in word.split("-") if len(part) > 2}
