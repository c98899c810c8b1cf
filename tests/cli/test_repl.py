"""`edgecheck repl`: scripts through a pipe, and a person at a real pseudo-terminal."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.cli.conftest import COMMAND, PATIENCE, Run, execute
from tests.processes import started
from tests.timing import until

if sys.platform != "win32":
    import pexpect
    import pyte

SECRET = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
PONG = '{"type":"pong"}'
CURSOR_WHERE = b"\x1b[6n"


def lines(text: str) -> list[dict[str, Any]]:
    """Parse a text of one JSON object per line."""
    return [json.loads(line) for line in text.splitlines()]


def command(command_id: str) -> str:
    """Return the message of a command."""
    return json.dumps(
        {
            "type": "command",
            "payload": {"command_id": command_id, "command_type": "t", "payload": {}},
        }
    )


class Backend:
    """A backend in a thread: it answers pings, keeps other messages, and sends what a test says."""

    def __init__(self) -> None:
        self.received: list[str | bytes] = []
        self.connections: list[ServerConnection] = []
        self.url = ""
        self.loop = asyncio.new_event_loop()
        self._ready, self._over = threading.Event(), asyncio.Event()

    async def _handle(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        while True:
            try:
                message = await connection.recv()
            except ConnectionClosed:
                return
            if message == '{"type":"ping"}':
                await connection.send(PONG)
            else:
                self.received.append(message)

    async def _serve(self) -> None:
        async with serve(self._handle, "127.0.0.1", 0, max_size=None) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            self._ready.set()
            await self._over.wait()

    def _run(self, work: Awaitable[None]) -> None:
        async def awaited() -> None:
            await work

        asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(PATIENCE)

    def _newest(self) -> ServerConnection:
        """The newest connection; a client knows that it is open before its handler here runs."""
        return until(lambda: self.connections)[-1]

    @property
    def first(self) -> str | bytes:
        """The first message that it kept; a client has sent it before the backend reads it."""
        return until(lambda: self.received)[0]

    def send(self, *messages: str | bytes) -> None:
        """Send messages over the newest connection."""
        for message in messages:
            self._run(self._newest().send(message))

    def pong(self) -> None:
        """Send a pong frame that no ping asked for over the newest connection."""
        self._run(self._newest().pong(b"unasked"))

    def close(self, code: int, reason: str = "") -> None:
        """Close the newest connection."""
        self._run(self._newest().close(code, reason))

    @contextmanager
    def running(self) -> Iterator[Backend]:
        """Serve until the context is left."""
        thread = threading.Thread(
            target=lambda: self.loop.run_until_complete(self._serve()), daemon=True
        )
        thread.start()
        assert self._ready.wait(PATIENCE)
        try:
            yield self
        finally:
            self.loop.call_soon_threadsafe(self._over.set)
            thread.join(PATIENCE)
            self.loop.close()


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """A backend, and its settings in the folder where edgecheck runs."""
    with Backend().running() as backend:
        (tmp_path / ".env").write_text(
            f"BACKEND_URL={backend.url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
        )
        (tmp_path / ".env").chmod(0o600)
        yield backend


# --- scripts --------------------------------------------------------------------------------------


def test_the_demo_can_be_scripted(run: Run) -> None:
    """A ping and its pong, and a command and its ack, are shown; the exit code is 0."""
    done = run(
        "repl", "--demo", "-x", "ping", "-x", "wait pong 30", "-x", "wait command 30", "-x", "ack"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    words = [line.split()[1] for line in done.stdout.splitlines()[1:5]]
    assert words == ["→", "←", "←", "→"]
    assert '"command_ack"' in done.stdout.splitlines()[4]


def test_json_is_one_object_a_frame(run: Run) -> None:
    """The lines come from standard input, with comments and blank lines."""
    done = run(
        "repl",
        "--demo",
        "--json",
        stdin="# hello\n\nping\nwait pong 30\ncontrol-ping\nwait pong 30\nstatus\nquit\nnever\n",
    )
    events = lines(done.stdout)

    assert done.returncode == 0
    assert [event["event"] for event in events] == [
        "open",
        "frame",
        "frame",
        "frame",
        "frame",
        "status",
        "closed",
    ]
    assert [event["direction"] for event in events[1:5]] == ["sent", "received", "sent", "received"]
    assert [event["kind"] for event in events[1:5]] == ["text", "text", "ping", "pong"]
    assert events[2]["text"] == PONG
    assert events[2]["time_ms"] > 0
    assert events[5]["state"] == "open"


@pytest.mark.parametrize(
    "line",
    ["nonsense", "wait close 0.2", "ack", "show 99", "send hello", "record /no/such/folder/file"],
)
def test_the_first_failing_line_ends_a_script(run: Run, line: str) -> None:
    """The exit code is 1; with --keep-going the script goes on."""
    ended = run("repl", "--demo", "-x", line, "-x", "control-ping")
    kept = run("repl", "--demo", "-x", line, "-x", "control-ping", "--keep-going")

    assert ended.returncode == kept.returncode == 1
    assert f"{line}: " in ended.stdout
    assert "ping frame" not in ended.stdout
    assert "ping frame" in kept.stdout


@pytest.mark.parametrize(
    "line",
    [
        "snd {}",
        "{}",
        "send {}",
        "ping {}",
        "show {}",
        "record /no/{}",
        "close {}",
        "set {}",
        "help {}",
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_line_that_fails_does_not_repeat_the_secret(
    run: Run, backend: Backend, line: str, form: tuple[str, ...]
) -> None:
    """The user typed it in a wrong place."""
    done = run("repl", *form, "-x", line.format(SECRET))

    assert done.returncode == 1
    assert "error" in done.stdout or "<secret>" in done.stdout
    assert not any(SECRET[i : i + 8] in done.stdout + done.stderr for i in range(len(SECRET) - 7))


@pytest.mark.parametrize(
    "line",
    [
        "record ~no.such.user/x",
        "ping " + "9" * 5000,
        "close " + "9" * 5000,
        "set keepalive 1e-9",
        "raw \udcff",
    ],
)
def test_a_line_that_cannot_be_done_fails_and_no_more(run: Run, line: str) -> None:
    """The conversation goes on."""
    done = run("repl", "--demo", "--keep-going", "-x", line, "-x", "ping", "-x", "wait pong 30")

    assert done.returncode == 1
    assert "edgecheck itself failed" not in done.stderr
    assert "←" in done.stdout


@pytest.mark.parametrize("stdin_errors", ["strict", "surrogateescape"])
def test_a_line_that_is_not_utf_8_fails_and_no_more(
    tmp_path: Path, environ: Mapping[str, str], stdin_errors: str
) -> None:
    """The conversation goes on, whatever the locale makes of such a byte."""
    done = subprocess.run(
        [*COMMAND, "repl", "--demo", "--keep-going"],
        input=b"raw \xff\nping\nwait pong 30\n",
        cwd=tmp_path,
        env={**environ, "PYTHONIOENCODING": f"utf-8:{stdin_errors}"},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == b""
    assert b"line 1: raw" in done.stdout
    assert b"pong" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="it takes Linux's memory file")
def test_lines_that_cannot_be_read_end_a_script(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """The error is said, as one of the line."""
    with Path("/proc/self/mem").open("rb") as unreadable:  # EIO, as of a terminal that is gone
        done = execute([*COMMAND, "repl", "--demo"], tmp_path, environ, stdin=unreadable)

    assert done.returncode == 1
    assert done.stderr == ""
    assert "line 1: it cannot be read: Input/output error" in done.stdout


def test_a_script_may_be_a_file(tmp_path: Path, run: Run) -> None:
    """Its lines are run one by one."""
    (tmp_path / "talk").write_text(
        'send {"type":"ping"}\nclose 4000 enough\nwait close\nstatus\nreconnect\nping\nwait pong '
        "30\n"
    )
    done = run("repl", "--demo", "--script", "talk")

    assert done.returncode == 0, done.stdout
    assert "closed with 4000" in done.stdout
    assert done.stdout.count("open: 127.0.0.1") == 2


def test_what_is_not_there_is_doctors_verdict(run: Run) -> None:
    """The text and the exit code are the same, for bad settings and for a missing backend."""
    assert run("repl", "-x", "ping").stdout == run("doctor", "--quiet").stdout
    environ = {"BACKEND_URL": "ws://127.0.0.1:1", "EDGE_SECRET": SECRET, "EDGE_AGENT_ID": "edge_1"}
    done, doctor = run("repl", "-x", "ping", **environ), run("doctor", "--quiet", **environ)

    assert done.returncode == doctor.returncode == 1
    assert re.sub(r"[\d.]+ ms", "", done.stdout) == re.sub(r"[\d.]+ ms", "", doctor.stdout)


def test_a_record_holds_every_frame_and_not_the_secret(
    tmp_path: Path, run: Run, backend: Backend
) -> None:
    """It has both directions, with one JSON object per line."""
    done = run(
        "repl",
        "-x",
        "record frames",
        "-x",
        f"raw {SECRET} hello",
        "-x",
        "ping",
        "-x",
        "wait pong 30",
        "-x",
        "record off",
        "-x",
        "ping",
    )
    recorded = (tmp_path / "frames").read_text()

    assert done.returncode == 0, done.stdout
    assert [entry["direction"] for entry in lines(recorded) if "hello" in entry["text"]] == ["sent"]
    assert PONG in [entry["text"] for entry in lines(recorded)]
    assert SECRET[:8] not in recorded + done.stdout
    assert backend.received == [f"{SECRET} hello"]


def test_a_record_holds_what_was_sent_unasked(tmp_path: Path, run: Run, backend: Backend) -> None:
    """The pings of the keepalive, and the close frame."""
    asked = ('{"x": 1}', '{"type":"ping"}', 'wait message {"type":"pong"} 30')
    lines_of_it = ("record frames", "set keepalive 0.1", *asked, "close 4000 y")
    done = run("repl", *(word for line in lines_of_it for word in ("-x", line)))
    sent = [one for one in lines((tmp_path / "frames").read_text()) if one["direction"] == "sent"]

    assert done.returncode == 0, done.stdout
    assert '{"type":"ping"}' in [one["text"] for one in sent]
    assert [(one["kind"], one["text"], one["code"]) for one in sent[-1:]] == [("close", "y", 4000)]
    assert until(lambda: backend.received) == ['{"x": 1}']


def test_commands_are_acked_as_they_come_where_that_is_set(run: Run) -> None:
    """Nothing has to be typed."""
    done = run(
        "repl",
        "--demo",
        "--json",
        "-x",
        "set autoack failed",
        "-x",
        "wait command 30",
        "-x",
        "ping",
        "-x",
        "wait pong 30",
    )

    acks = [
        event["text"]
        for event in lines(done.stdout)
        if event["event"] == "frame" and "command_ack" in event["text"]
    ]
    assert acks
    assert all('"failed"' in ack for ack in acks)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-x", "ping", "--script", "f"),
        ("--script", "no-such-file"),
        ("--script", "."),
        ("--url", "ws://h"),
        ("--keep-going", "extra"),
    ],
)
def test_wrong_usage_exits_two(run: Run, arguments: tuple[str, ...]) -> None:
    """Standard error says what is wrong."""
    done = run("repl", "--demo", *arguments)

    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    assert done.stderr


def test_standard_input_is_not_both_secret_and_lines(run: Run) -> None:
    """Reading the one would consume the other."""
    assert run("repl", "--secret-file", "-", stdin=SECRET).returncode == 2


@pytest.mark.parametrize("kind", ["message", "pong frame"])
def test_a_reader_that_goes_away_ends_it_with_the_next_frame(
    tmp_path: Path, environ: Mapping[str, str], backend: Backend, kind: str
) -> None:
    """As behind `| head -1`, although no line is typed; the connection is not blamed."""
    with started(
        [*COMMAND, "repl"],
        stdin=subprocess.PIPE,  # open, and nothing comes
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environ),
        cwd=tmp_path,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "open: 127.0.0.1" in process.stdout.readline()
        process.stdout.close()
        if kind == "message":
            backend.send('{"type":"news"}')
        else:
            backend.pong()
        code = process.wait(PATIENCE)
        assert process.stderr is not None
        error = process.stderr.read()

    assert code == 141
    assert error == ""
    assert until(lambda: backend.connections[0].close_code) == 1000


# --- a terminal -----------------------------------------------------------------------------------


class Terminal:
    """A pseudo-terminal with a person who reads the screen as it is drawn."""

    def __init__(
        self,
        tmp_path: Path,
        environ: Mapping[str, str],
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = self.pending = b""
        variables = {**environ, "TERM": "xterm", "XDG_STATE_HOME": str(tmp_path / "state")}
        self.child = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], "repl", *arguments],
            env=variables,
            cwd=str(tmp_path),
            dimensions=(rows, columns),
            timeout=PATIENCE,
        )

    def read(self) -> None:
        """Draw the output that has arrived."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.raw += data
        self.pending += data
        # prompt_toolkit asks for the position of the cursor, and needs the answer.
        while (before := self.pending.partition(CURSOR_WHERE))[1]:
            self.stream.feed(before[0])
            self.child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
            self.pending = before[2]
        # The bytes at the end may be the beginning of that question; keep them.
        cut = self.pending.rfind(b"\x1b", -len(CURSOR_WHERE) + 1)
        whole, self.pending = (
            (self.pending, b"") if cut < 0 else (self.pending[:cut], self.pending[cut:])
        )
        self.stream.feed(whole)

    def text(self) -> str:
        """Return the text on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, condition: Callable[[str], bool]) -> str:
        """Wait until the screen meets a condition."""
        end = time.monotonic() + PATIENCE
        while not condition(self.text()):
            assert time.monotonic() < end, self.text()
            assert self.child.isalive(), self.text()
            self.read()
        return self.text()

    def shows(self, *words: str) -> str:
        """Wait until all of these words are on the screen."""
        return self.until(lambda text: all(word in text for word in words))

    def type(self, text: str) -> None:
        """Press keys."""
        self.child.send(text)

    def ends(self) -> int | None:
        """Wait for the end, and return the exit code."""
        end = time.monotonic() + PATIENCE
        while self.child.isalive():
            assert time.monotonic() < end, self.text()
            self.read()
        self.child.close()
        return self.child.exitstatus  # type: ignore[no-any-return]

    @property
    def prompt(self) -> str:
        """The line that is being typed."""
        return next(
            (line for line in reversed(self.text().splitlines()) if line.startswith("edge_1>")), ""
        )


at_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")


@pytest.fixture
def terminal(tmp_path: Path, environ: Mapping[str, str], backend: Backend) -> Iterator[Terminal]:
    """A person at a terminal, connected."""
    terminal = Terminal(tmp_path, environ)
    try:
        terminal.shows("open: 127.0.0.1", "edge_1>", "rtt ")
        terminal.until(lambda text: " ms " in text)
        yield terminal
    finally:
        terminal.child.close(force=True)


@at_a_terminal
def test_a_line_being_typed_survives_what_arrives(terminal: Terminal, backend: Backend) -> None:
    """The line stays complete, below what arrived, and can still be sent."""
    terminal.type('send {"type":"half')
    terminal.shows('send {"type":"half')
    for number in range(5):
        backend.send(command(f"cmd_{number}"))
    terminal.until(
        lambda text: (
            "cmd_4" in text
            and "5 to ack" in text
            and terminal.prompt.endswith('send {"type":"half')
        )
    )

    terminal.type('-typed"}\r')
    terminal.until(lambda text: bool(backend.received))
    assert backend.received == ['{"type":"half-typed"}']


@at_a_terminal
def test_pasted_lines_run_one_after_the_other(terminal: Terminal, backend: Backend) -> None:
    """Up to the first one that fails; JSON over several lines is one message."""
    terminal.type('\x1b[200~raw one\n{"two": 2}\nfrobnicate\nraw three\x1b[201~\r')
    terminal.shows("there is no command 'frobnicate'", "1 line after it: not run")
    terminal.type('\x1b[200~{\n "four": 4\n}\x1b[201~\r')
    terminal.until(lambda text: len(backend.received) == 3)

    assert backend.received == ["one", '{"two": 2}', '{\n "four": 4\n}']


@at_a_terminal
def test_tab_completes_commands_ids_and_statuses(terminal: Terminal, backend: Backend) -> None:
    """Each is completed at its place in the line."""
    backend.send(command("cmd_first"))
    terminal.shows("cmd_first", "1 to ack")
    terminal.type("ac\t")
    terminal.until(lambda text: terminal.prompt.endswith("> ack"))
    terminal.type(" cmd\t")
    terminal.until(lambda text: terminal.prompt.endswith("ack cmd_first"))
    terminal.type(" f\t")
    terminal.until(lambda text: terminal.prompt.endswith("ack cmd_first failed"))
    terminal.type("\r")
    terminal.shows("0 to ack")

    assert json.loads(backend.first)["data"] == {"command_id": "cmd_first", "status": "failed"}


@at_a_terminal
def test_ctrl_c_drops_the_line_or_what_is_being_done_and_ctrl_d_ends(
    terminal: Terminal, backend: Backend
) -> None:
    """There is no traceback, and the exit code is 0."""
    terminal.type("raw never sent")
    terminal.shows("never sent")
    terminal.type("\x03")
    terminal.until(lambda text: terminal.prompt == "edge_1>")
    for _ in range(2):  # more than once
        terminal.type("wait command 1000\r")
        terminal.until(lambda text: "wait command 1000" in text and "rtt" not in text)
        terminal.type("\x03")
        terminal.shows("interrupted", "rtt ")
        terminal.type("\x0c")  # Ctrl-L clears the screen
        terminal.until(lambda text: "interrupted" not in text)
    terminal.type("\x04")

    assert terminal.ends() == 0
    assert b"Traceback" not in terminal.raw
    assert backend.received == []


@at_a_terminal
def test_a_resized_window_is_drawn_anew(terminal: Terminal, backend: Backend) -> None:
    """When the window gets narrower, the toolbar and the line stay."""
    terminal.type("raw abc")
    terminal.shows("raw abc")
    terminal.screen.resize(12, 50)
    terminal.child.setwinsize(12, 50)
    backend.send('{"type":"news"}')
    terminal.until(
        lambda text: '"news"' in text and terminal.prompt.endswith("raw abc") and "rtt " in text
    )

    assert all(len(line) <= 50 for line in terminal.text().splitlines())


@at_a_terminal
def test_a_message_of_five_megabytes_is_shown_cut(terminal: Terminal, backend: Backend) -> None:
    """The prompt is still there."""
    backend.send(json.dumps({"type": "big", "text": "x" * 3_000_000}))
    terminal.shows("(3,000,027 characters)", "More than 1 MiB", "edge_1>")
    terminal.type("ping\r")
    terminal.until(lambda text: re.search(r'"pong"\}  [\d.]+ ms', text) is not None)

    assert len(terminal.raw) < 100_000


@at_a_terminal
def test_hostile_text_does_nothing_to_the_terminal(terminal: Terminal, backend: Backend) -> None:
    """It sets no title, clears nothing, moves no cursor, and shows no secret."""
    live = (
        "\x1b]0;owned\x07",
        "\x1b]52;c;eA==\x07",
        "\x1b[2J\x1b[1;1Hgone\r\n",
        "\x1b[?1049h",
        "\x9b2J",
        "\x9d0;x\x9c",
    )
    live += ("\u202eabc\u202c", "\u2028")
    hostile = "".join(live) + SECRET
    backend.send(hostile, json.dumps({"type": hostile}), hostile.encode(), '{"type":"last"}')
    text = terminal.shows('"last"')

    assert terminal.screen.title == ""
    assert "open: 127.0.0.1" in text
    assert r"\x1b]0;owned" in text
    for said in live:
        assert said.encode() not in terminal.raw
        assert said.encode("utf-8").replace(b"\xc2", b"") not in terminal.raw
    assert b"\x1b]" not in terminal.raw
    assert SECRET[:8] not in text.replace("\n", "")


@at_a_terminal
def test_when_the_server_closes_the_prompt_stays_and_offers_to_reconnect(
    terminal: Terminal, backend: Backend
) -> None:
    """A command that arrived before is acked over the new connection."""
    backend.send(command("cmd_before"))
    terminal.shows("1 to ack")
    backend.close(1012)
    text = terminal.shows(
        "closed: 1012",
        "session-restarting",
        "Type reconnect to open a new connection.",
        " closed · ",
    )
    assert "1 to ack" in text
    terminal.type("ack\r")
    terminal.shows("there is no connection; type reconnect to open one")
    terminal.type("reconnect\r")
    terminal.shows(" open · ")
    terminal.type("ack\r")
    terminal.shows("0 to ack")

    assert json.loads(backend.first)["data"]["command_id"] == "cmd_before"


@at_a_terminal
def test_history_is_kept_without_the_secret_and_for_its_owner_alone(
    tmp_path: Path, environ: Mapping[str, str], terminal: Terminal
) -> None:
    """Ctrl-R finds it in the next run."""
    terminal.type("raw something to remember\r")
    terminal.shows("→")
    terminal.type(f"raw {SECRET}\r")
    terminal.shows("<secret>")
    terminal.type("quit\r")
    assert terminal.ends() == 0

    history = tmp_path / "state" / "edgecheck" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "something to remember" in history.read_text()
    assert SECRET[:8] not in history.read_text()
    again = Terminal(tmp_path, environ)
    again.shows("edge_1>", "rtt ")
    again.type("\x12remember")
    again.shows("raw something to remember")
    again.child.close(force=True)


@at_a_terminal
def test_without_a_backend_the_prompt_is_there_all_the_same(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """The verdict is short, and says what to type."""
    (tmp_path / ".env").write_text(
        f"BACKEND_URL=ws://127.0.0.1:1\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
    )
    terminal = Terminal(tmp_path, environ)
    terminal.shows(
        "edgecheck explain tcp-refused", "Type reconnect to open a new connection.", "edge_1>"
    )
    terminal.type("quit\r")

    assert terminal.ends() == 0


@at_a_terminal
def test_the_toolbar_fits(tmp_path: Path, environ: Mapping[str, str], terminal: Terminal) -> None:
    """It is one line of 80 columns at the bottom."""
    terminal.type("ping\r")
    terminal.until(lambda text: '"pong"' in text and "last frame" in text)

    assert terminal.text().splitlines()[-1].startswith(" open · rtt ")
