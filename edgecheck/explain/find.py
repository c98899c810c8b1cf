"""Find the entries that fit a code, a number, or words pasted from a log (pure).

A pasted text is read into signs (`reading`), each of which names entries, the likeliest first. An
entry counts as much as the strongest sign that names it, less what stands before it in that sign.
Where a text holds no sign, a few typed words are compared with the words of the entries; of a whole
line nothing is guessed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue.condition import OnClose, OnStatus, Otherwise, claimed_by
from ..catalogue.problem import Problem
from ..late import compiled
from ..terms import fill
from ..wording.values import keywords_of, profile_values
from .excerpt import Excerpt
from .sign import Sign

# How many entries to show; more would not help.
MAX_MATCHES = 4

_WORD = compiled(r"[a-z0-9_][a-z0-9_-]*")
_NUMBER = compiled(r"(?<![\w.:])[1-9]\d{2,3}(?![\w:]|\.\d)")
# A keyword is text that users paste, so it is worth more than a number, which many lines contain.
# Both are worth more than single words.
_KEYWORD, _NUMBER_SEEN = 30.0, 20.0
# With less, a query of several words would match an entry that shares only one of them.
_SHARED = 0.5
# A person types a few words; more are a line of a log.
_TYPED = 4
# What nobody types who looks for a word: it comes from a log.
_PASTED = compiled(r"""[<>{}()\[\]|*#;,"=]|\w: |://|\d{2}:\d{2}|\.{3}""")
# How much of what was typed a keyword has to be.
_MOST = 0.5
# Beside more words than these a number counts something.
_FEW = 2
# Words of any log: alone they ask for nothing.
_EVERYWHERE = frozenset(
    (
        *("client", "closed", "connect", "connected", "connection", "disconnected", "open"),
        *("opened", "server", "socket", "started", "user", "verify", "websocket"),
    )
)
# What an entry loses for each one before it in the same sign.
_STEP = 12.0
# Another entry is worth showing if it has this much of the best one's score.
_WORTH = 0.3


class Match(NamedTuple):
    """An entry that fits.

    Args:
        problem: the entry.
        exact: a code, a number or a sign named it; otherwise it only shares words with the query.
        score: how well it fits; comparable within one query.
        signs: of the text, those that name it.
    """

    problem: Problem
    exact: bool
    score: float = 100.0
    signs: tuple[Sign, ...] = ()


def find(query: str, problems: Mapping[str, Problem], profile: Profile = EDGE) -> list[Match]:
    """Return the entries that fit a query, the best first.

    Args:
        query: as typed or pasted.
        problems: the catalogue, by code.
        profile: says what the backend's own close codes mean.
    """
    excerpt = Excerpt.of(query)
    text = excerpt.lower
    if (problem := problems.get(text.replace("_", "-"))) is not None:
        return [Match(problem, exact=True)]
    if named := [code for code in problems if code in text and _names(code, text)]:
        return [Match(problems[code], exact=True) for code in named[:MAX_MATCHES]]
    if text.isdecimal():
        return _of_number(text, problems, profile)
    from .elsewhere import is_elsewhere
    from .reading import signs_in  # not needed for a code or a number

    if signs := signs_in(excerpt, problems, profile):
        return ranked(signs, problems)
    words = text.split()
    is_typed = 0 < len(words) <= _TYPED and not _PASTED.search(text)
    if excerpt.quiet or not is_typed or is_elsewhere(excerpt):
        return []
    if _EVERYWHERE.issuperset(words):
        return []
    return _of_keywords(text, problems, profile) or _of_words(text, problems, profile)


def ranked(signs: Sequence[Sign], problems: Mapping[str, Problem]) -> list[Match]:
    """Return the entries that signs name, the best first.

    Args:
        signs: the strongest first.
        problems: the catalogue, by code.
    """
    scores: dict[str, float] = {}
    by: dict[str, list[Sign]] = {}
    for sign in signs:
        for place, code in enumerate(code for code in sign.codes if code in problems):
            scores[code] = max(scores.get(code, 0.0), sign.score - place * _STEP)
            by.setdefault(code, []).append(sign)
    best = max(scores.values())
    order = sorted(scores, key=lambda code: -scores[code])
    return [
        Match(problems[code], exact=True, score=scores[code], signs=tuple(by[code]))
        for code in order[:MAX_MATCHES]
        if scores[code] >= best * _WORTH
    ]


def _names(code: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", text) is not None


def _of_number(text: str, problems: Mapping[str, Problem], profile: Profile) -> list[Match]:
    """Return the entries for a number alone: an HTTP status or a close code."""
    return _of_keywords(text, problems, profile) or [
        Match(problem, exact=True) for problem in _that_claim(int(text[:5]), problems)
    ]


def _of_keywords(text: str, problems: Mapping[str, Problem], profile: Profile) -> list[Match]:
    """Return the entries that a few words or a number name by a keyword."""
    values = profile_values(profile)
    named = {
        code: points
        for code, problem in problems.items()
        if (points := _named(text, problem, profile, values))
    }
    if not named:
        return []
    best = max(named.values())
    order = sorted(named, key=lambda code: -named[code])
    chosen = [code for code in order if named[code] >= best / 2]
    return [
        Match(problems[code], exact=True, score=named[code]) for code in chosen[: MAX_MATCHES + 1]
    ]


def _of_words(text: str, problems: Mapping[str, Problem], profile: Profile) -> list[Match]:
    """Return the entries that share words with a few typed ones."""
    shared = _shared(text, problems, profile_values(profile))
    order = sorted(shared, key=lambda code: -shared[code])
    chosen = [code for code in order if shared[code] >= max(shared.values()) * 0.6]
    return [
        Match(problems[code], exact=False, score=shared[code]) for code in chosen[: MAX_MATCHES + 1]
    ]


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
    for keyword in keywords_of(problem.keywords, values):
        is_most = len(keyword) >= len(text) * _MOST and _stands_in(keyword, text)
        if is_most or (len(text) >= 4 and _stands_in(text, keyword)):
            points = max(points, _KEYWORD + min(len(keyword), len(text)))
    numbers = list(map(int, _NUMBER.findall(text))) if len(text.split()) <= _FEW else []
    for number in numbers:
        # A close code or an answer of the profile is worth as much as a keyword.
        answers = [one.meaning for one in profile.refusal if one.status == number]
        if problem.code in (profile.closes.get(number), *answers):
            points = max(points, _KEYWORD + len(str(number)))
        if number in profile.closes:  # whatever it means to others
            continue
        if any(number in claimed_by(problem.when, sort) for sort in (OnStatus, OnClose)):
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
    if asked <= _EVERYWHERE:
        return {}
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
