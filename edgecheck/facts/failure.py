"""How a stage can fail: all kinds of failure, and the details of one.

A kind says only what was seen. What it means is for the catalogue to say.
"""

from __future__ import annotations

from enum import StrEnum

from ..frozen import dataclass


class Kind(StrEnum):
    """Every way in which a stage can fail."""

    DNS_NOT_FOUND = "dns-not-found"
    DNS_FAILURE = "dns-failure"
    DNS_NO_ADDRESS = "dns-no-address"
    DNS_TIMEOUT = "dns-timeout"

    TCP_REFUSED = "tcp-refused"
    TCP_TIMEOUT = "tcp-timeout"
    TCP_UNREACHABLE = "tcp-unreachable"
    TCP_BLOCKED = "tcp-blocked"
    TCP_RESET = "tcp-reset"

    PROXY_URL_INVALID = "proxy-url-invalid"
    PROXY_PAC_FILE = "proxy-pac-file"  # what is set is a program that chooses a proxy
    PROXY_SOCKS_MISSING = "proxy-socks-missing"  # python-socks is not installed
    PROXY_UNRESOLVED = "proxy-unresolved"
    PROXY_UNCONNECTED = "proxy-unconnected"
    PROXY_TLS_FAILED = "proxy-tls-failed"
    PROXY_AUTH_REQUIRED = "proxy-auth-required"
    PROXY_DENIED = "proxy-denied"
    PROXY_TIMEOUT = "proxy-timeout"
    PROXY_CLOSED = "proxy-closed"
    PROXY_NOT_A_PROXY = "proxy-not-a-proxy"

    TLS_CERTIFICATE = "tls-certificate"  # verification failed; verify_code says why
    TLS_NOT_TLS = "tls-not-tls"
    TLS_VERSION = "tls-version"
    TLS_ALERT = "tls-alert"
    TLS_CLIENT_CERTIFICATE = "tls-client-certificate"
    TLS_CLOSED = "tls-closed"
    TLS_TIMEOUT = "tls-timeout"
    TLS_BROKEN = "tls-broken"  # OpenSSL gave up on what the server sent

    UPGRADE_TIMEOUT = "upgrade-timeout"
    UPGRADE_CLOSED = "upgrade-closed"
    UPGRADE_NOT_HTTP = "upgrade-not-http"
    UPGRADE_TLS_BYTES = "upgrade-tls-bytes"  # plain text was answered with a TLS record
    UPGRADE_STATUS = "upgrade-status"  # an HTTP status other than 101
    UPGRADE_INVALID = "upgrade-invalid"  # a 101 that RFC 6455 does not allow

    SESSION_CLOSED = "session-closed"  # a close frame, sent or received
    SESSION_DROPPED = "session-dropped"  # ended without a close frame
    SESSION_IDLE_CLOSED = "session-idle-closed"
    SESSION_NO_PONG = "session-no-pong"

    CRASHED = "crashed"  # an error in edgecheck itself


# OpenSSL's X509_V_ERR numbers (openssl-verification-options(1)).
NOT_YET_VALID, EXPIRED = frozenset({9}), frozenset({10})
SELF_SIGNED = frozenset({18})
# The lack of an issuer of a certificate that was found in the store.
ISSUER_OF_TRUSTED = 2
UNKNOWN_ISSUER = frozenset({ISSUER_OF_TRUSTED, 19, 20, 21, 27})


@dataclass(frozen=True)
class Failure:
    """Why a stage failed, made from the exception that was raised.

    Args:
        kind: what was seen.
        message: in the words of the operating system or library, escaped.
        errno: symbolic name of the operating system's or resolver's error (``ECONNREFUSED``).
        reason: OpenSSL's reason, such as ``WRONG_VERSION_NUMBER``.
        verify_code: OpenSSL's X509_V_ERR number (openssl-verification-options(1)).
        alert: the TLS alert's registered name (RFC 8446, section 6).
    """

    kind: Kind
    message: str = ""
    errno: str | None = None
    reason: str | None = None
    verify_code: int | None = None
    alert: str | None = None
