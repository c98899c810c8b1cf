"""The words of a product in a pasted text: a cause and a cure of its own (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..catalogue.problem import Problem
from ..catalogue.tells import TELLS
from ..catalogue.tells.tell import Tell, named_in, pattern_of
from ..frozen import replace
from ..terms import Confidence, verbatim
from .find import Match
from .sign import Strength

# A shorter piece of a text may stand there by chance.
_TELLING = 12


def in_words_of_products(text: str, first: Match, problems: Mapping[str, Problem]) -> Match:
    """Return the best match in the words of the product that wrote a text, if one did.

    It decides over signs that are shorter, or if it is certain; a number or a code stays as it is.

    Args:
        text: as pasted.
        first: the best match of all.
        problems: the catalogue, by code.
    """
    longest = max((len(sign.text) for sign in first.signs), default=0)
    # A text that is known as a whole is what its sign says: compiling all patterns takes longer
    # than all the rest of `explain`.
    known, lower = longest >= len(text.strip()), text.lower()
    for tell in TELLS if first.signs else ():
        if known and tell.code != first.problem.code:
            continue
        found = _found(tell, text, lower)
        if found is None:
            continue
        if tell.code != first.problem.code:
            counts = _outweighs(tell, found, first, longest)
        else:  # not if they are anybody's words, and what decided is another program's
            counts = len(found[0]) >= longest or not _is_beside(found[0].lower(), first)
        if not counts:
            continue
        return first._replace(problem=_worded(problems[tell.code], tell, found))
    return first


def _is_beside(words: str, first: Match) -> bool:
    """Tell whether the words and the sign that decided are apart: neither contains the other."""
    sign = first.signs[0].text.lower()
    return words not in sign and sign not in words


def _outweighs(tell: Tell, found: re.Match[str], first: Match, longest: int) -> bool:
    """Tell whether the words of a product decide over the best match.

    A library says with the same words what failed, and beside them why: "CERTIFICATE_VERIFY_FAILED
    … certificate has expired". A sign of one cause stays.
    """
    if tell.confidence is Confidence.CERTAIN:
        return True
    return len(found[0]) > longest and first.score < Strength.CAUSE


def _found(tell: Tell, text: str, lower: str) -> re.Match[str] | None:
    """Find what a product says by itself; a status alone, or words of anybody, do not count."""
    if tell.general:
        return None
    # A field's value alone says nothing, unless it is an error code.
    named = [value for name, value in tell.fields if value and (name in lower or "ERR_" in value)]
    patterns = [tell.words] if tell.words else named
    for pattern in patterns:
        found = pattern_of(pattern).search(text)
        if found is not None and len(found[0]) >= _TELLING:
            return found
    return None


def _worded(problem: Problem, tell: Tell, found: re.Match[str]) -> Problem:
    """Return an entry with the texts of a tell, filled as far as the text goes."""
    values = {name: verbatim(value) for name, value in named_in(found).items()}

    def filled(template: str) -> str:
        for name, value in values.items():
            template = template.replace(f"{{{name}}}", value)
        return template

    return replace(
        problem,
        title=filled(tell.title),
        side=tell.side or problem.side,
        cause=filled(tell.cause),
        remedies=tuple(map(filled, tell.steps)),
    )
