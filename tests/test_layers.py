"""Who may know whom: import-linter's contracts, and what they say of the pure modules."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.timing import LONG_PATIENCE

ROOT = Path(__file__).parents[1]


def test_no_room_knows_more_than_it_may() -> None:
    """The contracts of pyproject.toml hold."""
    program = (
        "import sys; from importlinter.cli import lint_imports_command; "
        "sys.exit(lint_imports_command())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=LONG_PATIENCE,
    )

    assert done.returncode == 0, done.stdout


def test_what_calls_itself_pure_is_held_to_it() -> None:
    """A module is pure if its docstring says so in its first sentence, or that of a package around.

    Exactly these are the sources of the two contracts about purity.
    """
    said, held = set(), set()
    for path in sorted((ROOT / "edgecheck").rglob("*.py")):
        if path.parent.name == "snippets":
            continue  # programs to copy, not modules
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        around = {".".join(name.split(".")[:end]) for end in range(1, name.count(".") + 2)}
        if any(map(says_pure, around)):
            said.add(name)
        if around & pure_by_contract():
            held.add(name)

    assert said == held
    assert len(held) > 50


def says_pure(module: str) -> bool:
    """Whether the first paragraph of a module's docstring says that it is pure."""
    path = ROOT.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return "(pure)" in text.partition("\n\n")[0]


def pure_by_contract() -> set[str]:
    """Return the sources of the contracts about purity."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return {
        module
        for contract in contracts
        if contract["name"].lower().endswith(("is pure", "nor terminal"))
        for module in contract["source_modules"]
    }
