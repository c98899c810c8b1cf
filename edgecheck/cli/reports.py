"""Reports to send: the files of `doctor --report`, and what a workflow of GitHub Actions shows by itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..files import replace
from ..render.formats import FORMATS, Format, format_of
from ..render.words import did_you_mean, shown
from ..report import Report
from .console.output import say
from .options import UsageError

STANDARD_OUTPUT = "-"


class Reports:
    """Where a report goes, beside the screen or in its place.

    Args:
        names: what ``--report`` says.
        wanted: what ``--format`` says.
        as_json: ``--json``: standard output is taken.
        quiet: say nothing of what was written.

    Raises:
        UsageError: a report has no format, or no folder to go to.
    """

    def __init__(
        self, names: Sequence[str], wanted: str | None, *, as_json: bool, quiet: bool
    ) -> None:
        if wanted is not None and not names:
            raise UsageError(
                f"--format goes with --report: edgecheck doctor --report FILE --format {wanted}"
            )
        formats = {name: _format(name, wanted) for name in names}
        if as_json and STANDARD_OUTPUT in formats:
            raise UsageError(
                "--json and --report - exclude each other: both are for standard output."
            )
        # What standard output gets, and nothing else; None for the screen.
        self.document = format_of("json") if as_json else formats.pop(STANDARD_OUTPUT, None)
        for name in formats:
            _check_place(name)
        self._formats, self._quiet, self._said = formats, quiet, set[str]()

    def write(
        self, report: Report, environ: Mapping[str, str] = os.environ, *, last: bool = True
    ) -> bool:
        """Write all of them, over those of an earlier run.

        Args:
            report: what they say.
            environ: variables of the process.
            last: no other will take its place, so that the workflow is told as well.

        Returns:
            Whether every file could be written; which one could not, and why, is said.
        """
        written = [self._write(name, one, report) for name, one in self._formats.items()]
        if last and environ.get("GITHUB_ACTIONS") == "true":
            _tell_github(report, environ.get("GITHUB_STEP_SUMMARY"))
        return all(written)

    def _write(self, name: str, form: Format, report: Report) -> bool:
        try:
            replace(Path(name), form.render(report).encode())
        except (OSError, ValueError) as error:
            say(
                f"edgecheck: {shown(name)} cannot be written: "
                f"{(isinstance(error, OSError) and error.strerror) or error}"
            )
            return False
        if not self._quiet and name not in self._said:
            say(f"Report: {shown(name)}")
        self._said.add(name)
        return True


def _format(name: str, wanted: str | None) -> Format:
    if wanted is not None:
        known = [form.name for form in FORMATS]
        found = format_of(wanted)
        if found is None:
            raise UsageError(
                f"--format is {', '.join(known[:-1])} or {known[-1]}; {wanted[:80]!r} is "
                f"not.{did_you_mean(wanted, known)}"
            )
        return found
    found = format_of(Path(name).suffix)
    if found is None:
        extensions = [form.extension for form in FORMATS]
        ending = (
            ""
            if name == STANDARD_OUTPUT
            else f"end the name in {', '.join(extensions[:-1])} or {extensions[-1]}, or "
        )
        raise UsageError(f"--report {name}: {ending}add --format.")
    return found


def _check_place(name: str) -> None:
    path = Path(name)
    try:
        if not path.parent.is_dir():
            raise UsageError(f"--report {name}: there is no folder {path.parent}")
        if path.is_dir():
            raise UsageError(f"--report {name}: that is a folder")
    except OSError as error:
        raise UsageError(f"--report {name}: {error.strerror}") from None


def _tell_github(report: Report, summary: str | None) -> None:
    """Write annotations on standard error, which the runner reads as well, and append to the summary of the step, where there is one."""
    from ..render import github, markdown

    for command in github.commands(report) if sys.stderr is not None else ():
        with suppress(OSError, ValueError):
            print(command, file=sys.stderr, flush=True)
    if not summary:
        return
    try:
        with Path(summary).open("ab") as file:
            file.write(f"{markdown.report(report)}\n".encode())
    except (OSError, ValueError) as error:
        say(
            "edgecheck: the summary of the step cannot be written: "
            f"{(isinstance(error, OSError) and error.strerror) or error}"
        )
