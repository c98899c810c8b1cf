"""The live screen: what a terminal shows while it waits, and what Ctrl-C leaves."""

from __future__ import annotations

import codecs
import json
import os
import pty
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.backends.servers import free_port
from tests.cli.conftest import COMMAND
from tests.processes import started
from tests.timing import PATIENCE, until

SETTINGS = (
    "--url",
    "ws://127.0.0.1:{port}",
    "--agent-id",
    "edge_1",
    "--secret-file",
    "secret",
    "--timeout",
    "60",
)


@contextmanager
def server_without_words(folder: Path) -> Iterator[tuple[socket.socket, tuple[str, ...]]]:
    """Give a server that says nothing unless a test does, and the options to examine it."""
    (folder / "secret").write_text("3f8a1c5e7b9d2046f1e3d5c7b9a80246")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server, tuple(word.format(port=server.getsockname()[1]) for word in SETTINGS)


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """Options to examine a server that takes connections and never says a word."""
    with server_without_words(tmp_path) as (_, options):
        yield options


@contextmanager
def on_a_terminal(
    folder: Path, environ: Mapping[str, str], *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
    """Run on a terminal of eighty columns.

    Give the process, and a function that reads what is there by now.
    """
    leader, follower = pty.openpty()
    variables = {**environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    with started(
        [*COMMAND, *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=folder,
        env=variables,
    ) as process:
        os.close(follower)
        os.set_blocking(leader, False)
        # What is there by now may end in the middle of a character.
        decoder = codecs.getincrementaldecoder("utf-8")()

        def read() -> str:
            found = b""
            with suppress(BlockingIOError, OSError):
                while piece := os.read(leader, 65536):
                    found += piece
            return decoder.decode(found)

        try:
            yield process, read
        finally:
            if process.poll() is None:
                process.kill()
            os.close(leader)


def wait_for(read: Callable[[], str], *words: str) -> str:
    """Read until each of some words is there, after those before it."""
    seen = ""

    def are_there() -> bool:
        nonlocal seen
        seen += read()
        rest = seen
        for each in words:
            _, found, rest = rest.partition(each)
            if not found:
                return False
        return True

    until(are_there, seen=lambda: seen)
    return seen


def test_a_terminal_shows_what_is_waited_for_and_how_long(
    tmp_path: Path, environ: Mapping[str, str], silent: tuple[str, ...]
) -> None:
    """The spinner names the wait and its limit.

    Ctrl-C leaves what is known, and nothing of the spinner.
    """
    with on_a_terminal(tmp_path, environ, "doctor", *silent) as (process, read):
        seen = wait_for(read, "to answer the upgrade request", "of at most 60 s")
        process.send_signal(signal.SIGINT)
        rest = wait_for(read, "Interrupted.")
        process.wait(PATIENCE)

    assert "waiting for 127.0.0.1 to answer the upgrade request" in seen
    assert "config, dns, tcp" in rest
    assert "of at most" not in rest.split("\x1b[2K")[-1]
    assert process.returncode == 130


def test_a_defect_beside_a_failure_of_the_network_is_shown_once(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """The line of the config stage has the defect from the beginning, and is not printed again."""
    (tmp_path / "secret").write_text("a 3f8a1c5e7b9d2046f1e3d5c7b9a80246")
    options = [word.format(port=free_port()) for word in SETTINGS]
    with on_a_terminal(tmp_path, environ, "doctor", "--no-color", *options) as (process, read):
        seen = wait_for(read, "tcp-refused")
        process.wait(PATIENCE)

    # In a container there is a warning too: 127.0.0.1 is the container itself.
    lines = [line.replace(",", "").split()[:4] for line in seen.splitlines()]

    assert [line for line in lines if line[1:2] == ["config"]] == [["✗", "config", "1", "error"]]


def test_no_color_on_a_terminal_leaves_plain_text(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """No control character at all; the same run without it is coloured."""
    for options, coloured in ((("--no-color",), False), ((), True)):
        with on_a_terminal(tmp_path, environ, "doctor", "--demo", *options) as (process, read):
            seen = wait_for(read, "edgecheck snippet")
            process.wait(PATIENCE)

        assert ("\x1b" in seen) is coloured


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_ctrl_c_prints_what_is_known_so_far(
    tmp_path: Path, environ: Mapping[str, str], as_json: bool
) -> None:
    """Exit code 130, and the stages that were passed."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with server_without_words(tmp_path) as (server, options):
        command = [*COMMAND, "doctor", *options, *(["--json"] if as_json else [])]
        with started(command, **pipes, cwd=tmp_path, env=dict(environ)) as process:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(PATIENCE)
                assert connection.recv(4) == b"GET "
                process.send_signal(signal.SIGINT)
                shown, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert "Traceback" not in errors
    if as_json:
        report = json.loads(shown)
        assert report["ok"] is False
        assert report["interrupted"] is True
        assert {stage["stage"]: stage["status"] for stage in report["stages"]}["tcp"] == "pass"
    else:
        assert ", tcp  " in shown
        assert "Interrupted." in shown
