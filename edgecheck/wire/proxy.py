"""Go through a proxy: HTTP CONNECT with Basic credentials, or SOCKS through python-socks."""

from __future__ import annotations

import asyncio
import base64
import ssl
from typing import Any

from ..facts import Failure, Kind, ProxyFacts, Span, Stage
from ..settings.proxy import Proxy
from ..settings.request import Destination
from .budget import FIRST_BYTES, HEAD_LIMIT
from .clean import Cleaner
from .clock import Clock
from .fold import fold
from .http import ClosedEarly, NotHttp, read_body, read_head
from .stream import SocketStream, Stream, TlsStream


def proxy_facts(proxy: Proxy, clean: Cleaner, span: Span, **rest: Any) -> ProxyFacts:
    """Return the facts about a proxy."""
    return ProxyFacts(
        span,
        clean.own(proxy.masked),
        proxy.origin,
        proxy.scheme,
        clean.own(proxy.host),
        proxy.port,
        **rest,
    )


async def tunnel(
    below: SocketStream,
    proxy: Proxy,
    destination: Destination,
    context: ssl.SSLContext | None,
    timeout: float,
    clean: Cleaner,
    clock: Clock,
) -> tuple[ProxyFacts, Stream]:
    """Ask a connected proxy for a tunnel to the backend.

    Args:
        destination: where the tunnel leads, with its port.
        context: for a proxy that is itself reached over TLS.
        timeout: seconds.

    Returns:
        The facts, and the stream to the backend, which must not be used if the facts hold a
        failure.
    """
    started = clock.milliseconds()
    stream: Stream = below
    received: dict[str, Any] = {"credentials_sent": bool(proxy.username or proxy.password)}
    failure: Failure | None = None
    try:
        async with asyncio.timeout(timeout):
            if proxy.is_socks:
                await _socks(below, proxy, destination)
            else:
                if context is not None:
                    secured = TlsStream(below, context, proxy.host)
                    await secured.handshake()
                    stream = secured
                failure = await _connect(stream, proxy, destination, received, clean)
    except NotHttp as error:
        received["first_bytes"] = clean(error.received, FIRST_BYTES)
        failure = Failure(Kind.PROXY_NOT_A_PROXY, "the answer to CONNECT is not HTTP")
    except ClosedEarly as error:
        failure = Failure(
            Kind.PROXY_CLOSED,
            str(error.cause.strerror if error.cause else "") or "closed without an answer",
        )
    except ssl.SSLError as error:
        failure = Failure(Kind.PROXY_TLS_FAILED, clean(str(error), 200), reason=error.reason)
    except _SocksRefused as error:
        failure = Failure(error.kind, clean(str(error), 200))
    except UnicodeDecodeError:
        failure = Failure(Kind.PROXY_DENIED, "the proxy's reply holds a name that is no text")
    except UnicodeError as error:
        # python-socks encodes the backend's name, which has to be one of the DNS.
        failure = fold(error, Stage.DNS)
    except (OSError, ValueError) as error:
        failure = fold(error, Stage.PROXY)
    return proxy_facts(proxy, clean, clock.since(started), failure=failure, **received), stream


async def _connect(
    stream: Stream, proxy: Proxy, destination: Destination, received: dict[str, Any], clean: Cleaner
) -> Failure | None:
    # RFC 9110, section 9.3.6: CONNECT takes the authority-form, always with the port.
    authority = str(destination)
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.username or proxy.password:
        token = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode("ascii")
        lines.append(f"Proxy-Authorization: Basic {token}")
    await stream.send("\r\n".join([*lines, "", ""]).encode("ascii"))
    head = await read_head(stream)
    if not head.complete:
        if len(head.raw) > HEAD_LIMIT:
            raise NotHttp(head.raw)
        raise ClosedEarly(head.raw, None)
    if 200 <= head.status < 300:
        received["response"] = head.response(clean)
        if head.rest:
            stream.push_back(head.rest)
        return None
    body, truncated = await read_body(stream, head)
    received["response"] = head.response(clean, body, truncated)
    # tinyproxy answers 407 to missing credentials and 401 to wrong ones. Before there is a tunnel,
    # only the proxy itself can ask for credentials.
    kind = Kind.PROXY_AUTH_REQUIRED if head.status in (401, 407) else Kind.PROXY_DENIED
    return Failure(kind, f"the proxy answered CONNECT with HTTP {head.status}")


class _SocksRefused(Exception):
    """The SOCKS proxy refused, or python-socks is not installed."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class _Connected:
    """Gives python-socks the existing connection where it would make one to the proxy itself.

    It gets a descriptor of its own, which it closes after a failure: the kernel is asked about the
    connection after that.
    """

    def __init__(self, below: SocketStream) -> None:
        self._below = below

    async def connect(self, **_: Any) -> Any:
        return self._below.socket.dup()


async def _socks(below: SocketStream, proxy: Proxy, destination: Destination) -> None:
    try:
        from python_socks import ProxyError, ProxyType
        from python_socks.async_.asyncio import Proxy as SocksProxy
    except ImportError:
        raise _SocksRefused(
            Kind.PROXY_SOCKS_MISSING, "a SOCKS proxy needs the package python-socks"
        ) from None
    # The h and the a mean that the proxy resolves the name (the convention of curl and urllib3).
    remote = proxy.scheme in ("socks5h", "socks4a")
    assert destination.port is not None
    kind = ProxyType.SOCKS5 if proxy.scheme.startswith("socks5") else ProxyType.SOCKS4
    chained = SocksProxy(
        kind,
        proxy.host,
        proxy.port,
        proxy.username or None,
        proxy.password or None,
        rdns=remote,
        forward=_Connected(below),  # type: ignore[arg-type]
    )
    try:
        (await chained.connect(destination.host, destination.port)).close()
    except ProxyError as error:
        text = str(error)
        denied = "auth" in text.lower()
        raise _SocksRefused(
            Kind.PROXY_AUTH_REQUIRED if denied else Kind.PROXY_DENIED, text
        ) from None
