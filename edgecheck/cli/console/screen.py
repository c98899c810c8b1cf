"""Show a report to the user or the script, and derive the exit code from it."""

from __future__ import annotations

from typing import TextIO

from ... import signals
from ...render import text
from ...render.first_screen import first_screen
from ...render.formats import LINE
from ...report import Report
from ..ends import OK, PROBLEM
from ..process import Process
from ..reports import Reports
from .output import Output, is_terminal


class Screen:
    """Where `doctor` shows what it found.

    Args:
        process: whose streams they are.
        output: standard output.
        reports: where else a report goes, and whether standard output is one document.
        quiet: only what is wrong.
        verbose: all that was seen, too.
        strict: a warning counts as a problem, for the exit code; `ok` in the document stays as it
            is.
    """

    def __init__(
        self,
        process: Process,
        output: Output,
        reports: Reports,
        *,
        quiet: bool,
        verbose: bool,
        strict: bool,
    ) -> None:
        self.output, self.reports = output, reports
        self.quiet, self.verbose, self.strict = quiet, verbose, strict
        self._process = process

    @property
    def is_document(self) -> bool:
        """Whether standard output is one document, and nothing else."""
        return self.reports.document is not None

    @property
    def streams(self) -> bool:
        """Whether each stage is shown as it ends, and not only how it all ended."""
        return self.verbose and not (self.is_document or self.quiet)

    @property
    def terminal(self) -> TextIO | None:
        """The terminal whose last line may be overwritten, or None.

        It is None without colours, too, because overwriting needs control characters.
        """
        process = self._process
        drawn_on = (process.stdout, process.stderr)
        can_draw = all(is_terminal(stream, process.environ) for stream in drawn_on)
        return process.stderr if can_draw and self.output.is_colored else None

    def finished(self, report: Report) -> int:
        """Show a report of a run that is over."""
        if self.streams:
            self.output.print(text.opening(report, self.output.width))
        return self.close(report)

    def close(self, report: Report) -> int:
        """Show the result of a run, send the reports, and return the exit code."""
        self.show(report)
        return self.sent(report)

    def show(self, report: Report) -> None:
        """Show the result of a run: the document, or what follows the stages."""
        if self.reports.document is not None:
            self.output.print_plain(self.reports.document.render(report).rstrip("\n"))
            if self.reports.document is LINE:
                self._say_what_was_taken(report)
            return
        width = self.output.width
        if self.quiet:
            self.output.print(text.problems(report, width))
        elif self.verbose:
            self.output.print(text.closing(report, width, strict=self.strict))
        else:
            self.output.print(first_screen(report, width, strict=self.strict))

    def _say_what_was_taken(self, report: Report) -> None:
        """Name the commands that came to this look: one line has no room for them."""
        for finding in report.diagnosis.taken:
            self._process.say(f"edgecheck: {finding.title}")

    def sent(self, report: Report, *, last: bool = True) -> int:
        """Only send the reports, and return the exit code.

        Args:
            report: the report.
            last: no other report will replace it.
        """
        code = self.exit_code(report)
        return code if self.reports.write(report, last=last) else code or PROBLEM

    def exit_code(self, report: Report) -> int:
        """Return the exit code that follows from a report."""
        if report.facts.interrupted:
            return signals.exit_code()
        return OK if report.ok and not (self.strict and report.diagnosis.warnings) else PROBLEM
