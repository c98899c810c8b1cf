"""All faults, each under the code of the problem that it causes."""

from __future__ import annotations

from . import answers
from .behaviour import (
    ANYTHING,
    NOTHING,
    Act,
    Behaviour,
    Certificate,
    Close,
    End,
    Fault,
    Port,
    Reply,
    Session,
)

SSH_BANNER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
# "No acceptable methods" (RFC 1928, section 3).
SOCKS_REFUSAL = b"\x05\xff"
# Records with one fatal alert (RFC 8446, sections 5.1 and 6).
HANDSHAKE_FAILURE = bytes.fromhex("15 0303 0002 02 28")
PROTOCOL_VERSION = bytes.fromhex("15 0303 0002 02 46")
# The header of a handshake record of 16 KiB; the rest never comes.
UNFINISHED_RECORD = bytes.fromhex("16 0303 4000")
# Frames (RFC 6455, section 5.2): with the reserved opcode 3; text that is not UTF-8; a close frame
# without a code.
RESERVED_FRAME = b"\x83\x00"
INVALID_TEXT_FRAME = b"\x81\x02\xc3\x28"
EMPTY_CLOSE_FRAME = b"\x88\x00"
# A text message with RSV1 set (RFC 7692, section 6): {"type":"pong"}, compressed.
COMPRESSED_FRAME = b"\xc1\x11" + bytes.fromhex("aa562aa92c4855b2522ac8cf4b57aa0500")
# The frame SETTINGS with which an HTTP/2 server begins (RFC 9113, section 3.4).
HTTP2_SETTINGS = bytes.fromhex("000012 04 00 00000000 0003 00000080 0004 00010000 0005 00ffffff")
# How Engine.IO 4 opens a session.
ENGINE_IO_OPEN = (
    '0{"sid":"x3lGk5rJk4vUuq5kAAAB","upgrades":[],"pingInterval":25000,"pingTimeout":20000,'
    '"maxPayload":1000000}'
)
# Most client libraries accept at most 1 MiB.
BIG_MESSAGE = '{"type":"notice","data":"' + "x" * 2**20 + '"}'


def _at_proxy(help_line: str, plan: Behaviour) -> Fault:
    return Fault(help_line, plan, at_proxy=True)


def _tls(help_line: str, answer: bytes | answers.Http = b"", end: End = End.CLOSES) -> Fault:
    return Fault(help_line, Reply(answer, after=ANYTHING, end=end, below_tls=True), scheme="wss")


def _certificate(help_line: str, certificate: Certificate) -> Fault:
    return Fault(help_line, Session(certificate=certificate), scheme="wss")


def _http(help_line: str, answer: answers.Http) -> Fault:
    return Fault(help_line, Reply(answer))


def _close(help_line: str, code: int, reason: str = "") -> Fault:
    return Fault(help_line, Session(opening=(Close(code, reason),)))


TABLE: dict[str, Fault] = {
    # tcp
    "tcp-refused": Fault("nothing listens on the port", Port.REFUSES),
    "tcp-timeout": Fault("the port drops all packets", Port.DROPS),
    "tcp-reset": Fault("connections are reset as soon as they are open", Port.RESETS),
    # proxy
    "proxy-unreachable": _at_proxy("nothing listens on the proxy's port", Port.REFUSES),
    "proxy-auth-required": _at_proxy(
        "the proxy demands a user name and password: 407",
        Reply(
            answers.squid(
                "407 Proxy Authentication Required",
                "ERR_CACHE_ACCESS_DENIED",
                'Proxy-Authenticate: Basic realm="Squid proxy-caching web server"',
                title="ERROR: Cache Access Denied",
            )
        ),
    ),
    "proxy-denied": _at_proxy(
        "the proxy cannot reach the backend: 503",
        Reply(answers.squid("503 Service Unavailable", "ERR_CONNECT_FAIL")),
    ),
    "proxy-port-forbidden": _at_proxy(
        "the proxy allows no port but 443: 403",
        Reply(answers.squid("403 Forbidden", "ERR_ACCESS_DENIED")),
    ),
    "proxy-timeout": _at_proxy("the proxy never answers CONNECT", Reply(end=End.HOLDS)),
    "proxy-invalid-response": _at_proxy(
        "a SOCKS server answers instead of an HTTP proxy", Reply(SOCKS_REFUSAL)
    ),
    # tls
    "tls-certificate-expired": _certificate(
        "the certificate expired three days ago", Certificate(days=(-93, -3))
    ),
    "tls-intermediate-expired": _certificate(
        "the intermediate certificate expired three days ago", Certificate(old_intermediate=True)
    ),
    "tls-default-certificate": _certificate(
        "the Kubernetes ingress shows its stand-in certificate",
        Certificate(
            self_signed=True,
            trusted=False,
            subject="Kubernetes Ingress Controller Fake Certificate",
            names=("ingress.local",),
        ),
    ),
    "tls-certificate-not-yet-valid": _certificate(
        "the certificate is valid from the day after tomorrow", Certificate(days=(2, 92))
    ),
    "tls-certificate-expiring": _certificate(
        "healthy, but the certificate expires in five days", Certificate(days=(-85, 5))
    ),
    "tls-hostname-mismatch": _certificate(
        "the certificate is for another host", Certificate(names=("other.example.com",))
    ),
    "tls-self-signed": _certificate(
        "the certificate is self-signed", Certificate(self_signed=True, trusted=False)
    ),
    "tls-unknown-issuer": _certificate(
        "the certificate's issuer is not trusted", Certificate(trusted=False)
    ),
    "tls-certificate-invalid": _certificate(
        "the certificate is only for clients", Certificate(for_servers=False)
    ),
    "tls-intercepted": _certificate(
        "the certificate was issued by an inspecting proxy",
        Certificate(organization="Zscaler Inc.", trusted=False),
    ),
    "tls-client-certificate-required": _certificate(
        "the server demands a client certificate", Certificate(wants_client=True)
    ),
    "tls-not-tls": _tls("plain HTTP answers on a wss:// port", answers.ASGI_NOT_HTTP),
    "tls-version-unsupported": _tls(
        "the server has no TLS version in common: alert protocol_version", PROTOCOL_VERSION
    ),
    "tls-handshake-rejected": _tls(
        "the server rejects the handshake: alert handshake_failure", HANDSHAKE_FAILURE
    ),
    "tls-closed": _tls("the connection is closed during the TLS handshake"),
    "tls-timeout": _tls("the TLS handshake begins but never ends", UNFINISHED_RECORD, End.DRIBBLES),
    "clock-skewed": Fault("healthy, but the Date field is an hour fast", Session(clock=3600.0)),
    # upgrade
    "upgrade-timeout": Fault("the request is never answered", Reply(end=End.HOLDS)),
    "upgrade-closed": Fault("the connection is closed after the request", Reply()),
    "upgrade-not-http": Fault("an SSH server answers", Reply(SSH_BANNER, after=NOTHING)),
    "upgrade-to-tls-port": Fault(
        "ws:// to a TLS port: nginx' 400",
        Reply(answers.PLAIN_HTTP_TO_TLS_PORT, below_tls=True),
        scheme="ws",
    ),
    "upgrade-redirected": _http(
        "301 to https://",
        answers.nginx("301 Moved Permanently", "Location: https://$host$request_uri"),
    ),
    "upgrade-login-required": _http("302 to Cloudflare Access' log-in", answers.TO_LOG_IN),
    "upgrade-redirect-insecure": Fault(
        "301 from wss:// to http:// of the same host",
        Reply(answers.nginx("301 Moved Permanently", "Location: http://$host$request_uri")),
        scheme="wss",
    ),
    "upgrade-http2-only": Fault(
        "the listener speaks HTTP/2 alone", Reply(HTTP2_SETTINGS, end=End.HOLDS)
    ),
    "upgrade-websockets-disabled": _http(
        "503 of IIS: WebSockets are switched off", answers.IIS_WITHOUT_WEBSOCKETS
    ),
    "upgrade-wsgi-server": _http(
        "404 of Django under gunicorn's sync workers", answers.DJANGO_UNDER_GUNICORN
    ),
    "upgrade-refused-regardless": _http(
        "403 without a body, whatever the secret is: no such route", answers.ASGI_REFUSAL
    ),
    "upgrade-origin-required": Fault(
        "403 for a handshake without an Origin", Session(wants_origin=True)
    ),
    "upgrade-subprotocol-required": Fault(
        "400 for a handshake without a subprotocol", Session(wants_subprotocol=True)
    ),
    "upgrade-host-not-allowed": _http(
        "400: the application does not know the host name", answers.INVALID_HOST
    ),
    "upgrade-other-protocol": Fault(
        "a server of Socket.IO answers", Session(opening=(ENGINE_IO_OPEN,), reply=None)
    ),
    "upgrade-bad-request": _http("400", answers.nginx("400 Bad Request", connection="close")),
    "upgrade-not-found": _http(
        "404 of a web server with another site", answers.nginx("404 Not Found")
    ),
    "upgrade-method-not-allowed": _http("405", answers.nginx("405 Not Allowed")),
    "upgrade-header-dropped": _http(
        "a reverse proxy removed Upgrade: the application's JSON 404",
        answers.ASGI_NOT_FOUND_BEHIND_NGINX,
    ),
    "upgrade-rate-limited": _http(
        "429, Retry-After: 30", answers.nginx("429 Too Many Requests", "Retry-After: 30")
    ),
    "upgrade-server-error": _http("500: the backend crashed before accepting", answers.ASGI_CRASH),
    "upgrade-bad-gateway": _http("502 of a reverse proxy", answers.nginx("502 Bad Gateway")),
    "upgrade-unavailable": _http(
        "503 of a reverse proxy", answers.nginx("503 Service Temporarily Unavailable")
    ),
    "upgrade-gateway-timeout": _http(
        "504 of a reverse proxy", answers.nginx("504 Gateway Time-out")
    ),
    "upgrade-origin-tls": _http(
        "525 of a CDN", answers.cloudflare("525 Origin SSL Handshake Error")
    ),
    "upgrade-blocked": _http("403 of a reverse proxy's own rule", answers.nginx("403 Forbidden")),
    "upgrade-captive-portal": _http("511: the network demands a log-in", answers.CAPTIVE_PORTAL),
    "upgrade-not-websocket": _http("200: a web site answers", answers.WEB_SITE),
    "upgrade-unexpected-status": _http("451", answers.nginx("451 Unavailable For Legal Reasons")),
    "upgrade-invalid-response": Fault(
        "101 with a wrong Sec-WebSocket-Accept", Reply(answers.WRONG_ACCEPT, end=End.HOLDS)
    ),
    "platform-app-missing": _http(
        "Railway's 404: no deployment", answers.railway("404 Not Found", "Application not found")
    ),
    "platform-app-down": _http(
        "Railway's 502: no answer from the deployment",
        answers.railway("502 Bad Gateway", "Application failed to respond"),
    ),
    "platform-error": _http(
        "Railway's 544: its own proxy failed",
        answers.railway("544 Railway Proxy Error", "Railway Proxy Error"),
    ),
    # auth
    "auth-header-rejected": Fault(
        "a reverse proxy replaces the agent's Authorization field by its own: close {header_close}",
        Session(arriving="Basic cHJveHk6cHJveHk="),
    ),
    "auth-header-stripped": Fault(
        "the Authorization field does not arrive: close {header_close}", Session(arriving="")
    ),
    "auth-secret-rejected": Fault(
        "the backend has another secret: close {secret_close}",
        Session(secret="another"),  # noqa: S106
    ),
    "auth-unauthorized": _http("401", answers.ASGI_UNAUTHORIZED),
    "auth-forbidden": _http(
        "403 that names the credentials, before the socket opens", answers.ASGI_FORBIDDEN
    ),
    "auth-basic-in-front": _http(
        "401 of nginx' own log-in",
        answers.nginx(
            "401 Unauthorized",
            'WWW-Authenticate: Basic realm="Staff"',
            title="401 Authorization Required",
        ),
    ),
    "auth-taken-by-platform": _http(
        "401 of Cloud Run, which wants a Google token", answers.CLOUD_RUN_UNAUTHORIZED
    ),
    "auth-inconsistent": Fault(
        "two replicas, one of which has another secret: every second connection is refused",
        Session(replicas=True),
    ),
    # session
    "session-closed-normally": _close("close 1000", 1000),
    "session-going-away": _close("close 1001", 1001),
    "session-protocol-error": Fault(
        "a frame with a reserved opcode", Session(opening=(RESERVED_FRAME,))
    ),
    "session-unsupported-data": _close("close 1003", 1003),
    "session-closed-without-code": Fault(
        "a close frame without a code", Session(opening=(EMPTY_CLOSE_FRAME,))
    ),
    "session-dropped": Fault(
        "the connection ends without a close frame after a ping", Session(reply=Act.DROP)
    ),
    "session-invalid-payload": Fault(
        "a text message that is not UTF-8", Session(opening=(INVALID_TEXT_FRAME,))
    ),
    "session-message-too-big": Fault(
        "a message of more than 1 MiB", Session(opening=(BIG_MESSAGE,))
    ),
    "session-server-error": _close("close 1011", 1011),
    "session-restarting": _close("close 1012, as uvicorn sends at a redeployment", 1012),
    "session-try-later": _close("close 1013", 1013, "Try again later"),
    "session-bad-gateway": _close("close 1014", 1014),
    "session-replaced": _close(
        "close 4000: another connection took over",
        4000,
        "Replaced by a new connection with the same agent id",
    ),
    "session-closed-unknown": _close("close 4321, which has no meaning", 4321),
    "session-lifetime-limit": Fault(
        "pings are answered; each connection is cut six seconds after its opening",
        Session(lifetime=6.0),
    ),
    "session-compressed-frames": Fault(
        "a compressed message, though no compression was agreed",
        Session(opening=(COMPRESSED_FRAME,)),
    ),
    "session-idle-closed": Fault(
        "pings are answered; after two idle seconds the connection is dropped", Session(idle=2.0)
    ),
    "pong-timeout": Fault("pings are never answered", Session(reply=None)),
    "pong-echoed": Fault("every message is echoed", Session(reply=Act.ECHO)),
    "pong-not-json": Fault(
        "pings are answered with a word that is not JSON", Session(reply="hello")
    ),
    "pong-unexpected": Fault("pings are answered with another message", Session(reply=Act.OTHER)),
    "message-unknown-type": Fault(
        "healthy, but a message of an unknown type comes", Session(opening=(Act.UNKNOWN,))
    ),
    "session-command-taken": Fault(
        "healthy, but a command comes at once", Session(opening=(Act.COMMAND,))
    ),
    "command-malformed": Fault(
        "healthy, but a command without an id comes", Session(opening=(Act.NAMELESS,))
    ),
}
