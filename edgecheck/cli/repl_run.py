"""A run of `repl`: at the prompt, or with the lines of a script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..checkup import concluded
from ..repl import script
from ..repl.talk import Talk
from ..wire.arrival import ArrivalLoop
from ..wire.opening import opening_of
from .console.output import is_terminal
from .ends import OK, PROBLEM, UsageError
from .live import DEMO_COMMAND_SECONDS, Live
from .options import Given
from .process import Process
from .verdicts import request_possible

if TYPE_CHECKING:
    from ..settings.model import Settings

HISTORY = "history"


def repl_run(process: Process, given: Given, lines: list[str] | None, *, keep_going: bool) -> int:
    """Talk to the backend, and return the exit code.

    Args:
        lines: to run; none for those of standard input, with a prompt if it is a terminal.
        keep_going: go on after a line that fails.
    """
    live = Live(process, given)
    interactive = (
        not (lines is not None or given.as_json)
        and is_terminal(process.stdin, process.environ)
        and is_terminal(process.stdout, process.environ)
    )

    async def work(settings: Settings) -> int:
        if not await request_possible(settings, live.reporter):
            return PROBLEM
        if interactive:
            return await _prompted(live, settings)
        return await _scripted(live, settings, lines, keep_going=keep_going)

    return live.run(work, command_every=DEMO_COMMAND_SECONDS, loop=ArrivalLoop)


def lines_in(path: Path) -> list[str]:
    """Return the lines of a script. Raises `UsageError` if it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(script.LONGEST + 1)
        lines = content.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"--script {path}: {why}") from None
    if len(content) > script.LONGEST:
        raise UsageError(
            f"--script {path}: it is larger than {script.LONGEST >> 20} MiB, the limit for a script"
        )
    return lines


async def _scripted(
    live: Live, settings: Settings, lines: list[str] | None, *, keep_going: bool
) -> int:
    reporter = live.reporter
    talk = Talk(settings, reporter, judge=lambda trip: concluded(settings, trip), brief=False)
    if not await talk.connect():
        return PROBLEM
    try:
        source = script.lines_of(live.process.stdin) if lines is None else script.given(lines)
        well = await talk.during(script.run(talk, source, reporter, keep_going=keep_going))
        return OK if well else PROBLEM
    finally:
        await talk.close()


async def _prompted(live: Live, settings: Settings) -> int:
    # Slow, and a script needs none of them.
    from platformdirs import user_state_path
    from prompt_toolkit.patch_stdout import patch_stdout

    from ..repl.console import history_at, looks_secret, run

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
