"""The name of a class says what it is: hardly any name stands for several things."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from tests.project.documents import ROOT

# A name may stand for one thing in one part of the program, and for another in another part.
MOST_MODULES = 2
# Clients to copy, each of them a program of its own.
SNIPPETS = ROOT / "edgecheck" / "snippets"


def public_classes(text: str) -> Iterator[str]:
    """Give the names of a module's classes, also inside a function, without the private ones."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def frequent(modules: Iterable[str]) -> set[str]:
    """Return the names of classes that more modules define than may."""
    counts = Counter(name for text in modules for name in set(public_classes(text)))
    return {name for name, count in counts.items() if count > MOST_MODULES}


def test_a_name_of_a_class_is_in_two_modules_at_most() -> None:
    """Whoever reads `Row` has to know which one."""
    modules = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "edgecheck").rglob("*.py")
        if not path.is_relative_to(SNIPPETS)
    ]

    assert frequent(modules) == set()


def test_a_name_in_three_modules_is_found() -> None:
    """Twice in one module is one module, and a private class is nobody else's."""
    row, private = "class Row: ...\n", "class _Row: ...\n"
    inside = "def shown():\n    class Row: ...\n"

    assert frequent([row + inside, row, private, private, private]) == set()
    assert frequent([row, row, inside]) == {"Row"}
