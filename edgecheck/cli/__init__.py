"""The command line: options in, a result and an exit code out. No decision about diagnosis.

A command returns its exit code; every exception is turned into one here, and nowhere else.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TextIO

from .. import __version__, signals
from ..late import compiled
from .completion import COMPLETION
from .ends import (
    INTERRUPTED,
    OK,
    PROBLEM,
    READER_GONE,
    UNWRITABLE,
    USAGE,
    CannotGoOn,
    NotParsed,
    UsageError,
)
from .process import Process
from .shortcut import shortcut
from .stop import STOP

__all__ = ["INTERRUPTED", "OK", "PROBLEM", "READER_GONE", "USAGE", "main", "run"]

_NO_FILES = (
    "this process cannot open any more files, so nothing can be examined. Raise the limit and try "
    "again: ulimit -n 256"
)
_NO_FOLDER = (
    "no file can be written in any folder for temporary files, such as /tmp, and this run needs "
    "one. Set TMPDIR to a folder that can be written; if `ulimit -f` prints a small number, raise "
    "that limit"
)
_SURPLUS = compiled(r"argument\(s\) \(.*\)", re.DOTALL)
# The imports of typer and the catalogue make some 60,000 objects, none of which is garbage; with
# the default threshold of 700 the collector checks all of them again and again. The cycles of a
# long-running command are still collected.
_COLLECT_AFTER = 100_000


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    gc.set_threshold(_COLLECT_AFTER)
    _open_streams()
    process, arguments = Process.here(), sys.argv[1:]
    handled = signals.HANDLED.get("".join(arguments[:1]))
    try:
        if handled is not None:
            STOP.install(handled)
        else:
            signals.forward()
        code = run(arguments, process)
        process.stdout.flush()
    except KeyboardInterrupt:
        signals.end()
        code = _fail(process, arguments, signals.exit_code(), "interrupted", "")
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            process.say(f"edgecheck: standard output cannot be written: {error.strerror}")
        code = READER_GONE if isinstance(error, BrokenPipeError) else PROBLEM
        _write_no_more(process.stdout)
    try:
        if process.stderr is not None:
            process.stderr.flush()
    except (OSError, ValueError):
        _write_no_more(process.stderr)
    # The interpreter collects once more at exit: a tenth of a quick command's time, for
    # memory that the system takes back anyway.
    gc.freeze()
    signals.shut()
    sys.exit(code)


def _write_no_more(stream: TextIO | None) -> None:
    """Let what a stream still holds go nowhere.

    Python flushes both streams once more at exit. If that failed again, its own exit code would
    replace ours.
    """
    with suppress(OSError, ValueError):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_streams() -> None:
    """Open the standard streams that the parent process closed, and let no character end the run.

    They are open as long as the process runs.
    """
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
    # What is not text in its encoding is read all the same, and refused where text is needed.
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A character that the encoding cannot write becomes an escape, and never ends the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run(arguments: Sequence[str], process: Process | None = None) -> int:
    """Run one command line and return its exit code.

    Args:
        arguments: the words after the program's name.
        process: where it runs; None for this interpreter's.

    Raises:
        OSError: standard output cannot be written.
    """
    process = process or Process.here()
    process.conceal(arguments)
    try:
        return _called(process, arguments)
    except UsageError as error:
        return _fail(process, arguments, USAGE, str(error), f"edgecheck: {error}")
    except CannotGoOn as error:
        return _fail(process, arguments, PROBLEM, str(error), f"edgecheck: {error}")
    except NotParsed as error:
        # An extra word may be the secret, given without its option.
        message, screen = (_SURPLUS.sub("argument", text) for text in (str(error), error.screen))
        return _fail(process, arguments, error.code, message, screen)
    except ValueError as error:
        return _wrong_profile(process, arguments, error)
    except OSError as error:
        if error.filename is None and error.errno in UNWRITABLE:
            raise
        if error.errno in (errno.EMFILE, errno.ENFILE):
            # What could not be opened as a whole, such as an event loop, complains as it is closed.
            sys.unraisablehook = lambda _: None
            return _fail(process, arguments, PROBLEM, _NO_FILES, f"edgecheck: {_NO_FILES}")
        if error.filename is None and "temporary directory" in str(error.strerror):  # tempfile's
            return _fail(process, arguments, PROBLEM, _NO_FOLDER, f"edgecheck: {_NO_FOLDER}.")
        if "--install-completion" in arguments:  # a home folder that takes no files
            why = f"{error.filename or 'the home folder'}: {error.strerror or error}"
            text = f"The completion cannot be installed: {why}. See --show-completion."
            return _fail(process, arguments, PROBLEM, text, f"edgecheck: {text}")
        return _fail(process, arguments, PROBLEM, _own_fault(error), _own_fault(error))
    except Exception as error:  # noqa: BLE001 the user must never see a traceback
        if isinstance(error, ImportError) and os.strerror(errno.EMFILE) in str(error):
            return _fail(process, arguments, PROBLEM, _NO_FILES, f"edgecheck: {_NO_FILES}")
        return _fail(process, arguments, PROBLEM, _own_fault(error), _own_fault(error))


def _called(process: Process, arguments: Sequence[str]) -> int:
    """Find the command and run it."""
    if (code := shortcut(process, arguments)) is not None:
        return code
    from .commands import call, complete  # Typer is slow, and a shortcut may do without

    if COMPLETION in process.environ:
        # Typer wraps the help of a candidate at the terminal's width; for zsh and fish, a second
        # line would be another candidate.
        os.environ["COLUMNS"] = "1000"
        try:
            complete()
        # An unfinished line may not parse, and a traceback would break it.
        except Exception:  # noqa: BLE001
            return PROBLEM
    return call(process, arguments)


def _wrong_profile(process: Process, arguments: Sequence[str], error: ValueError) -> int:
    """End because of a profile that cannot be used, or because of a fault of our own."""
    from ..settings.profiles import ProfileError  # not needed by a run that succeeds

    if not isinstance(error, ProfileError):
        return _fail(process, arguments, PROBLEM, _own_fault(error), _own_fault(error))
    lines = str(error).split("\n")
    return _fail(
        process, arguments, USAGE, "; ".join(lines), "\n".join(f"edgecheck: {one}" for one in lines)
    )


def _own_fault(error: Exception) -> str:
    from ..wording.own_fault import own_fault  # not needed by a run that succeeds

    return f"{own_fault(error)}. Neither your settings nor the backend are the cause."


def _fail(process: Process, arguments: Sequence[str], code: int, message: str, screen: str) -> int:
    """End without a result.

    The text for the user is on standard error; with --json there is also a document.
    """
    from ..render.words import shown  # not needed by a run that succeeds at once

    if "--json" in arguments:
        interrupted = code in (INTERRUPTED, signals.TERMINATED)
        document = _document(process, arguments, shown(message), interrupted=interrupted)
        print(process.inert(document), file=process.stdout)
    if screen:
        process.say("\n".join(map(shown, screen.rstrip().split("\n"))))
    return code


def _document(
    process: Process, arguments: Sequence[str], message: str, *, interrupted: bool
) -> str:
    # Not needed by a run that comes to a result.
    from datetime import UTC

    from ..render import json

    command = next((word for word in arguments if not word.startswith("-")), "")
    if command != "doctor":
        # One line, because other commands print one object per line.
        return json.line({"event": "error", "ok": False, "error": message})
    started_at = f"{process.now().astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
    return json.error(message, __version__, started_at, interrupted=interrupted)
