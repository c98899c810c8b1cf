"""The HTTP server: uvicorn, on sockets that are opened or handed over here.

Law: no other address than one of this machine without a token, a client's certificate, or a word
that says so.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import ssl
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..frozen import dataclass
from .access import is_loopback

# A request's head fits in one packet and arrives at once. A client that takes longer holds a
# connection for nothing.
HEAD_SECONDS = 20.0
# Prometheus keeps a connection between two scrapes, which are mostly 15 s to a minute apart.
KEEP_ALIVE_SECONDS = 75
# A few scrapers and browsers; more than this at once is a mistake.
MOST_CONNECTIONS = 500
# For a probe that runs, at the end.
GRACE_SECONDS = 3
_BACKLOG = 128


class CannotServe(Exception):
    """The address, or a file that the server needs, cannot be used; the text says why."""


@dataclass(frozen=True)
class Files:
    """The server's certificate, and who may connect.

    Args:
        cert, key: PEM files; None to serve without TLS, or if the key is with the certificate.
        client_ca: PEM file of the authorities whose certificates clients must show; None for none.
    """

    cert: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None


class _Protocol(H11Protocol):
    """uvicorn's own, which also closes a connection on which no request comes."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._seen: object = None
        self._timer = self.loop.call_later(HEAD_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        idle = cycle is None or (cycle.response_complete and cycle is self._seen)
        # Between two requests it is uvicorn's own limit that counts.
        if idle and self.timeout_keep_alive_task is None:
            self.transport.abort()
            return
        self._seen = cycle
        self._timer = self.loop.call_later(HEAD_SECONDS, self._look)


class Server(uvicorn.Server):
    """Serves until it is told to end, and leaves the signals to us."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handle no signals."""
        yield

    def end(self) -> None:
        """Let `serve` return, after the answers that are under way."""
        self.should_exit = True


def server_of(
    application: Any, context: ssl.SSLContext | None, on_started: Callable[[], None]
) -> Server:
    """Return a server for an ASGI application.

    Args:
        application: answers the requests.
        context: None to serve without TLS.
        on_started: called when it begins to answer.
    """
    logging.getLogger("uvicorn.error").disabled = True  # what it says could hold a request's text
    config = uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        workers=1,  # otherwise WEB_CONCURRENCY decides
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_context_factory=None if context is None else lambda *_: context,
    )
    return Server(config, on_started)


def tls_context(files: Files) -> ssl.SSLContext | None:
    """Return the context of a server; None without a certificate.

    Raises:
        CannotServe: a file cannot be used.
    """
    if files.cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    load_certificates(context, files)
    if files.client_ca is not None:
        try:
            context.load_verify_locations(files.client_ca)
        except OSError as error:
            raise CannotServe(f"--client-ca {files.client_ca}: {_why(error)}") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def load_certificates(context: ssl.SSLContext, files: Files) -> None:
    """Load the server's certificate, at the start and again when it was renewed.

    Raises:
        CannotServe: a file cannot be used.
    """
    assert files.cert is not None
    try:
        # An encrypted key would ask the terminal for its password.
        context.load_cert_chain(files.cert, files.key, password=lambda: "")
    except OSError as error:
        raise CannotServe(f"--serve-cert {files.cert}: {_why(error)}") from None


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"not usable as PEM ({error.reason or 'no certificate or key'})"
    return error.strerror or "unreadable"


def resolved(host: str, port: int) -> ListenAddress:
    """Return the address to listen on.

    Args:
        host: a name or an address; empty for all addresses of this machine.
        port: 0 takes a free one.

    Raises:
        CannotServe: there is no such address.
    """
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotServe(f"{shown(host, port)}: {error.strerror or error}") from None
    except UnicodeError:  # a label that is empty or too long (RFC 1035, section 2.3.4)
        raise CannotServe(f"{shown(host, port)}: not the name of a host") from None
    return ListenAddress(family, kind, number, address)


@dataclass(frozen=True)
class ListenAddress:
    """Where to listen, as `socket.getaddrinfo` names it."""

    family: int
    kind: int
    number: int
    address: tuple[Any, ...]

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(str(self.address[0]).partition("%")[0])

    def opened(self) -> socket.socket:
        """Open a listening socket.

        Raises:
            CannotServe: the address is in use, or may not be used.
        """
        opened = socket.socket(self.family, self.kind, self.number)
        try:
            if os.name == "posix":  # on Windows it would let others take the port
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(self.address)
            opened.listen(_BACKLOG)
            opened.settimeout(0)
        except OSError as error:
            opened.close()
            where = shown(*self.address[:2])
            other = " Another port: --listen 127.0.0.1:0" if error.errno == errno.EADDRINUSE else ""
            raise CannotServe(f"cannot listen on {where}: {error.strerror}.{other}") from None
        return opened


def is_local(one: socket.socket) -> bool:
    """Tell whether only this machine can connect to a listening socket."""
    if one.family not in (socket.AF_INET, socket.AF_INET6):
        return True  # a Unix socket
    return is_loopback(str(one.getsockname()[0]).partition("%")[0])


def url_of(one: socket.socket, *, tls: bool) -> str:
    """Return the address under which a listening socket can be reached."""
    if one.family not in (socket.AF_INET, socket.AF_INET6):
        return f"unix:{one.getsockname()}"
    host, port = one.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{shown(host, port)}/"


def shown(host: str, port: int) -> str:
    """Write a host and a port as one (RFC 3986, section 3.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
