"""What the proxy answered."""

from __future__ import annotations

from dataclasses import dataclass

from .failure import Failure
from .http import HttpResponse
from .span import Span


@dataclass(frozen=True)
class ProxyFacts:
    """The way through a proxy: HTTP CONNECT (RFC 9110, section 9.3.6) or SOCKS.

    Args:
        url: the proxy's address, its password masked.
        origin: where the setting came from (``--proxy``, ``$HTTPS_PROXY``).
        scheme: ``http``, ``https``, ``socks5``, …; empty where the setting is no URL.
        host, port: of the proxy; the facts of dns and tcp are about it.
        response: the answer to CONNECT; None for SOCKS and where none came.
        credentials_sent: whether the proxy got a user name and password.
        first_bytes: what came first, where it was no HTTP.
        failure: None where the tunnel stands.
    """

    span: Span
    url: str
    origin: str
    scheme: str = ""
    host: str = ""
    port: int = 0
    response: HttpResponse | None = None
    credentials_sent: bool = False
    first_bytes: str = ""
    failure: Failure | None = None
