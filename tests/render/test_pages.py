"""The JSON document and the page of all problems."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from edgecheck.catalogue import PROBLEMS
from edgecheck.render import json as rendering
from edgecheck.render.problems import page
from tests.timing import PATIENCE

PAGE = Path(__file__).parents[2] / "docs" / "problems.md"


def test_the_page_is_what_the_catalogue_says() -> None:
    """`make docs` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page(PROBLEMS.values())


def test_the_page_has_every_problem() -> None:
    """Each is there once, under its code."""
    shown = page(PROBLEMS.values())

    assert all(shown.count(f"### `{code}`\n") == 1 for code in PROBLEMS)


def test_the_module_writes_the_page_when_it_is_run() -> None:
    """`make docs` runs it."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "edgecheck.render.problems"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )

    assert done.stdout == page(PROBLEMS.values())


def test_a_document_is_printable_ascii() -> None:
    """This holds for all texts."""
    text = rendering.dumps({"a": "é\x7f\x1b\u202e\U0001f600"})

    assert all(" " <= character <= "~" or character == "\n" for character in text)
    assert json.loads(text) == {"a": "é\x7f\x1b\u202e\U0001f600"}
