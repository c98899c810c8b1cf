"""Write lines to a standard stream, as its terminal or pipe needs them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from ...render.words import ASCII
from ..process import Process

if TYPE_CHECKING:
    import rich.text
    from rich.console import Console

    from ...render.styled import Text

# The width for a pipe, a file or a terminal of unknown width.
WIDTH = 80
# A terminal may be wider, but longer lines of prose are hard to read. In a narrower terminal, lines
# break anywhere.
MAX_WIDTH = 100
MIN_WIDTH = 40


class Output:
    """Lines on a stream, coloured if it shows colours.

    Args:
        stream: where they are written.
        color: the codes of the sixteen ANSI colours may be written.
        width: columns to lay out for.
        inert: changes each line before it is written.
    """

    def __init__(
        self, stream: TextIO, *, color: bool, width: int, inert: Callable[[str], str]
    ) -> None:
        self.width = width
        self._stream, self._inert = stream, inert
        self._ascii = not _can_show(stream, "✓✗–━█…")
        self._console = _console(stream) if color else None

    @property
    def is_colored(self) -> bool:
        """Whether colour codes may be written."""
        return self._console is not None

    def print(self, lines: Iterable[Text]) -> None:
        """Write lines unchanged: without wrapping, a command can be copied as a whole."""
        for line in lines:
            if self._ascii:
                line.plain = line.plain.translate(ASCII)
            line.plain = self._inert(line.plain)
            if self._console is None:
                self._stream.write(line.plain.rstrip() + "\n")
            else:
                line.rstrip()
                self._console.print(_colored(line), soft_wrap=True, end="\n")
        self._stream.flush()

    def print_plain(self, text: str) -> None:
        """Write a text that is already laid out, such as a JSON document."""
        self._stream.write("\n".join(map(self._inert, text.split("\n"))) + "\n")
        self._stream.flush()


def _colored(line: Text) -> rich.text.Text:
    from rich.text import Text  # slow, and needed only for colours

    colored = Text(line.plain, no_wrap=True, end="")
    for start, end, style in line.spans:
        colored.stylize(style, start, end)
    return colored


def _console(stream: TextIO) -> Console:
    from rich.console import Console  # slow, and needed only for colours

    return Console(
        file=stream,
        force_terminal=True,
        color_system="standard",
        no_color=False,
        highlight=False,
        markup=False,
        emoji=False,
    )


def standard_output(process: Process, *, no_color: bool) -> Output:
    """Return the output to standard output, for its current width.

    Args:
        process: whose.
        no_color: the option; ``NO_COLOR`` and ``FORCE_COLOR`` are environment variables, and the
            first wins (no-color.org, force-color.org).
    """
    return _output_on(process.stdout, process, no_color=no_color)


def _output_on(stream: TextIO, process: Process, *, no_color: bool) -> Output:
    environ = process.environ
    forced = environ.get("FORCE_COLOR", "") not in ("", "0")
    color = (is_terminal(stream, environ) or forced) and not no_color
    width = WIDTH
    if stream.isatty():
        import shutil  # slow, and needed only for a terminal

        width = shutil.get_terminal_size((WIDTH, 24)).columns
    return Output(
        stream,
        color=color and not environ.get("NO_COLOR"),
        width=min(max(width, MIN_WIDTH), MAX_WIDTH),
        inert=process.inert,
    )


def is_terminal(stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a person looks at a stream, on something that can move its cursor."""
    return stream is not None and stream.isatty() and environ.get("TERM") != "dumb"


def _can_show(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def tell(
    process: Process, lines: Callable[[int], Iterable[Text]], *, no_color: bool = False
) -> None:
    """Write lines with their layout to standard error, which may be closed.

    Args:
        process: whose.
        lines: returns the lines for a number of columns.
        no_color: the option.
    """
    if process.stderr is None:
        return
    output = _output_on(process.stderr, process, no_color=no_color)
    laid_out = lines(output.width)
    with suppress(OSError, ValueError):
        output.print(laid_out)


def draw(stream: TextIO, words: str) -> None:
    """Overwrite the line of a terminal that the cursor is on."""
    with suppress(OSError, ValueError):
        stream.write(f"\r\x1b[2K{words}")
        stream.flush()
