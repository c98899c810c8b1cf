"""Who may know whom: import-linter's contracts, and what they say of the pure modules."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp

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


def test_no_circle_is_hidden_by_type_checking() -> None:
    """The contracts leave out what only a type checker imports; here it counts as well."""
    graph, run = (
        grimp.build_graph("edgecheck", exclude_type_checking_imports=left_out, cache_dir=None)
        for left_out in (False, True)
    )
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    graphlib.TopologicalSorter(imports).prepare()  # raises CycleError
    assert graph.count_imports() > run.count_imports()


def test_every_room_has_a_rank() -> None:
    """The settings have one for each module. What the layers leave out may import anything."""
    package = ROOT / "edgecheck"
    data = {"__init__", "__main__", "__pycache__", "py", "snippets"}
    rooms = {path.stem for path in package.iterdir()} - data - {"settings"}
    modules = {path.stem for path in (package / "settings").glob("*.py")} - data
    (layers,) = (each["layers"] for each in contracts() if each["type"] == "layers")
    ranked = re.findall(r"edgecheck\.([\w.]+)", " ".join(layers))

    assert sorted(ranked) == sorted(rooms | {f"settings.{name}" for name in modules})


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


def contracts() -> list[dict[str, Any]]:
    """Return import-linter's contracts."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def pure_by_contract() -> set[str]:
    """Return the sources of the contracts about purity."""
    return {
        module
        for contract in contracts()
        if contract["name"].lower().endswith(("is pure", "nor terminal"))
        for module in contract["source_modules"]
    }
