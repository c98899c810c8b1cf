"""`edgecheck init` where there is a file, and what it tells git."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, PATIENCE, Run
from tests.cli.init_answers import (
    ANSWERS,
    OTHER,
    SECRET,
    THERE,
    WRITTEN,
    content_of,
    fingerprint,
    mode_of,
    said,
)
from tests.conftest import lacking, require_program
from tests.test_secret_hunt import found


def test_a_file_is_updated_in_place(run: Run, tmp_path: Path) -> None:
    """Byte for byte as it was, apart from what is new; the file as it was is kept."""
    path = tmp_path / ".env"
    path.write_text(THERE)
    path.chmod(0o644)
    done = run("init", "--url", "edge.example")

    assert done.returncode == 0, done.stderr
    assert path.read_text() == THERE.replace("'wss://old.example'", "wss://edge.example")
    assert (tmp_path / ".env.bak").read_text() == THERE
    assert ".env.bak" in done.stderr
    assert mode_of(path) == mode_of(tmp_path / ".env.bak") == 0o600
    assert content_of(tmp_path).keys() == {".env", ".env.bak"}
    assert found(OTHER, done.stderr) == []
    assert fingerprint(OTHER) in done.stderr


def test_windows_line_ends_and_a_missing_setting_stay_in_style(run: Run, tmp_path: Path) -> None:
    """What is added ends as the other lines do."""
    path = tmp_path / ".env"
    path.write_bytes(b"# mine\r\nBACKEND_URL=wss://edge.example\r\n")
    done = run("init", "--agent-id", "edge_7", "--secret-file", "-", stdin=SECRET)

    assert done.returncode == 0
    assert (
        path.read_bytes()
        == (
            f"# mine\r\nBACKEND_URL=wss://edge.example\r\nEDGE_SECRET={SECRET}\r\n"
            "EDGE_AGENT_ID=edge_7\r\n"
        ).encode()
    )
    assert "CR LF" in done.stderr or "every line" in done.stderr


def test_the_same_answers_change_nothing(run: Run, tmp_path: Path) -> None:
    """No copy, no new file."""
    path = tmp_path / ".env"
    path.write_text(THERE)
    path.chmod(0o600)
    before = path.stat()
    done = run("init", "--no-input")

    assert done.returncode == 0, done.stderr
    assert "already has all of that" in done.stderr
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert content_of(tmp_path).keys() == {".env"}


def test_what_the_file_has_is_judged_as_well(run: Run, tmp_path: Path) -> None:
    """A template's placeholder is no answer; what can be repaired is."""
    path = tmp_path / ".env"
    path.write_text(THERE.replace(OTHER, "your-shared-secret-here"))
    refused = run("init", "--no-input")
    path.write_text(THERE.replace(OTHER, f'"Bearer {SECRET}"'))
    repaired = run("init", "--no-input")

    assert refused.returncode == 1
    assert "placeholder" in refused.stderr
    assert repaired.returncode == 0
    assert path.read_text() == THERE.replace(OTHER, SECRET)


def test_a_symbolic_link_stays_one(run: Run, tmp_path: Path) -> None:
    """What it points at is written."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "agent.env").write_text(THERE)
    (tmp_path / ".env").symlink_to("shared/agent.env")
    done = run("init", *ANSWERS, stdin=SECRET)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".env").is_symlink()
    assert f"EDGE_SECRET={SECRET}" in (tmp_path / "shared" / "agent.env").read_text()
    assert mode_of(tmp_path / "shared" / "agent.env") == 0o600


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("folder", "is a folder"),
        ("pipe", "not a file"),
        ("UTF-16", "edgecheck doctor --fix"),
        ("loop", "Too many levels of symbolic links"),
        ("huge", "larger than"),
    ],
)
def test_what_cannot_be_a_settings_file_is_said_first(
    run: Run, tmp_path: Path, kind: str, words: str
) -> None:
    """Before anybody is asked; it is left as it is."""
    path = tmp_path / ".env"
    {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "UTF-16": lambda: path.write_bytes(WRITTEN.encode("utf-16")),
        "loop": lambda: path.symlink_to(".env"),
        "huge": lambda: path.write_bytes(b"#" * 100_000),
    }[kind]()
    before = content_of(tmp_path)
    done = run("init")

    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert content_of(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="owners and permissions")
@pytest.mark.parametrize(
    ("owner", "words"),
    [
        (
            65534,
            (
                "It belongs to another user: run edgecheck init as that user, or name another "
                "file: "
                "edgecheck init -e edge.env"
            ),
        ),
        (0, "Make it yours to read: chmod u+rw .env"),
    ],
)
def test_what_to_do_about_a_file_that_may_not_be_read_is_said(
    tmp_path: Path, environ: Mapping[str, str], owner: int, words: str
) -> None:
    """Another user's, or one's own."""
    if os.geteuid() != 0:
        lacking("only root can make another's file")
    path = tmp_path / ".env"
    path.write_text(WRITTEN)
    path.chmod(0o000)
    os.chown(path, owner, owner)
    # Without these rights root is a user like any other.
    command = [
        require_program("setpriv"),
        "--bounding-set=-dac_override,-dac_read_search",
        *COMMAND,
        "init",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=dict(environ), capture_output=True, text=True, timeout=PATIENCE
    )

    assert done.returncode == 1
    assert f".env cannot be read: Permission denied. {words}" in said(done)
    assert path.read_text() == WRITTEN


@pytest.mark.parametrize("folder", ["/sys", "/proc", "no/such/folder"])
def test_where_nothing_can_be_written_is_said(run: Run, tmp_path: Path, folder: str) -> None:
    """A folder that is not there, and those in which not even root makes files."""
    if folder.startswith("/") and not Path(folder).is_dir():
        pytest.skip("Linux alone has it")
    done = run("init", *ANSWERS, "-e", f"{folder}/edge.env", stdin=SECRET)

    assert (done.returncode, done.stdout) == (1, "")
    assert f"{folder}/edge.env" in done.stderr
    assert "written: " in done.stderr
    assert content_of(tmp_path) == {}


def test_another_file_can_be_named(run: Run, tmp_path: Path) -> None:
    """The command that follows names it as well."""
    done = run("init", *ANSWERS, "-e", "my agent.env", stdin=SECRET)

    assert done.returncode == 0
    assert content_of(tmp_path) == {"my agent.env": WRITTEN.encode()}
    assert "edgecheck doctor -e 'my agent.env'" in done.stderr


def git(folder: Path, *arguments: str) -> str:
    """Run git; return what it says."""
    command = [
        require_program("git"),
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        *arguments,
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout


def test_git_is_told_to_ignore_the_file_and_its_copies(run: Run, tmp_path: Path) -> None:
    """`git add` takes neither, and a second run adds no second line."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text("build/")
    first = run("init", *ANSWERS, stdin=SECRET)
    once = (tmp_path / ".gitignore").read_text()
    run("init", *ANSWERS, "--agent-id", "edge_8", stdin=SECRET)
    run("init", *ANSWERS, "--agent-id", "edge_9", stdin=SECRET)
    git(tmp_path, "add", ".")

    assert "git ignores it, by .gitignore" in first.stderr
    assert once == "build/\n.env\n.env.bak*\n"
    assert (tmp_path / ".gitignore").read_text() == "build/\n.env\n.env.bak*\n"
    assert {".env", ".env.bak", ".env.bak.2"} <= content_of(tmp_path).keys()
    assert git(tmp_path, "ls-files").split() == [".gitignore"]


def test_git_is_told_nothing_that_it_knows(run: Run, tmp_path: Path) -> None:
    """Whatever the pattern."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text(".e*\n")
    run("init", *ANSWERS, stdin=SECRET)
    run("init", *ANSWERS, "--agent-id", "edge_8", stdin=SECRET)

    assert (tmp_path / ".gitignore").read_text() == ".e*\n"


def test_a_file_that_git_tracks_is_pointed_out(run: Run, tmp_path: Path) -> None:
    """A line in .gitignore does not take it out."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".env").write_text("LOG_LEVEL=debug\n")
    git(tmp_path, "add", ".env")
    done = run("init", *ANSWERS, stdin=SECRET)

    assert done.returncode == 0
    assert "git tracks .env" in done.stderr


def test_outside_of_git_there_is_no_gitignore(run: Run, tmp_path: Path) -> None:
    """Nothing but the file is made."""
    run("init", *ANSWERS, stdin=SECRET)

    assert content_of(tmp_path).keys() == {".env"}
