"""The codes of the problems: people, scripts and old reports know them, so none may vanish."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import edgecheck
from edgecheck.catalogue import PROBLEMS
from tests.timing import PATIENCE

PACKAGE = Path(edgecheck.__file__).parent
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


# Fields of HTTP, which begin like codes of the proxy.
FIELDS = frozenset({"proxy-agent", "proxy-authenticate", "proxy-connection"})


def test_code_names_no_problem_that_the_catalogue_lacks() -> None:
    """What looks like a code in a text of the source is one: a slip there would never be noticed.

    Facts have names of their own, which rules read, and copied snippets know no catalogue. What
    `listen` writes into its log begins with `command`, as one code does.
    """
    first = "|".join({code.partition("-")[0] for code in PROBLEMS} - {"command"})
    looks_like_one = re.compile(rf"(?:{first})(?:-[a-z0-9]+)+")
    found = {
        (node.value, f"{path.relative_to(PACKAGE)}:{node.lineno}")
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in ("facts", "snippets")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and looks_like_one.fullmatch(node.value)
    }

    assert {code for code, _ in found} >= {"session-command-taken", "url-plaintext"}
    assert sorted(each for each in found if each[0] not in PROBLEMS.keys() | FIELDS) == []
