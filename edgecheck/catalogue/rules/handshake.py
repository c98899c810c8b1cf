"""tls: handshakes that end before a certificate was judged: alerts, ends, and what cannot work."""

from __future__ import annotations

from collections.abc import Mapping

from ...facts import Facts, Kind, TlsFacts
from ...frozen import dataclass, replace
from ...settings.url import is_address
from ...terms import Confidence, Side, verbatim
from ..condition import Sighting
from ..steps import WITHOUT_PROXY
from .witness import is_local

_ASK_FOR_NAME = (
    "Put the host's name into {url_name}, in {url_where}, in place of the address {host}: TLS "
    "sends no name with an address, and a server with several sites then does not know which one "
    "is meant."
)
_KNOWS_NAME = (
    "Check the host in {url_where}: the server does not have {host}, or has no certificate for it "
    "yet."
)
_SHOW = (
    "Tell the backend's team what is shown below, and this command: `openssl s_client -connect "
    "{host}:{port} -servername {host} </dev/null`."
)


_ASK_WHAT_CHANGES_IT = (
    "Ask the operators of the firewall or tunnel in between whether it inspects or changes TLS to "
    "{host}, port {port}."
)


@dataclass(frozen=True)
class _Meaning:
    """What an alert of the server, or OpenSSL's reason to give up, means.

    Args:
        title, cause: in place of the entry's.
        remedies: before the command that shows it.
        side: whose turn it is.
        confidence: at most.
    """

    title: str
    cause: str
    remedies: tuple[str, ...]
    side: Side = Side.BACKEND
    confidence: Confidence = Confidence.LIKELY


_NO_CIPHER = _Meaning(
    "{host} has no TLS cipher, curve or key type in common with this machine",
    (
        "The server read what this client can do, and ended the handshake because nothing of it "
        "fits: it has only old cipher suites (RSA key exchange, CBC with SHA-1), only another "
        "curve, or a kind of key that this client does not take. Some servers say the same of a "
        "name that they do not have, and of a missing client certificate."
    ),
    (
        (
            "Ask the backend's team to offer modern cipher suites (ECDHE with AES-GCM or ChaCha20) "
            "and the curves X25519 or P-256."
        ),
        _KNOWS_NAME,
    ),
    confidence=Confidence.POSSIBLE,
)
_CHANGED = _Meaning(
    "What arrives from {host} was changed on the way, or its TLS is broken",
    (
        "The handshake began, and then a record did not fit what was sent: something between "
        "changes the bytes (a firewall that inspects TLS, a faulty tunnel), or the server's TLS "
        "software has a fault."
    ),
    (
        _ASK_WHAT_CHANGES_IT,
        (
            "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it works "
            "there, something in this network changes the bytes."
        ),
        _SHOW,
    ),
    side=Side.INTERMEDIARY,
    confidence=Confidence.POSSIBLE,
)
_ALERTS: Mapping[str, _Meaning] = {
    "unrecognized_name": _Meaning(
        "This server does not know the name {host}",
        (
            "The server has several sites, and says that none of them is {host}: the name in "
            "{url_name} is not the backend's, or the site is not set up on that server."
        ),
        (
            "Ask the backend's team to add {host} to the server's sites, with its certificate.",
            _KNOWS_NAME,
        ),
        confidence=Confidence.LIKELY,
    ),
    "internal_error": _Meaning(
        "The server has no certificate for {host}, or its TLS is broken",
        (
            "The server ended the handshake with an error of its own. Caddy, Go and CDNs do that "
            "for a name that they have no certificate for, and while it is being issued."
        ),
        (
            (
                "Ask the backend's team whether the certificate of {host} was issued: their "
                "server's log has the error of this moment."
            ),
            _KNOWS_NAME,
        ),
        confidence=Confidence.LIKELY,
    ),
    "handshake_failure": _NO_CIPHER,
    "insufficient_security": _NO_CIPHER,
    "no_application_protocol": _Meaning(
        "{host} does not speak HTTP/1.1 over TLS (ALPN)",
        (
            "Client and server name the protocols that they want to speak inside TLS (ALPN), and "
            "this server has none in common with a WebSocket client: it speaks only HTTP/2, gRPC "
            "or another protocol. WebSocket libraries need HTTP/1.1."
        ),
        (
            "Ask the backend's team to allow `http/1.1` on this port (ALPN), beside `h2`.",
            "Check the port in {url_where}: it may be another service's, such as gRPC's.",
        ),
    ),
    "access_denied": _Meaning(
        "{host} does not admit this client: TLS alert access_denied",
        (
            "The server, or a gateway before it, ended the handshake because of a rule: a client "
            "certificate that it does not admit, or an address that it does not serve."
        ),
        ("Ask the backend's team which clients they admit, and how a client shows who it is.",),
        confidence=Confidence.POSSIBLE,
    ),
    "bad_record_mac": _CHANGED,
    "decrypt_error": _CHANGED,
    "record_overflow": _CHANGED,
    "unexpected_message": _CHANGED,
    "decode_error": _CHANGED,
    "illegal_parameter": _CHANGED,
}
_OLD_SERVER = _Meaning(
    "{host} speaks TLS without secure renegotiation, which this machine refuses",
    (
        "The server's TLS software does not know RFC 5746, the repair of a hole in TLS from 2009. "
        "OpenSSL 3 refuses such servers, and older clients do not: so other machines may still "
        "connect. It is an old server, load balancer or inspection box."
    ),
    (
        (
            "Tell the backend's team: \"your TLS endpoint does not support secure renegotiation "
            '(RFC 5746); it needs newer software, or TLS 1.3".'
        ),
        (
            "See which machine it is: `openssl s_client -connect {host}:{port} -servername {host} "
            "-legacy_server_connect </dev/null` shows its certificate."
        ),
    ),
    confidence=Confidence.CERTAIN,
)
_REASONS: Mapping[str, _Meaning] = {
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": _OLD_SERVER,
    "DECRYPTION_FAILED_OR_BAD_RECORD_MAC": _CHANGED,
    "BAD_RECORD_TYPE": _CHANGED,
    "DIGEST_CHECK_FAILED": _CHANGED,
}
_GARBLED = _Meaning(
    "The TLS handshake with {host} cannot be finished: {words}",
    (
        "The server speaks TLS, and then sends something that this machine's OpenSSL does not "
        "accept. Its TLS software is old or faulty, or a box on the way changes the handshake."
    ),
    (
        'Tell the backend\'s team what OpenSSL says: "{words}".',
        _SHOW,
    ),
    confidence=Confidence.POSSIBLE,
)


def _spoke_tls(seen: TlsFacts) -> bool:
    """Tell whether a message of the handshake came from the server."""
    return seen.client_certificate_requested is not None


def broken(facts: Facts) -> Sighting | None:
    """See a server that speaks TLS, and sends what OpenSSL does not accept."""
    seen = facts.tls
    failure = seen.failure if seen is not None else None
    if seen is None or failure is None or failure.kind is not Kind.TLS_BROKEN:
        return None
    meaning = _REASONS.get(failure.reason or "")
    if meaning is None and not _spoke_tls(seen):
        return None
    return _sighting(meaning or _GARBLED, facts, failure.message)


def rejected(facts: Facts) -> Sighting | None:
    """See an alert in place of the certificate."""
    seen = facts.tls
    failure = seen.failure if seen is not None else None
    if failure is None or failure.kind is not Kind.TLS_ALERT:
        return None
    meaning = _ALERTS.get(failure.alert or "")
    about_name = failure.alert in ("unrecognized_name", "internal_error", "handshake_failure")
    if is_address(facts.target.host or "") and about_name:
        return _without_a_name(meaning)
    return Sighting() if meaning is None else _sighting(meaning, facts)


def _without_a_name(meaning: _Meaning | None) -> Sighting:
    first = (_ASK_FOR_NAME,)
    rest = tuple(one for one in meaning.remedies if one != _KNOWS_NAME) if meaning else ()
    return Sighting(
        title="{host} is an address, and the server wants a name (SNI)",
        cause=(
            "TLS sends the name of the host that it wants to reach, but never an address (RFC "
            "6066, section 3). This server, or the load balancer before it, finds its site and its "
            "certificate by that name, and ended the handshake without one."
        ),
        remedies=(*first, *rest, _SHOW),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
        alternatives=("tls-client-certificate-required",),
    )


def _sighting(meaning: _Meaning, facts: Facts, words: str = "") -> Sighting:
    local = is_local(facts) and facts.proxy is None
    side = Side.BACKEND if local and meaning.side is Side.INTERMEDIARY else meaning.side
    remedies = meaning.remedies if _SHOW in meaning.remedies else (*meaning.remedies, _SHOW)
    if local:
        remedies = tuple(
            one for one in remedies if one != _ASK_WHAT_CHANGES_IT and "hotspot" not in one
        )
    return Sighting(
        title=meaning.title.replace("{words}", verbatim(words)),
        cause=meaning.cause,
        remedies=tuple(one.replace("{words}", verbatim(words)) for one in remedies),
        only=True,
        side=side,
        confidence=meaning.confidence,
    )


_SILENT_SERVER = (
    "The connection opened, and the server closed it without an alert as soon as the handshake "
    "began; nothing is between it and edgecheck. Servers on Python's asyncio (uvicorn, hypercorn, "
    "aiohttp) close like this when they have no cipher, version or name in common with the client. "
    "A server that does not speak TLS may do it too."
)
_TUNNEL_CUT = (
    "The proxy made the tunnel, and it closed without an alert as soon as the TLS handshake began. "
    "Proxies that inspect or filter do that with a host that they do not allow, or whose own "
    "certificate they do not trust. The server behind may also refuse TLS on that port."
)
_ASK_THE_PROXYS = (
    "Ask the administrators of the proxy what its log says about {host}, port {port}, and to let "
    "it through without inspection."
)
_DOES_IT_SPEAK_TLS = "Ask the backend's team whether port {port} of {host} serves TLS."
_READ_ITS_LOG = (
    "Ask the backend's team for their server's log at this moment: it has the TLS error that the "
    "client is not told, such as `no shared cipher`."
)
_SPEAKS_TLS = (
    "Check host and port in {url_where}, and whether that port speaks TLS at all: `openssl "
    "s_client -connect {host}:{port} </dev/null`."
)


def closed(facts: Facts) -> Sighting | None:
    """See an end during the handshake; on loopback no filter is in between."""
    seen = facts.tls
    if seen is None or seen.failure is None or seen.failure.kind is not Kind.TLS_CLOSED:
        return None
    usual = Sighting()
    if facts.proxy is not None:
        usual = Sighting(
            cause=_TUNNEL_CUT,
            remedies=(_ASK_THE_PROXYS, WITHOUT_PROXY, _DOES_IT_SPEAK_TLS),
            only=True,
        )
    elif is_local(facts):
        usual = Sighting(
            cause=_SILENT_SERVER,
            remedies=(_READ_ITS_LOG, _SPEAKS_TLS),
            only=True,
            side=Side.BACKEND,
            alternatives=("tls-handshake-rejected",),
        )
    if is_address(facts.target.host or ""):
        return replace(usual, remedies=(_ASK_FOR_NAME, *usual.remedies))
    return usual
