"""What the system does not let a command look at, as in a folder that may not be entered.

A link to a name that is too long mostly stands for it: to look there fails for root, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from edgecheck.cli.ends import OK, PROBLEM, USAGE
from edgecheck.settings.profiles import PROFILE_FILE
from tests.cli.conftest import COMMAND, execute
from tests.cli.test_process import SETTINGS, Handed
from tests.conftest import require_program

LONG = "e" * 300
UNIT = f"[Service]\nEnvironmentFile=/{LONG}/.env\n"
DOCTOR = ("doctor", "--offline")


def settings(folder: Path) -> None:
    (folder / ".env").write_text(SETTINGS)
    (folder / ".env").chmod(0o600)


def linked(*names: str) -> Callable[[Path], None]:
    """Return what makes such links in a folder."""

    def make(folder: Path) -> None:
        for name in names:
            (folder / name).symlink_to(LONG)

    return make


def with_unit(folder: Path) -> None:
    settings(folder)
    (folder / "agent.service").write_text(UNIT)


def with_links_of_git(folder: Path) -> None:
    settings(folder)
    linked(".git", ".gitignore")(folder)


def with_base(folder: Path) -> None:
    settings(folder)
    (folder / PROFILE_FILE).write_text(f'extends = "{LONG}.toml"\n')


def with_pattern(folder: Path) -> None:
    (folder / "agents").mkdir()
    linked("agents/a.env")(folder)


# What is prepared, the command line, its exit code, and what it says.
OUT_OF_REACH: dict[str, tuple[Callable[[Path], None], tuple[str, ...], int, str]] = {
    "beside": (linked(".env.local"), DOCTOR, PROBLEM, "BACKEND_URL"),
    "the settings": (linked(".env"), DOCTOR, PROBLEM, "File name too long"),
    "to repair": (linked(".env"), (*DOCTOR, "--fix", "--yes"), PROBLEM, "File name too long"),
    "a profile": (linked(PROFILE_FILE), DOCTOR, USAGE, f"{PROFILE_FILE}: File name too long"),
    "what a profile extends": (with_base, DOCTOR, USAGE, "a built-in profile, nor a file"),
    "a unit's file": (with_unit, DOCTOR, OK, ""),
    "git": (with_links_of_git, DOCTOR, OK, ""),
    "to write": (settings, ("init", "-e", LONG), PROBLEM, "cannot be read: File name too long"),
    "a snippet": (settings, ("snippet", "curl", "-o", LONG), PROBLEM, "File name too long"),
    "a report": (
        settings,
        ("fleet", ".env", "--report", f"{LONG}.html"),
        USAGE,
        "File name too long",
    ),
    "agents": (with_pattern, ("fleet", "agents/*"), PROBLEM, "File name too long"),
}


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_what_is_out_of_reach_is_no_fault_of_edgecheck(name: str, tmp_path: Path) -> None:
    prepare, words, code, said = OUT_OF_REACH[name]
    prepare(tmp_path)
    handed = Handed(tmp_path)
    ended = handed.run(*words)
    screen = handed.out.getvalue() + handed.err.getvalue()

    assert "edgecheck itself failed" not in screen
    assert ended == code, screen
    assert said in screen


@pytest.mark.skipif(sys.platform != "linux", reason="setpriv is Linux's")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("doctor", "--offline", "-e", "closed/.env"), "Permission denied"),
        (("init", "-e", "closed/.env"), "cannot be read: Permission denied"),
        (("snippet", "curl", "-o", "closed/edge.sh"), "Permission denied"),
        (("fleet", "closed"), ""),
        (("fleet", "."), ""),
    ],
)
def test_a_folder_that_may_be_read_but_not_entered(
    words: tuple[str, ...], said: str, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    closed = tmp_path / "closed"
    (closed / "agent").mkdir(parents=True)
    settings(closed)
    closed.chmod(0o400)
    # Without these rights root is a user like any other.
    command = [
        require_program("setpriv"),
        "--bounding-set=-dac_override,-dac_read_search",
        *COMMAND,
        *words,
    ]
    done = execute(command, tmp_path, environ)

    assert done.returncode == PROBLEM, done.stderr
    assert "edgecheck itself failed" not in done.stdout + done.stderr
    assert said in done.stdout + done.stderr
