"""`edgecheck explain -` and `--log FILE`: a whole log. Opens no connection."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from .console.output import Output, draw, is_terminal
from .ends import INTERRUPTED, OK, CannotGoOn, UsageError
from .process import Process

if TYPE_CHECKING:
    from ..explain.log import LogSummary

# As much as is read at once: large enough for speed, small enough for a live log.
_PIECE = 1 << 18
# How often the progress is drawn, in seconds.
_EVERY = 0.2
_MEGABYTE = 1_000_000


def explain_log(
    process: Process,
    output: Output,
    path: str,
    *,
    as_json: bool,
    values: Mapping[str, str],
) -> int:
    """Read a log to its end and say what it says. Ctrl-C ends it, and what is known is shown.

    Args:
        process: whose standard input and screen are used.
        output: where the answer goes.
        path: of the log; ``-`` for standard input.
        as_json: print one JSON document.
        values: what the settings here say; fills in the texts.
    """
    # Not needed for a code or a line.
    from ..catalogue import PROBLEMS
    from ..explain.log import LogReader
    from ..render import json, log

    reader = LogReader(PROBLEMS, process.now().year)
    code = OK
    with _opened(process, path) as (stream, size), _progress(process, size) as show:
        try:
            while piece := _read(stream):
                reader.feed(piece)
                show(piece)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except OSError as error:
            raise CannotGoOn(f"the log cannot be read: {error.strerror or error}") from None
    found: LogSummary = reader.finish()
    if as_json:
        output.print_plain(json.dumps(log.summary(found, values=values)))
    else:
        output.print(log.screen(found, output.width, values=values))
    return code


def _read(stream: BinaryIO) -> bytes:
    # What is there already: a live log is read line by line, and not after the buffer is full.
    read = getattr(stream, "read1", stream.read)
    return cast("bytes", read(_PIECE))


@contextmanager
def _opened(process: Process, path: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Open a log; its size is None if it is not known."""
    if path == "-":
        yield process.stdin.buffer, None
        return
    file = process.cwd / path
    try:
        size = file.stat().st_size
        stream = gzip.open(file) if path.endswith(".gz") else Path(file).open("rb")  # noqa: SIM115
    except OSError as error:
        raise UsageError(f"--log {path}: {error.strerror}") from None
    with stream:
        yield cast("BinaryIO", stream), None if path.endswith(".gz") else size


class _Shown:
    """Draws how much of a log was read.

    Args:
        stream: the terminal.
        size: of the log in bytes; None if it is not known.
    """

    def __init__(self, stream: TextIO, size: int | None) -> None:
        self._stream, self._size = stream, size
        self._read, self._last = 0, float("-inf")

    def __call__(self, piece: bytes) -> None:
        self._read += len(piece)
        now = time.monotonic()
        if now - self._last < _EVERY:
            return
        self._last = now
        share = f" of {self._size / _MEGABYTE:.0f}" if self._size else ""
        draw(self._stream, f"reading the log: {self._read / _MEGABYTE:.0f}{share} MB")


@contextmanager
def _progress(process: Process, size: int | None) -> Iterator[_Shown | _Silent]:
    """Show the progress in a terminal, and erase it at the end."""
    stream = process.stderr
    if stream is None or not is_terminal(stream, process.environ):
        yield _Silent()
        return
    try:
        yield _Shown(stream, size)
    finally:
        draw(stream, "")


class _Silent:
    """Shows nothing: nobody looks."""

    def __call__(self, piece: bytes) -> None:
        pass
