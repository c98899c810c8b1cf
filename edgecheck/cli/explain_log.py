"""`edgecheck explain -` and `--log FILE`: a whole log. Opens no connection."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from .. import signals
from ..catalogue import PROBLEMS
from ..explain.log import LogReader
from ..render import json, log
from .console.output import Output, draw, is_terminal
from .ends import OK, CannotGoOn, UsageError
from .process import Process

if TYPE_CHECKING:
    from ..backend.profile import Profile
    from ..explain.log import LogSummary

# As much as is read at once: large enough for speed, small enough for a live log.
_PIECE = 1 << 18
# How often the progress is drawn, in seconds.
_EVERY = 0.2
_MEGABYTE = 1_000_000
# How a packed file begins (RFC 1952, section 2.3.1), whatever its name is.
_GZIP = b"\x1f\x8b"


def explain_log(
    process: Process,
    output: Output,
    path: str,
    *,
    profile: Profile,
    as_json: bool,
    values: Mapping[str, str],
) -> int:
    """Read a log to its end and say what it says. Ctrl-C ends it, and what is known is shown.

    Args:
        process: whose standard input and screen are used.
        output: where the answer goes.
        path: of the log; ``-`` for standard input.
        profile: says what the backend's own close codes mean.
        as_json: print one JSON document.
        values: what the settings here say; fills in the texts.
    """
    reader = LogReader(PROBLEMS, process.now().year, profile)
    code = OK
    with _opened(process, path) as (stream, size), _progress(process, size) as show:
        try:
            while piece := _read(stream):
                reader.feed(piece)
                show(piece)
        except KeyboardInterrupt:
            code = signals.exit_code()
        except EOFError:
            pass  # a packed log without its end: what came before it counts
        except (OSError, zlib.error) as error:
            raise _unreadable(error) from None
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
    """Open a log, packed or not; its size is None if it is not known."""
    if path == "-":
        stream = process.stdin.buffer
        yield _unpacked(stream) if _is_packed(stream) else stream, None
        return
    file = process.cwd / path
    try:
        size = file.stat().st_size
        plain = file.open("rb")
    except OSError as error:
        raise UsageError(f"--log {path}: {error.strerror}") from None
    with plain:
        packed = _is_packed(plain)
        yield _unpacked(plain) if packed else plain, None if packed else size


def _is_packed(stream: BinaryIO) -> bool:
    # A buffered stream shows what comes next; whatever else is read as it is.
    peek = getattr(stream, "peek", None)
    try:
        return peek is not None and peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    except OSError as error:
        raise _unreadable(error) from None


def _unreadable(error: OSError | zlib.error) -> CannotGoOn:
    words = getattr(error, "strerror", None) or error
    return CannotGoOn(f"the log cannot be read: {words}")


def _unpacked(stream: BinaryIO) -> BinaryIO:
    """Return what is in a packed stream; the caller closes it."""
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream))


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
