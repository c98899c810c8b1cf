"""Reports to send: the files of `doctor --report`, and what GitHub Actions shows of a run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import replace
from ..render.formats import FORMATS, LINE, NAMES, Format, format_of
from ..render.words import did_you_mean, shown
from ..report import Report
from .ends import UsageError
from .process import Process

if TYPE_CHECKING:
    from .otlp import Traces

STANDARD_OUTPUT = "-"


class Reports:
    """Where a report goes, besides the screen or instead of it.

    Args:
        process: where they are written.
        names: the values of ``--report``.
        wanted: the value of ``--format``.
        otlp: the value of ``--otlp``; None where no trace is wanted.
        as_json: ``--json``: standard output is in use.
        quiet: do not say what was written.

    Raises:
        UsageError: a report has no format, its folder does not exist, or no trace can be sent.
    """

    def __init__(
        self,
        process: Process,
        names: Sequence[str],
        wanted: str | None,
        *,
        otlp: str | None,
        as_json: bool,
        quiet: bool,
    ) -> None:
        if wanted == LINE.name and not names:
            names = (STANDARD_OUTPUT,)
        if wanted is not None and not names:
            form = _format(STANDARD_OUTPUT, wanted)
            raise UsageError(
                f"--format goes with --report: edgecheck doctor --report FILE --format {form.name}"
            )
        formats = {name: _format(name, wanted) for name in names}
        if as_json and STANDARD_OUTPUT in formats:
            other = "--report -" if wanted != LINE.name else "--format line"
            raise UsageError(
                f"--json and {other} exclude each other: both are for standard output."
            )
        # The only format on standard output; None for the screen.
        self.document = format_of("json") if as_json else formats.pop(STANDARD_OUTPUT, None)
        for name in formats:
            check_place(process, name)
        self._process, self._formats, self._quiet = process, formats, quiet
        self._said = set[str]()
        self._traces = _traces(process, otlp, quiet=quiet)

    def write(self, report: Report, *, last: bool = True) -> bool:
        """Write all of them, and replace those of an earlier run.

        Args:
            report: to be written.
            last: no other report will replace it, so the workflow gets it, too.

        Returns:
            Whether every file could be written; errors are shown. That a trace was not taken is
            shown, too, and changes nothing.
        """
        written = [self._write(name, one, report) for name, one in self._formats.items()]
        if last and self._process.environ.get("GITHUB_ACTIONS") == "true":
            _tell_github(self._process, report)
        if self._traces is not None:
            self._traces.send(report)
        return all(written)

    def _write(self, name: str, form: Format, report: Report) -> bool:
        try:
            replace(self._process.cwd / name, form.render(report).encode())
        except (OSError, ValueError) as error:
            self._process.say(f"edgecheck: {shown(name)} cannot be written: {_why(error)}")
            return False
        if not self._quiet and name not in self._said:
            self._process.say(f"Report: {shown(name)}")
        self._said.add(name)
        return True


def _traces(process: Process, otlp: str | None, *, quiet: bool) -> Traces | None:
    if otlp is None:
        return None
    from .otlp import Traces  # needed only for a collector

    return Traces(process, otlp, quiet=quiet)


def _format(name: str, wanted: str | None) -> Format:
    if wanted is not None:
        known = NAMES
        found = format_of(wanted)
        if found is None:
            raise UsageError(
                f"--format must be {', '.join(known[:-1])} or {known[-1]}, not {wanted[:80]!r}."
                f"{did_you_mean(wanted, known)}"
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


def check_place(process: Process, name: str) -> None:
    """Raise `UsageError` if no report can be written there, before anything is done for one."""
    path = process.cwd / name
    try:
        if not path.parent.is_dir():
            raise UsageError(f"--report {name}: there is no such folder")
        if path.is_dir():
            raise UsageError(f"--report {name}: that is a folder")
    except OSError as error:
        raise UsageError(f"--report {name}: {error.strerror}") from None


def _tell_github(process: Process, report: Report) -> None:
    """Write annotations on standard error, which the runner reads, too.

    The summary of the step, if it has one, gets the report.
    """
    from ..render import github, markdown  # needed only on a runner

    for command in github.commands(report) if process.stderr is not None else ():
        with suppress(OSError, ValueError):
            print(command, file=process.stderr, flush=True)
    summary = process.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        return
    try:
        with (process.cwd / summary).open("ab") as file:
            file.write(f"{markdown.report(report)}\n".encode())
    except (OSError, ValueError) as error:
        process.say(f"edgecheck: the summary of the step cannot be written: {_why(error)}")


def _why(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
