"""Text with styles, as rich has it (pure).

Few runs write to a terminal with colours, and to import rich takes a tenth of a run: only those
do, when they print. What is done with a text here does the same as `rich.text.Text`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# What our own lines have beside ASCII takes one column each.
_OURS = str.maketrans("✓✗–━█…·→“”", "-" * 10)


class Span(NamedTuple):
    """A part of a text, and its style."""

    start: int
    end: int
    style: str


class Text:
    """One line; `plain` is what it says, and `spans` how parts of it look."""

    def __init__(self) -> None:
        self._plain = ""
        self.spans: list[Span] = []

    def __str__(self) -> str:
        return self._plain

    def __getitem__(self, part: slice) -> Text:
        start, stop, _ = part.indices(len(self._plain))
        found = Text()
        found._plain = self._plain[start:stop]
        found.spans = _within(self.spans, start, stop)
        return found

    @property
    def plain(self) -> str:
        """What it says."""
        return self._plain

    @plain.setter
    def plain(self, text: str) -> None:
        if len(text) < len(self._plain):
            self.spans = _within(self.spans, 0, len(text))
        self._plain = text

    @property
    def cell_len(self) -> int:
        """How many columns it takes."""
        if self._plain.translate(_OURS).isascii():
            return len(self._plain)
        from rich.cells import cell_len

        return cell_len(self._plain)

    def append(self, text: str, style: str = "") -> None:
        """Add a text at its end."""
        start = len(self._plain)
        self._plain += text
        if style and text:
            self.spans.append(Span(start, len(self._plain), style))

    def append_text(self, other: Text) -> Text:
        """Add another one with its styles, and return the whole."""
        start = len(self._plain)
        self._plain += other.plain
        self.spans += [Span(start + at, start + end, style) for at, end, style in other.spans]
        return self

    def highlight_regex(self, pattern: str, style: str) -> None:
        """Give a style to what a regular expression finds."""
        self.spans += [Span(*found.span(), style) for found in re.finditer(pattern, self._plain)]

    def rstrip(self) -> None:
        """Remove white space at its end."""
        self.plain = self._plain.rstrip()

    def cut(self, columns: int) -> None:
        """Let it take no more columns than this, and end with an ellipsis if it would."""
        if self.cell_len <= columns:
            return
        from rich.cells import set_cell_size

        self.plain = set_cell_size(self._plain, columns - 1) + "…"


def _within(spans: list[Span], start: int, stop: int) -> list[Span]:
    """Return the spans of a part of a text, counted from its beginning."""
    moved = (
        Span(max(at, start) - start, min(end, stop) - start, style) for at, end, style in spans
    )
    return [span for span in moved if span.start < span.end]
