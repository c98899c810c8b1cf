"""A run as one JSON document: the summary, and a line for each agent (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...render.json import dumps, line
from ..summary import Summary, as_document

if TYPE_CHECKING:
    from ..results import AgentRow

SCHEMA = "edgecheck.fleet/1"


def pieces(rows: Iterable[AgentRow], summary: Summary) -> Iterator[str]:
    """Yield the document; each agent has a line of its own, as `fleet --json` prints it."""
    whole = dumps({"schema": SCHEMA, "summary": as_document(summary), "agents": []})
    head, found, _ = whole.rpartition("[]")
    assert found
    yield f"{head}[\n"
    between = ""
    for row in rows:
        yield between + line(row.document)
        between = ",\n"
    yield "\n]}\n"
