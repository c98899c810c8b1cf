"""`edgecheck repl`: talk to the backend by hand, or with a script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .ends import OK, PROBLEM, UsageError
from .live import DEMO_COMMAND_SECONDS, Live
from .options import Given
from .process import Process, is_readable

if TYPE_CHECKING:
    from ..settings.model import Settings

HISTORY = "history"
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
    from .console.output import is_terminal

    if wanted.execute and wanted.script is not None:
        raise UsageError("-x and --script cannot be used together.")
    live = Live(process, given)
    if not (wanted.execute or wanted.script is not None or is_readable(process.stdin)):
        raise UsageError("Standard input cannot be read. Use -x or --script for the lines.")
    scripted = bool(wanted.execute) or wanted.script is not None
    interactive = (
        not (scripted or given.as_json)
        and is_terminal(process.stdin, process.environ)
        and is_terminal(process.stdout, process.environ)
    )
    if given.options.secret_file == STANDARD_INPUT and not scripted:
        raise UsageError(
            "Standard input cannot hold both the secret and the lines: name a file for one of them."
        )
    lines = wanted.execute if wanted.script is None else _lines_in(wanted.script)

    async def work(settings: Settings) -> int:
        from .verdicts import request_possible

        if not await request_possible(settings, live.reporter):
            return PROBLEM
        if interactive:
            return await _prompted(live, settings)
        return await _scripted(live, settings, lines, keep_going=wanted.keep_going)

    from ..wire.arrival import ArrivalLoop  # asyncio, which is not needed for help

    return live.run(work, command_every=DEMO_COMMAND_SECONDS, loop=ArrivalLoop)


def _lines_in(script: Path) -> list[str]:
    from ..repl.script import LONGEST

    try:
        with script.open("rb") as file:
            content = file.read(LONGEST + 1)
        lines = content.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"--script {script}: {why}") from None
    if len(content) > LONGEST:
        raise UsageError(
            f"--script {script}: it is larger than {LONGEST >> 20} MiB, the limit for a script"
        )
    return lines


async def _scripted(
    live: Live, settings: Settings, lines: list[str] | None, *, keep_going: bool
) -> int:
    from ..checkup import concluded
    from ..repl.script import given, lines_of, run
    from ..repl.talk import Talk

    reporter = live.reporter
    talk = Talk(settings, reporter, judge=lambda trip: concluded(settings, trip), brief=False)
    if not await talk.connect():
        return PROBLEM
    try:
        source = lines_of(live.process.stdin) if lines is None else given(lines)
        well = await talk.during(run(talk, source, reporter, keep_going=keep_going))
        return OK if well else PROBLEM
    finally:
        await talk.close()


async def _prompted(live: Live, settings: Settings) -> int:
    from platformdirs import user_state_path
    from prompt_toolkit.patch_stdout import patch_stdout

    from ..checkup import concluded
    from ..repl.console import history_at, looks_secret, run
    from ..repl.talk import Talk
    from ..wire.opening import opening_of

    plan = opening_of(settings)

    def holds_secret(line: str) -> bool:
        return looks_secret(line, plan.secret)

    history = history_at(user_state_path("edgecheck", appauthor=False) / HISTORY, holds_secret)
    agent_id = plan.clean(plan.agent_id)
    with patch_stdout(raw=True):
        reporter = live.reporter_on(Process.here())  # its standard output was just replaced
        talk = Talk(settings, reporter, judge=lambda trip: concluded(settings, trip), brief=True)
        reporter.event(
            "",
            (
                f"REPL {plan.clean(plan.endpoint.authority)} as {agent_id}. Type help for the "
                "commands; Ctrl-D ends."
            ),
        )
        try:
            await talk.connect()
            await talk.during(run(talk, reporter, history, f"{agent_id}> "))
        finally:
            await talk.close()
    return OK
