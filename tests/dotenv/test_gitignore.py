"""Files with the secret are kept out of git; the tests run the real git."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgecheck.dotenv.gitignore import Changed, addition, ignore
from tests.conftest import require_program
from tests.timing import PATIENCE


def git(folder: Path, *arguments: str) -> str:
    """Run git, and return its output."""
    environ = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [require_program("git"), *arguments],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    ).stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a work tree."""
    git(tmp_path, "init", "--quiet")
    return tmp_path


def ignored(tree: Path, path: Path) -> bool:
    """Ask git whether it would add a file."""
    path.touch()
    git(tree, "add", ".")
    return str(path.relative_to(tree)) not in git(
        tree, "-c", "core.quotePath=false", "ls-files", "-z"
    ).split("\0")


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        "my agent.env",
        "#env",
        "!env",
        "[a]*?.env",
        "back\\slash.env",
        "trailing ",
        "ümlaut.env",
    ],
)
def test_a_name_is_ignored_and_nothing_else_is(tree: Path, name: str) -> None:
    """Characters that mean something in a pattern are escaped."""
    if sys.platform == "win32":
        pytest.skip("names that Windows has not")
    assert ignore([tree / name], os.environ) == tree / ".gitignore"
    assert ignored(tree, tree / name)
    assert not ignored(tree, tree / "a.env")
    assert ignore([tree / name], os.environ) is None


def test_a_copy_is_ignored_with_those_that_follow(tree: Path) -> None:
    """One line is for all copies, and one for the file."""
    ignore([tree / ".env", tree / ".env.bak"], os.environ)

    assert (tree / ".gitignore").read_text() == ".env\n.env.bak*\n"
    assert ignored(tree, tree / ".env.bak.2")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b".env\n"),
        (b"", b".env\n"),
        (b"a\n", b"a\n.env\n"),
        (b"a", b"a\n.env\n"),
        (b"a\r\nb", b"a\r\nb\r\n.env\r\n"),
        (b"\xff\n", b"\xff\n.env\n"),
    ],
)
def test_what_is_there_stays(tree: Path, before: bytes | None, after: bytes) -> None:
    """Bytes, line ends and permissions stay; everybody may read a new file; all can be undone."""
    path = tree / ".gitignore"
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o640)
    wanted = addition([tree / ".env"], os.environ)
    assert wanted is not None
    wanted.write()

    assert path.read_bytes() == after
    assert path.stat().st_mode & 0o777 == (0o644 if before is None else 0o640)
    wanted.undo()
    assert (path.read_bytes() if path.exists() else None) == before


@pytest.mark.parametrize("before", [None, b"a\n"])
def test_lines_that_were_added_meanwhile_stay(tree: Path, before: bytes | None) -> None:
    """The addition is not written over them, and is not taken back with them."""
    path = tree / ".gitignore"
    if before is not None:
        path.write_bytes(before)
    wanted = addition([tree / ".env"], os.environ)
    assert wanted is not None
    path.write_bytes(b"a\nsecrets/\n")
    with pytest.raises(Changed):
        wanted.write()
    wanted.undo()

    assert path.read_bytes() == b"a\nsecrets/\n"


def test_the_nearest_one_of_the_work_tree_is_used(tree: Path) -> None:
    """It is one further up, or a new one beside the file, but never outside of the work tree."""
    (tree / "inner" / "deep").mkdir(parents=True)
    git(tree / "inner", "init", "--quiet")
    (tree / ".gitignore").write_text("")
    assert (
        ignore([tree / "inner" / "deep" / ".env"], os.environ)
        == tree / "inner" / "deep" / ".gitignore"
    )
    (tree / "inner" / "deep" / ".gitignore").unlink()
    (tree / "inner" / ".gitignore").write_text("")
    assert ignore([tree / "inner" / "deep" / ".env"], os.environ) == tree / "inner" / ".gitignore"


def test_without_git_nothing_is_done(tmp_path: Path) -> None:
    """That is so outside of a work tree, and without the program."""
    assert ignore([tmp_path / ".env"], os.environ) is None
    (tmp_path / ".git").mkdir()
    assert ignore([tmp_path / ".env"], {"PATH": ""}) is None
    assert not (tmp_path / ".gitignore").exists()


def test_a_gitignore_that_cannot_be_looked_at_is_none(tree: Path) -> None:
    """As one in a folder that may not be entered; here it leads to a name that is too long."""
    path = tree / "agent" / ".env"
    path.parent.mkdir()
    (path.parent / ".gitignore").symlink_to("e" * 300)
    (path.parent / ".git").symlink_to("e" * 300)
    (tree / ".gitignore").write_text("*.log\n")
    added = addition([path], {"PATH": os.environ["PATH"]})

    assert added is not None
    assert (added.path, added.after) == (tree / ".gitignore", b"*.log\n.env\n")
