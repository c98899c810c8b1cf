"""Turn foreign exceptions into failures, with the most specific class first."""

from __future__ import annotations

import errno
import os
import socket
import ssl

from ..escapes import escape
from ..facts import Failure, Kind, Stage
from .budget import IDLE_SECONDS, SHORTEST_LIMIT_SECONDS, TIMED_SECONDS
from .library import exceptions as ws

# getaddrinfo(3). EAI_NODATA and EAI_ADDRFAMILY are glibc's: the name exists. glibc uses EAI_AGAIN
# for a server that fails and for one that does not answer.
_RESOLVER = {
    "EAI_NONAME": Kind.DNS_NOT_FOUND,
    "EAI_NODATA": Kind.DNS_NO_ADDRESS,
    "EAI_ADDRFAMILY": Kind.DNS_NO_ADDRESS,
    "EAI_FAMILY": Kind.DNS_NO_ADDRESS,
    "EAI_AGAIN": Kind.DNS_FAILURE,
    "EAI_FAIL": Kind.DNS_FAILURE,
    "EAI_SYSTEM": Kind.DNS_FAILURE,
    "EAI_MEMORY": Kind.DNS_FAILURE,
    "EAI_OVERFLOW": Kind.DNS_FAILURE,
    "EAI_BADFLAGS": Kind.DNS_FAILURE,
    "EAI_BADHINTS": Kind.DNS_FAILURE,
    "EAI_PROTOCOL": Kind.DNS_FAILURE,
    "EAI_MAX": Kind.DNS_FAILURE,
    "EAI_SERVICE": Kind.DNS_FAILURE,
    "EAI_SOCKTYPE": Kind.DNS_FAILURE,
}

_CONNECT = {
    errno.ECONNREFUSED: Kind.TCP_REFUSED,
    errno.ETIMEDOUT: Kind.TCP_TIMEOUT,
    errno.ECONNRESET: Kind.TCP_RESET,
    errno.ECONNABORTED: Kind.TCP_RESET,
    errno.EPIPE: Kind.TCP_RESET,
    errno.EACCES: Kind.TCP_BLOCKED,
    errno.EPERM: Kind.TCP_BLOCKED,
    # Limits of this machine: no file descriptor, port or buffer is left.
    errno.EMFILE: Kind.TCP_BLOCKED,
    errno.ENFILE: Kind.TCP_BLOCKED,
    errno.ENOBUFS: Kind.TCP_BLOCKED,
    errno.EADDRINUSE: Kind.TCP_BLOCKED,
}

# No file, thread or buffer is left here, which says nothing about anybody else.
OWN_LIMITS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.EAGAIN})

_CLIENT_CERTIFICATE_ALERTS = frozenset({"certificate_required"})

# RFC 8446, section 6.
ALERTS = {
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}

_VERSION_REASONS = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "WRONG_SSL_VERSION",
        "NO_PROTOCOLS_AVAILABLE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "VERSION_TOO_LOW",
        "BAD_PROTOCOL_VERSION_NUMBER",
    }
)
_CLOSED_REASONS = frozenset({"UNEXPECTED_EOF_WHILE_READING"})


def fold(
    error: BaseException, stage: Stage, *, alert: int | None = None, not_tls: bool = False
) -> Failure:
    """Return the failure for an exception.

    Args:
        error: an exception of the standard library, OpenSSL or websockets.
        stage: the stage in which it was raised.
        alert: the number of the TLS alert that came before it, if there was one.
        not_tls: the first bytes of the handshake were not a TLS record.
    """
    if isinstance(error, ws.WebSocketException):
        return _fold_websockets(error, stage)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(
            Kind.TLS_CERTIFICATE,
            escape(getattr(error, "verify_message", "") or str(error)),
            reason=_reason(error),
            verify_code=getattr(error, "verify_code", None) or None,
        )
    if isinstance(error, ssl.SSLError):
        return _fold_tls(error, stage, alert, not_tls)
    if isinstance(error, UnicodeError):
        # A name that IDNA cannot encode cannot be in the DNS.
        return Failure(Kind.DNS_NOT_FOUND, escape(str(error), 200))
    if isinstance(error, socket.gaierror):
        return fold_resolver(error)
    if isinstance(error, TimeoutError) and not error.errno:
        return Failure(
            _TIMEOUTS.get(stage, Kind.CRASHED),
            f"no answer within the time limit of the {stage} stage",
        )
    if isinstance(error, OSError):
        return _fold_os(error, stage)
    return Failure(Kind.CRASHED, escape(type(error).__name__))


_TIMEOUTS = {
    Stage.DNS: Kind.DNS_TIMEOUT,
    Stage.TCP: Kind.TCP_TIMEOUT,
    Stage.PROXY: Kind.PROXY_TIMEOUT,
    Stage.TLS: Kind.TLS_TIMEOUT,
    Stage.UPGRADE: Kind.UPGRADE_TIMEOUT,
    Stage.SESSION: Kind.SESSION_NO_PONG,
}
_CLOSED = {
    Stage.DNS: Kind.DNS_FAILURE,
    Stage.PROXY: Kind.PROXY_CLOSED,
    Stage.TLS: Kind.TLS_CLOSED,
    Stage.UPGRADE: Kind.UPGRADE_CLOSED,
    Stage.SESSION: Kind.SESSION_DROPPED,
}


def fold_resolver(error: socket.gaierror) -> Failure:
    """Return the failure for an error of the resolver.

    Windows uses WSA numbers under the same names.
    """
    number = error.errno
    names = [
        name for name in dir(socket) if name.startswith("EAI_") and getattr(socket, name) == number
    ]
    name = next((name for name in names if name in _RESOLVER), None)
    return Failure(
        _RESOLVER.get(name or "", Kind.DNS_FAILURE),
        escape(error.strerror or str(error)),
        errno=name,
    )


def raise_own_limit(failure: Failure | None) -> None:
    """Raise `OSError` if a connection failed for a limit of this machine (`OWN_LIMITS`)."""
    if failure is None or failure.kind is not Kind.TCP_BLOCKED:
        return
    number = getattr(errno, failure.errno or "", None)
    if number in OWN_LIMITS:
        raise OSError(number, failure.message)


def _fold_os(error: OSError, stage: Stage) -> Failure:
    name = errno.errorcode.get(error.errno or 0)
    message = escape(error.strerror or str(error), 200)
    if error.errno and message.startswith("Connect call failed"):
        message = os.strerror(
            error.errno
        )  # asyncio writes this, with the address, instead of the reason
    if stage is Stage.TCP:
        # All other errors mean the same for the user: that address cannot be reached from here.
        return Failure(_CONNECT.get(error.errno or 0, Kind.TCP_UNREACHABLE), message, errno=name)
    if error.errno == errno.ETIMEDOUT:
        return Failure(_TIMEOUTS.get(stage, Kind.CRASHED), message, errno=name)
    return Failure(_CLOSED.get(stage, Kind.CRASHED), message, errno=name)


def _reason(error: ssl.SSLError) -> str | None:
    """Return OpenSSL's reason.

    An error that was raised by Python code, not by the ssl module, does not have this attribute.
    """
    return getattr(error, "reason", None)


def _fold_tls(error: ssl.SSLError, stage: Stage, alert: int | None, not_tls: bool) -> Failure:
    reason = _reason(error)
    name = ALERTS.get(alert, f"alert {alert}") if alert is not None else None
    if name is None and reason and "_ALERT_" in reason:
        # OpenSSL names the alert in its reason: SSLV3_ALERT_HANDSHAKE_FAILURE,
        # TLSV13_ALERT_CERTIFICATE_REQUIRED.
        name = reason.partition("_ALERT_")[2].lower()
    message = escape(str(error).partition(" (_ssl.c")[0], 200)
    if stage is not Stage.TLS:
        return Failure(_CLOSED.get(stage, Kind.CRASHED), message, reason=reason, alert=name)
    if not_tls:
        kind = Kind.TLS_NOT_TLS
    elif name in _CLIENT_CERTIFICATE_ALERTS:
        kind = Kind.TLS_CLIENT_CERTIFICATE
    elif name == "protocol_version" or reason in _VERSION_REASONS:
        kind = Kind.TLS_VERSION
    elif name is not None:
        kind = Kind.TLS_ALERT
    elif isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or reason in _CLOSED_REASONS:
        kind = Kind.TLS_CLOSED
    else:
        kind = Kind.TLS_BROKEN
    return Failure(kind, message, reason=reason, alert=name)


def _fold_websockets(error: ws.WebSocketException, stage: Stage) -> Failure:
    """Return the failure for an error of the library, which judges the handshake and the frames.

    Proxy, status and the form of the answer are read here, before the library sees any of it.
    """
    if isinstance(error, ws.InvalidState | ws.ConcurrencyError):
        # A mistake in the program that uses the library.
        return Failure(Kind.CRASHED, type(error).__name__)
    kind = Kind.UPGRADE_INVALID if stage is Stage.UPGRADE else Kind.SESSION_CLOSED
    return Failure(kind, escape(str(error), 200))


def is_idle_limit(idle_seconds: float) -> bool:
    """Return whether a connection that ended without traffic was cut by an idle limit.

    Args:
        idle_seconds: how long nothing had been sent or received.
    """
    if idle_seconds >= IDLE_SECONDS:
        return True
    nearest = round(idle_seconds)
    timed = abs(idle_seconds - nearest) <= TIMED_SECONDS
    return nearest >= SHORTEST_LIMIT_SECONDS and timed


def drop_of(
    idle_seconds: float,
    ping_open: bool,
    error: Exception | None = None,
    forgotten_seconds: float = 0.0,
) -> Failure:
    """Return the failure of a connection that ended without a close frame.

    Args:
        idle_seconds: how long nothing had been sent or received.
        ping_open: a ping was not answered, so the silence was the backend's.
        error: of the socket or TLS; None for a plain end.
        forgotten_seconds: how long nothing had been sent or received before what was answered by a
            reset; 0.0 if that is not how it ended.
    """
    ended = "the connection ended without a close frame"
    if is_idle_limit(forgotten_seconds):
        return Failure(
            Kind.SESSION_IDLE_CLOSED,
            "the first thing that was sent after a time without traffic was answered by a reset",
        )
    if not ping_open and is_idle_limit(idle_seconds):
        return Failure(Kind.SESSION_IDLE_CLOSED, f"{ended}, after a time without traffic")
    if isinstance(error, OSError):
        return fold(error, Stage.SESSION)
    return Failure(Kind.SESSION_DROPPED, ended)
