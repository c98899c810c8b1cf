"""The files of `fleet --report`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..files import replace
from ..fleet.results import Results
from ..fleet.summary import Summary
from ..render.words import shown
from .ends import UsageError
from .process import Process
from .reports import check_place

# Makes the pieces of a report.
Pieces = Callable[[Results, Summary, bool], Iterator[str]]


# Each imports what only its own format needs.


def _html(found: Results, summary: Summary, only_problems: bool) -> Iterator[str]:
    from ..fleet.reports.html import pieces

    return pieces(found.rows(only_problems=only_problems), summary)


def _junit(found: Results, summary: Summary, only_problems: bool) -> Iterator[str]:
    from ..fleet.reports.junit import pieces

    return pieces(found.rows(only_problems=only_problems), summary)


def _markdown(found: Results, summary: Summary, only_problems: bool) -> Iterator[str]:
    from ..fleet.reports.markdown import pieces

    return pieces(found.rows(only_problems=only_problems), summary)


def _json(found: Results, summary: Summary, only_problems: bool) -> Iterator[str]:
    from ..fleet.reports.document import pieces

    return pieces(found.rows(only_problems=only_problems), summary)


_FORMATS: dict[str, Pieces] = {".html": _html, ".md": _markdown, ".json": _json, ".xml": _junit}
# Written in pieces of this size.
_PIECE = 64 << 10


class FleetReports:
    """Where the reports go.

    Args:
        process: where they are written.
        names: the values of ``--report``.
        quiet: do not say what was written.

    Raises:
        UsageError: a report has no format, or its folder does not exist.
    """

    def __init__(self, process: Process, names: Sequence[str], *, quiet: bool) -> None:
        self._process, self._quiet = process, quiet
        self._formats = {name: _format(process, name) for name in names}

    def write(self, found: Results, summary: Summary, *, only_problems: bool) -> bool:
        """Write all of them; return whether each could be written, and show why not."""
        written = True
        for name, pieces in self._formats.items():
            try:
                content = _joined(pieces(found, summary, only_problems))
                replace(self._process.cwd / name, content)
            except (OSError, ValueError) as error:
                why = (isinstance(error, OSError) and error.strerror) or str(error)
                self._process.say(f"edgecheck: {shown(name)} cannot be written: {why}")
                written = False
            else:
                if not self._quiet:
                    self._process.say(f"Report: {shown(name)}")
        return written


def _joined(pieces: Iterator[str]) -> Iterator[bytes]:
    """Join small pieces into larger ones."""
    waiting, size = [], 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


def _format(process: Process, name: str) -> Pieces:
    found = _FORMATS.get(Path(name).suffix.lower())
    if found is None:
        raise UsageError(f"--report {name}: end the name in .html, .md, .json or .xml (JUnit).")
    check_place(process, name)
    return found
