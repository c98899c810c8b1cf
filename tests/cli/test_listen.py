"""`edgecheck listen`: its screen, its JSON lines, its programs, its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.backends.servers import free_port, is_served
from tests.cli.conftest import COMMAND, Run
from tests.conftest import require_program
from tests.processes import is_over, started
from tests.snippets.clients import node_modules
from tests.timing import PATIENCE, until

SECRET = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"

# A backend as a user would write it with FastAPI: it sends two commands and prints the acks.
FASTAPI = """
import json, sys
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()

@app.websocket("/edge/ws")
async def edge(socket: WebSocket, edge_agent_id: str):
    await socket.accept()
    if socket.headers.get("authorization") != "Bearer " + sys.argv[2]:
        await socket.close(1008, "Token verification failed")
        return
    for number in range(2):
        payload = {"command_id": f"c{number}", "command_type": "schedule_message"}
        payload["payload"] = {"message_text": "hello"}
        await socket.send_json({"type": "command", "payload": payload})
    try:
        while True:
            message = await socket.receive_json()
            if message["type"] == "ping":
                await socket.send_json({"type": "pong"})
            else:
                print(json.dumps(message["data"]), flush=True)
    except WebSocketDisconnect as error:
        print(json.dumps({"closed": error.code}), flush=True)

uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""

# The same with node's ws.
NODE = """
const { WebSocketServer } = require('ws');
const server = new WebSocketServer({ port: +process.argv[2], host: '127.0.0.1', path: '/edge/ws' });
server.on('connection', (socket, request) => {
  if (request.headers.authorization !== 'Bearer ' + process.argv[3]) {
    return socket.close(1008, 'Token verification failed');
  }
  for (const n of [0, 1]) {
    const payload = { command_id: 'c' + n, command_type: 'schedule_message', payload: {} };
    socket.send(JSON.stringify({ type: 'command', payload }));
  }
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.type === 'ping') socket.send('{"type":"pong"}');
    else console.log(JSON.stringify(message.data));
  });
  socket.on('close', (code) => console.log(JSON.stringify({ closed: code })));
});
"""


def lines(text: str) -> list[dict[str, Any]]:
    """Parse a text of one JSON object per line."""
    return [json.loads(line) for line in text.splitlines()]


@contextmanager
def listening(
    folder: Path, environ: Mapping[str, str], *arguments: str, before: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[bytes], Path, Path]]:
    """Run `listen` in its own process; give the process, and the files with its two outputs.

    Args:
        before: the words before the command, which start it.
    """
    out, error = folder / "out", folder / "err"
    with (
        out.open("wb") as to,
        error.open("wb") as aside,
        started(
            [*before, *COMMAND, "listen", *arguments],
            stdout=to,
            stderr=aside,
            env=dict(environ),
            cwd=folder,
        ) as process,
    ):
        yield process, out, error


@contextmanager
def third_party(folder: Path, name: str, *command: str) -> Iterator[Path]:
    """Run a server of other authors, and give the file that it prints to.

    The settings for it are put into the folder.
    """
    port = free_port()
    printed = folder / name
    with printed.open("wb") as to, started([*command, str(port), SECRET], stdout=to) as process:
        until(lambda: is_served(port, "tcp"), process=process)
        (folder / ".env").write_text(
            f"BACKEND_URL=ws://127.0.0.1:{port}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
        )
        yield printed


def acks_in(printed: Path) -> list[tuple[str, str]]:
    """Return the acks that a server has printed."""
    return [
        (line["command_id"], line["status"])
        for line in lines(printed.read_text())
        if "command_id" in line
    ]


# A shell without job control starts background processes like this: they ignore Ctrl-C.
BACKGROUND = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")


@pytest.mark.parametrize(
    ("first", "code", "before"),
    [(signal.SIGINT, 130, ()), (signal.SIGTERM, 143, ()), (signal.SIGTERM, 143, BACKGROUND)],
)
def test_a_second_signal_ends_it_with_all_that_it_started(
    tmp_path: Path,
    environ: Mapping[str, str],
    first: signal.Signals,
    code: int,
    before: Sequence[str],
) -> None:
    """The program that still runs too. The exit code is that of the first signal."""
    program = tmp_path / "slow"
    program.write_text('#!/bin/sh\necho $$ >> "$(dirname "$0")/started"\nexec sleep 3600\n')
    program.chmod(0o700)
    with listening(
        tmp_path, environ, "--demo", "--exec", str(program), "--grace", "3600", before=before
    ) as (process, out, error):
        started = tmp_path / "started"
        until(lambda: started.exists() and started.read_text(), process=process)
        process.send_signal(first)
        # Python makes one of two signals of a kind that come before it has dealt with the first.
        until(lambda: "1 command may finish within 3600 s" in out.read_text(), process=process)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)

    assert process.returncode == code, error.read_text()
    assert all(map(is_over, map(int, started.read_text().split())))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_takes_commands_and_ends_in_good_order(
    tmp_path: Path, environ: Mapping[str, str], number: signal.Signals
) -> None:
    """Two commands were acked, the last line says so, and the exit code is 0."""
    with listening(tmp_path, environ, "--demo") as (process, out, error):
        until(lambda: out.read_text().count("→ ack") >= 2, process=process)
        process.send_signal(number)
        process.wait(PATIENCE)

    assert process.returncode == 0
    assert error.read_text() == ""
    shown = out.read_text().splitlines()
    assert shown[0].startswith("LISTEN 127.0.0.1:")
    assert shown[-1].startswith("received 2, acked 2, failed 0, left 0")
    assert max(map(len, shown)) <= 80


def test_ctrl_c_that_is_ignored_from_the_start_stays_ignored(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """A shell starts its background jobs like this; SIGTERM ends them in good order."""
    with listening(tmp_path, environ, "--demo", before=BACKGROUND) as (process, out, error):
        for acks in (1, 2):
            until(lambda acks=acks: out.read_text().count("→ ack") >= acks, process=process)
            process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)

    assert process.returncode == 0
    assert error.read_text() == ""
    last = out.read_text().splitlines()[-1]
    assert last.startswith("received ")
    assert ", failed 0, left 0" in last


def test_json_is_one_object_an_event(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Standard output has nothing else, and standard error is empty."""
    with listening(tmp_path, environ, "--demo", "--json") as (process, out, error):
        until(lambda: '"ack"' in out.read_text(), process=process)
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)

    events = lines(out.read_text())
    assert error.read_text() == ""
    assert [event["event"] for event in events[:6]] == [
        "start",
        "open",
        "pong",
        "command",
        "handled",
        "ack",
    ]
    assert events[3]["payload"]["message_text"] == "Hello from the simulator"
    assert events[-1]["event"] == "summary"
    assert events[-1]["left"] == 0


def test_fastapi_on_uvicorn(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """A server of other authors gets its acks, and the close code 1001."""
    (tmp_path / "app.py").write_text(FASTAPI)
    with third_party(tmp_path, "printed", sys.executable, str(tmp_path / "app.py")) as printed:
        with listening(tmp_path, environ) as (process, out, _):
            until(lambda: len(acks_in(printed)) >= 2, process=process)
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        until(lambda: "closed" in printed.read_text())

    assert process.returncode == 0, out.read_text()
    assert acks_in(printed) == [("c0", "completed"), ("c1", "completed")]


def test_node_ws(tmp_path: Path, environ: Mapping[str, str], run: Run) -> None:
    """Use ping, listen and repl with a server in another language."""
    node = require_program("node")
    node_modules("ws")
    (tmp_path / "app.js").write_text(NODE)
    with third_party(tmp_path, "printed", node, str(tmp_path / "app.js")) as printed:
        ping = run("ping", "-c", "3", "-i", "0.05")
        repl = run(
            "repl",
            "-x",
            "wait command 30",
            "-x",
            "ping",
            "-x",
            "wait pong 30",
            "-x",
            "control-ping",
            "-x",
            "wait pong 30",
        )
        with listening(tmp_path, environ, "--ack", "failed") as (process, _, _):
            until(lambda: len(acks_in(printed)) >= 2, process=process)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        until(lambda: '"closed":1001' in printed.read_text())

    assert ping.returncode == repl.returncode == 0
    assert "2 commands arrived meanwhile" in ping.stdout
    assert process.returncode == 0
    assert acks_in(printed) == [("c0", "failed"), ("c1", "failed")]


@pytest.mark.skipif(os.name != "posix", reason="the program is a script of sh")
def test_a_program_is_run_once_for_each_command(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """It gets the command without the secret; its exit status is the ack."""
    (tmp_path / "app.py").write_text(FASTAPI)
    script = tmp_path / "handle"
    script.write_text(
        "#!/bin/sh\necho noise\nenv >> variables\ntee -a commands | grep -q '\"c0\"'\n"
    )
    script.chmod(0o755)
    with third_party(tmp_path, "printed", sys.executable, str(tmp_path / "app.py")) as printed:
        more = {"EDGE_SECRET": SECRET, "COPY": SECRET}
        with listening(
            tmp_path, {**environ, **more}, "--exec", "./handle", "--json", "--journal", "j.db"
        ) as (process, out, error):
            until(lambda: len(acks_in(printed)) >= 2, process=process)
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)

    assert acks_in(printed) == [("c0", "completed"), ("c1", "failed")]
    assert [line["command_id"] for line in lines((tmp_path / "commands").read_text())] == [
        "c0",
        "c1",
    ]
    assert SECRET not in (tmp_path / "variables").read_text()
    assert "noise" not in out.read_text()
    assert "noise" in error.read_text()
    assert lines(out.read_text())[-1]["failed"] == 1


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_journal_keeps_a_killed_client_from_working_twice(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """It is killed with SIGKILL after two commands; the backend sends both of them again."""
    (tmp_path / "app.py").write_text(FASTAPI)
    program = f"{sys.executable} -c \"open('handled', 'a').write('x')\""
    with third_party(tmp_path, "printed", sys.executable, str(tmp_path / "app.py")) as printed:
        for round_ in (1, 2):
            with listening(tmp_path, environ, "--exec", program, "--journal", "j.db") as (
                process,
                out,
                _,
            ):
                until(lambda round_=round_: len(acks_in(printed)) >= 2 * round_, process=process)
                if round_ == 2:
                    # An ack that was owed may have arrived before the commands did.
                    until(lambda out=out: "received before" in out.read_text(), process=process)
                process.kill()

    assert (tmp_path / "handled").read_text() == "xx"
    assert "received before: not handled again" in out.read_text()
    assert set(acks_in(printed)) == {("c0", "completed"), ("c1", "completed")}


def test_a_refusal_ends_it_with_doctors_verdict(
    tmp_path: Path, environ: Mapping[str, str], run: Run
) -> None:
    """The text is that of `doctor`, and the exit code is 1."""
    (tmp_path / "app.py").write_text(FASTAPI)
    with third_party(tmp_path, "printed", sys.executable, str(tmp_path / "app.py")):
        (tmp_path / ".env").write_text(
            (tmp_path / ".env").read_text().replace(SECRET, SECRET[::-1])
        )
        (tmp_path / ".env").chmod(0o600)
        done, doctor = run("listen"), run("doctor", "--quiet")

    assert done.returncode == doctor.returncode == 1
    assert doctor.stdout in done.stdout
    assert "edgecheck explain auth-secret-rejected" in done.stdout
    assert SECRET[::-1][:8] not in done.stdout + done.stderr


def test_settings_that_cannot_be_used_are_explained(run: Run) -> None:
    """Nothing is sent, and the verdict is that of `doctor`."""
    done, doctor = run("listen"), run("doctor", "--quiet")

    assert done.returncode == 1
    assert done.stdout == doctor.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--ack", "maybe"),
        ("--jobs", "0"),
        ("--grace", "-1"),
        ("--exec-timeout", "0"),
        ("--exec", "''"),
        ("--exec", "'"),
        ("--exec", "no-such-program-anywhere"),
        ("--exec", "true", "--ack", "failed"),
        ("--keepalive", "0.5"),
        ("--on-unknown", "ask"),
    ],
)
def test_wrong_usage_exits_two(run: Run, arguments: tuple[str, ...]) -> None:
    """Standard error says what is wrong."""
    done = run("listen", "--demo", *arguments)

    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    assert done.stderr
