"""A run as one HTML file: what is wrong with how many, and a table that sorts and filters.

Law: the page fetches nothing. Its style and its one script are allowed by their hashes, so that a
text in the page cannot add another one (CSP Level 3, section 2.3.1). Without scripts the page says
the same, unsorted. Jinja2 escapes every text.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from ...diagnose import Status
from ...render.html import environment
from ...terms import Side
from ...wording.units import counted
from ..summary import KINDS, WHO, Cause, Summary, headline, turns

if TYPE_CHECKING:
    from jinja2 import Template

    from ..results import AgentRow


def pieces(rows: Iterable[AgentRow], summary: Summary) -> Iterator[str]:
    """Yield the page; it begins with the causes, and ends with the agents."""
    return _page().generate(
        rows=rows, summary=summary, headline=headline(summary), turns=turns(summary)
    )


def _state(row: AgentRow) -> str:
    """Return the status that decides a row's colour and its place."""
    one = row.outcome
    if one.interrupted:
        return Status.SKIP.value
    if not one.ok:
        return Status.FAIL.value
    return Status.WARN.value if _warnings(row) else Status.PASS.value


def _warnings(row: AgentRow) -> str:
    number = dict(row.outcome.findings).get("warning", 0)
    return counted(number, "warning") if number else ""


def _by_side(causes: Iterable[Cause]) -> Iterator[tuple[Side, list[Cause]]]:
    for side, group in groupby(causes, key=lambda cause: cause.side):
        yield side, list(group)


@cache
def _page() -> Template:
    from markupsafe import Markup

    folder = files(__package__) / "templates"
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in _FILES}
    # One page, and so the style of the other report with this one's own after it.
    style = environment().get_template("report.css").render() + texts["fleet.css"]
    page = environment().overlay()
    page.filters = {
        **page.filters,
        "groupby_side": _by_side,
        "state": _state,
        "warnings": _warnings,
    }
    page.globals = {
        **page.globals,
        "style": Markup(style),  # noqa: S704 a file of this package
        "script": Markup(texts["fleet.js"]),  # noqa: S704 a file of this package
        "style_hash": _hash(style),
        "script_hash": _hash(texts["fleet.js"]),
        "kinds": KINDS,
        "next_step": WHO,
    }
    return page.from_string(texts["fleet.html"])


_FILES = ("fleet.html", "fleet.css", "fleet.js")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
