"""Every foreign exception becomes a failure."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator

import pytest
from websockets import exceptions as ws
from websockets.datastructures import Headers
from websockets.frames import Close
from websockets.http11 import Response

from edgecheck.facts import Kind, Stage
from edgecheck.wire.fold import ALERTS, fold

# The stages in which a probe catches exceptions.
NETWORK = (Stage.DNS, Stage.TCP, Stage.PROXY, Stage.TLS, Stage.UPGRADE, Stage.SESSION)
# Mistakes of the program that uses websockets.
OURS = {"InvalidState", "ConcurrencyError"}
RESOLVER_ERRORS = sorted(name for name in dir(socket) if name.startswith("EAI_"))

# The arguments of exceptions that cannot be made without any.
ARGUMENTS: dict[str, tuple[object, ...]] = {
    "InvalidURI": ("https://backend.example", "scheme isn't ws or wss"),
    "InvalidProxy": ("proxy:3128", "scheme  isn't supported"),
    "InvalidStatus": (Response(403, "Forbidden", Headers()),),
    "InvalidProxyStatus": (Response(407, "Proxy Authentication Required", Headers()),),
    "ConnectionClosed": (None, None, None),
    "ConnectionClosedOK": (Close(1000, ""), Close(1000, ""), True),
    "ConnectionClosedError": (Close(1008, "no"), None, None),
    "TooManyFragments": (128,),
    "PayloadTooBig": (10, 5),
    "InvalidMethod": ("POST",),
    "InvalidProtocol": ("HTTP/1.0",),
    "InvalidHeader": ("Upgrade", "h2c"),
    "InvalidHeaderFormat": ("Upgrade", "expected token", ";", 0),
    "InvalidHeaderValue": ("Sec-WebSocket-Accept", "x"),
    "InvalidOrigin": ("https://backend.example",),
    "InvalidUpgrade": ("Connection", "close"),
    "DuplicateParameter": ("x",),
    "InvalidParameterName": ("x",),
    "InvalidParameterValue": ("x", "y"),
}


def exported() -> Iterator[ws.WebSocketException]:
    """Make one of each exception that websockets exports."""
    for name in ws.__all__:
        made = getattr(ws, name)(*ARGUMENTS.get(name, ()))
        assert isinstance(made, ws.WebSocketException)
        yield made


@pytest.mark.parametrize("error", [*exported()], ids=lambda error: type(error).__name__)
def test_every_exception_of_websockets_is_folded(error: ws.WebSocketException) -> None:
    """Each has a kind that the catalogue knows; only the programmer's errors count as crashes."""
    for stage in NETWORK:
        assert (fold(error, stage).kind is Kind.CRASHED) == (type(error).__name__ in OURS)


def test_what_the_library_refuses_is_of_its_stage() -> None:
    """The fields of the answer are judged at the upgrade, and frames in the session."""
    refused = ws.InvalidUpgrade("Connection", "close")

    assert fold(refused, Stage.UPGRADE).kind is Kind.UPGRADE_INVALID
    assert fold(ws.PayloadTooBig(10, 5), Stage.SESSION).kind is Kind.SESSION_CLOSED


@pytest.mark.parametrize("name", RESOLVER_ERRORS)
def test_every_error_of_the_resolver_is_folded(name: str) -> None:
    """Each has a kind of its stage, and the name of the constant."""
    number = getattr(socket, name)
    failure = fold(socket.gaierror(number, "words"), Stage.DNS)

    assert failure.kind.startswith("dns-")
    assert failure.errno is not None
    assert getattr(socket, failure.errno) == number


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("EAI_NONAME", Kind.DNS_NOT_FOUND),
        ("EAI_AGAIN", Kind.DNS_FAILURE),
        ("EAI_NODATA", Kind.DNS_NO_ADDRESS),
        ("EAI_ADDRFAMILY", Kind.DNS_NO_ADDRESS),
    ],
)
def test_what_the_resolver_says_is_kept_apart(name: str, kind: Kind) -> None:
    """These are a name that does not exist, one without an address, and no answer."""
    if not hasattr(socket, name):
        pytest.skip(f"this system has no {name}")

    assert fold(socket.gaierror(getattr(socket, name), "words"), Stage.DNS).kind is kind


def test_an_unknown_error_of_the_resolver_is_a_failure() -> None:
    """It may be a number of another system."""
    assert fold(socket.gaierror(4711, "words"), Stage.DNS).kind is Kind.DNS_FAILURE


def test_a_name_that_cannot_be_encoded_does_not_exist() -> None:
    """The error of IDNA is not an OSError."""
    assert fold(UnicodeError("label too long"), Stage.DNS).kind is Kind.DNS_NOT_FOUND


@pytest.mark.parametrize("stage", NETWORK)
def test_every_errno_is_folded(stage: Stage) -> None:
    """Each has a kind of its stage, its symbolic name and the system's words."""
    for number, name in errno.errorcode.items():
        failure = fold(OSError(number, os.strerror(number)), stage)

        assert failure.kind.startswith(f"{stage}-"), name
        assert failure.errno == name
        assert failure.message == os.strerror(number)


@pytest.mark.parametrize("stage", NETWORK)
@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(),
        TimeoutError("timed out"),
        OSError(),
        OSError("words"),
        ConnectionResetError(),
        ConnectionAbortedError("x"),
    ],
)
def test_an_error_without_a_number_is_folded(stage: Stage, error: OSError) -> None:
    """These are a time limit that passed, and errors that asyncio itself raises."""
    failure = fold(error, stage)

    assert failure.kind.startswith(f"{stage}-")
    assert not isinstance(error, TimeoutError) or failure.kind in (
        Kind.DNS_TIMEOUT,
        Kind.TCP_TIMEOUT,
        Kind.PROXY_TIMEOUT,
        Kind.TLS_TIMEOUT,
        Kind.UPGRADE_TIMEOUT,
        Kind.SESSION_NO_PONG,
    )


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ECONNREFUSED, Kind.TCP_REFUSED),
        (errno.ETIMEDOUT, Kind.TCP_TIMEOUT),
        (errno.ENETUNREACH, Kind.TCP_UNREACHABLE),
        (errno.EHOSTUNREACH, Kind.TCP_UNREACHABLE),
        (errno.EADDRNOTAVAIL, Kind.TCP_UNREACHABLE),
        (errno.EACCES, Kind.TCP_BLOCKED),
        (errno.EPERM, Kind.TCP_BLOCKED),
        (errno.EMFILE, Kind.TCP_BLOCKED),
        (errno.ECONNRESET, Kind.TCP_RESET),
    ],
    ids=str,
)
def test_what_connect_says_is_kept_apart(number: int, kind: Kind) -> None:
    """These are the errors of connect(2), by who has to act."""
    assert fold(OSError(number, os.strerror(number)), Stage.TCP).kind is kind


def tls_error(reason: str | None, words: str = "") -> ssl.SSLError:
    """Make an error as the ssl module does, with its reason."""
    error = ssl.SSLError(1, words or f"[SSL: {reason}] words (_ssl.c:1006)")
    setattr(error, "reason", reason)  # noqa: B010 typeshed has it as text alone
    return error


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("WRONG_VERSION_NUMBER", Kind.TLS_BROKEN),
        ("RECORD_LAYER_FAILURE", Kind.TLS_BROKEN),
        ("PACKET_LENGTH_TOO_LONG", Kind.TLS_BROKEN),
        ("HTTP_REQUEST", Kind.TLS_BROKEN),
        ("EE_KEY_TOO_SMALL", Kind.TLS_BROKEN),
        ("A_REASON_OF_TOMORROW", Kind.TLS_BROKEN),
        (None, Kind.TLS_BROKEN),
        ("UNSUPPORTED_PROTOCOL", Kind.TLS_VERSION),
        ("NO_PROTOCOLS_AVAILABLE", Kind.TLS_VERSION),
        ("TLSV1_ALERT_PROTOCOL_VERSION", Kind.TLS_VERSION),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", Kind.TLS_ALERT),
        ("TLSV1_UNRECOGNIZED_NAME", Kind.TLS_BROKEN),
        ("TLSV1_ALERT_INTERNAL_ERROR", Kind.TLS_ALERT),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", Kind.TLS_CLIENT_CERTIFICATE),
        ("UNEXPECTED_EOF_WHILE_READING", Kind.TLS_CLOSED),
    ],
)
def test_reasons_of_openssl_are_folded(reason: str | None, kind: Kind) -> None:
    """The kind follows from the reason, which is kept."""
    failure = fold(tls_error(reason), Stage.TLS)

    assert failure.kind is kind
    assert failure.reason == reason
    assert "_ssl.c" not in failure.message


@pytest.mark.parametrize("number", [*ALERTS, 200])
def test_an_alert_decides_and_is_named(number: int) -> None:
    """The alert is what the server said, whatever reason OpenSSL gives."""
    failure = fold(tls_error("ANYTHING"), Stage.TLS, alert=number)

    assert failure.alert == ALERTS.get(number, f"alert {number}")
    assert failure.kind is {
        "protocol_version": Kind.TLS_VERSION,
        "certificate_required": Kind.TLS_CLIENT_CERTIFICATE,
    }.get(failure.alert, Kind.TLS_ALERT)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), Kind.TLS_CLOSED),
        (ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed"), Kind.TLS_CLOSED),
        (ssl.SSLError("words"), Kind.TLS_BROKEN),
        (ssl.SSLCertVerificationError("words"), Kind.TLS_CERTIFICATE),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_classes_of_the_ssl_module_are_folded(error: ssl.SSLError, kind: Kind) -> None:
    """Without a reason, the class decides."""
    assert fold(error, Stage.TLS).kind is kind
    for stage in (Stage.PROXY, Stage.UPGRADE, Stage.SESSION):
        assert fold(error, stage).kind is not Kind.CRASHED


def test_plain_text_in_the_handshake_is_no_tls_whatever_openssl_says() -> None:
    """The first bytes decide."""
    assert fold(tls_error("WRONG_VERSION_NUMBER"), Stage.TLS, not_tls=True).kind is Kind.TLS_NOT_TLS


def test_an_error_during_the_session_is_a_break() -> None:
    """An alert after the handshake ends the connection, and is kept."""
    failure = fold(tls_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"), Stage.UPGRADE)

    assert failure.kind is Kind.UPGRADE_CLOSED
    assert failure.alert == "certificate_required"


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("x"), KeyError("the secret"), AttributeError("the secret")]
)
def test_a_fault_of_our_own_is_called_one_and_keeps_no_text(error: Exception) -> None:
    """The text of a foreign exception may hold anything."""
    failure = fold(error, Stage.UPGRADE)

    assert failure.kind is Kind.CRASHED
    assert failure.message == type(error).__name__


def test_words_from_outside_are_escaped() -> None:
    """A library may quote text from the network."""
    for error in (
        ws.InvalidMessage("\x1b[31m"),
        OSError(errno.EIO, "\x1b[31m"),
        socket.gaierror(-2, "\x1b[31m"),
        tls_error(None, "\x1b[31m"),
    ):
        assert "\x1b" not in fold(error, Stage.UPGRADE).message
