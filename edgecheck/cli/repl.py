"""`edgecheck repl`: talk to the backend by hand, or with a script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from .ends import UsageError
from .options import Given
from .process import Process, is_readable

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class ReplOptions:
    """The options of `repl` alone."""

    execute: Annotated[
        list[str] | None,
        typer.Option(
            "-x", metavar="LINE", help="Run this line, then end; can be given several times."
        ),
    ] = None
    script: Annotated[
        Path | None,
        typer.Option("--script", metavar="FILE", help="Run the lines of this file, then end."),
    ] = None
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="In a script, go on after a line that fails.")
    ] = False


def repl(process: Process, given: Given, wanted: ReplOptions) -> int:
    """Talk to the backend by hand: pings, acks, any message.

    What arrives is shown above the line that is being typed. Type help at the prompt for a list of
    commands. If standard input is not a terminal, the lines are read from it.

    Exit code: 0 ended, 1 no connection or a line of a script failed, 2 wrong usage.

    \b
    Examples:
      edgecheck repl
      edgecheck repl -x ping -x "wait pong 5"
    """
    if wanted.execute and wanted.script is not None:
        raise UsageError("-x and --script cannot be used together.")
    scripted = bool(wanted.execute) or wanted.script is not None
    if not (scripted or is_readable(process.stdin)):
        raise UsageError("Standard input cannot be read. Use -x or --script for the lines.")
    if given.options.secret_file == STANDARD_INPUT and not scripted:
        raise UsageError(
            "Standard input cannot hold both the secret and the lines: name a file for one of them."
        )
    from .repl_run import lines_in, repl_run  # asyncio and the catalogue, which a help does without

    lines = wanted.execute if wanted.script is None else lines_in(wanted.script)
    return repl_run(process, given, lines, keep_going=wanted.keep_going)
