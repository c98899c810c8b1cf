"""What is published: the wheel and the sdist hold the license, and say that they are typed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.project.releases import copied, loaded
from tests.timing import LONG_PATIENCE

ISOLATED = "--no-isolation"  # hatchling is one of the tests' own packages


@pytest.fixture(scope="module")
def distributions() -> ModuleType:
    """The module that builds them."""
    return loaded("distributions")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Both, built from a copy of this tree."""
    tree = copied(tmp_path_factory.mktemp("tree"))
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "release/distributions.py", folder, ISOLATED],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return [Path(line) for line in done.stdout.splitlines()]


def test_both_are_whole(built: list[Path], distributions: ModuleType) -> None:
    """License, type information, templates, and what a contributor needs."""
    sdist, wheel = sorted(built, key=lambda path: path.suffix)

    assert (sdist.suffixes[-1], wheel.suffix) == (".gz", ".whl")
    assert distributions.lacks(wheel) == distributions.lacks(sdist) == []


def test_the_wheel_holds_the_license_and_says_that_it_is_typed(built: list[Path]) -> None:
    """Looked at from outside, beside the list that the release checks."""
    (wheel,) = (path for path in built if path.suffix == ".whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (of_license,) = (name for name in names if name.endswith("/LICENSE"))
        (of_metadata,) = (name for name in names if name.endswith("/METADATA"))
        license_, metadata = archive.read(of_license), archive.read(of_metadata).decode()

    assert license_.startswith(b"MIT License")
    assert "edgecheck/py.typed" in names
    assert "License-Expression: MIT" in metadata
    assert "Home-page:" not in metadata
    assert "Author: The edgecheck authors" in metadata
    assert not [name for name in names if name.startswith(("tests/", "docs/", "release/"))]


@pytest.mark.parametrize("lost", ["edgecheck/py.typed", "LICENSE"])
def test_a_wheel_that_lost_a_file_is_noticed(
    built: list[Path], distributions: ModuleType, tmp_path: Path, lost: str
) -> None:
    """The check is not blind."""
    (wheel,) = (path for path in built if path.suffix == ".whl")
    poorer = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(poorer, "w") as new:
        for name in old.namelist():
            if not name.endswith(lost):
                new.writestr(name, old.read(name))

    assert [missing.endswith(lost) for missing in distributions.lacks(poorer)] == [True]


def test_the_sdist_is_a_tree_that_can_be_worked_in(built: list[Path]) -> None:
    """Sources, tests, documents and the scripts of CI, and nothing that was made here."""
    (sdist,) = (path for path in built if path.suffix == ".gz")
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}

    assert {"edgecheck", "tests", "docs", "benchmarks", "deploy", "release"} <= tops
    assert {".ci", ".github"} <= tops
    assert tops.isdisjoint({".venv", ".git", "dist"})
