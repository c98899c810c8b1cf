"""A command touches nothing but the process that it is handed."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgecheck.cli import run
from edgecheck.cli.ends import OK, PROBLEM, USAGE
from edgecheck.cli.process import Process
from tests.cli.conftest import COMMAND, execute
from tests.doctor import SECRET

SETTINGS = f"BACKEND_URL=wss://edge.example\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_7\n"


class Handed:
    """A process that a test hands in, and what was said to it."""

    def __init__(self, folder: Path, *, stdin: str = "", stderr: bool = True, **environ: str):
        self.out, self.err = io.StringIO(), io.StringIO()
        self.process = Process(
            environ=environ,
            stdin=io.TextIOWrapper(io.BytesIO(stdin.encode())),
            stdout=self.out,
            stderr=self.err if stderr else None,
            folder=folder,
            now=lambda: datetime(2026, 1, 5, 9, 12, 44, tzinfo=UTC),
        )

    def run(self, *words: str) -> int:
        """Run a command line in it."""
        return run(words, self.process)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with good settings, in which this process does not work."""
    path = tmp_path / "agent"
    path.mkdir()
    (path / ".env").write_text(SETTINGS)
    (path / ".env").chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "edgecheck init"),
        (("--version",), "edgecheck "),
        (("-v", "--version"), "OpenSSL"),
        (("explain", "4001"), "auth-header-rejected"),
        (("explain", "4001", "--json"), '"code": "auth-header-rejected"'),
        (("snippet",), "edgecheck snippet go"),
        (("snippet", "curl"), "curl"),
        (("secret",), "fingerprint"),
        (("secret", "fingerprint"), "sha256:"),
        (("secret", "generate"), ""),
        (("doctor", "--offline"), "wss://edge.example"),
        (("doctor", "--offline", "--report", "-", "--format", "md"), "# "),
    ],
    ids=" ".join,
)
def test_the_answer_goes_to_the_standard_output_that_is_handed_in(
    folder: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    """Nothing reaches the streams of the interpreter."""
    handed = Handed(folder)

    assert handed.run(*words) == OK
    assert said in handed.out.getvalue()
    assert handed.out.getvalue()
    assert capfd.readouterr() == ("", "")


def test_settings_come_from_the_folder_the_environment_and_the_input(folder: Path) -> None:
    """The nearest .env, a variable that wins over it, a secret from standard input."""
    handed = Handed(folder, stdin="another-Secret-9f8e7d6c5b4a3f2e1d", EDGE_AGENT_ID="edge_9")
    code = handed.run("doctor", "--offline", "--json", "--secret-file", "-")
    target = json.loads(handed.out.getvalue())["target"]

    assert code == OK
    assert (target["host"], target["agent_id"]) == ("edge.example", "edge_9")
    assert target["secret_fingerprint"] is not None
    assert Handed(folder).run("secret", "compare", target["secret_fingerprint"]) == PROBLEM


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (("snippet", "curl", "--output", "new"), "new"),
        (("secret", "generate", "--output", "new"), "new"),
        (("doctor", "--offline", "--report", "new.md"), "new.md"),
        (("init", "--no-input", "--agent-id", "edge_8", "-e", ".env"), ".env.bak"),
        (("doctor", "--offline", "--fix", "--yes", "-e", "broken.env"), "broken.env.bak"),
    ],
    ids=" ".join,
)
def test_files_are_written_into_the_folder_that_is_handed_in(
    folder: Path, words: tuple[str, ...], written: str
) -> None:
    """Named as from there."""
    (folder / "broken.env").write_text(SETTINGS.replace("wss", " https"))
    (folder / "broken.env").chmod(0o600)
    handed = Handed(folder)

    assert handed.run(*words) == OK, handed.err.getvalue()
    assert (folder / written).is_file()
    assert str(folder) not in handed.out.getvalue() + handed.err.getvalue()


def test_the_time_is_the_one_that_is_handed_in(folder: Path) -> None:
    """Of a document that says why there is no result."""
    handed = Handed(folder)

    assert handed.run("doctor", "--json", "--nonsense") == USAGE
    assert json.loads(handed.out.getvalue())["started_at"] == "2026-01-05T09:12:44Z"


def test_what_is_for_standard_error_goes_nowhere_else(folder: Path) -> None:
    """Also if that is closed: a script that reads standard output would take it for an answer."""
    for closed in (False, True):
        handed = Handed(folder, stderr=not closed)
        code = handed.run("docter")

        assert code == USAGE
        assert handed.out.getvalue() == ""
        assert ("Did you mean" in handed.err.getvalue()) is not closed


def test_a_closed_standard_error_leaves_standard_output_to_the_answer(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """As a shell closes it."""
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *COMMAND, "docter"]
    done = execute(command, tmp_path, environ)

    assert (done.returncode, done.stdout) == (USAGE, "")
