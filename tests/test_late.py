"""A regular expression that is compiled late is one like any other."""

from __future__ import annotations

import re

from edgecheck.late import compiled


def test_it_finds_what_the_usual_one_finds() -> None:
    """With its flags, and again with the same method."""
    pattern, flags = r"(?m)^(?P<name>[a-z]+)=", re.IGNORECASE
    late, usual = compiled(pattern, flags), re.compile(pattern, flags)

    for text in ("a=1\nB=2", "-", "c=3"):
        assert late.findall(text) == usual.findall(text)
        assert bool(late.match(text)) is bool(usual.match(text))
    assert (late.pattern, late.flags) == (usual.pattern, usual.flags)


def test_nothing_is_compiled_before_it_is_used() -> None:
    """Not even what is no regular expression."""
    wrong = compiled("(")

    try:
        wrong.match("")
    except re.error:
        return
    raise AssertionError("it was used without being compiled")
