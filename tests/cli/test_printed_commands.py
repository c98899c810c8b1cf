"""A shell runs what a report prints: the same backend gets the same request."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, execute
from tests.doctor import SECRET, in_thread
from tests.printed_commands import commands_in
from tests.raw_server import request_of, serving

if sys.platform == "win32":
    pytest.skip("the commands are for a shell of POSIX", allow_module_level=True)

REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
# These connect, and a wait in them is over with the refusal.
CONNECTED = re.compile(r"edgecheck (doctor|ping|listen|repl)\b(?!.*--(offline|fix))")


def test_every_printed_command_sends_the_same_request(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """With its file, headers, origin and destination; a credential comes from a file."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    (folder / ".env").write_text(
        f"BACKEND_URL=ws://backend.localhost:9\nEDGE_SECRET='{SECRET} '\nEDGE_AGENT_ID=edge_1\n"
    )
    (folder / ".env").chmod(0o600)
    (tmp_path / "my headers").write_text("X-Region: north\n")
    (tmp_path / "edgecheck").write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    (tmp_path / "edgecheck").chmod(0o700)
    variables = {**environ, "PATH": f"{tmp_path}:{environ['PATH']}"}
    heads: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await request_of(reader)).decode("latin-1"))
        writer.write(REFUSAL)
        await writer.drain()
        writer.close()

    with in_thread(lambda: serving(handle)) as server:
        given = (
            *("-e", "it's here/.env", "-H", "X-Tenant: $HOME a", "-H", "@my headers"),
            *("-H", f"X-Api-Key: {SECRET[::-1]}", "--origin", "https://app.example"),
            *("--connect-to", f"127.0.0.1:{server.port}", "--allow-plaintext"),
        )
        report = tmp_path / "report.json"
        doctor = (*COMMAND, "doctor", *given, "--report", str(report))
        screen = execute(doctor, tmp_path, variables).stdout
        sent = fields(heads[0])
        document = json.loads(report.read_text())
        told = [document["verdict"], *document["findings"]]
        printed = set(commands_in([text for one in told for text in one["remedies"]]))
        printed |= {f"edgecheck {words}" for words in pasted(screen)}
        (tmp_path / "headers.txt").write_text(f"X-Api-Key: {SECRET[::-1]}\n")
        ran = 0
        for command in sorted(filter(CONNECTED.match, printed)):
            del heads[:]
            done = execute(("sh", "-c", command), tmp_path, variables)
            ran += 1

            assert heads, (command, done.stderr)
            assert fields(heads[0]) == sent, command

    assert ran > 1
    assert SECRET[::-1] not in screen + "".join(printed)


def pasted(screen: str) -> list[str]:
    """Return the commands behind a label, in one line, without the program's name."""
    whole = re.sub(r" \\\n *", " ", screen)
    return re.findall(r"(?m)^(?:More|Pass on) +edgecheck (.*?)(?:  \(.*)?$", whole)


def fields(head: str) -> list[str]:
    """Return the lines of a request without what differs from one to the next."""
    return [line for line in head.split("\r\n") if not line.startswith("Sec-WebSocket-Key")]


@pytest.mark.parametrize("option", ["--secret-file", "--subprotocol", "--agent-id"])
def test_a_secret_given_to_a_wrong_option_is_in_no_command(
    tmp_path: Path, environ: Mapping[str, str], option: str
) -> None:
    """Nor anywhere else in what is printed or written."""
    report = tmp_path / "report.json"
    words = ("doctor", "ws://127.0.0.1:9", option, SECRET, "--offline", "--report", str(report))
    done = execute((*COMMAND, *words), tmp_path, environ)

    assert SECRET not in done.stdout + done.stderr + report.read_text()
    assert [option, "***"] in json.loads(report.read_text())["target"]["options"]
