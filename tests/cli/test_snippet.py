"""`snippet`: a list, a file's text, a file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from edgecheck.cli.snippet import SNIPPETS
from tests.cli.conftest import Run


def content(name: str) -> str:
    """Return the snippet as it lies in the package."""
    return (files("edgecheck") / "snippets" / f"{name}{SNIPPETS[name][0]}").read_text()


def test_alone_it_lists_what_there_is(run: Run) -> None:
    """A line each, which is the command that prints it."""
    lines = run("snippet").stdout.splitlines()

    assert [line.split()[:3] for line in lines] == [
        ["edgecheck", "snippet", name] for name in SNIPPETS
    ]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", SNIPPETS)
def test_it_prints_the_file_as_it_is(run: Run, name: str) -> None:
    """Nothing before it, nothing after it, no colours, so that it can be redirected."""
    done = run("snippet", name, FORCE_COLOR="1")

    assert done.returncode == 0
    assert done.stdout == content(name)
    assert done.stderr == ""


def test_it_writes_the_file(run: Run, tmp_path: Path) -> None:
    """And says so where it is not in the way."""
    done = run("snippet", "go", "--output", "main.go")

    assert done.returncode == 0
    assert done.stdout == ""
    assert "main.go" in done.stderr
    assert (tmp_path / "main.go").read_text() == content("go")
    assert (tmp_path / "main.go").stat().st_mode & 0o777 == 0o644


def test_it_overwrites_nothing_unasked(run: Run, tmp_path: Path) -> None:
    """Somebody may have put work into it."""
    mine = tmp_path / "main.go"
    mine.write_text("mine")
    mine.chmod(0o600)
    refused = run("snippet", "go", "--output", "main.go")
    kept = mine.read_text()
    forced = run("snippet", "go", "--output", "main.go", "--force")

    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert kept == "mine"
    assert forced.returncode == 0
    assert mine.read_text() == content("go")
    assert mine.stat().st_mode & 0o777 == 0o600


def test_where_it_cannot_write_it_says_so(run: Run) -> None:
    """It is neither a mistake of edgecheck nor a wrong option."""
    for place in ("nowhere/main.go", "."):
        done = run("snippet", "go", "--output", place)

        assert done.returncode == 1
        assert "cannot be written" in done.stderr


def test_an_unknown_language_is_answered_with_the_nearest(run: Run) -> None:
    """A slip costs no look into a manual."""
    done = run("snippet", "pyton")

    assert done.returncode == 2
    assert "Did you mean python" in done.stderr
    assert "edgecheck snippet" in run("snippet", "cobol").stderr


@pytest.mark.parametrize("words", [("--output", "x"), ("go", "--force")])
def test_options_that_need_another_say_so(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Rather than being passed over in silence."""
    assert run("snippet", *words).returncode == 2
    assert not list(tmp_path.iterdir())
