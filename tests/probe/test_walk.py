"""A whole checkup: how many connections, what each carries, and what an interruption leaves."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edgecheck.facts import ExperimentName, Facts, Kind, Stage
from edgecheck.report import Report
from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.certificates import make
from tests.doctor import SECRET, examined, settled
from tests.raw_server import (
    Handler,
    Listening,
    accept_of,
    close,
    opening,
    request_of,
    saying,
    serving,
    text,
)
from tests.timing import PATIENCE, STAGE_LIMIT, let_others_run

PONG = text('{"type":"pong"}')


def keeping(requests: list[str], then: Handler | Callable[[bytes], bytes]) -> Handler:
    """Return a handler that keeps the head of each request, and then answers."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_of(reader)
        requests.append(head.decode())
        answer = then(head)  # type: ignore[call-arg, arg-type]
        assert isinstance(answer, bytes)
        writer.write(answer)
        await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        await reader.read()

    return handle


def status(number: int) -> Callable[[bytes], bytes]:
    """Return an answer with this status."""
    return lambda head: f"HTTP/1.1 {number} Made Up\r\nContent-Length: 0\r\n\r\n".encode()


def closing(code: int, reason: bytes = b"") -> Callable[[bytes], bytes]:
    """Return an accepted handshake that is closed at once."""
    return lambda head: accept_of(head) + close(code, reason)


def examine(handle: Handler, *, scheme: str = "ws", **options: Any) -> tuple[Report, Listening]:
    """Examine a backend that behaves like this; return also the server, with its counters."""

    async def go() -> tuple[Report, Listening]:
        async with serving(handle) as server:
            return await examined(f"{scheme}://127.0.0.1:{server.port}", **options), server

    return settled(go())


def authorization(request: str) -> str | None:
    """Return the Authorization field of a request."""
    return next(
        (
            line.partition(": ")[2]
            for line in request.split("\r\n")
            if line.lower().startswith("authorization:")
        ),
        None,
    )


def test_one_connection_tells_the_whole_story() -> None:
    """A healthy run opens no other connection, and waits for nothing."""
    report, server = examine(opening(PONG), timeout=2 * PATIENCE)

    assert report.ok
    assert server.connections == 1
    assert report.facts.experiments == ()


def test_one_connection_tells_the_whole_story_over_tls(tmp_path: Path) -> None:
    """The same holds over TLS."""
    served = make(Certificate(), "127.0.0.1", tmp_path)

    async def go() -> tuple[Report, int]:
        async with serving(opening(PONG), context=served.context) as server:
            return await examined(
                f"wss://127.0.0.1:{server.port}", ca_file=served.ca_file
            ), server.connections

    report, connections = settled(go())

    assert report.ok
    assert report.diagnosis.findings == ()
    assert connections == 1


def test_the_request_is_the_contracts() -> None:
    """It has path, query and fields; the secret is sent, and masked in the facts."""
    requests: list[str] = []
    report, _ = examine(keeping(requests, status(404)))
    lines = requests[0].split("\r\n")

    assert lines[0] == "GET /edge/ws?edge_agent_id=edge_1 HTTP/1.1"
    assert f"Authorization: Bearer {SECRET}" in lines
    assert "X-Edge-Agent-Id: edge_1" in lines
    assert any(line.startswith("Host: 127.0.0.1:") for line in lines)
    assert report.facts.upgrade is not None
    assert "Authorization: Bearer <secret>" in report.facts.upgrade.request
    assert len(report.facts.upgrade.request) == len(lines) - 2


@pytest.mark.parametrize(
    "number", [200, 204, 301, 405, 409, 418, 426, 429, 502, 503, 504, 511, 520, 525, 544]
)
def test_no_experiment_after_what_is_no_refusal_of_the_backend(number: int) -> None:
    """A failing gateway, a wrong path or a limit does not depend on the credentials."""
    report, server = examine(keeping([], status(number)))

    assert server.connections == 1
    assert report.facts.experiments == ()


def test_after_404_only_the_same_request_is_repeated() -> None:
    """It is about the path; one of two replicas may have it."""
    report, server = examine(keeping([], status(404)))

    assert server.connections == 2
    assert [one.name for one in report.facts.experiments] == [ExperimentName.AGAIN]


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 4321])
def test_no_experiment_after_what_is_no_refusal_of_the_credentials(code: int) -> None:
    """The socket opened and was closed for another reason, which is a failure of the session.

    After a code that stopped servers send, one look shows whether the port still accepts.
    """
    requests: list[str] = []
    report, server = examine(keeping(requests, closing(code)))

    assert len(requests) == 1
    assert server.connections == (1 if code == 4321 else 2)
    assert report.facts.experiments == ()
    assert report.facts.session is not None
    assert report.facts.session.refused_next is (None if code == 4321 else False)


@pytest.mark.parametrize(
    "answer",
    [
        status(400),
        status(401),
        status(403),
        status(500),
        closing(1008),
        closing(4001),
        closing(3000),
        closing(3003),
    ],
)
def test_four_experiments_after_a_refusal(answer: Callable[[bytes], bytes]) -> None:
    """The same request again, none and a random secret, and what the answer points to."""
    requests: list[str] = []
    report, server = examine(keeping(requests, answer))
    sent = sorted(authorization(request) or "" for request in requests)
    names = [one.name for one in report.facts.experiments]

    assert server.connections == 1 + len(names)
    assert names[:3] == [
        ExperimentName.AGAIN,
        ExperimentName.WITHOUT_CREDENTIALS,
        ExperimentName.WRONG_SECRET,
    ]
    assert set(names[3:]) <= {ExperimentName.WITH_ORIGIN, ExperimentName.WITH_SUBPROTOCOL}
    assert sent.count("") == 1
    assert sent.count(f"Bearer {SECRET}") == len(names) - 1
    (random,) = set(sent) - {"", f"Bearer {SECRET}"}
    assert len(random.removeprefix("Bearer ")) == 64
    assert not any(SECRET[i : i + 6] in random for i in range(len(SECRET) - 5))
    # Only this one thing was changed.
    changed = ("Authorization", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Origin")
    assert (
        len(
            {
                tuple(line for line in request.split("\r\n") if not line.startswith(changed))
                for request in requests
            }
        )
        == 1
    )


def test_two_runs_try_two_random_secrets() -> None:
    """If it were always the same secret, someone could configure a backend to accept it."""
    sent = set()
    for _ in range(2):
        requests: list[str] = []
        examine(keeping(requests, status(403)))
        sent |= {authorization(request) for request in requests}

    assert len(sent) == 4


@pytest.mark.parametrize("secret", [f" {SECRET}", f'"{SECRET}"', f"Bearer {SECRET}"])
def test_a_third_experiment_where_the_secret_can_be_cleaned(secret: str) -> None:
    """The repaired secret is tried; if it is accepted, that proves the defect."""
    requests: list[str] = []

    async def backend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_of(reader)
        requests.append(head.decode())
        good = f"\r\nAuthorization: Bearer {SECRET}\r\n".encode() in head
        writer.write(accept_of(head) + (b"" if good else close(1008, b"Token verification failed")))
        await writer.drain()
        if good:
            writer.write(PONG)
        await reader.read()

    report, server = examine(backend, secret=secret)

    assert server.connections == 5
    assert [one.name for one in report.facts.experiments] == [
        ExperimentName.AGAIN,
        ExperimentName.WITHOUT_CREDENTIALS,
        ExperimentName.WRONG_SECRET,
        ExperimentName.CLEANED_SECRET,
    ]
    assert [one.answer.accepted for one in report.facts.experiments] == [False, False, False, True]
    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.stage is Stage.CONFIG
    assert report.diagnosis.verdict.confidence == "certain"
    assert "auth-secret-rejected" in report.diagnosis.verdict.alternatives


@pytest.mark.parametrize("answer", [status(403), closing(1008), closing(4001)])
def test_experiments_can_be_switched_off(answer: Callable[[bytes], bytes]) -> None:
    """There is one connection, and the verdict follows from it."""
    report, server = examine(keeping([], answer), experiments=False)

    assert server.connections == 1
    assert report.facts.experiments == ()
    assert report.diagnosis.verdict is not None


def test_an_experiment_that_fails_is_an_answer_too() -> None:
    """The server goes away after the first refusal."""
    seen: list[int] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        seen.append(1)
        if len(seen) == 1:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    report, _ = examine(once)

    assert [str(one.answer) for one in report.facts.experiments] == ["upgrade-closed"]
    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == "auth-forbidden"


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/edge/ws",
        "ws://127.0.0.1:{port}/edge/ws",
        "//127.0.0.1:{port}/edge/ws",
        "/other",
    ],
)
def test_a_redirect_is_not_followed(location: str) -> None:
    """The secret is not sent to another place."""
    elsewhere: list[str] = []

    async def go() -> tuple[Report, int]:
        async with serving(keeping(elsewhere, status(404))) as other:
            target = location.format(port=other.port)
            answer = (
                f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
            )
            async with serving(saying(answer)) as server:
                return await examined(f"ws://127.0.0.1:{server.port}"), server.connections

    report, connections = settled(go())

    assert connections == 1
    assert elsewhere == []
    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code in ("upgrade-redirected", "upgrade-captive-portal")


# --- interruption ---------------------------------------------------------------------------------


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Keep the connection and send nothing."""
    await asyncio.Event().wait()


@asynccontextmanager
async def full() -> AsyncIterator[int]:
    """Listen with a full queue, so that new connections are dropped."""
    with (
        socket.socket() as listener,
        socket.socket() as one,
        socket.socket() as two,
        socket.socket() as three,
    ):
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (one, two, three):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@asynccontextmanager
async def port_of(handle: Handler) -> AsyncIterator[int]:
    """Serve, and give only the port."""
    async with serving(handle) as server:
        yield server.port


async def interrupted(url: str, stage: Stage, **options: Any) -> Report:
    """Examine, and interrupt as soon as a stage has begun to wait."""
    waiting = asyncio.Event()

    def observe(now: Stage, facts: Facts) -> None:
        if now is stage and (stage is Stage.AUTH or getattr(facts, stage.value) is None):
            waiting.set()

    task = asyncio.create_task(examined(url, observer=observe, timeout=PATIENCE, **options))
    begun = asyncio.create_task(waiting.wait())
    await asyncio.wait({task, begun}, return_when=asyncio.FIRST_COMPLETED)
    begun.cancel()
    await let_others_run()
    if task.done():
        task.result()
        raise AssertionError("it did not wait")
    task.cancel()
    return await task


@pytest.mark.parametrize(
    ("stage", "server", "url", "proxy"),
    [
        (Stage.TCP, full, "ws://127.0.0.1:{port}", None),
        (Stage.PROXY, lambda: port_of(silent), "ws://127.0.0.1:1", "http://127.0.0.1:{port}"),
        (Stage.PROXY, lambda: port_of(silent), "ws://127.0.0.1:1", "socks5://127.0.0.1:{port}"),
        (Stage.TLS, lambda: port_of(silent), "wss://127.0.0.1:{port}", None),
        (Stage.UPGRADE, lambda: port_of(silent), "ws://127.0.0.1:{port}", None),
        (Stage.SESSION, lambda: port_of(opening()), "ws://127.0.0.1:{port}", None),
    ],
    ids=["tcp", "proxy", "socks", "tls", "upgrade", "session"],
)
def test_an_interruption_keeps_what_is_known(
    stage: Stage, server: Callable[[], object], url: str, proxy: str | None
) -> None:
    """The report says how far it got, blames nothing, and nothing leaks (warnings are errors)."""

    async def go() -> Report:
        async with server() as port:  # type: ignore[attr-defined]
            return await interrupted(
                url.format(port=port), stage, proxy=proxy and proxy.format(port=port)
            )

    report = settled(go())
    gc.collect()
    stages = {result.stage: result.status for result in report.diagnosis.stages}

    assert report.facts.interrupted
    assert not report.ok
    assert report.diagnosis.verdict is None
    assert stages[Stage.CONFIG] == "pass"
    assert all(stages[later] == "skip" for later in list(Stage)[list(Stage).index(stage) :])
    assert stage is Stage.TCP or stages[Stage.TCP] == "pass"
    assert report.facts.total_ms > 0


def test_an_interruption_of_the_experiments_keeps_the_refusal() -> None:
    """The first answer is kept, and nothing is said about the others."""
    seen: list[int] = []

    async def first_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        seen.append(1)
        if len(seen) > 1:
            await asyncio.Event().wait()
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    async def go() -> Report:
        async with serving(first_only) as server:
            return await interrupted(f"ws://127.0.0.1:{server.port}", Stage.AUTH)

    report = settled(go())
    gc.collect()

    assert report.facts.interrupted
    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == "auth-forbidden"
    assert report.facts.experiments == ()


def test_the_run_as_a_whole_is_bounded() -> None:
    """Each stage has its own limit; a server that stalls in the last one does not hold the run."""
    report, _ = examine(opening(), timeout=STAGE_LIMIT)

    assert report.facts.session is not None
    assert report.facts.session.failure is not None
    assert report.facts.session.failure.kind is Kind.SESSION_NO_PONG


def test_the_observer_is_told_of_every_stage_in_order() -> None:
    """It is called when a stage begins, and with its facts when it ends."""
    told: list[tuple[Stage, bool]] = []

    async def go() -> Report:
        async with serving(opening(PONG)) as server:
            return await examined(
                f"ws://127.0.0.1:{server.port}",
                observer=lambda stage, facts: told.append(
                    (stage, getattr(facts, stage.value) is not None)
                ),
            )

    assert settled(go()).ok
    assert told == [(Stage.CONFIG, True)] + [
        (stage, ended)
        for stage in (Stage.DNS, Stage.TCP, Stage.UPGRADE, Stage.SESSION)
        for ended in (False, True)
    ]


def test_a_port_that_is_silent_to_plain_text_may_speak_tls() -> None:
    """Puma waits for the rest of what it takes for a TLS record; most servers close."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (await reader.readexactly(1))[0] == 0x16:  # RFC 8446, section 5.1: handshake
            writer.write(bytes((0x15, 3, 3, 0, 2, 2, 40)))  # a fatal alert
            await writer.drain()
        await reader.read()

    async def run() -> Report:
        async with serving(handle) as server:
            return await examined(f"ws://127.0.0.1:{server.port}", timeout=STAGE_LIMIT)

    verdict = settled(run()).diagnosis.verdict

    assert verdict is not None
    assert verdict.code == "upgrade-to-tls-port"
