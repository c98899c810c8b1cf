"""The codes of the problems: people, scripts and old reports know them, so none may vanish."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from edgecheck.catalogue import PROBLEMS
from tests.timing import PATIENCE

KNOWN = (Path(__file__).parent / "codes.txt").read_text().split()


def test_no_code_vanishes() -> None:
    """The list is written by hand, and only grows: a new problem is added to it."""
    assert [code for code in KNOWN if code not in PROBLEMS] == []
    assert len(KNOWN) == len(set(KNOWN)) > 100


def test_explain_lists_every_code_that_the_catalogue_has(tmp_path: Path) -> None:
    """In the catalogue's order, each once."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "edgecheck", "explain", "--list", "--json"],
        capture_output=True,
        cwd=tmp_path,
        check=True,
        timeout=PATIENCE,
    )
    listed = [each["code"] for each in json.loads(done.stdout)]

    assert listed == list(PROBLEMS)
    assert set(KNOWN) <= set(listed)
