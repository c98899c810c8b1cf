"""What a profile says is said in `backend/` alone."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "edgecheck"
# The profiles themselves, and programs for other people's projects, which are of one profile.
SAID_IN = ("backend", "snippets")
FILES = sorted(
    str(path.relative_to(PACKAGE))
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0] not in SAID_IN
)
SAID = re.compile(
    r"/edge/ws|x-edge-agent-id|\b4001\b|edge_(?:\[0|<|\\d)"
    r"|[\"'` ](?:BACKEND_URL|EDGE_SECRET|EDGE_AGENT_ID)\b",
    re.IGNORECASE,
)


def said_in(path: Path) -> Iterator[str]:
    """Yield the lines of a file that say what a profile says, in code, texts or comments."""
    source = path.read_text(encoding="utf-8")
    examples = set(docstrings(ast.parse(source)))
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.start not in examples and SAID.search(token.string):
                yield f"{token.start[0]}: {token.string}"


def docstrings(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield where each docstring begins: line and column, as `tokenize` counts them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.lineno, first.col_offset


@pytest.mark.parametrize("file", FILES)
def test_no_other_file_says_what_a_profile_says(file: str) -> None:
    """Neither its code nor a text nor a comment; an example in a docstring may."""
    assert list(said_in(PACKAGE / file)) == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""The endpoint is /edge/ws."""\n', []),
        ('def f():\n    """Take 4001."""\n    return 4001\n', ["3: 4001"]),
        ('PATH = "/edge/ws"\n', ['1: "/edge/ws"']),
        ('TEXT = f"{1}/edge/ws"\n', None),
        ("A = 14001  # not 4001\n", ["1: # not 4001"]),
        ('FIELD = "x-edge-agent-id"\n', ['1: "x-edge-agent-id"']),
        ('ID = "edge_<number>"\n', ['1: "edge_<number>"']),
        ('NAME = "EDGE_SECRET"\n', ['1: "EDGE_SECRET"']),
        ('NAME = "Set BACKEND_URL."\n', ['1: "Set BACKEND_URL."']),
        ("from a import EDGE_SECRET\nNAME = EDGE_SECRET\n", []),
    ],
)
def test_what_is_looked_for_is_found(tmp_path: Path, source: str, lines: list[str] | None) -> None:
    """In every kind of text; where an f-string begins and ends is the interpreter's to say."""
    path = tmp_path / "module.py"
    path.write_text(source, encoding="utf-8")
    found = list(said_in(path))

    assert found == lines if lines is not None else len(found) == 1
