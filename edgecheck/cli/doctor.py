"""`edgecheck doctor`: find out what is wrong, whose turn it is, and what to do."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import INTERRUPTED, OK, PROBLEM
from .options import Given, UsageError, connecting, not_both

if TYPE_CHECKING:
    from ..facts import Observer
    from ..report import Report
    from ..settings.model import Settings
    from ..settings.sources import Options
    from .output import Output


def _complete_fault(incomplete: str) -> list[tuple[str, str]]:
    from .demo import reproducible

    return [(code, title) for code, title in reproducible().items() if code.startswith(incomplete)]


@connecting
def doctor(
    given: Given,
    no_experiments: Annotated[bool, typer.Option("--no-experiments", help="After a refusal, try no changed requests.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Judge the settings alone; send nothing.")] = False,
    replay: Annotated[
        str | None, typer.Option("--replay", metavar="FILE", help="Judge a report of --json again, offline; - for standard input.")
    ] = None,
    fault: Annotated[
        str | None, typer.Option("--fault", metavar="CODE", autocompletion=_complete_fault, help="With --demo: fail as this problem does.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings, too.")] = False,
) -> int:
    """Find out why the connection fails and what to do.

    Exit code: 0 healthy, 1 a problem, 2 wrong usage, 130 interrupted.

    \b
    Examples:
      edgecheck doctor
      edgecheck doctor --json -e /srv/agent/.env > report.json
    """
    from .output import standard_output

    not_both(replay=replay is not None, offline=offline, demo=given.demo)
    if fault is not None and not given.demo:
        raise UsageError(f"--fault goes with --demo: edgecheck doctor --demo --fault {fault}")
    if replay is not None:
        given.needs_no_target("replay")
    options = dataclasses.replace(given.options, experiments=not no_experiments)

    output = standard_output(no_color=given.no_color)
    screen = Screen(output, as_json=given.as_json, quiet=given.quiet, verbose=given.verbose, strict=strict)
    if replay is not None:
        from .replay import replayed

        return screen.finished(replayed(replay))
    if given.demo:
        from .demo import demonstrate

        return screen.live(lambda observe: demonstrate(options, fault, observe), options.timeout)
    settings = load_here(options)
    if offline:
        from ..checkup import offline as judge

        return screen.finished(judge(settings))
    from ..checkup import checkup

    return screen.live(lambda observe: checkup(settings, observe), options.timeout)


def load_here(options: Options) -> Settings:
    """Gather the settings of this process."""
    from ..settings.sources import load

    return load(options, environ=os.environ, cwd=Path.cwd(), stdin=sys.stdin.buffer)


class Screen:
    """How a report reaches the person or the script, and what exit code follows from it.

    Args:
        output: standard output.
        as_json: one JSON document, and nothing else.
        quiet: only what is wrong.
        verbose: all that was seen, too.
        strict: a warning counts as a problem, for the exit code; `ok` in the document stays as it is.
    """

    def __init__(self, output: Output, *, as_json: bool, quiet: bool, verbose: bool, strict: bool) -> None:
        self._output = output
        self._as_json, self._quiet, self._verbose, self._strict = as_json, quiet, verbose, strict

    def finished(self, report: Report) -> int:
        """Show a report of a run that is over."""
        from ..render import text

        if not (self._as_json or self._quiet):
            self._output.print(text.opening(report, self._output.width))
        return self._close(report)

    def live(self, run: Callable[[Observer], Coroutine[None, None, Report]], limit: float) -> int:
        """Show a run as it goes.

        Args:
            run: makes the checkup, given whom to tell of its stages.
            limit: seconds that one stage may take.
        """
        import asyncio

        from ..probe.tls import TrustError
        from .output import is_terminal
        from .progress import Progress

        silent = self._as_json or self._quiet
        # Without colours no control characters either: the spinner needs some.
        spinner = self._output.is_colored and is_terminal(sys.stdout) and is_terminal(sys.stderr)
        progress = None if silent else Progress(self._output, spinner=spinner, limit=limit)

        async def watched() -> Report:
            if progress is None:
                return await run(lambda stage, facts: None)
            spinning = asyncio.create_task(progress.spin())
            try:
                return await run(progress.observe)
            finally:
                spinning.cancel()

        try:
            report = asyncio.run(watched())
        except TrustError as error:
            raise UsageError(f"--ca-file: {error}") from None
        if progress is not None:
            progress.finish(report)
        return self._close(report)

    def _close(self, report: Report) -> int:
        if self._as_json:
            from ..render import json

            self._output.print_plain(json.report(report))
        else:
            from ..render import text

            width = self._output.width
            lines = text.problems(report, width) if self._quiet else text.closing(report, width, verbose=self._verbose, strict=self._strict)
            self._output.print(lines)
        return self._exit_code(report)

    def _exit_code(self, report: Report) -> int:
        from ..catalogue.problem import Severity

        if report.facts.interrupted:
            return INTERRUPTED
        warned = any(finding.severity is Severity.WARNING for finding in report.diagnosis.findings)
        return OK if report.ok and not (self._strict and warned) else PROBLEM
