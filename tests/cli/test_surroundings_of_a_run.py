"""A process that was given little: no folder, few files, streams of the wrong kind."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, execute
from tests.processes import started
from tests.timing import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX starts it")


def by_shell(
    script: str, words: Sequence[str], folder: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a script of sh with these words as its arguments, and the command before them."""
    return execute(["sh", "-c", script, "sh", *COMMAND, *words], folder, environ)


@pytest.mark.parametrize(
    "words",
    [
        ("doctor", "--demo"),
        ("explain", "4001"),
        ("--version",),
        ("--help",),
        ("ping", "--demo", "-c", "1"),
        ("listen", "--demo"),
        ("simulate", "--port", "0"),
    ],
    ids=lambda words: words[0],
)
def test_standard_output_that_is_open_for_reading_alone_is_said(
    tmp_path: Path, environ: Mapping[str, str], words: tuple[str, ...]
) -> None:
    """It is not edgecheck's fault."""
    (tmp_path / "file").touch()
    done = by_shell('exec "$@" 1<file', words, tmp_path, environ)

    assert done.returncode == 1
    assert done.stderr == "edgecheck: standard output cannot be written: Bad file descriptor\n"


@pytest.mark.parametrize(
    ("words", "code"), [(("secret", "generate"), 0), (("doctor", "--nope"), 2)]
)
def test_standard_error_that_cannot_be_written_changes_no_exit_code(
    tmp_path: Path, environ: Mapping[str, str], words: tuple[str, ...], code: int
) -> None:
    """Python has one of its own, 120, if it cannot write what is left at the end."""
    (tmp_path / "file").touch()
    done = by_shell('exec "$@" 2<file', words, tmp_path, environ)

    assert done.returncode == code


def test_standard_input_that_is_open_for_writing_alone_is_said(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Instead of waiting for lines that never come."""
    done = by_shell('exec "$@" 0>file', ("repl", "--demo"), tmp_path, environ)

    assert done.returncode == 2
    assert "Standard input cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [("doctor", "--url", "ws://127.0.0.1:9"), ("init", "--url", "x"), ("listen",)]
)
def test_a_working_directory_that_was_deleted_is_said(
    tmp_path: Path, environ: Mapping[str, str], words: tuple[str, ...]
) -> None:
    """With what to do."""
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = by_shell(script, words, tmp_path, environ)

    assert done.returncode == 1
    assert "the working directory was deleted" in done.stderr
    assert "itself failed" not in done.stderr


@pytest.mark.parametrize("words", [("ping", "--demo", "-c", "1"), ("explain", "4001")], ids=str)
def test_what_reads_no_file_needs_no_working_directory(
    tmp_path: Path, environ: Mapping[str, str], words: tuple[str, ...]
) -> None:
    """A demo and an explanation answer as they do elsewhere."""
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = by_shell(script, words, tmp_path, environ)

    assert done.returncode == 0, done.stderr


DOCTOR = ("doctor", "--url", "ws://127.0.0.1:9", "--agent-id", "edge_1", "--timeout", "1")


@pytest.mark.parametrize(
    ("files", "words"),
    [*((files, DOCTOR) for files in range(4, 12)), (6, ("fleet", "--demo", "2"))],
)
def test_few_files_are_never_its_own_failure(
    tmp_path: Path, environ: Mapping[str, str], files: int, words: tuple[str, ...]
) -> None:
    """However few: Python itself may not start with so few."""
    done = by_shell(f'ulimit -n {files}; exec "$@"', words, tmp_path, environ)

    assert "itself failed" not in done.stderr, done.stderr


def test_a_simulator_without_files_says_so_in_one_line(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Not in a traceback for every attempt of asyncio."""
    import re
    import socket

    from tests.timing import until

    err, out = tmp_path / "err", tmp_path / "out"
    with (
        err.open("wb") as aside,
        out.open("wb") as to,
        started(
            ["sh", "-c", 'ulimit -n 20; exec "$@"', "sh", *COMMAND, "simulate"],
            cwd=tmp_path,
            env=dict(environ),
            stdout=to,
            stderr=aside,
        ) as process,
    ):
        found = until(
            lambda: re.search(r"ws://127\.0\.0\.1:(\d+)", out.read_text()), process=process
        )
        callers = [socket.create_connection(("127.0.0.1", int(found[1]))) for _ in range(30)]
        until(lambda: "No further connection" in err.read_text(), process=process)
        process.terminate()
        process.wait(PATIENCE)
    for caller in callers:
        caller.close()

    assert err.read_text().count("No further connection is accepted") == 1
    assert "Traceback" not in err.read_text()
    assert process.returncode == 0
