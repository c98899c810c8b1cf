"""Read what an earlier run said: its lines of JSON, or its report in JSON (I/O)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..render.words import shown
from .summary import NOT_CHECKED

# As both are written, an agent a line; another program may have laid the report out anew.
_AGENT = '{"event": "agent"'


class NoBaseline(ValueError):
    """The file is not what a run of `fleet` wrote; the text says why."""


def earlier_run(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, cause and the cause's stage of each agent; cause and stage empty if healthy.

    Raises:
        NoBaseline: the file cannot be read, or is something else.
    """
    found = False
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.startswith(_AGENT):
                    found = True
                    yield from _agent(json.loads(line.rstrip().rstrip(",")))
            if not found and file.seekable():
                file.seek(0)
                agents = list(_agents_in(file.read()))
                found = bool(agents)
                for agent in agents:
                    yield from _agent(agent)
    except OSError as error:
        raise NoBaseline(error.strerror or str(error)) from None
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        found = False
    if not found:
        raise NoBaseline("it is not what `fleet --json` or `fleet --report FILE.json` wrote")


def _agents_in(text: str) -> Iterator[Any]:
    """Yield the agents of a report, or of lines, that another program has laid out again."""
    with suppress(ValueError):
        yield from json.loads(text).get("agents", ())
        return
    for line in text.split("\n"):
        document = json.loads(line) if line.strip() else {}
        if document.get("event") == "agent":
            yield document


def _agent(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    if document.get("interrupted"):
        return  # what was not checked to its end says nothing
    verdict = document.get("verdict") or {}
    cause = "" if document.get("ok") else verdict.get("code") or NOT_CHECKED
    said = (document["name"], cause, verdict.get("stage") or "")
    if not all(isinstance(text, str) for text in said):
        raise TypeError("not as a run writes it")
    name, cause, stage = map(shown, said)  # SQLite takes no surrogates
    yield name, cause, stage
