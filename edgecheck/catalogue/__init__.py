"""What the facts mean: the problems, one table for each stage (pure).

To add a problem whose facts are already seen, add one entry to its stage's `PROBLEMS`.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView

from ..backend.profile import Profile
from .problem import Problem

__all__ = ["PROBLEMS", "in_the_words_of"]


class _Catalogue(Mapping[str, Problem]):
    """The problems by code. Their tables are imported when the first one is looked up."""

    @property
    def _problems(self) -> Mapping[str, Problem]:
        from .tables import PROBLEMS  # a checkup of good settings alone needs none

        return PROBLEMS

    def __getitem__(self, code: str) -> Problem:
        return self._problems[code]

    def __contains__(self, code: object) -> bool:
        return code in self._problems

    def __iter__(self) -> Iterator[str]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)

    def keys(self) -> KeysView[str]:
        """Return the codes."""
        return self._problems.keys()

    def values(self) -> ValuesView[Problem]:
        """Return the problems."""
        return self._problems.values()

    def items(self) -> ItemsView[str, Problem]:
        """Return codes and problems."""
        return self._problems.items()


PROBLEMS: Mapping[str, Problem] = _Catalogue()


def in_the_words_of(profile: Profile, text: str) -> Mapping[str, Problem]:
    """Return the problems, with the profile's own words for the first number in a text.

    Args:
        profile: may have words for close codes, and for answers to the opening handshake.
        text: as typed or pasted.
    """
    found = re.findall(r"(?<![\w.:])[1-5]\d{2,3}(?![\w:]|\.\d)", text)
    numbers = list(dict.fromkeys(map(int, found)))
    closes = filter(None, map(profile.own_words, numbers))
    answers = (
        one for each in numbers for one in profile.refusal if one.status == each and not one.problem
    )
    own = {one.meaning: one for one in (next(closes, None), next(answers, None)) if one is not None}
    return {**PROBLEMS, **{code: PROBLEMS[code].in_words_of(one) for code, one in own.items()}}
