"""One ping over an open socket, whatever arrives, in whatever pieces."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from edgecheck.facts import Kind, MessageKind, SessionFacts, Stage
from edgecheck.report import Report
from edgecheck.wire.budget import MESSAGE_LIMIT, MESSAGES_KEPT
from edgecheck.wording.evidence import summary_of
from tests.doctor import examined, settled
from tests.raw_server import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Handler,
    accept_of,
    bytewise,
    close,
    frame,
    frame_of,
    opening,
    request_of,
    serving,
    text,
)
from tests.timing import PATIENCE, STAGE_LIMIT, until_in_loop

PONG_TEXT = '{"type":"pong"}'
COMMAND = json.dumps(
    {
        "type": "command",
        "payload": {"command_id": "c1", "command_type": "schedule_message", "payload": {}},
    }
)


def report_on(
    handle: Handler, until_then: Callable[[], bool] = lambda: True, **options: Any
) -> Report:
    """Examine a backend that behaves like this, and stop it when it has seen what it should."""

    async def go() -> Report:
        async with serving(handle) as server:
            report = await examined(f"ws://127.0.0.1:{server.port}", experiments=False, **options)
            await until_in_loop(until_then)
            return report

    return settled(go())


def session_of(
    handle: Handler, until_then: Callable[[], bool] = lambda: True, **options: Any
) -> SessionFacts:
    """Return the facts of the session."""
    session = report_on(handle, until_then, **options).facts.session
    assert session is not None
    return session


def test_the_pong_ends_the_conversation_at_once() -> None:
    """One ping is sent, its round trip is measured, and a close frame follows."""
    frames: list[tuple[int, bytes]] = []
    session = session_of(opening(text(PONG_TEXT), frames=frames), lambda: len(frames) > 1)

    assert session.pong is True
    assert session.failure is None
    assert session.round_trip_ms is not None
    assert 0 < session.round_trip_ms <= session.span.duration_ms
    assert session.messages == ()
    assert frames[0] == (TEXT, b'{"type":"ping"}')
    assert frames[1:] == [(CLOSE, (1000).to_bytes(2))]


@pytest.mark.parametrize("first", [True, False])
def test_a_command_is_named_whether_it_comes_before_the_pong_or_after_it(first: bool) -> None:
    """Nobody else gets it, and nothing is acknowledged."""
    pieces = (text(COMMAND), text(PONG_TEXT)) if first else (text(PONG_TEXT), text(COMMAND))
    session = session_of(opening(b"".join(pieces)))

    assert session.pong is True
    assert session.commands == ("c1",)
    assert session.commands_seen == 1


@pytest.mark.parametrize(
    "answer",
    [
        text(PONG_TEXT),
        text('{ "type" : "pong", "at": 1 }'),
        frame(BINARY, PONG_TEXT.encode()),
        frame(TEXT, b'{"type":', fin=False)
        + frame(CONTINUATION, b'"po', fin=False)
        + frame(CONTINUATION, b'ng"}'),
        frame(TEXT, b"", fin=False) + frame(CONTINUATION, PONG_TEXT.encode()),
        frame(TEXT, b'{"type":', fin=False) + frame(PING, b"x") + frame(CONTINUATION, b'"pong"}'),
        frame(PONG, b"unasked") + text(PONG_TEXT),
    ],
    ids=[
        "plain",
        "with blanks",
        "binary",
        "three fragments",
        "an empty fragment",
        "a ping between fragments",
        "after an unasked pong frame",
    ],
)
def test_a_pong_is_a_pong_however_it_is_framed(answer: bytes) -> None:
    """It may come in one segment, or byte by byte."""
    for pieces in ([answer], bytewise(answer)):
        assert session_of(opening(*pieces)).pong is True


def test_a_pong_in_the_heads_segment_counts() -> None:
    """A backend may begin with a pong; then nothing is waited for, and there is no round trip."""
    report = report_on(opening(at_once=text(PONG_TEXT)))
    session = report.facts.session

    assert session is not None
    assert (session.pong, session.round_trip_ms) == (True, None)
    said = summary_of(Stage.SESSION, report.facts, (), "pass", None)
    assert said == "a pong arrived before the ping was sent"


def test_pings_of_the_protocol_are_answered() -> None:
    """RFC 6455, section 5.5.2: with the same payload, and at once; this backend waits for it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)))
        assert await frame_of(reader) == (TEXT, b'{"type":"ping"}')
        writer.write(frame(PING, b"are you there"))
        assert await frame_of(reader) == (PONG, b"are you there")
        writer.write(text(PONG_TEXT))
        await reader.read()

    assert session_of(handle).pong is True


def test_messages_before_the_pong_are_counted_and_not_taken_for_it() -> None:
    """Each has its kind, and the first few are kept."""
    others = [COMMAND, '{"type":"command","payload":{}}', '{"type":"welcome"}']
    session = session_of(opening(*map(text, others), *[text(COMMAND)] * 30, text(PONG_TEXT)))

    assert session.pong is True
    assert session.messages_seen == 33
    assert len(session.messages) == MESSAGES_KEPT
    assert [message.kind for message in session.messages[:3]] == [
        MessageKind.COMMAND,
        MessageKind.MALFORMED_COMMAND,
        MessageKind.UNKNOWN,
    ]


def test_what_comes_behind_the_pong_is_not_read() -> None:
    """The question is answered already."""
    session = session_of(opening(text(PONG_TEXT) + text(COMMAND) + close(1011)))

    assert session.pong is True
    assert session.messages_seen == 0
    assert session.close_code is None


@pytest.mark.parametrize("answer", ["pong", '{"type":"ping"}'])
def test_an_answer_that_is_no_message_is_given_some_grace_and_then_told(answer: str) -> None:
    """The pong may still arrive, but it is not waited for until the time limit."""
    session = session_of(opening(text(answer)), timeout=2 * PATIENCE)

    assert session.pong is False
    assert session.failure is not None
    assert session.failure.kind is Kind.SESSION_NO_PONG
    assert [message.kind for message in session.messages] == [
        MessageKind.ECHO if "ping" in answer else MessageKind.NOT_JSON
    ]


def test_a_pong_within_the_grace_is_a_pong() -> None:
    """Another message came first."""
    assert session_of(opening(text("hello"), text(PONG_TEXT))).pong is True


def test_silence_is_no_pong() -> None:
    """The whole time limit has passed."""
    session = session_of(opening(), timeout=STAGE_LIMIT)

    assert session.pong is False
    assert session.close_code is None
    assert session.failure is not None
    assert session.failure.kind is Kind.SESSION_NO_PONG


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1008, "Token verification failed"),
        (4001, "Missing Authorization header"),
        (1000, ""),
        (3000, "é"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["in the head's segment", "after the ping"])
def test_a_close_frame_ends_the_conversation_at_once(code: int, reason: str, at_once: bool) -> None:
    """Its code and reason are kept; whether a ping would be answered stays unknown."""
    data = close(code, reason.encode())
    session = session_of(opening(at_once=data) if at_once else opening(data))

    assert (session.close_code, session.close_reason, session.closed_by) == (code, reason, "server")
    assert session.pong is None
    assert session.failure is not None
    assert session.failure.kind is Kind.SESSION_CLOSED


def test_a_close_in_the_heads_segment_is_answered_without_a_ping() -> None:
    """Only the answer to the close frame is sent."""
    frames: list[tuple[int, bytes]] = []
    session_of(opening(at_once=close(1008, b"no"), frames=frames), lambda: bool(frames))

    assert [opcode for opcode, _ in frames] == [CLOSE]


def test_a_message_and_a_close_in_one_segment() -> None:
    """Both are kept."""
    session = session_of(opening(text(COMMAND) + close(1012)))

    assert session.messages_seen == 1
    assert session.close_code == 1012


def test_a_close_frame_without_a_code() -> None:
    """1005 stands for it (RFC 6455, section 7.1.5)."""
    assert session_of(opening(frame(CLOSE))).close_code == 1005


@pytest.mark.parametrize("after_ping", [True, False])
def test_an_end_without_a_close_frame(after_ping: bool) -> None:
    """1006 stands for it, and neither side has sent a close frame."""

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)))
        await writer.drain()

    session = session_of(opening(hold=False) if after_ping else drop)

    assert (session.close_code, session.closed_by, session.pong) == (1006, None, None)
    assert session.failure is not None
    assert session.failure.kind is Kind.SESSION_DROPPED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x83\x00", 1002),
        (b"\xc1\x00", 1002),
        (b"\x81\x80\x00\x00\x00\x00", 1002),
        (b"<html><body>captive</body></html>", 1002),
        (frame(CLOSE, b"\x03"), 1002),
        (close(1006), 1002),
        (close(999), 1002),
        (frame(CONTINUATION, b"x"), 1002),
        (frame(TEXT, b"\xc3\x28"), 1007),
        (close(1000, b"\xff"), 1007),
        (b"\x81\x7f" + (MESSAGE_LIMIT + 1).to_bytes(8), 1009),
    ],
    ids=[
        "opcode 3",
        "reserved bit",
        "masked",
        "HTML",
        "half a code",
        "1006 in a frame",
        "999",
        "continuation of nothing",
        "no UTF-8",
        "reason no UTF-8",
        "too big",
    ],
)
def test_what_breaks_the_protocol_is_refused_with_its_code(data: bytes, code: int) -> None:
    """We close the connection, and the reason is kept."""
    for pieces in ([data], bytewise(data)):
        session = session_of(opening(*pieces))

        assert (session.close_code, session.closed_by) == (code, "client"), session
        assert session.failure is not None
        assert session.failure.kind is Kind.SESSION_CLOSED
        assert session.failure.message


def test_a_message_of_the_largest_size_is_read() -> None:
    """One more byte is too much."""
    filled = '{"type":"x","d":"' + "y" * (MESSAGE_LIMIT - 19) + '"}'
    session = session_of(opening(text(filled), text(PONG_TEXT)))

    assert session.pong is True
    assert session.messages_seen == 1
    assert len(session.messages[0].excerpt) < 300


def test_a_backend_that_talks_without_end_is_left() -> None:
    """The checkup ends within the time limit, whatever the backend sends."""
    report = report_on(opening(*[text(COMMAND) * 1000] * 12), timeout=2 * PATIENCE)

    assert report.facts.session is not None
    assert report.facts.session.pong is not True
    assert report.facts.session.messages_seen >= 10_000


def test_endless_pings_of_the_protocol_end_with_the_limit() -> None:
    """They are neither messages nor pongs."""

    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)))
        while await frame_of(reader):
            writer.write(frame(PING, b"x"))

    session = session_of(chatter, timeout=STAGE_LIMIT)

    assert session.pong is False
    assert session.messages_seen == 0


def test_the_stage_takes_no_longer_than_the_answer() -> None:
    """A healthy run does not wait for anything else."""
    assert report_on(opening(text(PONG_TEXT)), timeout=2 * PATIENCE).ok
