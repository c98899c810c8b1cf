"""What is made late is like any other: a regular expression, and a module of functions."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from edgecheck.late import compiled, modules_of


def test_it_finds_what_the_usual_one_finds() -> None:
    """With its flags, and again with the same method."""
    pattern, flags = r"(?m)^(?P<name>[a-z]+)=", re.IGNORECASE
    late, usual = compiled(pattern, flags), re.compile(pattern, flags)

    for text in ("a=1\nB=2", "-", "c=3"):
        assert late.findall(text) == usual.findall(text)
        assert bool(late.match(text)) is bool(usual.match(text))
    assert (late.pattern, late.flags) == (usual.pattern, usual.flags)


def test_nothing_is_compiled_before_it_is_used() -> None:
    """Not even what is no regular expression."""
    wrong = compiled("(")

    try:
        wrong.match("")
    except re.error:
        return
    raise AssertionError("it was used without being compiled")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the `__getattr__` of a package with one module."""
    folder = tmp_path / "late_package"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "rules.py").write_text(
        "NUMBER = 7\ndef twice(one, *, more=0):\n    return 2 * one + more\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield modules_of("late_package")
    for name in ("late_package.rules", "late_package"):
        sys.modules.pop(name, None)


def test_a_module_is_imported_when_a_function_of_it_is_called(package: Any) -> None:
    """A table may name the function before."""
    table = [package("rules").twice]
    assert "late_package.rules" not in sys.modules

    assert table[0](4, more=1) == 9
    assert "late_package.rules" in sys.modules


def test_a_constant_is_the_modules_own(package: Any) -> None:
    """A name that is no function's cannot wait."""
    assert package("rules").NUMBER == 7


def test_what_stands_for_a_module_cannot_be_changed(package: Any) -> None:
    """A test that replaces a function would replace nothing."""
    with pytest.raises(AttributeError):
        package("rules").twice = len


def test_a_misspelt_name_is_an_error(package: Any) -> None:
    """Type checkers see it before; at run time it is said where it is called."""
    with pytest.raises(AttributeError, match="thrice"):
        package("rules").thrice()
    with pytest.raises(ModuleNotFoundError, match="rulez"):
        package("rulez").twice()
    with pytest.raises(AttributeError, match="__file__"):
        package("__file__")
