"""The table of what each program makes of a ``.env`` file, and the document."""

from __future__ import annotations

from typing import Any

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.lint.who_reads import Cell, ReaderRow
from edgecheck.render.readers import SCHEMA, document, table

NAMES = EDGE.variables
SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
FINGERPRINT = "sha256:43996b6248ae"
URL = Cell(NAMES.url, "wss://me:pa55word@h.example", same=True)
GOOD = Cell(NAMES.secret, SECRET, same=True)
AGENT = Cell(NAMES.agent_id, "edge_7", same=True)


def row(*cells: Cell, reader: Reader = Reader.DOCKER, **more: Any) -> ReaderRow:
    """Return a row of a reader that was named, with these cells in place of good ones."""
    changed = {one.name: one for one in (URL, GOOD, AGENT, *cells)}
    known: dict[str, Any] = {"found": "--reader", "followed": True, "stopped_at": None, "lost": ()}
    return ReaderRow(reader, **{**known, **more}, cells=tuple(changed.values()))


def lines(*rows: ReaderRow) -> list[str]:
    """Return the table as a pipe gets it, each line without what aligns it."""
    laid_out = table(".env", (URL, GOOD, AGENT), rows, NAMES, 120)
    return [" ".join(line.plain.split()) for line in laid_out]


def test_what_was_meant_stands_above_who_reads_it() -> None:
    """Neither the secret nor a password is shown, and there are no details where all is well."""
    found = lines(row(), row(reader=Reader.PYTHON_DOTENV, found=None, followed=False))

    assert found == [
        ".env, as its readers see it",
        "",
        "BACKEND_URL: `wss://me:***@h.example`",
        f"EDGE_SECRET: 32 characters, {FINGERPRINT}",
        "EDGE_AGENT_ID: `edge_7`",
        "",
        "reader BACKEND_URL EDGE_SECRET EDGE_AGENT_ID found in",
        "> docker as written as written as written --reader",
        "python-dotenv as written as written as written -",
    ]


@pytest.mark.parametrize(
    ("cell", "word", "detail"),
    [
        (Cell(NAMES.agent_id, None, same=False, note="not in the file"), "-", ""),
        (Cell(NAMES.agent_id, None, same=False), "nothing", "EDGE_AGENT_ID: nothing"),
        (
            Cell(NAMES.agent_id, None, same=False, note="gives up in line 1"),
            "nothing",
            "EDGE_AGENT_ID: nothing: gives up in line 1",
        ),
        (Cell(NAMES.agent_id, "'edge_7'", same=False), "another", "EDGE_AGENT_ID: `'edge_7'`"),
        (
            Cell(NAMES.agent_id, "edge_7", same=True, note="another value wins"),
            "as written",
            "EDGE_AGENT_ID: `edge_7`; another value wins",
        ),
        (
            Cell(NAMES.secret, f"'{SECRET}'", same=False),
            "another",
            "EDGE_SECRET: 34 characters, sha256:",
        ),
        (Cell(NAMES.secret, "abc", same=False), "another", "EDGE_SECRET: 3 characters"),
    ],
)
def test_what_is_wrong_stands_below(cell: Cell, word: str, detail: str) -> None:
    """In a word or two in the table, and why below it."""
    found = lines(row(cell))
    heading, *details = found[9:] or [""]

    assert word in found[7]
    assert any(line.startswith(detail) for line in details) is bool(detail)
    assert heading.endswith("; the file wins over the environment") is bool(detail)


def test_what_is_lost_beside_the_settings_is_named() -> None:
    """For a reader over which the environment wins, that is said as well."""
    found = lines(row(reader=Reader.NODE_DOTENV, lost=("A", NAMES.agent_id, "B")))

    assert found[9].endswith("; the file does not win over the environment")
    assert found[-1] == "lost too: A, B"
    assert lines(row(lost=(NAMES.agent_id,)))[-1].endswith("; the file wins over the environment")


def test_the_document_holds_fingerprints_and_no_passwords() -> None:
    """A weak secret has none."""
    weak, none = Cell(NAMES.secret, "abc", same=False), Cell(NAMES.secret, None, same=False)
    gone = Cell(NAMES.url, None, same=False, note="not in the file")
    found = document(".env", (row(stopped_at=2), row(weak, gone), row(none)), NAMES)
    first, second, third = found["readers"]

    assert (found["schema"], found["file"]) == (SCHEMA, ".env")
    assert {**first, "settings": first["settings"].keys()} == {
        "reader": "docker",
        "found": "--reader",
        "followed": True,
        "wins": "file",
        "stopped_at": 2,
        "lost": [],
        "settings": {NAMES.url, NAMES.secret, NAMES.agent_id},
    }
    assert first["settings"][NAMES.secret] == {
        "fingerprint": FINGERPRINT,
        "same_as_written": True,
        "note": "",
    }
    assert first["settings"][NAMES.url]["value"] == "wss://me:***@h.example"
    assert second["settings"][NAMES.url]["value"] is None
    assert [one["settings"][NAMES.secret]["fingerprint"] for one in (second, third)] == [None, None]
