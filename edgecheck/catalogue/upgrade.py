"""upgrade: does the HTTP request become a WebSocket?"""

from __future__ import annotations

from functools import partial

from ..facts import Kind, Stage
from ..facts.reasons import Topic
from ..terms import Confidence, Severity, Side
from . import numbers, steps
from .condition import AnyOf, OnKind, OnStatus, Otherwise, Rule
from .problem import Problem, Simulated
from .rules import (
    agreement,
    demands,
    intermediary,
    not_found,
    reasons,
    redirects,
    silence,
    site,
)
from .rules import upgrade as rules

_TELL_ANSWER = (
    'Tell the backend\'s team what was answered, and when: "{status} from {server} for {url}".'
)
_CHECK_URL = (
    "Compare {url_name} in {url_where} with the address that the backend's team gave you: scheme "
    "and host, and nothing after it. The request went to {url}."
)
_TRY_AGAIN = "Wait a minute and try again: `edgecheck doctor`."


def _gateway(*statuses: int) -> Rule:
    """Return the condition on a gateway's answer about the backend behind it."""
    own = OnStatus(*statuses)
    return Rule(partial(rules.gateway, own), claims=(own,), fills=("gateway",))


def _on_platform(what: str) -> Rule:
    """Return the condition on an answer of a hosting platform instead of the deployment."""
    return Rule(partial(intermediary.on_platform, what), fills=("platform",))


PROBLEMS = (
    Problem(
        code="upgrade-timeout",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} accepts the connection, but never answers the request",
        cause=(
            "The connection is open, but the HTTP request for a WebSocket gets no answer. The "
            "backend hangs before it accepts, an instance that was asleep is waking up (free plans "
            "of hosting platforms take up to a minute), a gateway waits for it, or the port "
            "belongs to a service that does not speak HTTP. Programs of Node.js stay silent where "
            "nobody handles the Upgrade: for another path, and where http-proxy was not told to "
            "pass WebSockets on."
        ),
        remedies=(
            (
                "Tell the backend's team that the handshake of {endpoint} is never answered. Is "
                "that their path? Many programs of Node.js answer nothing on another one, nor "
                "where a proxy lacks `ws: true`. Or does a handler wait before `accept()`?"
            ),
            (
                "Try again with more time, in case an instance is waking up: `edgecheck doctor "
                "--timeout 60`."
            ),
            (
                "Check host and port in {url_where}, and whether plain HTTP is answered: `curl -i "
                "--max-time 60 {http_url}/`."
            ),
        ),
        when=Rule(silence.upgrade_timed_out),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        alternatives=("upgrade-not-http", "upgrade-not-found"),
        keywords=(
            "timed out during opening handshake",
            "opening handshake",
            "handshake timed out",
            "timeouterror",
        ),
    ),
    Problem(
        code="upgrade-closed",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} closes the connection instead of an answer",
        cause=(
            "The request was sent, and the connection closed without a response. Some servers "
            "refuse like that: Node.js programs that destroy the socket do so for a path that they "
            "do not know and for a secret that they refuse. A TCP proxy (stunnel) closes when the "
            "backend behind it is down. Otherwise the backend crashed, or the port does not speak "
            "HTTP."
        ),
        remedies=(
            (
                "Ask the backend's team to look into the log at this moment: the connection was "
                "closed without a response. Is {endpoint} the path, and does the process run?"
            ),
            _CHECK_URL,
            "See what plain HTTP gets: `curl -i {http_url}/`.",
        ),
        when=Rule(rules.closed),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        alternatives=("upgrade-not-found", "auth-forbidden", "upgrade-bad-gateway"),
        keywords=(
            "did not receive a valid http response",
            "socket hang up",
            "connection closed while reading http status line",
            "eoferror",
            "server disconnected",
        ),
    ),
    Problem(
        code="upgrade-not-http",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The service on port {port} of {host} does not speak HTTP",
        cause=(
            "The answer came in another protocol: its first bytes are shown below. The port "
            "belongs to another service."
        ),
        remedies=(
            "Check the port in {url_where}; the usual form is wss://HOST, without a port.",
            "Ask the backend's team for host and port of the WebSocket.",
        ),
        when=OnKind(Kind.UPGRADE_NOT_HTTP),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "invalid http status line",
            "unsupported protocol; expected http/1.1",
            "invalidmessage",
            "malformed http response",
        ),
    ),
    Problem(
        code="upgrade-to-tls-port",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Port {port} of {host} speaks TLS, but {url_name} says ws://",
        cause=(
            "The request went in plain text to a port that expects encryption. Only the scheme is "
            "wrong. The secret has travelled in the clear."
        ),
        remedies=(
            "Set `{url_name}=wss://{host}:{port}` in {url_where}.",
            (
                "Ask for a new secret, if the connection left this machine: others on the way "
                "could read it."
            ),
        ),
        when=Rule(rules.to_tls_port),
        reproduction=Simulated(),
        refines=("upgrade-bad-request", "upgrade-blocked", "upgrade-closed", "upgrade-timeout"),
        keywords=(
            "plain http request was sent to https port",
            "client sent an http request to an https server",
        ),
    ),
    Problem(
        code="upgrade-redirected",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The server redirects to {location}",
        cause=(
            "The server answers {status} and names another address. WebSocket clients do not "
            "follow redirects, and must not, because the secret would be sent to that address."
        ),
        remedies=(
            "Set `{url_name}={suggested}` in {url_where}.",
            "Ask the backend's team, if that address is not the one that they gave you.",
        ),
        when=Rule(
            redirects.redirected, claims=(numbers.REDIRECTS,), fills=("location", "suggested")
        ),
        reproduction=Simulated(),
        keywords=(
            "301",
            "302",
            "303",
            "307",
            "308",
            "moved permanently",
            "isn't a valid uri: scheme isn't ws or wss",
            "redirect",
        ),
        source="RFC 9110, section 15.4",
    ),
    Problem(
        code="upgrade-login-required",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="A log-in gateway stands before {host}: {gateway}",
        cause=(
            "People log in there with a browser before they reach the backend. An agent has no "
            "browser, so the gateway has to let the agents' path through. The secret was sent to "
            "{host} alone, and belongs nowhere else: the log-in's address is not the backend's."
        ),
        remedies=(
            (
                "Ask the administrators of the log-in to exempt the path {endpoint}: the backend "
                "checks the secret itself."
            ),
            "Ask the backend's team for the address that agents use, if it is another one.",
        ),
        when=Rule(redirects.login_required, fills=("gateway",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-refused-regardless",
            "upgrade-redirected",
            "upgrade-redirect-insecure",
            "upgrade-not-websocket",
            "upgrade-blocked",
            "auth-forbidden",
            "auth-unauthorized",
        ),
        keywords=("cloudflareaccess.com", "oauth2/sign_in", "authelia", "302 login"),
        source="Cloudflare Access, Policies; oauth2-proxy, skip-auth-route",
    ),
    Problem(
        code="upgrade-redirect-insecure",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="{host} redirects a secure request to {location}",
        cause=(
            "The request came over TLS, and the answer sends it to the same host without TLS, or "
            "to the address that it already has. TLS ends at a proxy or CDN that speaks plain HTTP "
            "to the backend, and the backend does not know that the request was secure. Keep "
            "wss://: without TLS the secret would travel in the clear."
        ),
        remedies=(
            (
                "Ask the administrators of the CDN to speak TLS to the backend as well. "
                "Cloudflare: SSL/TLS, Overview, Full (strict)."
            ),
            steps.TRUST_FORWARDED,
        ),
        when=Rule(redirects.insecure, fills=("location",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=("upgrade-redirected",),
        keywords=("too many redirects", "x-forwarded-proto", "flexible ssl"),
        source="RFC 6455, section 4.1",
    ),
    Problem(
        code="upgrade-http2-only",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="Port {port} of {host} speaks HTTP/2 alone",
        cause=(
            "The listener speaks HTTP/2 and accepts nothing else: its answer below shows it. "
            "Agents open WebSockets with HTTP/1.1, as most clients do. Ports for gRPC and load "
            "balancers whose targets were set to HTTP/2 are such listeners."
        ),
        remedies=(
            (
                "Ask the backend's team for the port that speaks HTTP/1.1, or to switch HTTP/1.1 "
                "on at this one."
            ),
            (
                "Set the protocol version of the target group to HTTP1, if it is AWS. Cloud Run: "
                "`gcloud run services update SERVICE --no-use-http2`."
            ),
        ),
        when=Rule(rules.http2_only),
        reproduction=Simulated(),
        refines=(
            "upgrade-not-http",
            "upgrade-closed",
            "upgrade-unexpected-status",
            "upgrade-header-dropped",
            "upgrade-bad-request",
        ),
        keywords=("464", "http/2", "settings frame", "h2c", "grpc"),
        source="RFC 9113, sections 3.4 and 6.5; AWS, Troubleshoot your Application Load Balancers",
    ),
    Problem(
        code="upgrade-websockets-disabled",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="{who} says that WebSockets are switched off: HTTP {status}",
        cause=(
            "The server understood the request, and answers that it does not do WebSockets. A "
            "switch of the web server or of the hosting platform is off."
        ),
        remedies=(
            (
                "Ask the administrators of the server to switch WebSockets on. IIS: install the "
                "feature Web-WebSockets. Azure: `az webapp config set --web-sockets-enabled true`."
            ),
            "Run `edgecheck doctor` again: nothing on this machine has to change.",
        ),
        when=Rule(rules.websockets_disabled, fills=("who",)),
        reproduction=Simulated(),
        refines=(
            "upgrade-unavailable",
            "upgrade-blocked",
            "upgrade-bad-request",
            "upgrade-not-found",
            "upgrade-header-dropped",
            "upgrade-server-error",
            "upgrade-unexpected-status",
            "upgrade-wsgi-server",
            "upgrade-subprotocol-required",
            "auth-forbidden",
        ),
        keywords=("503.12", "websockets disabled", "websocket is not enabled"),
        source="Microsoft, The HTTP status codes in IIS",
    ),
    Problem(
        code="upgrade-wsgi-server",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend runs under a server without WebSockets: {wsgi}",
        cause=(
            "{wsgi} hands requests to the application as plain HTTP (WSGI), so the application "
            "never sees a WebSocket. The project has to run under an ASGI server."
        ),
        remedies=(
            (
                "Tell the backend's team to start it with an ASGI server: `uvicorn "
                "PROJECT.asgi:application`, or gunicorn with `-k uvicorn_worker.UvicornWorker`; "
                "for Django with Channels `daphne PROJECT.asgi:application`."
            ),
            "Run `edgecheck doctor` again afterwards: nothing on this machine has to change.",
        ),
        when=Rule(rules.wsgi_server, fills=("wsgi",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-not-found",
            "upgrade-method-not-allowed",
            "upgrade-bad-request",
            "upgrade-not-websocket",
            "upgrade-server-error",
            "upgrade-unexpected-status",
            "upgrade-refused-regardless",
            "upgrade-subprotocol-required",
        ),
        keywords=("gunicorn", "wsgiserver", "sync worker", "wsgi"),
        source="ASGI specification, WebSocket; gunicorn, Design",
    ),
    Problem(
        code="upgrade-refused-regardless",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Refused, whatever the secret is: {what it did}",
        cause=(
            "{proof} The usual reasons, most likely first: the path (an ASGI server says 403 for a "
            "route that it does not have), a rule for the Origin, the host name, the address or "
            "the agent id, or a backend that gives one answer to a wrong secret and to none."
        ),
        remedies=(
            steps.COMPARE_PATH,
            steps.ASK_FOR_LOG,
            "Compare the secret last: edgecheck sent it from {secret_where}.",
        ),
        when=AnyOf(
            Rule(partial(reasons.said, Topic.UNKNOWN_AGENT), fills=("what it did", "proof")),
            Rule(demands.refused_regardless, fills=("what it did", "proof")),
        ),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        refines=(
            "auth-forbidden",
            "auth-secret-rejected",
            "auth-header-rejected",
            "session-closed-unknown",
            "session-closed-normally",
            "session-going-away",
        ),
        keywords=("403 for every secret", "closed before accept"),
        source="ASGI specification, WebSocket close before accept",
        general=True,
    ),
    Problem(
        code="upgrade-origin-required",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The server wants an Origin, which agents do not send",
        cause=(
            "{proof} Browsers send an Origin field, other programs do not, and this server refuses "
            "a handshake without one that it knows. The check protects people in browsers; an "
            "agent with a secret does not need it."
        ),
        remedies=(
            (
                "Ask the backend's team to exempt {endpoint} from the Origin check, or which "
                "Origin agents should send."
            ),
            (
                "See whether one helps, `edgecheck doctor --origin https://{host}`, and send the "
                "same "
                "field from your own client."
            ),
        ),
        when=Rule(demands.origin_required, fills=("proof",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-refused-regardless",
            "auth-forbidden",
            "auth-secret-rejected",
            "auth-unauthorized",
            "upgrade-bad-request",
            "upgrade-not-found",
            "upgrade-header-dropped",
            "upgrade-blocked",
            "upgrade-subprotocol-required",
            "session-closed-unknown",
            "session-closed-normally",
        ),
        keywords=("invalid origin", "origin not allowed", "checkorigin", "cross-site"),
        source="RFC 6455, section 10.2",
    ),
    Problem(
        code="upgrade-subprotocol-required",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The server wants a subprotocol: {subprotocols}",
        cause=(
            "The server opens a WebSocket only for a client that offers a subprotocol in "
            "Sec-WebSocket-Protocol. Without one, servers such as Kestrel and Spring answer a bare "
            "400, and others close with 1002."
        ),
        remedies=(
            (
                "Ask the backend's team which subprotocol agents have to offer. Try it with "
                "`edgecheck "
                "doctor --subprotocol NAME`, and set it in your client: `subprotocols=[…]` in "
                "Python's websockets."
            ),
            "Check that {endpoint} is the agents' endpoint: another one may want a subprotocol.",
        ),
        when=Rule(demands.subprotocol_required, fills=("subprotocols",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-bad-request",
            "upgrade-refused-regardless",
            "upgrade-invalid-response",
            "auth-forbidden",
            "auth-secret-rejected",
            "session-protocol-error",
            "session-closed-unknown",
            "session-unsupported-data",
            "session-closed-normally",
        ),
        keywords=("sec-websocket-protocol", "subprotocol", "protocol is mandatory"),
        source="RFC 6455, sections 1.9 and 4.1",
    ),
    Problem(
        code="upgrade-host-not-allowed",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The application refuses the host name, or the proxy before it: HTTP {status}",
        cause=(
            "The application wrote this answer, whatever the Server field says. It accepts only "
            "host names that it knows, or it does not trust the reverse proxy that passed the "
            "request on."
        ),
        remedies=(
            (
                "Ask the backend's team to add {host} to the names that it accepts: Django "
                "ALLOWED_HOSTS, Starlette TrustedHostMiddleware."
            ),
            (
                "Ask them to trust the proxy: uvicorn `--forwarded-allow-ips`, Home Assistant "
                "`use_x_forwarded_for` and `trusted_proxies`."
            ),
        ),
        when=Rule(demands.host_not_allowed),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-bad-request",
            "upgrade-blocked",
            "auth-forbidden",
            "upgrade-not-found",
            "upgrade-header-dropped",
            "upgrade-unexpected-status",
            "upgrade-refused-regardless",
            "upgrade-wsgi-server",
        ),
        keywords=("invalid host header", "disallowedhost", "allowed_hosts", "trusted_proxies"),
        source="Django, ALLOWED_HOSTS; Starlette, TrustedHostMiddleware",
    ),
    Problem(
        code="upgrade-other-protocol",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="A WebSocket server of another protocol answers: {protocol}",
        cause=(
            "The server speaks {protocol}, which has rules of its own over WebSocket. Its own "
            "address is {its path}. It is not the agents' endpoint, or another server has the name."
        ),
        remedies=(
            _CHECK_URL,
            (
                "Ask the backend's team whether agents connect to {endpoint} of this host: a "
                "server for {protocol} answers there."
            ),
        ),
        when=AnyOf(
            Rule(demands.other_protocol, fills=("protocol", "its path")),
            Rule(reasons.wants_first_message, fills=("protocol", "its path")),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-bad-request",
            "upgrade-not-websocket",
            "upgrade-not-found",
            "upgrade-header-dropped",
            "upgrade-subprotocol-required",
            "auth-forbidden",
            "pong-timeout",
            "pong-not-json",
            "pong-unexpected",
            "session-closed-normally",
            "session-closed-without-code",
            "session-dropped",
            "session-closed-unknown",
            "session-protocol-error",
            "session-unsupported-data",
            "session-going-away",
            "session-idle-closed",
            "message-unknown-type",
            "auth-secret-rejected",
            "auth-header-rejected",
            "auth-unauthorized",
            "upgrade-refused-regardless",
        ),
        keywords=("transport unknown", "socket.io", "sockjs", "signalr", "engine.io"),
        source="Engine.IO protocol 4",
    ),
    Problem(
        code="upgrade-bad-request",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="HTTP {status}: {server} rejects the request as malformed",
        cause=(
            "The server did not accept the request. Applications say so for a host name that they "
            "do not know, for a proxy that they do not trust, for a subprotocol or a parameter "
            "that is missing, and for an Upgrade field that was lost; proxies for a field that is "
            "too large or not valid."
        ),
        remedies=(
            _TELL_ANSWER,
            _CHECK_URL,
            (
                "Look for unusual characters in the secret and the agent id: `edgecheck doctor "
                "--offline`."
            ),
        ),
        when=Rule(rules.bad_request, claims=(OnStatus(400),)),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        keywords=("400", "bad request"),
        source="RFC 9110, section 15.5.1",
        general=True,
    ),
    Problem(
        code="upgrade-not-found",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The path {endpoint} does not exist: HTTP {status} from {server}",
        cause=(
            "The server that answers does not know the path. Another application has the name, "
            "{url_name} has a path that it should not have, or the backend's version has no such "
            "endpoint. (A FastAPI backend itself says 403, not 404, for an unknown WebSocket path.)"
        ),
        remedies=(
            _CHECK_URL,
            "See which server answers there: `curl -i {http_url}/`.",
            "Ask the backend's team whether {endpoint} is deployed under {host}.",
        ),
        when=AnyOf(
            Rule(not_found.not_found, claims=(OnStatus(404),)),
            Rule(not_found.closed_as_not_found, claims=(numbers.NOT_FOUND_CLOSE,)),
            Rule(not_found.without_head),
        ),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        alternatives=("upgrade-header-dropped",),
        refines=("upgrade-bad-request", "upgrade-not-http"),
        keywords=(
            "404",
            "4404",
            "not found",
            "cannot get {endpoint}",
            "unexpected server response: 404",
        ),
        general=True,
    ),
    Problem(
        code="upgrade-method-not-allowed",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="GET is not allowed at {endpoint}: HTTP {status} from {server}",
        cause=(
            "The path exists for other methods only, so it is not a WebSocket there. It belongs to "
            "another application, or to a route that was declared for POST."
        ),
        remedies=(_TELL_ANSWER, _CHECK_URL),
        when=Rule(rules.method_not_allowed, claims=(OnStatus(405),)),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        keywords=("405", "method not allowed"),
        general=True,
    ),
    Problem(
        code="upgrade-header-dropped",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The request arrived as plain HTTP: the Upgrade field was lost",
        cause=(
            "The backend's server gives this answer ({status}) to an ordinary HTTP request, so the "
            "handshake did not arrive as a handshake. Most often a reverse proxy on the way does "
            "not pass `Upgrade` and `Connection` on."
        ),
        remedies=(
            steps.PASS_UPGRADE_ON,
            steps.INSTALL_WEBSOCKETS,
            steps.SWITCH_WEBSOCKETS_ON,
        ),
        when=Rule(rules.header_dropped, claims=(OnStatus(402, 426, 505),)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("upgrade-not-found",),
        refines=(
            "upgrade-not-found",
            "upgrade-method-not-allowed",
            "upgrade-bad-request",
            "upgrade-unexpected-status",
            "upgrade-not-websocket",
            "upgrade-subprotocol-required",
            "upgrade-refused-regardless",
            "auth-unauthorized",
            "auth-forbidden",
            "upgrade-server-error",
        ),
        keywords=(
            "402",
            "426",
            "505",
            "upgrade required",
            "no websocket upgrade hdr",
            "no supported websocket library detected",
            '{"detail":"not found"}',
            "unsupported http version",
        ),
        source='RFC 6455, section 4.2.1; nginx, "WebSocket proxying"',
    ),
    Problem(
        code="upgrade-rate-limited",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Too many attempts: {server} asks to wait {wait}",
        cause=(
            "The server, or something in front of it, counts requests, and got too many from here. "
            "A client that reconnects without a pause causes this itself."
        ),
        remedies=(
            "Stop every client that uses this agent id or network, and wait {wait}.",
            (
                "Make your client wait 1, 2, 4, … 60 seconds between attempts: `edgecheck explain "
                "client-retries-refusal`."
            ),
            "Ask the backend's team to raise the limit, if a single client reaches it.",
        ),
        when=AnyOf(
            Rule(
                rules.rate_limited,
                claims=(OnStatus(429), numbers.RATE_LIMITED_CLOSE),
                fills=("wait",),
            ),
            Rule(partial(reasons.said, Topic.RATE), fills=("wait",)),
        ),
        reproduction=Simulated(),
        refines=(
            "session-closed-unknown",
            "session-closed-normally",
            "session-going-away",
            "session-try-later",
            "auth-secret-rejected",
            "auth-header-rejected",
            "auth-forbidden",
            "upgrade-refused-regardless",
        ),
        keywords=("429", "4429", "too many requests", "retry-after", "rate limit"),
        source="RFC 6585, section 4",
        general=True,
    ),
    Problem(
        code="upgrade-server-error",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend fails before it accepts: HTTP {status}",
        cause=(
            "The handshake reached an application, and its handler raised an error before it "
            "accepted the socket. Its log has the reason: a setting that is missing, a database "
            "that is down, a value that it did not expect."
        ),
        remedies=(
            (
                "Ask the backend's team to look for a traceback in their log at this moment: "
                '"{status} for {url}".'
            ),
            steps.UNUSUAL_CHARACTERS,
        ),
        when=Rule(rules.server_error, claims=(OnStatus(500),)),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        keywords=("500", "internal server error"),
        general=True,
    ),
    Problem(
        code="upgrade-bad-gateway",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="HTTP {status}: {gateway} gets no answer from the backend",
        cause=(
            "{gateway} works and answers in the backend's place, at once. The backend is down or "
            "restarts, listens on another port or address than the proxy uses, or sent a reply "
            "that is not valid HTTP."
        ),
        remedies=(
            (
                'Tell the backend\'s team: "{gateway} answers {status}". Does the process run, and '
                "does it listen on the port that the proxy uses?"
            ),
            (
                "Wait a minute and try again: `edgecheck doctor`. A deployment that restarts looks "
                "like this."
            ),
        ),
        when=_gateway(502, 520, 521, 522, 523, 530),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "502",
            "520",
            "521",
            "522",
            "523",
            "530",
            "bad gateway",
            "web server is down",
            "origin is unreachable",
        ),
        source='RFC 9110, section 15.6.3; Cloudflare, "5xx errors"',
        general=True,
    ),
    Problem(
        code="upgrade-unavailable",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend is not available: HTTP {status} from {server}",
        cause=(
            "{gateway} answers, and has no healthy instance to pass the request to: the backend is "
            "down, restarts, is overloaded, or is in maintenance."
        ),
        remedies=(
            (
                'Tell the backend\'s team: "{gateway} answers {status}". Does the process run, and '
                "does it pass the health check?"
            ),
            _TRY_AGAIN,
        ),
        when=_gateway(503),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("503", "service unavailable"),
        general=True,
    ),
    Problem(
        code="upgrade-gateway-timeout",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend does not answer {gateway} in time: HTTP {status}",
        cause=(
            "A reverse proxy, load balancer or CDN passed the request on, and stopped waiting for "
            "an answer. The backend hangs before it accepts the socket, or its packets are "
            "dropped on the way to it."
        ),
        remedies=(
            (
                "Tell the backend's team that the handshake of {endpoint} hangs: a handler that "
                "waits before `accept()` looks like this."
            ),
            "Try again, in case the load was high for a moment: `edgecheck doctor`.",
        ),
        when=_gateway(504, 524),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("504", "524", "gateway time-out", "gateway timeout", "a timeout occurred"),
        general=True,
    ),
    Problem(
        code="upgrade-origin-tls",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The CDN cannot open a TLS connection to the backend: HTTP {status}",
        cause=(
            "The connection to the CDN is fine. Between the CDN and the backend the TLS handshake "
            "fails (525), or the backend's certificate is not acceptable (526)."
        ),
        remedies=(
            (
                "Tell the backend's team: {status} from the CDN means that they have to repair the "
                "certificate on the origin server, or the CDN's TLS mode."
            ),
        ),
        when=OnStatus(525, 526),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("525", "526", "ssl handshake failed", "invalid ssl certificate"),
        source='Cloudflare, "5xx errors"',
    ),
    Problem(
        code="upgrade-blocked",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="A firewall or proxy refuses the request, not the backend: HTTP {status} from {who}",
        cause=(
            "The answer does not come from the backend. Its page or fields are those of a web "
            "application firewall, a CDN's rule or challenge, a filter of this network, or a web "
            "server that forbids the path. Nothing has looked at the secret yet."
        ),
        remedies=(
            (
                "Ask the administrators of the firewall or CDN to let {endpoint} through for "
                "clients that are not browsers, and quote what is shown below."
            ),
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network's filter refuses it."
            ),
        ),
        when=Rule(intermediary.blocked, fills=("who",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("auth-forbidden",),
        refines=(
            "upgrade-refused-regardless",
            "auth-forbidden",
            "auth-unauthorized",
            "upgrade-rate-limited",
            "upgrade-unavailable",
            "upgrade-method-not-allowed",
            "upgrade-unexpected-status",
        ),
        keywords=(
            "cf-mitigated",
            "just a moment",
            "attention required",
            "access denied",
            "request blocked",
            "1020",
            "waf",
            "challenge",
            "err_access_denied",
        ),
        general=True,
    ),
    Problem(
        code="upgrade-captive-portal",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="This network requires a log-in first",
        cause=(
            "The answer comes from the network, not from the backend: a page to log in, or to "
            "accept terms. Hotels, trains, guest networks and mobile plans have such pages."
        ),
        remedies=(
            (
                "Open `http://example.com` in a browser on this machine, log in or accept the "
                "terms, and run `edgecheck doctor` again."
            ),
            ("Ask your network's administrators to register this device, if it has no browser."),
        ),
        when=Rule(intermediary.captive_portal, claims=(OnStatus(511),)),
        reproduction=Simulated(),
        refines=(
            "upgrade-refused-regardless",
            "upgrade-redirected",
            "upgrade-not-websocket",
            "upgrade-unexpected-status",
            "upgrade-blocked",
            "auth-forbidden",
            "auth-unauthorized",
            "upgrade-login-required",
        ),
        keywords=("511", "network authentication required", "captive portal", "hotspot"),
        source="RFC 6585, section 6; RFC 8952",
    ),
    Problem(
        code="upgrade-not-websocket",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="A web site answers at {host}, not a WebSocket: HTTP {status}",
        cause=(
            "The server answered the request for a WebSocket with an ordinary page or document. "
            "The name leads to a web site or to the front page of an API, or one of them serves "
            "every path."
        ),
        remedies=(
            _CHECK_URL,
            "See what it is: `curl -i {http_url}{endpoint}`.",
            (
                "Tell the backend's team, if the address is right: their server handles {endpoint} "
                "as plain HTTP, or uvicorn has no WebSocket library."
            ),
        ),
        when=Rule(site.not_websocket, claims=(numbers.SUCCESSES,)),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        keywords=(
            "200",
            "unexpected server response: 200",
            "server rejected websocket connection: http 200",
        ),
        general=True,
    ),
    Problem(
        code="upgrade-unexpected-status",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="HTTP {status} came in answer to the handshake, from {server}",
        cause=(
            "A backend of this kind does not answer with this status. Something on the way, or "
            "another application, sent it; its fields and the beginning of its content are shown "
            "below."
        ),
        remedies=(
            _TELL_ANSWER,
            _CHECK_URL,
        ),
        when=Otherwise(OnStatus),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "server rejected websocket connection",
            "unexpected server response",
            "invalidstatus",
            "wsservererror",
            "bad handshake",
        ),
        general=True,
    ),
    Problem(
        code="upgrade-invalid-response",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The server agrees to a WebSocket, but its answer is not valid",
        cause=(
            "The status is 101, but something else that RFC 6455 requires is wrong or missing: the "
            "accept key, the Upgrade or Connection field, or an extension that the client did not "
            "ask for. A cache or a broken proxy on the way sends such answers, or a home-made "
            "server."
        ),
        remedies=(
            (
                "Tell the administrators of the proxy or server what is wrong with its 101, as "
                "shown below."
            ),
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, a proxy of this network breaks it."
            ),
        ),
        when=Rule(agreement.invalid_response),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "sec-websocket-accept",
            "invalid sec-websocket-accept",
            "invalidheadervalue",
            "invalidupgrade",
            "negotiationerror",
            "unsupported extension",
            "incorrect hash",
        ),
        source="RFC 6455, section 4.1",
    ),
    Problem(
        code="platform-app-missing",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{platform} has no deployment behind {host}",
        cause=(
            "The hosting platform itself answers: no application runs under this name. The name "
            "has a typing error or is old, the domain is not attached to the service, or the "
            "service was removed, paused, or has not started yet."
        ),
        remedies=(
            'Tell the backend\'s team: "{platform} says that {host} has no application".',
            "Compare the host in {url_where} with the domain on the service's page of {platform}.",
            (
                "Wait a few seconds and try again, if the service sleeps when idle: `edgecheck "
                "doctor`."
            ),
        ),
        when=_on_platform("missing"),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-not-found",
            "upgrade-header-dropped",
            "upgrade-blocked",
            "upgrade-bad-gateway",
        ),
        keywords=(
            "application not found",
            "the train has not arrived",
            "no such app",
            "x-railway-fallback",
            "deployment_not_found",
            "err_ngrok_3200",
        ),
        source='Railway, "Application failed to respond" and public networking pages',
    ),
    Problem(
        code="platform-app-down",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{platform} has the deployment, but it does not answer",
        cause=(
            "The hosting platform itself answers: it cannot reach the application behind {host}. "
            "The application crashed or is starting, does not listen on 0.0.0.0 and the port in "
            "$PORT, or the domain points to another port."
        ),
        remedies=(
            (
                "Ask the backend's team to look into the deployment's log. It has to listen on "
                "0.0.0.0:$PORT: `uvicorn app:app --host 0.0.0.0 --port $PORT`."
            ),
            "Wait a minute and try again, in case it is being deployed: `edgecheck doctor`.",
            "Quote the request id that is shown below.",
        ),
        when=_on_platform("down"),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "upgrade-refused-regardless",
            "upgrade-bad-gateway",
            "upgrade-unavailable",
            "upgrade-gateway-timeout",
            "upgrade-blocked",
        ),
        keywords=(
            "application failed to respond",
            "application error",
            "h10",
            "h13",
            "h14",
            "err_ngrok_8012",
        ),
        source='Railway, "Application failed to respond"; Heroku, "Error codes"',
    ),
    Problem(
        code="platform-error",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="{platform} itself has failed: HTTP {status}",
        cause=(
            "The hosting platform's own proxy failed. Your settings are not the cause, and neither "
            "is the backend."
        ),
        remedies=(
            (
                "Tell the platform's support, if it is the same in a few minutes, and quote the "
                "request id in the answer, if there is one. Its status page may know of it."
            ),
            "Wait a few minutes and try again: `edgecheck doctor`.",
        ),
        when=_on_platform("error"),
        reproduction=Simulated(),
        refines=("upgrade-unexpected-status", "upgrade-server-error"),
        keywords=("544", "railway proxy error"),
        source='Railway, "Slow deployments and applications"',
    ),
)
