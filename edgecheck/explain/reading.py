"""From a pasted text to its signs (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..backend.profile import Profile
from ..catalogue.problem import Problem
from ..wording.values import keywords_of, profile_values
from .answers import closes_in, of_close, of_status, spanned, statuses_in
from .excerpt import Excerpt
from .sign import Sign, Strength
from .spaces import numbers_in
from .vocabulary import Phrase, phrases_in

# Connections end in these ways every day: where a program reports them as information, they are.
_ORDINARY_ENDS = {"1000", "1001", "1005"}
# What programs say of an end that they wanted.
_CLEAN = "closed cleanly"
# A keyword of one short word stands in many texts, whatever they are about.
_DISTINCT = 10


def signs_in(
    excerpt: Excerpt,
    problems: Mapping[str, Problem],
    profile: Profile,
    known: Iterable[tuple[Phrase, re.Match[str]]] | None = None,
) -> tuple[Sign, ...]:
    """Return the signs that a text holds, the strongest first.

    A sign within a stronger one is part of it: the errno in "connect() failed (111: Connection
    refused) while connecting to upstream" is the proxy's, not ours.

    Args:
        excerpt: the text.
        problems: the catalogue, by code. A sign names only entries that exist.
        profile: says what the backend's own close codes mean.
        known: the phrases of libraries that stand in it, where they were looked for already; then
            it is a line of a log, in which the keywords of the catalogue mean nothing.
    """
    phrases = phrases_in(excerpt.lower) if known is None else known
    by_phrase = [_sign(*phrase, excerpt, problems, profile) for phrase in phrases]
    # Who printed the status said so already.
    is_answered = any(
        sign.kind == "http-status" and sign.score >= Strength.ANSWER for sign in by_phrase
    )
    found = [
        sign
        for sign in (
            *by_phrase,
            *(() if is_answered else statuses_in(excerpt, problems)),
            *closes_in(excerpt, problems, profile),
            *numbers_in(excerpt),
            *(_keywords(excerpt, problems, profile) if known is None else ()),
        )
        if any(code in problems for code in sign.codes)
    ]
    if excerpt.quiet or _CLEAN in excerpt.lower:
        found = [sign for sign in found if _counts_in_a_quiet_line(sign)]
    apart = [one for one in found if not any(other.covers(one) for other in found)]
    strongest: dict[tuple[str, ...], Sign] = {}
    for sign in sorted(apart, key=lambda sign: (-sign.score, sign.start)):
        strongest.setdefault(sign.codes, sign)
    return tuple(strongest.values())


def _counts_in_a_quiet_line(sign: Sign) -> bool:
    """Tell whether a sign means a failure although the program calls it no error."""
    if sign.kind == "close-code":
        return dict(sign.values).get("close code") not in _ORDINARY_ENDS
    return sign.score >= Strength.CAUSE and sign.kind in ("phrase", "http-status")


def _sign(
    phrase: Phrase,
    match: re.Match[str],
    excerpt: Excerpt,
    problems: Mapping[str, Problem],
    profile: Profile,
) -> Sign:
    """Return the sign that a phrase is, with the number in it."""
    groups = match.groupdict()
    found = spanned(excerpt, match)
    if phrase.mark == "*" and groups.get("status"):
        return of_status(int(groups["status"]), found, problems, phrase.score, phrase.library)
    if phrase.mark == "*" and groups.get("close"):
        return of_close(int(groups["close"]), found, problems, profile, phrase.score)
    names = {"close": "close code"}
    values = tuple(
        (names.get(name, name), excerpt.shown[match.start(name) : match.end(name)])
        for name, value in groups.items()
        if value
    )
    return Sign(
        phrase.kind, found[0], phrase.codes, phrase.score, *found[1:], phrase.library, "", values
    )


def _keywords(
    excerpt: Excerpt, problems: Mapping[str, Problem], profile: Profile
) -> Iterator[Sign]:
    """Yield the keywords of the catalogue that no ordinary line has."""
    if excerpt.quiet:
        return
    values = profile_values(profile)
    for code, problem in problems.items():
        for keyword in keywords_of(problem.keywords, values):
            whole = keyword == excerpt.lower
            if not whole and (len(keyword) < _DISTINCT or " " not in keyword):
                continue
            at = excerpt.lower.find(keyword)
            if at >= 0 and _is_whole(excerpt.lower, at, at + len(keyword)):
                score = Strength.DECISIVE + 15 if whole else Strength.GENERAL + len(keyword) / 4
                text = excerpt.shown[at : at + len(keyword)]
                yield Sign("keyword", text, (code,), score, at, at + len(keyword), "the catalogue")


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (
        after.isalnum() and text[end - 1].isalnum()
    )
