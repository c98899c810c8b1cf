"""Make a release: `make release VERSION=0.2.0`.

Sets the version, moves what stands under "Unreleased" in CHANGELOG.md into a section with today's
date, builds the wheel and the sdist into dist/, commits, and makes a tag. Nothing leaves this
machine: the command that pushes is printed. Where a step fails, the files are as they were.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from distributions import ROOT, IncompleteError, build

VERSION_FILE = Path("edgecheck/__init__.py")
CHANGELOG = Path("CHANGELOG.md")
DIST = Path("dist")

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_ASSIGNED = re.compile(r'^__version__ = "([^"]*)"$', re.MULTILINE)
_UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class RefusedError(Exception):
    """The release cannot be made; the text says why, and what to do."""


def git(*arguments: str) -> str:
    """Run git here, and return what it says.

    Raises:
        RefusedError: it failed.
    """
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RefusedError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def check(version: str, current: str) -> None:
    """Look at all that can be wrong before anything changes.

    Raises:
        RefusedError: something is.
    """
    if not _VERSION.fullmatch(version):
        raise RefusedError(f"a version is three numbers, as in VERSION=0.2.0; {version!r} is not.")
    if _numbers(version) <= _numbers(current):
        raise RefusedError(f"{version} is not later than {current}, which this tree is.")
    if not git("branch", "--show-current"):
        raise RefusedError("HEAD is detached: check out the branch that the release is made from.")
    if changed := git("status", "--porcelain"):
        raise RefusedError(f"the tree is not clean; commit or stash first:\n{changed}")
    if git("tag", "--list", f"v{version}"):
        raise RefusedError(f"the tag v{version} exists already.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def dated(changelog: str, version: str, today: date) -> str:
    """Move what is unreleased into a section of its own; an empty "Unreleased" stays above it.

    Raises:
        RefusedError: nothing stands there.
    """
    found = _UNRELEASED.search(changelog)
    if found is None or not found[1].strip():
        raise RefusedError(f"{CHANGELOG} says nothing under '## Unreleased': what is released?")
    section = f"## Unreleased\n\n## {version}, {today.isoformat()}\n{found[1]}"
    return changelog[: found.start()] + section + changelog[found.end() :]


def release(version: str, today: date, *options: str) -> None:
    """Make a release, or raise and leave the files as they were.

    Args:
        version: three numbers.
        today: the date of the release.
        options: of `python -m build`.

    Raises:
        RefusedError: it cannot be made.
        IncompleteError: what was built lacks something.
        subprocess.CalledProcessError: the build failed.
    """
    program, changelog = ROOT / VERSION_FILE, ROOT / CHANGELOG
    source = program.read_text(encoding="utf-8")
    assigned = _ASSIGNED.search(source)
    if assigned is None:
        raise RefusedError(f"{VERSION_FILE} does not assign __version__.")
    check(version, assigned[1])
    history = changelog.read_text(encoding="utf-8")
    later = dated(history, version, today)
    with _restored_on_failure(program, changelog):
        program.write_text(_ASSIGNED.sub(f'__version__ = "{version}"', source), encoding="utf-8")
        changelog.write_text(later, encoding="utf-8")
        # Built before the commit: a tree that cannot be built is not released.
        with tempfile.TemporaryDirectory() as folder:
            made = build(Path(folder), *options)
            (ROOT / DIST).mkdir(exist_ok=True)
            for each in made:
                shutil.copy(each, ROOT / DIST / each.name)
                print(DIST / each.name)
        paths = (str(VERSION_FILE), str(CHANGELOG))
        git("commit", "--quiet", "--message", f"Release {version}", "--", *paths)
    git("tag", "--annotate", "--message", f"edgecheck {version}", f"v{version}")
    print(f"Release {version} is committed and tagged v{version}. To publish it:")
    print(f"  git push --atomic {_remote()} {git('branch', '--show-current')} v{version}")


@contextmanager
def _restored_on_failure(*files: Path) -> Iterator[None]:
    before = {file: file.read_bytes() for file in files}
    try:
        yield
    except BaseException:
        for file, content in before.items():
            file.write_bytes(content)
        raise


def _remote() -> str:
    remotes = git("remote").split()
    return "origin" if "origin" in remotes or not remotes else remotes[0]


def main() -> None:
    """Read the command line."""
    if len(sys.argv) < 2:
        sys.exit("Name the version:  make release VERSION=0.2.0")
    try:
        release(sys.argv[1], datetime.now(UTC).date(), *sys.argv[2:])
    except (RefusedError, IncompleteError) as error:
        sys.exit(f"No release: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"No release: the build ended with {error.returncode}.")


if __name__ == "__main__":
    main()
