"""The report as one HTML file (pure).

Law: the page runs nothing and fetches nothing, and tells the browser to forbid both. Its style is
allowed by its hash, so that a text in the page cannot add another one (CSP Level 3, section 2.3.1).
Jinja2 escapes every text.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from ..diagnose import Status
from ..report import Report
from ..wording.certificates import described
from ..wording.commands import command, to_fill_in
from ..wording.units import counted, milliseconds
from .exchange import exchanges
from .passages import CODE, passages
from .timeline import timeline
from .words import (
    HOW_SURE,
    NEXT_STEP_FOR_OTHERS,
    by_severity,
    follows,
    headline,
    proven,
    shown,
    the_way,
    which_run,
)

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")


def report(report: Report) -> str:
    """Return the whole report."""
    page = environment().get_template("report.html")
    return page.render(
        report=report,
        facts=report.facts,
        verdict=report.diagnosis.verdict,
        findings=by_severity(report.diagnosis.findings),
        headline=headline(report),
        state=_state(report),
        timeline=timeline(report),
        exchanges=exchanges(report.facts),
        chain=list(map(described, (report.facts.tls and report.facts.tls.chain) or ())),
    )


def _state(report: Report) -> str:
    """Return the status that decides the colour of the page."""
    if report.diagnosis.verdict is not None:
        return Status.FAIL.value
    if not report.facts.reached_its_end or report.facts.interrupted:
        return Status.SKIP.value
    return Status.WARN.value if report.diagnosis.warnings else Status.PASS.value


@cache
def environment() -> Environment:
    """Return what makes pages from templates: it escapes every text."""
    # Late: slow to import, and only this format needs it.
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_safe,
    )
    style = environment.get_template("report.css").render()
    environment.filters.update(
        prose=_prose,
        passages=passages,
        ms=milliseconds,
        moment=_moment,
        percent=_percent,
        counted=counted,
    )
    environment.globals.update(
        newline=Markup("\n"),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        next_step=NEXT_STEP_FOR_OTHERS,
        how_sure=HOW_SURE,
        follows=follows,
        proven=proven,
        the_way=the_way,
        command=command,
        to_fill_in=to_fill_in,
        which_run=which_run,
        takes_no_time=lambda result: result.status is Status.SKIP or not result.span.duration_ms,
    )
    return environment


def _safe(value: Any) -> Any:
    """Escape what must not be in a page, in everything that the template prints.

    This includes line ends: the template prints its own as markup (`newline`).
    """
    return value if hasattr(value, "__html__") or not isinstance(value, str) else shown(value)


def _prose(text: str) -> Markup:
    """Mark text in backticks as code; no text becomes other markup."""
    from markupsafe import Markup, escape

    # Every second part was between backticks.
    parts = enumerate(CODE.split(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(shown(part)) if number % 2 else escape(shown(part))
        for number, part in parts
    )


def _moment(text: str) -> str:
    """Write RFC 3339 for people, to the second; any other text stays as it is."""
    found = _MOMENT.fullmatch(text)
    return f"{found[1]} {found[2]} UTC" if found else text


def _percent(part: float) -> str:
    return f"{part * 100:.4f}%"
