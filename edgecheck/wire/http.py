"""Read an HTTP/1 response leniently, so that faults in it become facts instead of errors.

Old versions, lines that end with a bare LF, missing reason phrases and missing ends are accepted.
"""

from __future__ import annotations

import asyncio
import re
import ssl

from ..facts import HttpResponse
from ..frozen import dataclass
from ..late import compiled
from ..settings.credentials import masked_field
from .budget import BANNER_WAIT, BODY_LIMIT, BODY_WAIT, HEAD_LIMIT
from .clean import Cleaner
from .stream import Stream

_STATUS_LINE = compiled(rb"(HTTP/\d(?:\.\d)?)[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?\r?$")
_HEAD_END = compiled(rb"\r?\n\r?\n")
# RFC 9112, section 6.3: these never have content.
_WITHOUT_BODY = frozenset({204, 304})
_CHUNK_SIZE = compiled(rb"\s*([0-9A-Fa-f]{1,8})")


@dataclass(frozen=True)
class Head:
    """The head of a response as received.

    Args:
        raw: all bytes from the status line up to and including the blank line.
        rest: the bytes after the blank line that were received together with it.
        complete: the blank line was received.
    """

    version: str
    status: int
    reason: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    raw: bytes
    rest: bytes
    complete: bool = True

    def field(self, name: bytes) -> bytes | None:
        """Return the first value of a field."""
        return next((value for key, value in self.fields if key.lower() == name), None)

    def response(self, clean: Cleaner, body: bytes = b"", truncated: bool = False) -> HttpResponse:
        """Return the response as a fact."""
        fields = self.fields[:100]
        texts = [octets.decode("latin-1") for field in fields for octets in field]
        if clean.need_nothing(texts, 100):
            pairs = zip(texts[::2], texts[1::2], strict=True)
            shown = [(name, masked_field(name, value)) for name, value in pairs]
        else:
            shown = [(clean(name, 100), clean.field(name, value, 1000)) for name, value in fields]
        return HttpResponse(
            version=self.version,
            status=self.status,
            reason=clean(self.reason, 200),
            fields=tuple(shown),
            body=clean(body) if body else "",
            truncated=truncated or not self.complete,
        )


class NotHttp(Exception):
    """The answer is not an HTTP response."""

    def __init__(self, received: bytes) -> None:
        super().__init__("not an HTTP response")
        self.received = received


class ClosedEarly(Exception):
    """The connection ended before the head of a response was complete."""

    def __init__(self, received: bytes, cause: OSError | None) -> None:
        super().__init__("closed before a response")
        self.received = received
        self.cause = cause


async def read_head(stream: Stream) -> Head:
    """Read the head of the final response; interim responses (1xx except 101) are skipped.

    Raises:
        NotHttp: as soon as the first bytes show it; the rest of a banner gets a moment to arrive.
        ClosedEarly: the connection ended first.
    """
    received = b""
    while True:
        if received and not looks_like_http(received):
            raise NotHttp(received + await _banner(stream))
        end = _HEAD_END.search(received, _start(received))
        if end or len(received) > HEAD_LIMIT:
            head = parse(received, end)
            if head is None:
                raise NotHttp(received)
            if 100 <= head.status < 200 and head.status != 101 and head.complete:
                received = head.rest
                continue
            return head
        try:
            data = await stream.receive()
        except OSError as error:
            raise ClosedEarly(received, error) from error
        if not data:
            head = parse(received, None)
            if head is None or head.status == 101:
                raise ClosedEarly(received, None)
            return head  # the head ended with the connection: daphne's refusals, old proxies
        received += data


def looks_like_http(received: bytes) -> bool:
    """Return whether these can be the first bytes of a response.

    Empty lines before the status line are accepted.
    """
    start = received.lstrip(b"\r\n")[:5]
    return b"HTTP/"[: len(start)] == start


def _start(received: bytes) -> int:
    """Return where the status line begins, after empty lines."""
    return len(received) - len(received.lstrip(b"\r\n"))


async def _banner(stream: Stream) -> bytes:
    try:
        async with asyncio.timeout(BANNER_WAIT):
            return await stream.receive()
    except OSError:
        return b""


def parse(received: bytes, end: re.Match[bytes] | None) -> Head | None:
    """Parse the head of a response; None if it does not begin with a status line.

    Args:
        received: all bytes so far.
        end: where the blank line is; None parses what there is without one.
    """
    start = _start(received)
    head = received[start : end.start() if end else HEAD_LIMIT]
    lines = head.split(b"\n")
    match = _STATUS_LINE.match(lines[0])
    if match is None:
        return None
    fields = []
    for line in lines[1:]:
        name, colon, value = line.rstrip(b"\r").partition(b":")
        if colon:
            fields.append((name.strip(), value.strip()))
    return Head(
        version=match[1].decode("ascii"),
        status=int(match[2]),
        reason=(match[3] or b"").strip(),
        fields=tuple(fields),
        raw=received[start : end.end()] if end else received[start:],
        rest=received[end.end() :] if end else b"",
        complete=end is not None,
    )


async def read_body(stream: Stream, head: Head) -> tuple[bytes, bool]:
    """Read the content, within the limits of `BODY_LIMIT` and `BODY_WAIT`.

    Returns:
        The content, decoded from chunks, and whether it is incomplete: it was longer, or did not
        end in time.
    """
    if head.status in _WITHOUT_BODY or not head.complete:
        return b"", False
    chunked = b"chunked" in (head.field(b"transfer-encoding") or b"").lower()
    length = head.field(b"content-length") or b""
    due = int(length) if length.isdigit() and len(length) < 16 and not chunked else None
    raw = head.rest
    ended = False
    try:
        async with asyncio.timeout(BODY_WAIT):
            while not ended and len(raw) < BODY_LIMIT:
                if (due is not None and len(raw) >= due) or (chunked and unchunk(raw)[1]):
                    ended = True
                    break
                data = await stream.receive()
                raw += data
                ended = not data
    except (TimeoutError, ssl.SSLError, OSError):
        pass
    body = unchunk(raw)[0] if chunked else raw[:due]
    return body[:BODY_LIMIT], not ended or len(body) > BODY_LIMIT


def unchunk(raw: bytes) -> tuple[bytes, bool]:
    """Decode chunks (RFC 9112, section 7.1) as far as they go.

    Returns:
        The decoded content, and whether the last chunk was received.
    """
    body, position = bytearray(), 0
    while True:
        line_end = raw.find(b"\n", position)
        size = _CHUNK_SIZE.match(raw, position, line_end) if line_end >= 0 else None
        if size is None:
            return bytes(body), False
        length = int(size[1], 16)
        if length == 0:
            return bytes(body), True
        body += raw[line_end + 1 : line_end + 1 + length]
        position = line_end + 1 + length + (2 if raw[line_end + 1 + length :][:1] == b"\r" else 1)
        if position > len(raw):
            return bytes(body), False
