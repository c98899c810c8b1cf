"""A real terminal, and text from outside that would do something to it.

It would move the cursor, change the title or reach the clipboard: nothing of it arrives.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgecheck.escapes import escape, is_unsafe
from tests.doctor import SECRET, in_thread
from tests.raw_server import (
    BINARY,
    Handler,
    accept_of,
    close,
    frame,
    frame_of,
    request_of,
    saying,
    serving,
    text,
)
from tests.test_hostile_text import CHARACTERS, IN_A_LINE, unwrapped
from tests.timing import AMPLE_LIMIT, PATIENCE, until

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

import pyte

from tests.cli.test_screen import on_a_terminal, wait_for

ATTACKS = {
    **CHARACTERS,
    "icon and title": "\x1b]2;owned\x1b\\",
    "clipboard": f"\x1b]52;c;{base64.b64encode(b'owned').decode()}\x07",
    "alternate screen": "\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?2004h",
    "reset": "\x1bc\x1b[!p",
    "cursor": "\x1b[10;10H\x1b[5A\x1b[s\x1b[u",
    "question": "\x1b[6n\x1b[c\x1b[>q\x05",
    "device control": "\x1bP+q544e\x1b\\\x1b_x\x1b\\\x1b^x\x1b\\",
    "character sets": "\x0e\x1b(0\x1b%G\x0f",
    "C1 in one byte": "\u009b2J\u009d0;owned\u009c\u0090x\u009c",
    "window": "\x1b[8;5;5t\x1b[21t",
    "notification": "\x1b]9;owned\x07\x1b]777;notify;a;b\x07",
}
IN_A_HEAD = "".join(said for said in ATTACKS.values() if not set(said) & set("\r\n\0"))
ALL = "".join(ATTACKS.values())
RAW = b"\x9b2J\x9d0;owned\x07\xff\xfe"

SGR = re.compile(r"\x1b\[[0-9;]*m")
# What rich's spinner needs: no cursor while it turns, up a line, and that line erased.
SPINNER = re.compile(r"\r?\x1b\[(?:\?25[lh]|1A|2K)|\r+(?=\n)")


def assert_untouched(seen: str) -> None:
    """Nothing but our own colours and spinner, and line ends; the terminal is as it was."""
    rest = SPINNER.sub("", SGR.sub("", seen))
    assert [ascii(character) for character in set(rest) - {"\n"} if is_unsafe(character)] == []
    # Colours of the sixteen, bold, dim, and none: what is hostile here asks for others.
    codes = {code for match in SGR.finditer(seen) for code in match[0][2:-1].split(";")}
    assert codes <= {
        "",
        "0",
        "1",
        "2",
        "3",
        "4",
        *map(str, range(30, 38)),
        *map(str, range(90, 98)),
    }
    screen = pyte.Screen(80, 24)
    before = set(screen.mode)
    pyte.Stream(screen).feed(seen)
    assert (screen.title, screen.icon_name) == ("", "")
    assert screen.mode == before
    assert screen.cursor.attrs == pyte.Screen(80, 24).cursor.attrs
    assert not screen.cursor.hidden


@contextmanager
def at(port: int, folder: Path, environ: Mapping[str, str]) -> Iterator[Callable[..., str]]:
    """Give a function that runs a command against a server, on a terminal, to its end.

    It returns all that the terminal got.
    """
    (folder / ".env").write_text(
        f"BACKEND_URL=ws://127.0.0.1:{port}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
    )
    (folder / ".env").chmod(0o600)

    def run(*arguments: str, expect: tuple[int, ...] = (1,)) -> str:
        with on_a_terminal(folder, environ, *arguments) as (process, read):
            pieces: list[str] = []

            def has_ended() -> bool:
                over = process.poll() is not None
                pieces.append(read())
                return over

            until(has_ended, seen=lambda: "".join(pieces))
            assert process.returncode in expect, "".join(pieces)
        return "".join(pieces)

    yield run


def hostile_answer() -> bytes:
    """Return a refusal whose every part is hostile."""
    said = IN_A_HEAD.encode()
    head = (
        b"HTTP/1.1 403 "
        + said
        + b"\r\nServer: "
        + said
        + b"\r\nX-"
        + said.replace(b":", b"")
        + b": "
        + RAW
        + b"\r\n"
    )
    body = ALL.encode() + RAW
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def talking() -> Handler:
    """Return a handler that accepts, and says hostile things in every form.

    It answers the ping, waits for what the client does then, and closes with a hostile reason.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)))
        command = {"command_id": ALL, "command_type": ALL, "payload": {ALL: ALL, "x": [ALL]}}
        writer.write(
            text(ALL)
            + text(json.dumps({"type": ALL}))
            + text(json.dumps({"type": ALL}, ensure_ascii=False))
        )
        writer.write(
            frame(BINARY, ALL.encode() + RAW)
            + text(json.dumps({"type": "command", "payload": command}, ensure_ascii=False))
        )
        writer.write(
            text(json.dumps({"type": "command", "payload": {"command_id": ALL}}))
            + frame(10, b"\x1b]0;x\x07")
        )
        await writer.drain()
        await frame_of(reader)
        writer.write(text('{"type":"pong"}'))
        await writer.drain()
        await reader.read(1)
        writer.write(
            close(
                1008,
                "\x1b]0;owned\x07\x1b[2J\x1b]52;c;b3duZWQ=\x07\u009b2J\u202e\u200b\u2028x".encode(),
            )
        )
        await writer.drain()
        writer.write_eof()
        await reader.read()

    return handle


@pytest.mark.parametrize(
    "options", [(), ("--verbose",), ("--quiet",), ("--no-color",)], ids=" ".join
)
def test_doctor_shows_a_hostile_refusal_as_what_it_is(
    tmp_path: Path, environ: Mapping[str, str], options: tuple[str, ...]
) -> None:
    """With the spinner and without, in colour and without."""
    with (
        in_thread(lambda: serving(saying(hostile_answer()))) as server,
        at(server.port, tmp_path, environ) as run,
    ):
        seen = run("doctor", "--timeout", str(AMPLE_LIMIT), *options)

    assert_untouched(seen)
    assert unwrapped(escape(ATTACKS["title"])) in unwrapped(seen) or "--quiet" in options
    assert ("\x1b" in seen) is (options != ("--no-color",))


COMMANDS = {
    "doctor": ("doctor", "--verbose"),
    "ping": ("ping", "-i", "0.1", "-W", "2"),
    "listen": ("listen",),
    "repl": (
        "repl",
        "-x",
        "ping",
        "-x",
        "wait pong",
        "-x",
        "commands",
        "-x",
        "show 1",
        "-x",
        "show 4",
        "-x",
        "ack",
        "-x",
        "wait close",
    ),
}


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_hostile_conversation_does_nothing_to_the_terminal(
    tmp_path: Path, environ: Mapping[str, str], command: str, as_json: bool
) -> None:
    """Messages, commands, their parts, and the reason of the close."""
    with in_thread(lambda: serving(talking())) as server, at(server.port, tmp_path, environ) as run:
        options = ("--json",) if as_json else ()
        seen = run(*COMMANDS[command], "--timeout", str(AMPLE_LIMIT), *options, expect=(0, 1))

    assert_untouched(seen)
    # It was said, and is shown.
    assert "owned" in seen


def test_the_simulators_log_shows_a_hostile_client_as_what_it_is(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """In its request, its messages and its close."""
    with on_a_terminal(tmp_path, environ, "simulate") as (process, read):
        seen = wait_for(read, "BACKEND_URL=", "\n")  # the port may not be whole before
        found = re.search(r"127\.0\.0\.1:(\d+)", seen)
        assert found is not None
        port = int(found[1])
        for request in (
            b"GET /edge/ws?edge_agent_id=" + IN_A_HEAD.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /\x1b]0;owned\x07\x9b2J HTTP/1.1\r\nHost: x\r\nX-Edge-Agent-Id: "
            + IN_A_HEAD.encode()
            + b"\r\n\r\n",
            IN_A_HEAD.encode() + b"\r\n\r\n",
            b"GET /edge/ws?edge_agent_id=edge_1 HTTP/1.1\r\nHost: x\r\nUpgrade: "
            b"websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            b"AAAAAAAAAAAAAAAAAAAAAA==\r\nX-Edge-Agent-Id: edge_1\r\nAuthorization: "
            + IN_A_HEAD.encode()
            + b"\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        seen += read()

    assert_untouched(seen)
    assert seen.count("\n") > 5


@pytest.mark.parametrize(
    "said",
    [ALL.replace("\0", ""), ATTACKS["clipboard"], ATTACKS["C1 in one byte"]],
    ids=["all", "clipboard", "C1"],
)
def test_what_is_typed_or_configured_is_hostile_as_well(
    tmp_path: Path, environ: Mapping[str, str], said: str
) -> None:
    """A pasted address, an id, a question, a file's name."""
    (tmp_path / ".env").write_text(
        f'BACKEND_URL="ws://127.0.0.1:1/{said}"\nEDGE_SECRET={SECRET}\n'
        f'EDGE_AGENT_ID="{said}"\n{said}=1\n',
        newline="",
    )
    for arguments in (
        ("doctor", "--offline"),
        ("explain", said),
        ("doctor", "-e", said),
        ("doctor", said),
    ):
        with on_a_terminal(tmp_path, environ, *arguments) as (process, read):
            process.wait(PATIENCE)
            seen = read()

        assert seen.strip()
        assert "Traceback" not in seen
        assert_untouched(seen)


def test_the_attacks_are_ones() -> None:
    """Each holds something that a terminal would act on, or that would mislead a reader.

    The check sees each.
    """
    for said in (*ATTACKS.values(), *IN_A_LINE.values()):
        with pytest.raises(AssertionError):
            assert_untouched(f"before{said}after\r\n")
