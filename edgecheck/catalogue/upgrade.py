"""upgrade: does the HTTP request become a WebSocket?"""

from __future__ import annotations

from ..facts import Kind, Stage
from ..terms import Confidence, Severity, Side
from .condition import OnKind, OnStatus, Otherwise, Rule
from .problem import Problem, Simulated
from .rules import intermediary, silence
from .rules import upgrade as rules

_TELL_ANSWER = (
    'Tell the backend\'s team what was answered, and when: "{status} from {server} for {url}".'
)
_PASS_UPGRADE_ON = (
    "Ask the administrators of the reverse proxy to pass the upgrade on. nginx, in the location of "
    "{endpoint}:\n"
    "    proxy_http_version 1.1;\n"
    "    proxy_set_header Upgrade $http_upgrade;\n"
    '    proxy_set_header Connection "upgrade";'
)
_CHECK_URL = (
    "Compare {url_name} in {url_where} with the address that the backend's team gave you: scheme "
    "and host, and nothing after it. The request went to {url}."
)
_TRY_AGAIN = "Wait a minute and try again: `edgecheck doctor`."

PROBLEMS = (
    Problem(
        code="upgrade-timeout",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} accepts the connection, but never answers the request",
        cause=(
            "The connection is open, but the HTTP request for a WebSocket gets no answer. The "
            "backend hangs before it accepts, a gateway waits for it, or the port belongs to a "
            "service that does not speak HTTP."
        ),
        remedies=(
            (
                "Check scheme, host and port in {url_where}: `wss://`, not `https://`, and the "
                "host that the backend's team gave you."
            ),
            "See whether plain HTTP is answered: `curl -i --max-time 10 {http_url}/`.",
            (
                "Tell the backend's team that the handshake of {endpoint} is never answered: a "
                "handler that waits before `accept()` looks like this."
            ),
        ),
        when=silence.on_silence(Kind.UPGRADE_TIMEOUT),
        reproduction=Simulated(),
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
            "The request was sent, and the connection closed without a response. The backend or "
            "the gateway in front of it crashed, does not accept this host name, or does not speak "
            "HTTP on that port. A ws:// request to a TLS port can end like this too."
        ),
        remedies=(
            "Check the scheme in {url_where}: a hosted backend needs `wss://`.",
            "See what plain HTTP gets: `curl -i {http_url}/`.",
            (
                "Ask the backend's team to look into the log at this moment: the connection was "
                "closed without a response."
            ),
        ),
        when=OnKind(Kind.UPGRADE_CLOSED),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
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
        refines=("upgrade-bad-request", "upgrade-blocked", "upgrade-closed"),
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
            "The address is old or nearly right: the server answers {status} and names another "
            "address. WebSocket clients do not follow redirects, and must not, because the secret "
            "would be sent to that address. Usually it leads from http to https, or to the name "
            "with www."
        ),
        remedies=(
            "Set `{url_name}={suggested}` in {url_where}, if that host is the backend's.",
            "Ask the backend's team, if the host is not the one that they gave you.",
        ),
        when=Rule(rules.redirected, claims=(rules.REDIRECTS,), fills=("location", "suggested")),
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
        code="upgrade-bad-request",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="HTTP {status}: {server} rejects the request as malformed",
        cause=(
            "The server did not understand the request. A field is too large or has a character "
            "that it does not accept, something on the way changed the request, or the port "
            "expects something else. Node's ws also answers like this for a path that it does not "
            "know."
        ),
        remedies=(
            (
                "Look for unusual characters in the secret and the agent id: `edgecheck doctor "
                "--offline`."
            ),
            _CHECK_URL,
            _TELL_ANSWER,
        ),
        when=OnStatus(400),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("400", "bad request"),
        source="RFC 9110, section 15.5.1",
    ),
    Problem(
        code="upgrade-not-found",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The path {endpoint} does not exist: HTTP {status} from {server}",
        cause=(
            "A web server answers under that name, and does not know the path. Another application "
            "has the name, {url_name} has a path that it should not have, or the backend's "
            "version has no such endpoint. (A FastAPI backend itself says 403, not 404, for an "
            "unknown WebSocket path.)"
        ),
        remedies=(
            _CHECK_URL,
            "See which server answers there: `curl -i {http_url}/`.",
            "Ask the backend's team whether {endpoint} is deployed under {host}.",
        ),
        when=Rule(rules.not_found, claims=(OnStatus(404),)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("404", "not found", "cannot get {endpoint}", "unexpected server response: 404"),
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
        remedies=(_CHECK_URL, _TELL_ANSWER),
        when=OnStatus(405),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("405", "method not allowed"),
    ),
    Problem(
        code="upgrade-header-dropped",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The request arrived as plain HTTP: the Upgrade field was lost",
        cause=(
            "The backend's server gives this answer ({status}) to an ordinary HTTP request, so the "
            "handshake did not arrive as a handshake. A reverse proxy on the way does not pass "
            "`Upgrade` and `Connection` on, or the backend's own server has no WebSocket support "
            "installed."
        ),
        remedies=(
            _PASS_UPGRADE_ON,
            (
                'Ask the backend\'s team to look for "No supported WebSocket library detected" in '
                "uvicorn's log. If it is there, `pip install 'uvicorn[standard]'` repairs it."
            ),
            "Switch WebSockets on, if a CDN is in front (Cloudflare: Network, WebSockets).",
        ),
        when=Rule(rules.header_dropped, claims=(OnStatus(426, 505),)),
        reproduction=Simulated(),
        alternatives=("upgrade-not-found",),
        refines=(
            "upgrade-not-found",
            "upgrade-method-not-allowed",
            "upgrade-bad-request",
            "upgrade-unexpected-status",
        ),
        keywords=(
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
        when=Rule(rules.rate_limited, claims=(OnStatus(429),), fills=("wait",)),
        reproduction=Simulated(),
        keywords=("429", "too many requests", "retry-after", "rate limit"),
        source="RFC 6585, section 4",
    ),
    Problem(
        code="upgrade-server-error",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend fails before it accepts: HTTP {status}",
        cause=(
            "The handshake reached an application, and its handler raised an error before it "
            "accepted the socket. A setting is missing, its database is down, or it got a value "
            "that it did not expect."
        ),
        remedies=(
            (
                "Ask the backend's team to look for a traceback in their log at this moment: "
                '"{status} for {url}".'
            ),
            (
                "Look for unusual characters in the secret and the agent id, which make some "
                "backends fail: `edgecheck doctor --offline`."
            ),
        ),
        when=OnStatus(500),
        reproduction=Simulated(),
        keywords=("500", "internal server error"),
    ),
    Problem(
        code="upgrade-bad-gateway",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="HTTP {status}: {server} cannot get an answer from the backend",
        cause=(
            "A reverse proxy, load balancer or CDN answers, but the backend does not. The backend "
            "is down, restarts, listens on another port, or sent a broken reply."
        ),
        remedies=(
            (
                "Wait a minute and try again: `edgecheck doctor`. A deployment that restarts looks "
                "like this."
            ),
            (
                "Tell the backend's team that {server} answers {status}. Does the process run, and "
                "on the port that the proxy uses?"
            ),
        ),
        when=OnStatus(502, 520, 521, 522, 523, 530),
        reproduction=Simulated(),
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
    ),
    Problem(
        code="upgrade-unavailable",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend is not available: HTTP {status} from {server}",
        cause=(
            "The server that answers has no healthy instance to pass the request to, is "
            "overloaded, or is in maintenance."
        ),
        remedies=(
            _TRY_AGAIN,
            "Tell the backend's team that {server} answers {status}. Are there healthy instances?",
        ),
        when=OnStatus(503),
        reproduction=Simulated(),
        keywords=("503", "service unavailable"),
    ),
    Problem(
        code="upgrade-gateway-timeout",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend does not answer {server} in time: HTTP {status}",
        cause=(
            "A reverse proxy, load balancer or CDN passed the request on, and stopped waiting for "
            "an answer. The backend hangs before it accepts the socket, or the proxy cannot reach "
            "it."
        ),
        remedies=(
            (
                "Tell the backend's team that the handshake of {endpoint} hangs: a handler that "
                "waits before `accept()` looks like this."
            ),
            "Try again, in case the load was high for a moment: `edgecheck doctor`.",
        ),
        when=OnStatus(504, 524),
        reproduction=Simulated(),
        keywords=("504", "524", "gateway time-out", "gateway timeout", "a timeout occurred"),
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
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network's filter refuses it."
            ),
            (
                "Ask the backend's team to let {endpoint} through their firewall or CDN for "
                "clients that are not browsers, and quote what is shown below."
            ),
        ),
        when=Rule(intermediary.blocked, fills=("who",)),
        reproduction=Simulated(),
        alternatives=("auth-forbidden",),
        refines=(
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
    ),
    Problem(
        code="upgrade-captive-portal",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.NETWORK,
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
            "upgrade-redirected",
            "upgrade-not-websocket",
            "upgrade-unexpected-status",
            "upgrade-blocked",
            "auth-forbidden",
            "auth-unauthorized",
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
        when=Rule(rules.not_websocket, claims=(rules.SUCCESSES,)),
        reproduction=Simulated(),
        keywords=(
            "200",
            "unexpected server response: 200",
            "server rejected websocket connection: http 200",
        ),
    ),
    Problem(
        code="upgrade-unexpected-status",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{server} answered the handshake with HTTP {status}",
        cause=(
            "A backend of this kind does not answer with this status. Something on the way, or "
            "another application, sent it; its fields and the beginning of its content are shown "
            "below."
        ),
        remedies=(_CHECK_URL, _TELL_ANSWER),
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
        when=OnKind(Kind.UPGRADE_INVALID),
        reproduction=Simulated(),
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
            "Compare the host in {url_where} with the domain on the service's page of {platform}.",
            (
                "Wait a few seconds and try again, if the service sleeps when idle: `edgecheck "
                "doctor`."
            ),
            'Tell the backend\'s team: "{platform} says that {host} has no application".',
        ),
        when=intermediary.on_platform("missing"),
        reproduction=Simulated(),
        refines=("upgrade-not-found", "upgrade-blocked", "upgrade-bad-gateway"),
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
            "Wait a minute and try again, in case it is being deployed: `edgecheck doctor`.",
            (
                "Ask the backend's team to look into the deployment's log. It has to listen on "
                "0.0.0.0:$PORT: `uvicorn app:app --host 0.0.0.0 --port $PORT`."
            ),
            "Quote the request id that is shown below.",
        ),
        when=intermediary.on_platform("down"),
        reproduction=Simulated(),
        refines=(
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
            "Wait a few minutes and try again: `edgecheck doctor`.",
            (
                "Look at the platform's status page, and quote the request id that is shown below "
                "to its support."
            ),
        ),
        when=intermediary.on_platform("error"),
        reproduction=Simulated(),
        refines=("upgrade-unexpected-status", "upgrade-server-error"),
        keywords=("544", "railway proxy error"),
        source='Railway, "Slow deployments and applications"',
    ),
)
