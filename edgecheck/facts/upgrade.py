"""What answered the opening handshake."""

from __future__ import annotations

from dataclasses import dataclass

from .failure import Failure
from .http import HttpResponse
from .span import Span


@dataclass(frozen=True)
class UpgradeFacts:
    """The opening handshake (RFC 6455, section 4), client's side.

    Args:
        request: request line and fields as sent, the credentials masked.
        response: None where no HTTP response came.
        received_at: this machine's clock when the response's head was complete, RFC 3339.
        first_bytes: what came first, where it was no HTTP.
        speaks_tls: the port that closed on plain text answered a TLS handshake; None where that was
            not tried or not so.
        failure: None where the server switched protocols as RFC 6455 asks.
    """

    span: Span
    request: tuple[str, ...] = ()
    response: HttpResponse | None = None
    received_at: str | None = None
    first_bytes: str = ""
    speaks_tls: bool | None = None
    failure: Failure | None = None
