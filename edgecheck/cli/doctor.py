"""`edgecheck doctor`: find out what is wrong, whose turn it is, and what to do."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import INTERRUPTED, OK, PROBLEM
from .options import Given, UsageError, connecting, not_both

if TYPE_CHECKING:
    from rich.text import Text

    from ..facts import Observer
    from ..report import Report
    from ..settings.model import Settings
    from ..settings.sources import Options
    from .console.output import Output
    from .reports import Reports


def _complete_fault(incomplete: str) -> list[tuple[str, str]]:
    from .demo import reproducible

    return [(code, title) for code, title in reproducible().items() if code.startswith(incomplete)]


@connecting
def doctor(
    given: Given,
    no_experiments: Annotated[
        bool, typer.Option("--no-experiments", help="After a refusal, try no changed requests.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Judge the settings alone; send nothing.")
    ] = False,
    replay: Annotated[
        str | None,
        typer.Option(
            "--replay",
            metavar="FILE",
            help="Judge a report of --json again, offline; - for standard input.",
        ),
    ] = None,
    fault: Annotated[
        str | None,
        typer.Option(
            "--fault",
            metavar="CODE",
            autocompletion=_complete_fault,
            help="With --demo: fail as this problem does.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings, too.")] = False,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix",
            help="Repair in .env what needs no guess: show it, ask, keep the old file, look again.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --fix: do not ask.")] = False,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write a report to send: .html, .md, .json or .xml (JUnit); - for standard output.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="Format of --report: html, md, json or junit; otherwise the name's.",
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again when .env changes, until all is well.")
    ] = False,
    every: Annotated[
        float | None,
        typer.Option(
            "--every", metavar="SECONDS", help="With --watch: look again this often, too."
        ),
    ] = None,
) -> int:
    """Find out why the connection fails and what to do.

    Exit code: 0 healthy, 1 a problem, 2 wrong usage, 130 interrupted.

    \b
    Examples:
      edgecheck doctor
      edgecheck doctor -e /srv/agent/.env --report report.html
    """
    from .console.output import standard_output
    from .reports import Reports

    not_both(replay=replay is not None, offline=offline, demo=given.demo)
    if fault is not None and not given.demo:
        raise UsageError(f"--fault goes with --demo: edgecheck doctor --demo --fault {fault}")
    if every is not None and not watch:
        raise UsageError("--every goes with --watch.")
    for name, value in (("replay", replay is not None), ("demo", given.demo)):
        not_both(fix=fix, **{name: value})
        not_both(watch=watch, **{name: value})
    if fix and watch and given.options.secret_file == "-":
        raise UsageError(
            "--fix and --watch each read the secret, and standard input gives it but once: name a "
            "file with --secret-file."
        )
    if yes and not fix:
        raise UsageError("--yes goes with --fix: edgecheck doctor --fix --yes")
    if replay is not None:
        given.needs_no_target("replay")
    options = dataclasses.replace(given.options, experiments=not no_experiments)

    output = standard_output(no_color=given.no_color)
    reports = Reports(report or (), form, as_json=given.as_json, quiet=given.quiet)
    screen = Screen(output, reports, quiet=given.quiet, verbose=given.verbose, strict=strict)
    if replay is not None:
        from .replay import replayed

        return screen.finished(replayed(replay))
    if given.demo:
        from .demo import demonstrate

        return screen.live(lambda observe: demonstrate(options, fault, observe), options.timeout)
    if fix:
        from .console.output import tell
        from .fix import fix as repair

        def show(lines: Callable[[int], Iterable[Text]]) -> None:
            if screen.is_document:
                tell(lines, no_color=given.no_color)
            else:
                output.print(lines(output.width))

        settings = repair(options, show, yes=yes, quiet=given.quiet)
    elif not watch:
        settings = load_here(options)
    if watch:
        from .watch import watch as watch_here

        return watch_here(screen, options, every=every, send=not offline)
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
        reports: where else it goes, and whether standard output is one document.
        quiet: only what is wrong.
        verbose: all that was seen, too.
        strict: a warning counts as a problem, for the exit code; `ok` in the document stays as it
            is.
    """

    def __init__(
        self, output: Output, reports: Reports, *, quiet: bool, verbose: bool, strict: bool
    ) -> None:
        self.output, self.reports = output, reports
        self.quiet, self.verbose, self.strict = quiet, verbose, strict

    @property
    def is_document(self) -> bool:
        """Whether standard output is one document, and nothing else."""
        return self.reports.document is not None

    @property
    def can_draw(self) -> bool:
        """Whether a line may be written over: not without colours, because it takes control characters as well."""
        from .console.output import is_terminal

        return self.output.is_colored and is_terminal(sys.stdout) and is_terminal(sys.stderr)

    def finished(self, report: Report) -> int:
        """Show a report of a run that is over."""
        from ..render import text

        if not (self.is_document or self.quiet):
            self.output.print(text.opening(report, self.output.width))
        return self.close(report)

    def live(self, run: Callable[[Observer], Coroutine[None, None, Report]], limit: float) -> int:
        """Show a run as it goes, and what it came to.

        Args:
            run: makes the checkup, given whom to tell of its stages.
            limit: seconds that one stage may take.
        """
        import asyncio

        return self.close(asyncio.run(self.follow(run, limit)))

    async def follow(
        self,
        run: Callable[[Observer], Coroutine[None, None, Report]],
        limit: float,
        *,
        stages: bool = True,
    ) -> Report:
        """Show a run as it goes.

        Args:
            run, limit: as for `live`.
            stages: print them; otherwise show only what is waited for.
        """
        import asyncio

        from ..wire.tls import TrustError
        from .console.progress import Progress

        try:
            if self.is_document or self.quiet:
                return await run(lambda stage, facts: None)
            progress = Progress(self.output, spinner=self.can_draw, limit=limit, stages=stages)
            spinning = asyncio.create_task(progress.spin())
            try:
                report = await run(progress.observe)
            finally:
                spinning.cancel()
        except TrustError as error:
            raise UsageError(f"--ca-file: {error}") from None
        progress.finish(report)
        return report

    def close(self, report: Report) -> int:
        """Show what a run came to, send the reports, and return the exit code."""
        self.show(report)
        return self.sent(report)

    def show(self, report: Report) -> None:
        """Show what a run came to: the document, or what follows the stages."""
        if self.reports.document is not None:
            self.output.print_plain(self.reports.document.render(report).rstrip("\n"))
        else:
            from ..render import text

            width = self.output.width
            lines = (
                text.problems(report, width)
                if self.quiet
                else text.closing(report, width, verbose=self.verbose, strict=self.strict)
            )
            self.output.print(lines)

    def sent(self, report: Report, *, last: bool = True) -> int:
        """Send the reports alone, and return the exit code.

        Args:
            report: the report.
            last: no other follows that will take its place.
        """
        code = self.exit_code(report)
        return code if self.reports.write(report, last=last) else code or PROBLEM

    def exit_code(self, report: Report) -> int:
        """Return the exit code that follows from a report."""
        if report.facts.interrupted:
            return INTERRUPTED
        return OK if report.ok and not (self.strict and report.diagnosis.warnings) else PROBLEM
