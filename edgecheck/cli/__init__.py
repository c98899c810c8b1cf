"""The command line: options in, a result out, an exit code. No decision about diagnosis.

A command returns its exit code; every other end is turned into one here, and nowhere else.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .stop import STOP, UNTIL_STOPPED

OK, PROBLEM, USAGE, INTERRUPTED = 0, 1, 2, 130
# What a shell reports for a program that SIGPIPE ended, as it ends every other whose reader has
# gone.
READER_GONE = 141
_SURPLUS = re.compile(r"argument\(s\) \(.*\)", re.DOTALL)
# The variable by which a shell's completion asks Typer.
COMPLETION = "_EDGECHECK_COMPLETE"
# To import typer and the catalogue makes some 60,000 objects, none of which is garbage; at the
# usual threshold of 700 the collector looks through all of them again and again. A command that
# stays still has its cycles collected.
_COLLECT_AFTER = 100_000


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    if not UNTIL_STOPPED.isdisjoint(sys.argv[1:2]):
        STOP.install()
    gc.set_threshold(_COLLECT_AFTER)
    # Closed by who started us. Each is open as long as the process.
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # What an encoding cannot write is shown as an escape, and never ends the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = _fail(sys.argv[1:], INTERRUPTED, "interrupted", "")
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            _say(f"edgecheck: standard output cannot be written: {error.strerror}")
        code = READER_GONE if isinstance(error, BrokenPipeError) else PROBLEM
        # Python flushes standard output once more at exit; that must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # The interpreter collects once more on its way out: a tenth of a quick command's time, for
    # memory that the system takes back anyway.
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code.

    Raises:
        OSError: standard output cannot be written.
    """
    if arguments[:1] == ["--version"] and set(arguments[1:]) <= {"-v", "--verbose"}:
        # Before anything slow is imported: scripts ask this, and nothing else.
        from .version import version_text

        print(version_text(verbose=len(arguments) > 1))
        return OK

    import typer

    from .options import CannotGoOn, UsageError

    try:
        return _invoke(arguments)
    except typer.Exit as end:
        return end.exit_code
    except UsageError as error:
        return _fail(arguments, USAGE, str(error), f"edgecheck: {error}")
    except CannotGoOn as error:
        return _fail(arguments, PROBLEM, str(error), f"edgecheck: {error}")
    except typer.TyperException as error:
        screen = io.StringIO()
        error.show(screen)  # type: ignore[attr-defined]
        # A word too many may be the secret, given where no option takes it.
        message, shown = (
            _SURPLUS.sub("argument", text) for text in (error.format_message(), screen.getvalue())
        )
        return _fail(arguments, error.exit_code, message, shown)
    except OSError as error:
        if error.filename is None and error.errno in (errno.EPIPE, errno.ENOSPC, errno.EIO):
            raise
        return _fail(arguments, PROBLEM, _own_fault(error), _own_fault(error))
    except Exception as error:  # noqa: BLE001 whatever else it is, the person must not read a traceback
        return _fail(arguments, PROBLEM, _own_fault(error), _own_fault(error))


def _invoke(arguments: Sequence[str]) -> int:
    """Find the command and run it."""
    if COMPLETION not in os.environ and not any(word.startswith("-") for word in arguments):
        # What is typed most, and no option to parse: what Typer needs to parse one takes as long as
        # either of these.
        match arguments:
            case ["doctor"]:
                from .doctor import doctor

                return doctor()
            case ["explain", *words]:
                from .explain import explain

                return explain(words)

    import typer

    from .app import app

    command = typer.main.get_command(app)
    if COMPLETION in os.environ:
        # Typer lays out what a candidate means for a terminal's width; to zsh and fish, a second
        # line would be another candidate.
        os.environ["COLUMNS"] = "1000"
        try:
            command.main(prog_name="edgecheck")  # answers the shell, and exits
        except Exception:  # noqa: BLE001 what is typed may make no sense yet, and a traceback would tear the line apart
            return PROBLEM
    # Not `command.main`: it turns KeyboardInterrupt and a reader that has gone into exit codes of
    # its own, without a word.
    with command.make_context("edgecheck", list(arguments)) as context:
        return command.invoke(context) or OK


def _own_fault(error: Exception) -> str:
    """Say where edgecheck failed.

    Not the exception's text: a foreign library's may hold the secret.
    """
    frames = traceback.extract_tb(error.__traceback__)
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return (
        f"edgecheck itself failed ({type(error).__name__}{at}). Neither your settings nor the "
        "backend are to blame for that."
    )


def _fail(arguments: Sequence[str], code: int, message: str, screen: str) -> int:
    """End without a result: the words for people on standard error, and with --json a document all the same."""
    from ..render.words import shown

    if "--json" in arguments:
        print(_document(arguments, shown(message), interrupted=code == INTERRUPTED))
    _say("\n".join(map(shown, screen.rstrip().split("\n"))))
    return code


def _document(arguments: Sequence[str], message: str, *, interrupted: bool) -> str:
    from datetime import UTC, datetime

    from .. import __version__
    from ..render import json

    command = next((word for word in arguments if not word.startswith("-")), "")
    if command != "doctor":
        # One line: it stands where others stand as one object a line.
        return json.line({"event": "error", "ok": False, "error": message})
    return json.error(
        message, __version__, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z", interrupted=interrupted
    )


def _say(text: str) -> None:
    from .console.output import say

    if text:
        say(text)
