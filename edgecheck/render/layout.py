"""Lines of text for a terminal or a pipe: wrapped sentences, and commands in one piece (pure).

Colours are the sixteen of ANSI, which each terminal shows in the shades that fit its background.
Yellow and white are never bold: many terminals make that too bright for a light background. Text
is never read as markup.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ..late import compiled
from .passages import CODE, Kind, lines_of
from .styled import Text
from .words import shown

# A word of a shell's command line; what is in quotes is not divided.
_SHELL_WORD = compiled(r"(?:[^\s'\"]|'[^']*'|\"[^\"]*\"|['\"])+")
# In place of a blank at which a line must not be broken; `shown` leaves none in a text.
_JOINT = "\0"


def line(*parts: str | tuple[str, str]) -> Text:
    """Build one line of texts and (text, style) pairs, each made safe to show."""
    text = Text()
    for part in parts:
        words, style = (part, "") if isinstance(part, str) else part
        text.append(shown(words), style)
    return text


def prose(
    text: str,
    width: int,
    first: str = "",
    rest: str | None = None,
    style: str = "",
    break_words: bool = False,
) -> list[Text]:
    """Wrap a paragraph between words.

    A word that is too long stays in one piece, and so does what is in backticks, such as a command.

    Args:
        text: a paragraph; a line end in it is escaped.
        width: columns.
        first, rest: what is put before the first line, and before the others (by default as many
            blanks).
        style: of the text, but not of what is put before it.
        break_words: break long words too. This is for text from the network.
    """
    rest = " " * len(first) if rest is None else rest
    lines: list[Text] = []
    whole = (
        shown(text)
        if break_words
        else CODE.sub(lambda code: code[0].replace(" ", _JOINT), shown(text))
    )
    room = max(width - len(rest), 20)
    pieces = textwrap.wrap(whole, room, break_long_words=break_words, break_on_hyphens=False) or [
        ""
    ]
    if break_words and not whole.isascii():
        from rich.cells import chop_cells  # slow to import

        # An ideograph takes two columns.
        pieces = [part for piece in pieces for part in (chop_cells(piece, room) or [""])]
    for piece in pieces:
        lines.append(line(rest if lines else first, (piece.replace(_JOINT, " "), style)))
    return lines


def marked(lines: list[Text]) -> list[Text]:
    """Colour what is in backticks: only for texts of our own, not for text from the network."""
    for each in lines:
        each.highlight_regex(CODE.pattern, "cyan")
    return lines


def remedy(text: str, width: int, first: str) -> list[Text]:
    """Lay out one remedy.

    Sentences are wrapped. A command has its own line, without a prompt, so that it can be copied.
    """
    rest = " " * len(first)
    lines: list[Text] = []
    for each in lines_of(text):
        if each.kind is Kind.COMMAND:
            parts = folded(each.text, width - len(rest) - 2)
            lines += [line(rest, "  ", (part, "bold cyan")) for part in parts]
        elif each.kind is Kind.SAMPLE:
            lines.append(line(rest, (each.text, "cyan")))
        else:
            lines += marked(prose(each.text, width, rest if lines else first, rest))
    return lines


def folded(command: str, width: int) -> list[str]:
    """Fold a long command between its words; a backslash joins the lines when it is copied."""
    lines = [""]
    for word in _SHELL_WORD.findall(command):
        if not lines[-1]:
            lines[-1] = word
        elif len(lines[-1]) + len(word) + 3 <= width or len(command) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"  {word}")
    return [f"{each} \\" for each in lines[:-1]] + lines[-1:]


def labelled(label: str, texts: Iterable[str], width: int, column: int = 10) -> list[Text]:
    """Lay out paragraphs with a label in the left margin."""
    lines: list[Text] = []
    for text in texts:
        wrapped = prose(text, width, " " * column, break_words=True)
        if not lines:
            wrapped[0] = line((label.ljust(column), "bold"), wrapped[0].plain.lstrip())
        lines += wrapped
    return lines


def rule(width: int, title: str = "", style: str = "") -> Text:
    """Draw a horizontal line, with a title in it."""
    if not title:
        return line(("━" * width, style))
    head = f"━━ {shown(title)} "
    return line((head + "━" * max(width - len(head), 2), style))
