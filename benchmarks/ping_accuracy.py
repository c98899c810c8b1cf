"""How far `edgecheck ping` is from the truth: its round trips beside those of a bare blocking socket, against the same server, in turn.

    python benchmarks/ping_accuracy.py [ROUNDS]

Prints one JSON object: the medians in microseconds, and how far they are apart. The bare socket speaks hand-made frames: between its
send and its receive there is nothing of Python but the two calls.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from edgecheck.agent.arrival import ArrivalLoop
from edgecheck.agent.link import open_link
from edgecheck.agent.pinger import Pinger
from edgecheck.agent.pongs import Reply
from edgecheck.probe.plan import Plan, plan_of
from edgecheck.settings.sources import Options, load

ROUNDS = 10
# Pings a round, and seconds between them: the two ways take turns, so that both meet the same machine.
PINGS, INTERVAL = 25, 0.01
PING = b'{"type":"ping"}'


def bare_socket(plan: Plan) -> socket.socket:
    """Open a WebSocket by hand."""
    sock = socket.create_connection((plan.endpoint.host, plan.endpoint.port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    fields = [
        ("Host", plan.endpoint.authority),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()),
        ("Sec-WebSocket-Version", "13"),
        *plan.request_fields(),
    ]
    head = "\r\n".join([f"GET {plan.endpoint.resource} HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""])
    sock.sendall(head.encode())
    received = b""
    while b"\r\n\r\n" not in received:
        received += sock.recv(4096)
    assert received.startswith(b"HTTP/1.1 101"), received
    return sock


def bare_round_trip(sock: socket.socket) -> float:
    """Send one ping, masked with zeros, and return the seconds until its pong's bytes are here."""
    frame = bytes([0x81, 0x80 | len(PING), 0, 0, 0, 0]) + PING
    started = time.perf_counter()
    sock.sendall(frame)
    answer = sock.recv(4096)
    ended = time.perf_counter()
    assert b"pong" in answer
    return ended - started


async def measure(plan: Plan, rounds: int) -> dict[str, float]:
    """Take turns, and return the medians in microseconds."""
    link = await open_link(plan)
    sock = bare_socket(plan)
    ours: list[float] = []
    bare: list[float] = []

    def note(event: object) -> None:
        if isinstance(event, Reply):
            ours.append(event.seconds)

    for _ in range(rounds):
        pinger = Pinger(link, interval=INTERVAL, wait=5.0, count=PINGS, control=False, observe=note)
        await pinger.run(asyncio.Event(), None)
        for _ in range(PINGS):
            await asyncio.sleep(INTERVAL)
            bare.append(bare_round_trip(sock))
    sock.close()
    await link.close()
    medians = (statistics.median(ours) * 1e6, statistics.median(bare) * 1e6)
    return {
        "pings": len(ours),
        "ping_us": round(medians[0], 1),
        "bare_us": round(medians[1], 1),
        "apart_us": round(medians[0] - medians[1], 1),
    }


def run(rounds: int = ROUNDS) -> dict[str, float]:
    """Measure against a simulator in a process of its own."""
    command = [sys.executable, "-m", "edgecheck", "simulate", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server, TemporaryDirectory() as name:
        try:
            assert server.stdout is not None
            env = "".join(server.stdout.readline() for _ in range(3))
            assert re.search("EDGE_SECRET=", env), env
            (Path(name) / ".env").write_text(env)
            settings = load(Options(), environ={}, cwd=Path(name), stdin=io.BytesIO())
            with asyncio.Runner(loop_factory=ArrivalLoop) as runner:
                return runner.run(measure(plan_of(settings), rounds))
        finally:
            server.terminate()


if __name__ == "__main__":
    print(json.dumps(run(*map(int, sys.argv[1:]))))
