"""Functions and files stay short enough to be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.documents import ROOT

# In lines. Who has more to say gives a part of it a name.
FUNCTION, FILE = 60, 500
# Tables of the catalogue: one entry after the other, which nobody reads as a whole.
TABLES = ("catalogue", "catalogue/config", "catalogue/tells")


def is_table(path: Path) -> bool:
    """Tell whether a file of the package is a table of the catalogue."""
    return path.parent.relative_to(ROOT / "edgecheck").as_posix() in TABLES


def long_functions(text: str) -> Iterator[str]:
    """Give the functions of a module that are too long, with their lengths."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION:
                yield f"{node.name}: {lines}"


@pytest.mark.parametrize("folder", ["edgecheck", "tests"])
def test_no_function_is_long(folder: str) -> None:
    """Those of the tests included, and those inside another one."""
    found = {
        f"{path.relative_to(ROOT)}: {function}"
        for path in (ROOT / folder).rglob("*.py")
        for function in long_functions(path.read_text(encoding="utf-8"))
    }

    assert found == set()


def test_no_file_is_long() -> None:
    """Tables of the catalogue apart."""
    found = {
        f"{path.relative_to(ROOT)}: {lines}"
        for path in (ROOT / "edgecheck").rglob("*.py")
        if not is_table(path)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE
    }

    assert found == set()


def test_a_long_function_is_found() -> None:
    """One of 60 lines is not."""
    short = "def name() -> None:\n" + 59 * "    pass\n"

    assert list(long_functions(short)) == []
    assert list(long_functions(f"{short}    pass\n")) == ["name: 61"]
