"""Lines fit into 100 columns in every file; of Python, ruff lets a comment for itself run on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.project.documents import ROOT, name_of
from tests.timing import PATIENCE

COLUMNS = 100
TAB = 4
# Files that programs write, or that are recordings: their lines are as long as they came.
WRITTEN = ("tests/reports/*", "*.json", "*.pem", "*.tsv", "*.log")
# The lines of a client's template are those of the client, with conditions between their words.
TEMPLATES = ("*.j2",)
# What is in the folder of a checkout but is not part of it.
MADE = (".git", ".venv", ".hypothesis", ".*_cache", "__pycache__", "dist", "fuzz-findings", ".env")
# At most a mark of a comment or of a list is before it.
_LONE_URL = re.compile(r"\s*(?:[^\w\s]{1,4} )?<?https?://\S+")


def files_of(folder: Path) -> list[Path]:
    """Return the tracked files of a checkout; without git, all files that were not made here."""
    # A hook of git sets GIT_DIR, which would lead to another checkout.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    if git := shutil.which("git"):
        done = subprocess.run(
            [git, "ls-files", "-z"],
            cwd=folder,
            env=environ,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        # It lists nothing if the folder is an unpacked archive inside another checkout.
        if done.returncode == 0 and done.stdout:
            tracked = (folder / os.fsdecode(name) for name in done.stdout.split(b"\0") if name)
            return sorted(path for path in tracked if path.is_file())
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not is_made(path.relative_to(folder))
    )


def is_made(path: Path) -> bool:
    """Tell whether a path, or a folder around it, is not part of the project."""
    return any(PurePosixPath(part).match(pattern) for part in path.parts for pattern in MADE)


def is_checked(name: str) -> bool:
    """Tell whether people write the lines of this file."""
    return not any(PurePosixPath(name).match(pattern) for pattern in (*WRITTEN, *TEMPLATES))


def lines_to_break(name: str, text: str) -> Iterator[int]:
    """Give the numbers of the lines that are too long and can be broken.

    Rows of Markdown tables, commands in Markdown and lone URLs must stay in one piece.
    """
    is_markdown, fence = name.endswith(".md"), ""
    for number, line in enumerate(text.splitlines(), start=1):
        if is_markdown and line.startswith("```"):
            fence = "" if fence else line
        is_whole = _LONE_URL.fullmatch(line) or (
            is_markdown and (fence == "```sh" or (not fence and line.startswith("|")))
        )
        if len(line.expandtabs(TAB)) > COLUMNS and not is_whole:
            yield number


def test_lines_fit() -> None:
    """Each line can be read beside another window, and in a review."""
    checked, found = [], []
    for path in files_of(ROOT):
        content = path.read_bytes()
        name = name_of(path)
        if is_checked(name) and b"\0" not in content:
            checked.append(name)
            text = content.decode("utf-8", errors="replace")
            found += [f"{name}:{number}" for number in lines_to_break(name, text)]

    assert {".ci/run", "Makefile", "README.md", "edgecheck/snippets/go.go"} <= set(checked)
    assert found == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("notes.md", "word " * 21),
        ("notes.md", f"see https://example.com/{'a' * 100}"),
        ("notes.md", f"```console\n{'a ' * 60}\n```"),
        ("notes.md", f"```sh\nls\n```\n{'a ' * 60}"),
        ("Makefile", "\t" + "a" * 97),
        ("run", "| " + "a" * 100),
        ("run", "é" * 101),
    ],
)
def test_a_long_line_is_found(name: str, line: str) -> None:
    """It is found wherever it can be broken."""
    assert len(list(lines_to_break(name, line))) == 1


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("run", "é" * 100),
        ("run", f"# https://example.com/{'a' * 100}"),
        ("notes.md", f"| {'a' * 100} |"),
        ("notes.md", f"```sh\nedgecheck {'a' * 100}\n```"),
    ],
)
def test_a_line_that_fits_or_must_stay_whole_is_left(name: str, line: str) -> None:
    """A limit that nobody can keep would be switched off."""
    assert list(lines_to_break(name, line)) == []


def test_without_git_the_files_of_the_folder_count(tmp_path: Path) -> None:
    """An unpacked archive is checked like a checkout, without what was made in it."""
    for name in ("run", "docs/page.md", ".ci/run", ".venv/lib/a.md", ".ruff_cache/b", "dist/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text\n")

    assert [str(path.relative_to(tmp_path)) for path in files_of(tmp_path)] == [
        ".ci/run",
        "docs/page.md",
        "run",
    ]


def test_only_what_people_write_is_checked() -> None:
    """Recordings, and what programs write, stay as they are."""
    names = ("README.md", "docs/problems.md", "edgecheck/late.py", "tests/reports/a.md", "a/b.json")

    assert [name for name in names if not is_checked(name)] == ["tests/reports/a.md", "a/b.json"]
