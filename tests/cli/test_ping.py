"""`edgecheck ping`: its screen, its JSON lines, its signals, its exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from edgecheck.catalogue import PROBLEMS
from tests.cli.conftest import COMMAND, Run
from tests.doctor import SECRET, in_thread
from tests.processes import started
from tests.timing import PATIENCE, seconds, until

# How long a pong may take where none comes, or another answer.
WAIT = str(seconds(2))


def lines(text: str) -> list[dict[str, Any]]:
    """Parse a text of one JSON object per line."""
    return [json.loads(line) for line in text.splitlines()]


@contextmanager
def simulator(folder: Path, environ: Mapping[str, str], *arguments: str) -> Iterator[None]:
    """Run a backend in its own process, and put its settings into a folder."""
    with started(
        [*COMMAND, "simulate", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(environ),
        text=True,
    ) as server:
        assert server.stdout is not None
        (folder / ".env").write_text("".join(server.stdout.readline() for _ in range(3)))
        (folder / ".env").chmod(0o600)
        yield
        server.terminate()
        server.wait(PATIENCE)


def test_five_pings_and_a_summary(run: Run) -> None:
    """Standard output has the lines of ping(8), and the exit code is 0."""
    done = run("ping", "--demo", "-c", "5", "-i", "0.05")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    shown = done.stdout.splitlines()
    assert shown[0].startswith("PING 127.0.0.1:")
    assert [line.split()[:2] for line in shown[1:6]] == [["pong", f"seq={n}"] for n in range(1, 6)]
    assert "5 sent, 5 received, 0% loss, time " in done.stdout
    assert "rtt min/avg/max/mdev = " in done.stdout
    assert "rtt p50/p95/p99 = " in done.stdout
    assert "█" not in done.stdout


def test_json_is_one_object_a_reply_and_a_summary(run: Run) -> None:
    """Each line alone is JSON, and nothing else is written."""
    done = run("ping", "--demo", "-c", "3", "-i", "0.05", "--json", "-q")
    events = lines(done.stdout)

    assert done.returncode == 0
    assert done.stderr == ""
    assert [event["event"] for event in events] == ["open", "pong", "pong", "pong", "summary"]
    assert [event["seq"] for event in events[1:4]] == [1, 2, 3]
    assert events[-1]["sent"] == events[-1]["received"] == 3
    assert set(events[-1]["rtt_ms"]) == {"min", "avg", "max", "mdev", "p50", "p95", "p99"}
    assert done.stdout.isascii()


def test_quiet_is_the_summary_alone(run: Run) -> None:
    """There is no line for a pong."""
    shown = run("ping", "--demo", "-c", "2", "-i", "0.05", "-q").stdout

    assert "seq=" not in shown
    assert "PING" not in shown
    assert "2 sent, 2 received" in shown


def test_control_frames_are_answered(run: Run) -> None:
    """Every WebSocket server answers them."""
    done = run("ping", "--demo", "-c", "2", "-i", "0.05", "--control")

    assert done.returncode == 0
    assert "a WebSocket ping frame every 0.05 s" in done.stdout


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("auth-secret-rejected", "auth-secret-rejected"),
        ("upgrade-unavailable", "upgrade-unavailable"),
        ("session-idle-closed", "session-idle-closed"),
        ("session-dropped", "session-dropped"),
        ("pong-timeout", "pong-timeout"),
        ("pong-echoed", "pong-echoed"),
        ("session-restarting", "session-restarting"),
    ],
)
def test_no_connection_or_its_end_is_explained(
    tmp_path: Path, environ: Mapping[str, str], run: Run, fault: str, code: str
) -> None:
    """The verdict is that of `doctor`, as text and as JSON, and the exit code is 1."""
    with simulator(tmp_path, environ, "--fault", fault):
        done = run("ping", "-c", "1" if fault.startswith("pong") else "2", "-i", "30", "-W", WAIT)
        as_json = run(
            "ping",
            "-c",
            "1" if fault.startswith("pong") else "2",
            "-i",
            "30",
            "-W",
            WAIT,
            "--json",
        )

    assert done.returncode == as_json.returncode == 1
    assert PROBLEMS[code].remedies
    assert f"edgecheck explain {code}" in done.stdout
    (verdict,) = [
        event["verdict"] for event in lines(as_json.stdout) if event["event"] == "verdict"
    ]
    assert verdict["code"] == code


def test_a_padded_ping_finds_the_limit_of_a_message(
    tmp_path: Path, environ: Mapping[str, str], run: Run
) -> None:
    """What passes is answered; what does not names the limit, or how to come closer to it."""

    async def answer(connection: ServerConnection) -> None:
        async for message in connection:
            assert json.loads(message) == {"type": "ping"}
            await connection.send('{"type":"pong"}')

    with in_thread(lambda: serve(answer, "127.0.0.1", 0, max_size=100_000)) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        (tmp_path / ".env").write_text(
            f"BACKEND_URL=ws://127.0.0.1:{port}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
        )
        (tmp_path / ".env").chmod(0o600)
        passed = run("ping", "-c", "1", "--size", "100000")
        refused = run("ping", "-c", "1", "--size", "100001", "--json")
    (verdict,) = [
        event["verdict"] for event in lines(refused.stdout) if event["event"] == "verdict"
    ]

    assert passed.returncode == 0, passed.stdout
    assert "padded to 100000 bytes" in passed.stdout
    assert verdict["code"] == "session-message-too-big"
    assert verdict["side"] == "client"
    assert "100001 bytes" in verdict["title"]
    assert any("100000 bytes" in step for step in verdict["remedies"])


@pytest.mark.parametrize(("limit", "below", "above"), [(32_768, 0, 1), (70_000, 100, 100)])
@pytest.mark.parametrize("word", [True, False])
def test_a_limit_that_nobody_names_is_measured(
    tmp_path: Path,
    environ: Mapping[str, str],
    run: Run,
    *,
    limit: int,
    below: int,
    above: int,
    word: bool,
) -> None:
    """By further connections; a command that comes over one of them is shown."""
    opened = []

    async def answer(connection: ServerConnection) -> None:
        opened.append(connection)
        if len(opened) == 2:
            await connection.send(
                '{"type":"command","payload":{"command_id":"c7","command_type":"schedule_message",'
                '"payload":{},"timestamp":"2026-01-05T09:12:44Z"}}'
            )
        async for message in connection:
            if len(message) > limit:
                if word:
                    await connection.close(1009)
                connection.transport.abort()
                return
            await connection.send('{"type":"pong"}')

    with in_thread(lambda: serve(answer, "127.0.0.1", 0, max_size=None)) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        (tmp_path / ".env").write_text(
            f"BACKEND_URL=ws://127.0.0.1:{port}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
        )
        (tmp_path / ".env").chmod(0o600)
        done = run("ping", "-c", "1", "--size", "200000", "--json")
    events = {event["event"]: event for event in lines(done.stdout)}
    cause = events["verdict"]["verdict"]["cause"]
    sizes = sorted({int(word) for word in re.findall(r"\d{4,}", cause)} - {200_000})

    assert "Measuring the limit" in done.stderr
    assert limit - below <= sizes[0] <= limit
    assert "of a byte more" in cause if above == 1 else sizes[1] <= limit + above
    assert f"at most {sizes[0]} bytes" in events["verdict"]["verdict"]["remedies"][0]
    assert events["command"]["command_id"] == "c7"
    assert len(opened) <= 11


def test_what_else_ends_a_connection_is_no_limit(
    tmp_path: Path, environ: Mapping[str, str], run: Run
) -> None:
    """A running agent with the same id comes back, and the backend closes ours for it."""
    opened = []

    async def answer(connection: ServerConnection) -> None:
        opened.append(connection)
        replaced = len(opened) > 1
        async for message in connection:
            if len(message) > (2000 if replaced else 100_000):
                await connection.close(4002 if replaced else 1009)
                return
            await connection.send('{"type":"pong"}')

    with in_thread(lambda: serve(answer, "127.0.0.1", 0, max_size=None)) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        (tmp_path / ".env").write_text(
            f"BACKEND_URL=ws://127.0.0.1:{port}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
        )
        (tmp_path / ".env").chmod(0o600)
        done = run("ping", "-c", "1", "--size", "200000", "--json")
    verdict = {event["event"]: event for event in lines(done.stdout)}["verdict"]["verdict"]

    assert verdict["code"] == "session-message-too-big"
    assert "4096" not in verdict["cause"]
    assert len(opened) == 2


def test_settings_that_cannot_be_used_are_explained(run: Run) -> None:
    """Nothing is sent, and the verdict is that of `doctor`."""
    done, doctor = run("ping"), run("doctor", "--quiet")

    assert done.returncode == doctor.returncode == 1
    assert done.stdout == doctor.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "0"),
        ("-i", "0"),
        ("-i", "nan"),
        ("-W", "0"),
        ("-w", "-1"),
        ("-4", "-6"),
        ("--url", "ws://127.0.0.1:1"),
        ("-q", "-v"),
        ("x",),
        ("--size", "0"),
        ("--size", "9", "--control"),
        ("--size", "9", "--profile", "websocket"),
    ],
)
def test_wrong_usage_exits_two(run: Run, arguments: tuple[str, ...]) -> None:
    """Standard error says what is wrong."""
    done = run("ping", "--demo", *arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr


@contextmanager
def pinging(
    tmp_path: Path, environ: Mapping[str, str], *arguments: str, pongs: int = 3
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Ping without end, with standard output in a file, once so many pongs are in it."""
    written = tmp_path / "out"
    with (
        written.open("w") as out,
        started(
            [*COMMAND, "ping", "--demo", "-i", "0.05", *arguments],
            stdout=out,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=tmp_path,
            text=True,
        ) as process,
    ):
        until(lambda: written.read_text().count("pong") >= pongs, process=process)
        yield process, written


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_prints_the_summary(
    tmp_path: Path, environ: Mapping[str, str], number: signal.Signals
) -> None:
    """All pings were answered, so the exit code is 0. No other one is sent meanwhile."""
    with pinging(tmp_path, environ, "-i", "3600", pongs=1) as (process, written):
        process.send_signal(number)
        _, error = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0, error
    assert error == ""
    assert "1 sent, 1 received, 0% loss" in written.read_text().splitlines()[-3]


def test_a_reader_that_goes_away_ends_it_even_where_no_pong_comes(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """As behind `| head -1`: the next line is written by a timer."""
    with (
        simulator(tmp_path, environ, "--fault", "pong-timeout"),
        started(
            [*COMMAND, "ping", "-i", "0.05", "-W", "0.3"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=tmp_path,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline().startswith("PING ")
        process.stdout.close()
        code = process.wait(PATIENCE)
        assert process.stderr is not None
        error = process.stderr.read()

    assert code == 141
    assert error == ""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGQUIT")
def test_sigquit_prints_a_line_and_goes_on(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """It is on standard error, so that standard output has JSON only."""
    with pinging(tmp_path, environ, "--json") as (process, written):
        process.send_signal(signal.SIGQUIT)
        assert process.stderr is not None
        snapshot = process.stderr.readline()
        before = written.read_text().count("pong")
        until(lambda: written.read_text().count("pong") > before + 2, process=process)
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)

    assert "received" in snapshot
    assert "min/avg/max" in snapshot
    assert lines(written.read_text())[-1]["event"] == "summary"
