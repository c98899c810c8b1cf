"""What is said about adding a problem and its fault is done to a copy, word for word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.timing import PATIENCE

ROOT = Path(__file__).parents[2]
HEADING = "Add a problem"
CODE = "upgrade-teapot"
# The tests that read every entry.
TABLE_TESTS = (
    "tests/catalogue/test_tables.py",
    "tests/catalogue/test_assembly.py",
    "tests/catalogue/test_placeholders.py",
    "tests/catalogue/test_upgrade.py",
    "tests/test_laws.py",
)


def entry() -> str:
    """Return the entry of the README, as it would be pasted into a table."""
    section = (ROOT / "README.md").read_text().partition(f"# {HEADING}\n")[2]
    block = re.search(r"```python\n(.*?)```\n", section, re.DOTALL)
    assert block is not None
    assert f'code="{CODE}"' in block[1]
    return "".join(f"    {line}\n" for line in f"{block[1].rstrip()},".split("\n"))


def fault() -> str:
    """Return the fault of CONTRIBUTING.md, as it would be pasted into the table."""
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("# Add a fault\n")[2]
    block = re.search(r"```python\n(.*?)```\n", section, re.DOTALL)
    assert block is not None
    assert f'"{CODE}": ' in block[1]
    return block[1]


def append(path: Path, text: str, end: str) -> None:
    """Add a text to the last table of a file."""
    before, closing, after = path.read_text().rpartition(f"\n{end}\n")
    assert closing
    path.write_text(f"{before}\n{text}{end}\n{after}")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project, and do what the README says."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("edgecheck", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    append(folder / "edgecheck/catalogue/upgrade.py", entry(), ")")
    append(folder / "edgecheck/simulator/faults.py", fault(), "}")
    return folder


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy."""
    environ = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=copy,
        env={**environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=PATIENCE * 5,
    )


def test_the_problem_is_explained(copy: Path) -> None:
    """By its status, and by the words of the server."""
    for query in ("418", "I'm a teapot"):
        done = run(copy, "edgecheck", "explain", query)

        assert (done.returncode, done.stderr) == (0, "")
        assert CODE in done.stdout
        assert "The backend's host is a teapot" in done.stdout


def test_the_problem_is_caused_and_named(copy: Path) -> None:
    """By `simulate --fault` and `doctor`, in the walk of every problem."""
    wanted = f"{CODE} or every_entry or settings_alone"
    done = run(copy, "pytest", "-q", "-n", "0", "tests/test_catalogue_walk.py", "-k", wanted)

    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_the_tests_of_the_tables_hold(copy: Path) -> None:
    """One entry more claims one status more, and nothing else has to be told of it."""
    done = run(copy, "pytest", "-q", "-n", "0", *TABLE_TESTS)

    assert done.returncode == 0, done.stdout
