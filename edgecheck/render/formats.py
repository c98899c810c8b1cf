"""The formats of a report that is sent (pure)."""

from __future__ import annotations

from collections.abc import Callable

from ..frozen import dataclass
from ..report import Report


@dataclass(frozen=True)
class Format:
    """A format of the report.

    Args:
        name: the value for `--format`.
        extension: the end of a file's name that selects it, with the dot.
        render: makes the text from a report.
    """

    name: str
    extension: str
    render: Callable[[Report], str]


def _json(report: Report) -> str:
    from . import json

    return json.report(report) + "\n"


def _markdown(report: Report) -> str:
    from . import markdown

    return markdown.report(report)


def _html(report: Report) -> str:
    from . import html

    return html.report(report)


def _junit(report: Report) -> str:
    from . import junit

    return junit.report(report)


def _line(report: Report) -> str:
    from . import line

    return line.report(report) + "\n"


# The reports.
FORMATS = (
    Format("json", ".json", _json),
    Format("md", ".md", _markdown),
    Format("html", ".html", _html),
    Format("junit", ".xml", _junit),
)

# Not a report to pass on: a line for a log. No file's name selects it.
LINE = Format("line", "", _line)
NAMES = tuple(one.name for one in (*FORMATS, LINE))


def format_of(name: str) -> Format | None:
    """Return the format with a name, or with an extension (with its dot or without); or None."""
    name = name.lower().removeprefix(".")
    if name == LINE.name:
        return LINE
    return next((one for one in FORMATS if name in (one.name, one.extension[1:])), None)
