"""The proxy's answer."""

from __future__ import annotations

from ..frozen import dataclass
from .failure import Failure
from .http import HttpResponse
from .span import Span


@dataclass(frozen=True)
class ProxyFacts:
    """The way through a proxy: HTTP CONNECT (RFC 9110, section 9.3.6) or SOCKS.

    Args:
        url: the proxy's address, its password masked.
        origin: where the setting came from (``--proxy``, ``$HTTPS_PROXY``).
        scheme: ``http``, ``https``, ``socks5``, …; empty if the setting is not a URL.
        host, port: of the proxy; if there is one, the facts of dns and tcp are about it.
        response: the answer to CONNECT; None for SOCKS, and if there was none.
        credentials_sent: a user name and password were sent to the proxy.
        first_bytes: the first bytes that came, if they were not HTTP.
        failure: None if the tunnel is open.
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
