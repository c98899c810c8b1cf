"""Secure the connection, and keep what the server showed, even if it is not trusted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from ..facts import ClientCertificateFacts, Failure, Kind, Stage, TlsFacts
from ..settings.arguments import masked_path
from ..settings.request import ClientCertificate
from .budget import BANNER_WAIT, FIRST_BYTES
from .certificates import read_certificates
from .clean import Cleaner
from .client_certificate import use
from .clock import Clock
from .fold import fold
from .stream import Stream, TlsStream

# RFC 8446, sections 4 and 5.1.
_CONTENT_HANDSHAKE, _CONTENT_ALERT = 22, 21
_CERTIFICATE, _CERTIFICATE_REQUEST = 11, 13
_CERTIFICATE_AUTHORITIES = 47  # RFC 8446, section 4.2.4
_CLOSE_NOTIFY, _USER_CANCELED = 0, 90
_RECORD_TYPES = (20, 21, 22, 23)


class TrustError(Exception):
    """The file of trusted certificates cannot be used."""


def context_of(
    ca_file: Path | None, insecure: bool, certificate: ClientCertificate | None = None
) -> ssl.SSLContext:
    """Return a TLS context for a client.

    Args:
        ca_file: trust only the certificates in this file; None uses the operating system's trust
            store.
        insecure: check nothing at all.
        certificate: what the client shows to a server that asks for it.

    Raises:
        TrustError: the file cannot be read, or holds no certificate.
        OSError: the client's certificate can no longer be read, or used.
    """
    context = _trusting(ca_file, insecure)
    if certificate is not None:
        use(certificate, context)
    return context


def _trusting(ca_file: Path | None, insecure: bool) -> ssl.SSLContext:
    if insecure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if ca_file is None:
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError:
        raise TrustError(f"{_named(ca_file)} holds no certificate in PEM form") from None
    except OSError as error:
        raise TrustError(f"{_named(ca_file)}: {error.strerror}") from None
    return context


def _named(path: Path) -> str:
    """Name a file, which may be a secret in the place of one."""
    return masked_path(str(path), os.path.lexists)


# By identity, so that two handshakes with the same facts stay two.
@dataclass(eq=False)
class Handshake:
    """What was seen during a handshake."""

    certificates: list[bytes] | None = None
    certificate_requested: bool = False
    certificate_sent: bool = False  # by us, with at least one certificate in it
    authorities: list[bytes] | None = None  # that the request for it names, DER
    alert: int | None = None
    server_spoke: bool = False  # a handshake message was received

    def watch(self, context: ssl.SSLContext) -> None:
        """Watch the messages of a handshake.

        OpenSSL's message callback, which CPython uses for its own tests and its debug output, is
        the only way to see a rejected chain, a request for a client certificate, and the number of
        an alert. If an interpreter does not offer it, these facts stay None.
        """
        _hear(context, self.note)

    def follow(self, connection: ssl.SSLObject) -> None:
        """Watch one handshake alone, whose context, after `share`, may be others', too."""
        _FOLLOWED[connection] = self

    def note(
        self,
        _: Any,
        direction: str,
        version: Any,
        content_type: Any,
        message_type: Any,
        data: bytes,
    ) -> None:
        """Note a message: an argument of OpenSSL's callback each."""
        if direction != "read":
            if content_type == _CONTENT_HANDSHAKE and message_type == _CERTIFICATE:
                tls13 = version == ssl.TLSVersion.TLSv1_3
                self.certificate_sent = bool(certificate_list(data, tls13=tls13))
            return
        if (
            content_type == _CONTENT_ALERT
            and len(data) >= 2
            and data[1] not in (_CLOSE_NOTIFY, _USER_CANCELED)
        ):
            self.alert = data[1]
        elif content_type == _CONTENT_HANDSHAKE:
            self.server_spoke = True
            if message_type == _CERTIFICATE:
                self.certificates = certificate_list(data, tls13=version == ssl.TLSVersion.TLSv1_3)
            elif message_type == _CERTIFICATE_REQUEST:
                self.certificate_requested = True
                self.authorities = authorities(data, tls13=version == ssl.TLSVersion.TLSv1_3)


_FOLLOWED: WeakKeyDictionary[ssl.SSLObject, Handshake] = WeakKeyDictionary()


def share(context: ssl.SSLContext) -> None:
    """Let each handshake that follows a connection of this context hear of its own messages.

    OpenSSL copies the callback when it makes a connection, so this comes before that.
    """
    _hear(context, _tell)


def _hear(context: ssl.SSLContext, callback: Callable[..., None]) -> None:
    inner: Any = getattr(context, "_ctx", context)  # truststore wraps the real one
    with contextlib.suppress(AttributeError, NotImplementedError):
        inner._msg_callback = callback  # noqa: SLF001


def _tell(connection: Any, *message: Any) -> None:
    """Give a message to the handshake of its connection."""
    if (seen := _FOLLOWED.get(connection)) is not None:
        seen.note(connection, *message)


def certificate_list(message: bytes, *, tls13: bool) -> list[bytes]:
    """Return the DER certificates of a Certificate message.

    RFC 5246, section 7.4.2; RFC 8446, section 4.4.2.
    """
    body = message[4:]
    if tls13:
        body = body[1 + body[0] :] if body else b""
    found: list[bytes] = []
    position = 3
    while position + 3 <= len(body):
        size = int.from_bytes(body[position : position + 3])
        found.append(body[position + 3 : position + 3 + size])
        position += 3 + size
        if tls13:
            position += 2 + int.from_bytes(body[position : position + 2])
    return found


def authorities(message: bytes, *, tls13: bool) -> list[bytes]:
    """Return the DER names of a CertificateRequest: the issuers whose certificates are accepted.

    RFC 5246, section 7.4.4; RFC 8446, sections 4.3.2 and 4.2.4. It is empty if any issuer may be.
    """
    body = _Reader(message[4:])
    if not tls13:
        body.vector(1)  # kinds of certificates
        body.vector(2)  # signature algorithms
        return body.vector(2).vectors(2)
    body.vector(1)  # the request's context
    extensions = body.vector(2)
    while extensions.data:
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == _CERTIFICATE_AUTHORITIES:
            return content.vector(2).vectors(2)
    return []


class _Reader:
    """Reads a message from its beginning; what is missing reads as zeros and nothing."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def number(self, size: int) -> int:
        number, self.data = int.from_bytes(self.data[:size]), self.data[size:]
        return number

    def vector(self, size: int) -> _Reader:
        length = self.number(size)
        inner, self.data = _Reader(self.data[:length]), self.data[length:]
        return inner

    def vectors(self, size: int) -> list[bytes]:
        found = []
        while self.data:
            found.append(self.vector(size).data)
        return found


async def secure(
    below: Stream,
    server_name: str,
    context: ssl.SSLContext,
    insecure: bool,
    timeout: float,
    clean: Cleaner,
    clock: Clock,
    ours: ClientCertificate | None = None,
) -> tuple[TlsFacts, TlsStream]:
    """Do the handshake.

    Args:
        below: to the backend.
        server_name: checked against the certificate, and sent as SNI if it is a name (RFC 6066,
            section 3).
        context: of a client.
        insecure: whether the context checks no certificate.
        timeout: seconds.
        clean: for everything that is received.
        clock: of the whole run.
        ours: the client's certificate that the context shows; None without one.

    Returns:
        The facts, and the stream, which must not be used if the facts hold a failure.
    """
    started = clock.milliseconds()
    seen = Handshake()
    share(context)
    stream = TlsStream(below, context, server_name)
    seen.follow(stream.tls)
    failure: Failure | None = None
    first = b""
    try:
        async with asyncio.timeout(timeout):
            await stream.handshake()
    except (OSError, ValueError) as error:
        failure = _failure(error, seen, stream.received_first)
        if failure.kind is Kind.TLS_NOT_TLS:
            first = stream.received_first + await _more(below)
    span = clock.since(started)  # without the time for reading certificates
    agreed = failure is None
    cipher = stream.tls.cipher() if agreed else None
    # Any other failure says nothing about the certificate.
    judged = failure is None or failure.kind is Kind.TLS_CERTIFICATE
    facts = TlsFacts(
        span=span,
        server_name=clean.own(server_name),
        version=stream.tls.version() if agreed else None,
        cipher=cipher[0] if cipher else None,
        verified=agreed if judged and not insecure else None,
        insecure=insecure,
        chain=None if seen.certificates is None else read_certificates(seen.certificates, clean),
        client_certificate_requested=seen.certificate_requested if seen.server_spoke else None,
        client_certificate_sent=seen.certificate_sent if seen.server_spoke else None,
        client_certificate=_shown(ours, seen, clean) if ours is not None else None,
        first_bytes=clean(first, FIRST_BYTES) if first else "",
        failure=failure,
    )
    return facts, stream


def _failure(error: OSError | ValueError, seen: Handshake, first: bytes) -> Failure:
    """Fold the error of a handshake, together with the messages that were seen before it."""
    not_tls = bool(first) and not is_record(first)
    failure = fold(error, Stage.TLS, alert=seen.alert, not_tls=not_tls)
    if not_tls:
        return replace(failure, kind=Kind.TLS_NOT_TLS)
    if failure.kind is Kind.TLS_ALERT and seen.certificate_requested:
        return replace(failure, kind=Kind.TLS_CLIENT_CERTIFICATE)
    if failure.kind is Kind.TLS_CLOSED and seen.alert is not None:
        told = fold(ssl.SSLError(0, str(error)), Stage.TLS, alert=seen.alert)
        return replace(told, message=failure.message)
    return failure


def _shown(ours: ClientCertificate, seen: Handshake, clean: Cleaner) -> ClientCertificateFacts:
    """Return the facts about the client's own certificate."""
    accepted = None
    if seen.authorities:
        accepted = not set(ours.issuers).isdisjoint(seen.authorities)
    return ClientCertificateFacts(
        clean.own(ours.subject), clean.own(ours.issuer), ours.not_before, ours.not_after, accepted
    )


def is_record(data: bytes) -> bool:
    """Return whether these can be the first bytes of a TLS record (RFC 8446, section 5.1)."""
    return data[0] in _RECORD_TYPES and (len(data) < 2 or data[1] == 3)


async def _more(below: Stream) -> bytes:
    with contextlib.suppress(OSError):
        async with asyncio.timeout(BANNER_WAIT):
            return await below.receive()
    return b""
