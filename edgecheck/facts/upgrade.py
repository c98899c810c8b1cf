"""The answer to the opening handshake."""

from __future__ import annotations

from ..frozen import dataclass
from .failure import Failure
from .http import HttpResponse
from .span import Span

# With these a server, or a proxy in between, rejects the client (RFC 9110, sections 15.5.2 and
# 15.5.4).
REFUSAL_STATUSES = (401, 403)


@dataclass(frozen=True)
class UpgradeFacts:
    """The client's opening handshake (RFC 6455, section 4.1).

    Args:
        request: request line and fields as sent, with the credentials masked.
        response: None if there was no HTTP response.
        received_at: this machine's clock when the response's head was complete, RFC 3339.
        first_bytes: the first bytes that came, if they were not HTTP.
        speaks_tls: the port closed on plain text, and then answered a TLS handshake; None if it
            did not, or was not tried.
        chooses_http2: inside TLS the server chooses HTTP/2 where it is offered, and nothing where
            HTTP/1.1 is (RFC 7301, ALPN); None if that is not so, or was not tried.
        failure: None if the server switched protocols as RFC 6455 demands.
    """

    span: Span
    request: tuple[str, ...] = ()
    response: HttpResponse | None = None
    received_at: str | None = None
    first_bytes: str = ""
    speaks_tls: bool | None = None
    chooses_http2: bool | None = None
    failure: Failure | None = None
