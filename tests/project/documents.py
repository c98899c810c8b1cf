"""The documents that people wrote, and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = {"problems.md"}
DOCUMENTS = [
    ROOT / name
    for name in (
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
        "deploy/README.md",
    )
] + sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in MADE)

# Where the program's own words end, and the shell's begin.
_SHELL = {"|", ">", ">>", "<", "&&", ";"}
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def name_of(path: Path) -> str:
    """Name a document in a test's id."""
    return str(path.relative_to(ROOT))


def blocks(path: Path, language: str) -> list[str]:
    """Return what stands between fences of a language."""
    return [
        code for name, code in _FENCE.findall(path.read_text(encoding="utf-8")) if name == language
    ]


def prose(path: Path) -> str:
    """Return a document without what stands between fences."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def lines_of_sh(path: Path) -> list[str]:
    """Return the command lines of the blocks that are to be pasted into a shell."""
    return [line for code in blocks(path, "sh") for line in code.splitlines() if line.strip()]


def commands(path: Path) -> Iterator[list[str]]:
    """Give the words of each call of edgecheck: in blocks, in examples of output, in prose."""
    shown = [
        line.removeprefix("$ ")
        for code in blocks(path, "console")
        for line in code.splitlines()
        if line.startswith("$ edgecheck ")
    ]
    spans = re.findall(r"`(edgecheck [^`]+)`", prose(path).replace("\n", " "))
    for line in [*lines_of_sh(path), *shown, *spans]:
        words = own_words(line)
        if words[:1] == ["edgecheck"]:
            yield words


def own_words(line: str) -> list[str]:
    """Return a command's words up to what is the shell's; a comment is left out."""
    words = shlex.split(line, comments=True)
    return words[: next((n for n, word in enumerate(words) if word in _SHELL), len(words))]
