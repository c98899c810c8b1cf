"""`make release`: a version, a dated section, two files and a tag; or a reason, and no change."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import edgecheck
from tests.project.releases import copied, git
from tests.timing import LONG_PATIENCE

VERSION = "7.0.0"  # later than whatever this tree is


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of this tree, on a branch, with something that is not released."""
    tree = copied(tmp_path_factory.mktemp("origin"))
    changelog = tree / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    changelog.write_text(
        text.replace("## Unreleased\n", "## Unreleased\n\n- A line for this test.\n", 1), "utf-8"
    )
    git(tree, "init", "--quiet", "--initial-branch=main")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "Begin")
    return tree


@pytest.fixture
def tree(origin: Path, tmp_path: Path) -> Path:
    """A clone, as a person has one."""
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    return tmp_path / "clone"


def release(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as `make release` does; hatchling is one of the tests' own packages."""
    names = ("GIT_AUTHOR", "GIT_COMMITTER")
    somebody = {f"{name}_NAME": "Somebody" for name in names}
    somebody |= {f"{name}_EMAIL": "somebody@example.com" for name in names}
    return subprocess.run(
        [sys.executable, "release/release.py", *arguments],
        cwd=tree,
        env={**os.environ, **somebody},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_PATIENCE,
    )


def assert_untouched(tree: Path) -> None:
    """Nothing was committed, tagged, built or left behind."""
    assert git(tree, "rev-list", "--count", "HEAD") == "1"
    assert git(tree, "tag", "--list", "v*") in ("", f"v{VERSION}")
    assert not (tree / "dist").exists()
    assert edgecheck.__version__ in (tree / "edgecheck" / "__init__.py").read_text()


def test_a_release_is_committed_tagged_and_built(tree: Path) -> None:
    """Two files in dist/, one commit that changes two files, and the command that pushes."""
    done = release(tree, VERSION, "--no-isolation")

    assert done.returncode == 0, done.stderr
    assert git(tree, "status", "--porcelain") == ""
    assert git(tree, "log", "-1", "--format=%s") == f"Release {VERSION}"
    assert git(tree, "diff", "--name-only", "HEAD~1").split() == [
        "CHANGELOG.md",
        "edgecheck/__init__.py",
    ]
    assert git(tree, "rev-parse", f"v{VERSION}^{{commit}}") == git(tree, "rev-parse", "HEAD")
    assert git(tree, "cat-file", "-t", f"v{VERSION}") == "tag"
    assert sorted(path.name for path in (tree / "dist").iterdir()) == [
        f"edgecheck-{VERSION}-py3-none-any.whl",
        f"edgecheck-{VERSION}.tar.gz",
    ]
    assert f"\n  git push --atomic origin main v{VERSION}\n" in done.stdout


def test_what_was_unreleased_gets_its_number_and_date(tree: Path) -> None:
    """It moves as it stands, below an empty section for what comes next."""
    before = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    done = release(tree, VERSION, "--no-isolation")
    after = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    dated = re.search(rf"^## Unreleased\n\n(## {re.escape(VERSION)}, (\S+)\n)", after, re.MULTILINE)

    assert done.returncode == 0, done.stderr
    assert dated is not None
    assert abs(datetime.fromisoformat(f"{dated[2]}T12:00Z") - datetime.now(UTC)).days <= 1
    assert after.replace(dated[1], "").replace("\n\n\n", "\n\n") == before


@pytest.mark.parametrize(
    "version", ["1", "1.0", "v1.0.0", "1.0.0rc1", "01.0.0", "1.0.0 ", "", "../1"]
)
def test_a_malformed_version_is_refused(tree: Path, version: str) -> None:
    """A tag that is pushed cannot be taken back."""
    done = release(tree, version)

    assert done.returncode == 1
    assert "VERSION=0.2.0" in done.stderr
    assert_untouched(tree)


def test_a_version_that_is_not_later_is_refused(tree: Path) -> None:
    """The same one included."""
    for version in (edgecheck.__version__, "0.0.9"):
        done = release(tree, version)

        assert done.returncode == 1
        assert "not later than" in done.stderr
    assert_untouched(tree)


def test_a_tag_that_exists_is_refused(tree: Path) -> None:
    """Before anything is built."""
    git(tree, "tag", f"v{VERSION}")
    done = release(tree, VERSION)

    assert done.returncode == 1
    assert f"the tag v{VERSION} exists already" in done.stderr
    assert_untouched(tree)


@pytest.mark.parametrize("name", ["README.md", "something-new"])
def test_a_tree_that_is_not_clean_is_refused(tree: Path, name: str) -> None:
    """What is released is what was committed; the files are named."""
    with (tree / name).open("a") as file:
        file.write("more\n")
    done = release(tree, VERSION)

    assert done.returncode == 1
    assert "not clean" in done.stderr
    assert name in done.stderr
    assert_untouched(tree)


def test_a_detached_head_is_refused(tree: Path) -> None:
    """The commit would be on no branch."""
    git(tree, "checkout", "--quiet", "--detach")
    done = release(tree, VERSION)

    assert done.returncode == 1
    assert "detached" in done.stderr
    assert_untouched(tree)


def test_nothing_to_release_is_refused(tree: Path) -> None:
    """A section that says nothing helps nobody."""
    changelog = tree / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    changelog.write_text(
        re.sub(r"(## Unreleased\n).*?(?=\n## )", r"\1", text, flags=re.DOTALL), "utf-8"
    )
    git(tree, "commit", "--quiet", "--all", "--amend", "--message", "Begin")
    done = release(tree, VERSION)

    assert done.returncode == 1
    assert "says nothing under '## Unreleased'" in done.stderr
    assert_untouched(tree)


def test_a_tree_that_cannot_be_built_is_left_as_it_was(tree: Path) -> None:
    """Neither version nor changelog is changed, and there is no tag."""
    shutil.rmtree(tree / "edgecheck" / "render")
    git(tree, "commit", "--quiet", "--all", "--amend", "--message", "Begin")
    done = release(tree, VERSION, "--no-isolation")

    assert done.returncode == 1
    assert "lacks edgecheck/render/templates/report.html" in done.stderr
    assert git(tree, "status", "--porcelain") == ""
    assert git(tree, "tag", "--list") == ""
    assert_untouched(tree)
