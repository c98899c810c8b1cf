"""Our text with styles does what rich's does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text as RichText

from edgecheck.render.styled import Text

PARTS = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "✓ ", "`edge`", "…", "漢字", "é", "  ", "a b"]),
        st.sampled_from(["", "bold", "cyan"]),
    ),
    max_size=6,
)
CUTS = st.integers(2, 12)


def both(parts: list[tuple[str, str]]) -> tuple[Text, RichText]:
    """Return the same text of either kind."""
    ours, richs = Text(), RichText()
    for words, style in parts:
        ours.append(words, style)
        richs.append(words, style or None)
    return ours, richs


def shown(text: Any) -> tuple[str, list[tuple[int, int, str]]]:
    """Return what a text says, and its styles."""
    return text.plain, [(span.start, span.end, str(span.style)) for span in text.spans]


def cut(text: Any, columns: int) -> Any:
    """Cut a text with an ellipsis."""
    if isinstance(text, Text):
        text.cut(columns)
    else:
        text.truncate(columns, overflow="ellipsis")
    return text


def changed(text: Any, words: Callable[[str], str]) -> Any:
    """Change what a text says."""
    text.plain = words(text.plain)
    return text


@pytest.mark.parametrize(
    "act",
    [
        lambda text, _: text,
        lambda text, at: text[at:],
        cut,
        lambda text, _: text.rstrip() or text,
        lambda text, _: (text.highlight_regex("`([^`]+)`", "cyan"), text)[1],
        lambda text, at: text.append_text(text[at:]),
        lambda text, at: changed(text, lambda words: words[:at]),
        lambda text, _: changed(text, lambda words: f"{words}!"),
    ],
)
@given(PARTS, CUTS)
def test_it_does_the_same(act: Any, parts: list[tuple[str, str]], at: int) -> None:
    """What it says, its styles and its columns."""
    ours, richs = (act(text, at) for text in both(parts))

    assert shown(ours) == shown(richs)
    assert ours.cell_len == richs.cell_len
    assert str(ours) == str(richs)
