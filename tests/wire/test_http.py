"""Heads and bodies as real servers send them, and as no server should."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecheck.wire.budget import BODY_LIMIT, HEAD_LIMIT
from edgecheck.wire.clean import Cleaner
from edgecheck.wire.http import ClosedEarly, Head, NotHttp, parse, read_body, read_head, unchunk
from tests.doctor import settled
from tests.raw_server import bytewise, saying, serving, stream_to
from tests.timing import PATIENCE

CLEAN = Cleaner(None)


def read(*pieces: bytes, **how: Any) -> tuple[Head, bytes, bool]:
    """Read from a server that sends these bytes; return head, body, and whether the body is cut."""

    async def go() -> tuple[Head, bytes, bool]:
        async with (
            serving(saying(*pieces, first=True, **how)) as server,
            stream_to(server.port) as stream,
        ):
            head = await read_head(stream)
            return head, *await read_body(stream, head)

    return settled(go())


def refused(*pieces: bytes, **how: Any) -> NotHttp | ClosedEarly:
    """Return the reason why no head could be read."""
    with pytest.raises((NotHttp, ClosedEarly)) as caught:
        read(*pieces, **how)
    assert isinstance(caught.value, NotHttp | ClosedEarly)
    return caught.value


def test_a_head_is_read_whole() -> None:
    """It has version, status, phrase and fields in order; the bytes after it are kept."""
    head, body, cut = read(
        b"HTTP/1.1 403 Forbidden\r\nServer: x\r\nX-Two: 1\r\nX-Two:2\r\nContent-Length: "
        b"4\r\n\r\nbody"
    )

    assert (head.version, head.status, head.reason) == ("HTTP/1.1", 403, b"Forbidden")
    assert head.fields == (
        (b"Server", b"x"),
        (b"X-Two", b"1"),
        (b"X-Two", b"2"),
        (b"Content-Length", b"4"),
    )
    assert head.field(b"x-two") == b"1"
    assert (body, cut) == (b"body", False)


@pytest.mark.parametrize(
    ("data", "version", "status", "reason"),
    [
        (b"HTTP/1.1 404 Not Found\nServer: x\n\n", "HTTP/1.1", 404, b"Not Found"),
        (b"HTTP/1.0 502 Bad Gateway\r\nServer: x\r\n\r\n", "HTTP/1.0", 502, b"Bad Gateway"),
        (b"HTTP/1.1 403\r\nserver: x\r\n\r\n", "HTTP/1.1", 403, b""),
        (b"HTTP/1.1 403 \r\nserver: x\r\n\r\n", "HTTP/1.1", 403, b""),
        (b"HTTP/1.1   403   Two  Words \r\nserver: x\r\n\r\n", "HTTP/1.1", 403, b"Two  Words"),
        (b"\r\n\r\nHTTP/1.1 200 OK\r\nserver:x\r\n\r\n", "HTTP/1.1", 200, b"OK"),
        (b"HTTP/2 200\r\nserver: x\r\n\r\n", "HTTP/2", 200, b""),
        (
            b"HTTP/1.1 400 Caf\xe9\r\nserver: x\r\nno colon here\r\n\r\n",
            "HTTP/1.1",
            400,
            b"Caf\xe9",
        ),
    ],
    ids=[
        "LF only",
        "HTTP/1.0",
        "no phrase",
        "empty phrase",
        "more blanks",
        "empty lines first",
        "HTTP/2",
        "a line without a colon",
    ],
)
def test_odd_heads_are_read_all_the_same(
    data: bytes, version: str, status: int, reason: bytes
) -> None:
    """What a lenient client accepts is a fact, not an error."""
    head, body, _ = read(data)

    assert (head.version, head.status, head.reason) == (version, status, reason)
    assert head.field(b"server") == b"x"
    assert head.complete
    assert body == b""


def test_a_head_that_is_dribbled_byte_by_byte_is_the_same() -> None:
    """The borders of the segments do not matter."""
    data = b"HTTP/1.1 503 Busy\r\nServer: x\r\nContent-Length: 2\r\n\r\nno"
    head, body, cut = read(*bytewise(data))

    assert (head.status, head.field(b"server"), body, cut) == (503, b"x", b"no", False)


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
        b"HTTP/1.1 102 P\r\n\r\nHTTP/1.1 100 C\r\n\r\n",
    ],
)
@pytest.mark.parametrize(
    "final",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00",
        b"HTTP/1.1 403 No\r\n\r\n",
    ],
)
def test_interim_responses_are_passed_over(interim: bytes, final: bytes) -> None:
    """100 and 103 come before the answer (RFC 9110, section 15.2), in one segment or bytewise."""
    for pieces in ([interim + final], [interim, final], bytewise(interim + final)):
        head, _, _ = read(*pieces)

        assert head.status in (101, 403)
        assert head.raw == final.removesuffix(b"\x81\x00")


def test_what_follows_a_101_is_kept_for_the_protocol() -> None:
    """The first frames may come in the same segment as the head."""
    head, _, _ = read(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x88\x02\x03\xe8")

    assert head.rest == b"\x88\x02\x03\xe8"


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"220 mail ESMTP\r\n",
        b"HTTX/1.1 200 OK\r\n\r\n",
        b"\x00",
    ],
)
def test_what_is_no_http_is_told_by_its_first_bytes(data: bytes) -> None:
    """The end of a head is not waited for."""
    error = refused(data, hold=True)

    assert isinstance(error, NotHttp)
    assert error.received == data


def test_the_rest_of_a_banner_is_given_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It often comes in two segments."""
    monkeypatch.setattr("edgecheck.wire.http.BANNER_WAIT", PATIENCE)
    error = refused(b"SSH-", b"2.0-x\r\n", apart=True, hold=True)

    assert error.received == b"SSH-2.0-x\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/one 200 OK\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
    ],
)
def test_a_status_line_that_is_none_is_no_http(data: bytes) -> None:
    """Only its beginning looks like one."""
    assert isinstance(refused(data), NotHttp)


@pytest.mark.parametrize("data", [b"", b"HTTP/", b"HTTP/1.1 2", b"\r\n"])
def test_an_end_before_a_status_line_is_an_early_end(data: bytes) -> None:
    """The bytes until then are kept."""
    error = refused(data)

    assert isinstance(error, ClosedEarly)
    assert error.received == data
    assert error.cause is None


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 403 Access denied",
        b"HTTP/1.1 403 Access denied\r\nServer: x\r\n",
        b"HTTP/1.1 403 Access denied\r\n",
    ],
)
def test_a_head_that_the_end_of_the_connection_ends_is_read(data: bytes) -> None:
    """daphne's refusals have no field and no blank line."""
    head, body, _ = read(data)

    assert (head.status, head.reason, head.complete) == (403, b"Access denied", False)
    assert body == b""
    assert head.response(CLEAN).truncated


def test_an_endless_head_ends_at_its_limit() -> None:
    """The fields until then are kept."""
    head, _, _ = read(
        b"HTTP/1.1 200 OK\r\nServer: x\r\n", *[b"X-Field: " + b"y" * 1000 + b"\r\n"] * 80, hold=True
    )

    assert len(head.raw) > HEAD_LIMIT
    assert head.field(b"server") == b"x"
    assert not head.complete
    response = head.response(CLEAN)
    assert response.truncated
    assert sum(len(name) + len(value) for name, value in response.fields) < 2 * HEAD_LIMIT


def test_an_endless_field_is_cut() -> None:
    """The beginning of the line is kept, whatever its length."""
    head, _, _ = read(b"HTTP/1.1 200 OK\r\nX: " + b"y" * (HEAD_LIMIT + 10), hold=True)

    assert len(head.response(CLEAN).fields[0][1]) <= 1001


def test_an_endless_body_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its beginning is kept, it is marked as incomplete, and the rest is not read."""
    monkeypatch.setattr("edgecheck.wire.http.BODY_WAIT", PATIENCE)

    async def go() -> tuple[bytes, bool, bytes]:
        handler = saying(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 1024] * 400, first=True, hold=True)
        async with serving(handler) as server, stream_to(server.port) as stream:
            body, cut = await read_body(stream, await read_head(stream))
            return body, cut, await stream.receive()

    body, cut, rest = settled(go())

    assert body == b"x" * BODY_LIMIT
    assert cut
    assert rest


def test_a_body_that_never_ends_is_left_after_a_moment() -> None:
    """A server that sends less than it promised does not keep us for the limit of a stage."""
    _, body, cut = read(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", hold=True)

    assert (body, cut) == (b"short", True)


@pytest.mark.parametrize(
    ("data", "body", "cut"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", b"abc", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", b"abc", False),
        (
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                b"chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
            ),
            b"abcde",
            False,
        ),
        (
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\nContent-Length: "
                b"1\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            ),
            b"abc",
            False,
        ),
    ],
    ids=["longer than promised", "none", "lower case", "chunked", "chunked wins"],
)
def test_the_end_of_a_body_is_known_while_the_connection_stays(
    data: bytes, body: bytes, cut: bool
) -> None:
    """An end that has come already is not waited for."""
    for pieces in ([data], bytewise(data)):
        assert read(*pieces, hold=True)[1:] == (body, cut)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nabc", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n", b"abc"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nabc", b"abc"),
    ],
    ids=[
        "cut short",
        "until the end",
        "no number",
        "negative",
        "too large a number",
        "chunk cut short",
        "no chunk",
        "LF chunks",
        "huge chunk",
    ],
)
def test_a_body_that_the_end_of_the_connection_ends_is_kept_as_far_as_it_came(
    data: bytes, body: bytes
) -> None:
    """The given length may be wrong."""
    assert read(data)[1] == body


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_content_have_none(status: int) -> None:
    """Bytes that follow do not count (RFC 9112, section 6.3)."""
    assert read(b"HTTP/1.1 %d X\r\nContent-Length: 3\r\n\r\nabc" % status, hold=True)[1:] == (
        b"",
        False,
    )


def test_a_reset_in_the_body_keeps_what_came() -> None:
    """The head was complete, and the body is not needed."""
    import socket
    import struct

    async def resetting(reader: Any, writer: Any) -> None:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 99\r\n\r\npart")
        await writer.drain()
        await reader.read(1)
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )

    async def go() -> tuple[Head, bytes, bool]:
        async with serving(resetting) as server, stream_to(server.port) as stream:
            head = await read_head(stream)
            await stream.send(b"x")
            return head, *await read_body(stream, head)

    head, body, cut = settled(go())

    assert (head.status, body, cut) == (502, b"part", True)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_no_bytes_make_the_parsers_raise(data: bytes) -> None:
    """This holds for heads, status lines and chunks."""
    for head in (parse(data, None), parse(b"HTTP/1.1 200 OK\r\n" + data, None)):
        if head is not None:
            head.response(CLEAN, data)
    body, _ = unchunk(data)

    assert len(body) <= len(data)
