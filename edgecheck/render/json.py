"""The report as the contract's JSON document (pure)."""

from __future__ import annotations

import json
from typing import Any

from ..facts import Facts
from ..report import Report, report_of, to_document


def dumps(document: object) -> str:
    """Write JSON in printable ASCII, which no terminal and no encoding changes."""
    return _inert(json.dumps(document, ensure_ascii=True, indent=2, allow_nan=False))


def line(document: object) -> str:
    """Write JSON in printable ASCII on one line, for streams with one object on each."""
    return _inert(json.dumps(document, ensure_ascii=True, allow_nan=False))


def _inert(text: str) -> str:
    # DEL is ASCII but not printable; `##[` begins a command to the runner of GitHub Actions. Both
    # can occur only in strings.
    return text.replace("\x7f", "\\u007f").replace("##[", "#\\u0023[")


def report(report: Report) -> str:
    """Return the contract's JSON document."""
    return dumps(to_document(report))


def error(message: str, version: str, started_at: str, *, interrupted: bool = False) -> str:
    """Return the document for a run without a result: all keys of a report, and ``error``.

    Args:
        message: one sentence for people.
        version: of edgecheck.
        started_at: RFC 3339, UTC.
        interrupted: the person stopped it.
    """
    document: dict[str, Any] = to_document(
        report_of(Facts(started_at=started_at, interrupted=interrupted), version)
    )
    return dumps({**document, "ok": False, "error": message})
