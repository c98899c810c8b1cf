"""upgrade: does the HTTP request become a WebSocket?"""

from __future__ import annotations

from ..facts import Kind, Stage
from ..terms import Confidence, Severity, Side
from .condition import OnKind, OnStatus, Otherwise, Rule
from .problem import Problem, Simulated
from .rules import intermediary
from .rules import upgrade as rules

_ASK_BACKEND = (
    'Tell the backend\'s people what was answered, and when: "{status} from {server} for {url}".'
)

_NGINX_FIX = (
    "Tell whoever keeps the reverse proxy to pass the upgrade on; nginx, in the location of "
    "/edge/ws:\n"
    "    proxy_http_version 1.1;\n    proxy_set_header Upgrade $http_upgrade;\n    "
    'proxy_set_header Connection "upgrade";'
)

_CHECK_URL = (
    "Compare BACKEND_URL in {url_where} with the address that the backend's people gave: "
    "scheme, host and nothing after it. The request went to {url}."
)

PROBLEMS = (
    Problem(
        code="upgrade-timeout",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} takes the connection, but never answers the request",
        cause="The connection stands, and the HTTP request that asks for a WebSocket gets no "
        "answer. The backend hangs before it accepts, a gateway waits for it, or the port "
        "belongs to something that speaks no HTTP.",
        remedies=(
            (
                "Check scheme, host and port in {url_where}: `wss://`, not `https://`, and the "
                "host "
                "that the backend's people gave."
            ),
            "See whether plain HTTP is answered: `curl -i --max-time 10 {http_url}/`.",
            (
                "Tell the backend's people that the handshake of /edge/ws is never answered: a "
                "handler that waits before `accept()` looks like this."
            ),
        ),
        when=OnKind(Kind.UPGRADE_TIMEOUT),
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
        title="{host} closes the connection in place of an answer",
        cause="The request was sent, and the connection ended without a response. The backend or "
        "the gateway before it crashed, does not accept this host name, or does not speak "
        "HTTP on "
        "that port. A ws:// request to a TLS port can end so too.",
        remedies=(
            "Check the scheme in {url_where}: a hosted backend needs `wss://`.",
            "See what plain HTTP gets: `curl -i {http_url}/`.",
            (
                "Tell the backend's people to look into the log at this moment: the connection was "
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
        title="What answers on port {port} of {host} is not HTTP",
        cause=(
            "Something answered, in another protocol: the first bytes are shown below. The port "
            "belongs to another service."
        ),
        remedies=(
            "Check the port in {url_where}; the usual form is wss://HOST, without a port.",
            "Ask the backend's people for host and port of the WebSocket.",
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
        title="Port {port} of {host} speaks TLS, but BACKEND_URL says ws://",
        cause=(
            "The request went out in plain text to a port that expects encryption. Only the "
            "scheme is wrong. The secret has travelled in the clear."
        ),
        remedies=(
            "Set `BACKEND_URL=wss://{host}:{port}` in {url_where}.",
            (
                "Have the secret changed, if the connection left this machine: it was readable on "
                "the "
                "way."
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
        cause="The address was right once, or nearly: the server answers {status} and names "
        "another. WebSocket clients do not follow, and must not: the secret would go to "
        "wherever the "
        "redirect points. http to https and a missing www are the usual reasons.",
        remedies=(
            "Set `BACKEND_URL={suggested}` in {url_where}, if that host is the backend's.",
            "Ask the backend's people, if the host is another one than they gave.",
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
        cause="The server could not make sense of the request. A field is too large or has a "
        "character that it does not accept, something on the way changed the request, or "
        "the port "
        "expects something else. Node's ws also says so to a path that it does not know.",
        remedies=(
            (
                "Look for unusual characters in the secret and the agent id: `edgecheck doctor "
                "--offline`."
            ),
            _CHECK_URL,
            _ASK_BACKEND,
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
        title="Nothing is found at /edge/ws: HTTP {status} from {server}",
        cause="A web server answers under that name and knows no such path. Another application "
        "stands behind the name, BACKEND_URL has a path that it should not have, or the "
        "backend's "
        "version has no edge endpoint. (A FastAPI backend itself says 403, not 404, to an unknown "
        "WebSocket path.)",
        remedies=(
            _CHECK_URL,
            "See who answers there: `curl -i {http_url}/`.",
            "Ask the backend's people whether /edge/ws is deployed under {host}.",
        ),
        when=Rule(rules.not_found, claims=(OnStatus(404),)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("404", "not found", "cannot get /edge/ws", "unexpected server response: 404"),
    ),
    Problem(
        code="upgrade-method-not-allowed",
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="GET is not allowed at /edge/ws: HTTP {status} from {server}",
        cause=(
            "The path exists for other methods only, so it is no WebSocket there: another "
            "application, or a route that was declared for POST."
        ),
        remedies=(_CHECK_URL, _ASK_BACKEND),
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
        cause="The answer ({status}) is what the backend's server gives to an ordinary HTTP "
        "request, so the WebSocket handshake did not reach it as one. A reverse proxy on "
        "the way does "
        "not pass `Upgrade` and `Connection` on, or the backend's own server has no WebSocket "
        "support installed.",
        remedies=(
            _NGINX_FIX,
            (
                'Tell the backend\'s people to look for "No supported WebSocket library detected" '
                "in "
                "uvicorn's log: `pip install 'uvicorn[standard]'` mends that."
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
            "The server or something before it counts requests and has had too many from here. "
            "A client that reconnects without pausing does this to itself."
        ),
        remedies=(
            "Stop every client that uses this agent id or network, and wait {wait}.",
            (
                "Make your client wait 1, 2, 4, … 60 seconds between attempts: `edgecheck explain "
                "client-retries-refusal`."
            ),
            "Ask the backend's people to raise the limit, if a single client meets it.",
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
        cause="The handshake reached an application, and its handler raised an error before it "
        "accepted the socket: a missing setting there, a database that is down, a value "
        "that it did not "
        "expect.",
        remedies=(
            (
                "Tell the backend's people to look for a traceback in their log at this moment: "
                '"{status} for {url}".'
            ),
            (
                "Look for unusual characters in the secret and the agent id, which some backends "
                "fail "
                "on: `edgecheck doctor --offline`."
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
            "A reverse proxy, load balancer or CDN answers, and the backend behind it does not: "
            "it is down, restarting, listens on another port, or its reply was broken."
        ),
        remedies=(
            (
                "Wait a minute and try again: `edgecheck doctor`. A deployment that restarts looks "
                "like this."
            ),
            (
                "Tell the backend's people that {server} gives {status}: is the process running, "
                "and "
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
            "Whatever answers has nothing healthy to pass the request to, is overloaded, or is "
            "in maintenance."
        ),
        remedies=(
            "Wait a minute and try again: `edgecheck doctor`.",
            "Tell the backend's people that {server} gives {status}: are there healthy instances?",
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
            "A reverse proxy, load balancer or CDN passed the request on and gave up waiting. "
            "The backend hangs before it accepts the socket, or cannot be reached from there."
        ),
        remedies=(
            (
                "Tell the backend's people that the handshake of /edge/ws hangs: a handler that "
                "waits "
                "before `accept()` looks like this."
            ),
            "Try again, in case it was a passing load: `edgecheck doctor`.",
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
        title="The CDN cannot secure its own way to the backend: HTTP {status}",
        cause=(
            "The connection to the CDN is fine. Between the CDN and the backend the TLS "
            "handshake fails (525) or the backend's certificate is not acceptable (526)."
        ),
        remedies=(
            (
                "Tell the backend's people: {status} from the CDN means that the certificate on "
                "the "
                "origin server, or the CDN's TLS mode, has to be mended."
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
        cause="The answer is not the backend's own: its page or fields are those of a web "
        "application firewall, a CDN's rule or challenge, a filter of this network, or a "
        "web server that "
        "forbids the path. The secret was not even looked at.",
        remedies=(
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works "
                "there, this network's filter refuses it."
            ),
            (
                "Tell the backend's people to let /edge/ws through their firewall or CDN for "
                "non-browser clients, and quote what is shown below."
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
        title="This network wants a log-in first",
        cause=(
            "The answer comes from the network, not from the backend: a page where one logs in "
            "or accepts terms. Hotels, trains, guests' networks and mobile plans do that."
        ),
        remedies=(
            (
                "Open `http://example.com` in a browser on this machine, log in or accept the "
                "terms, "
                "and run `edgecheck doctor` again."
            ),
            "Ask the network's people to register this device, if it has no browser.",
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
            "The server gave an ordinary page or document to the request for a WebSocket. The "
            "name leads to a web site or an API's front page, or the path is caught by one."
        ),
        remedies=(
            _CHECK_URL,
            "Look at what it is: `curl -i {http_url}/edge/ws`.",
            (
                "Tell the backend's people, if the address is right: the route /edge/ws is served "
                "as "
                "plain HTTP, or uvicorn has no WebSocket library."
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
        title="The handshake was answered with HTTP {status} by {server}",
        cause=(
            "This status is none that a backend of this kind gives. Something on the way, or "
            "another application, made it; the fields and the beginning of its content are "
            "shown below."
        ),
        remedies=(_CHECK_URL, _ASK_BACKEND),
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
        cause="The status is 101, and what RFC 6455 asks for beside it is wrong or missing: the "
        "accept key, the Upgrade or Connection field, or an extension that nobody asked "
        "for. A cache or a "
        "broken proxy on the way, or a home-made server, does that.",
        remedies=(
            "Tell whoever keeps the proxy or server what is wrong with its 101, as shown below.",
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works "
                "there, a proxy of this network breaks it."
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
        cause="The hosting platform itself answers: under this name there is no running "
        "application. The name is misspelt or old, the domain is not attached to the "
        "service, or the service was "
        "removed, paused, or has not started yet.",
        remedies=(
            "Compare the host in {url_where} with the domain on the service's page of {platform}.",
            (
                "Wait a few seconds and try again, if the service sleeps when idle: `edgecheck "
                "doctor`."
            ),
            'Tell the backend\'s people: "{platform} says that {host} has no application".',
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
        cause="The hosting platform itself answers: the application behind {host} cannot be "
        "reached. It crashed or is starting, does not listen on 0.0.0.0 and the port in "
        "$PORT, or the domain's "
        "target port is another one.",
        remedies=(
            "Wait a minute and try again, in case it is being deployed: `edgecheck doctor`.",
            (
                "Tell the backend's people to look into the deployment's log, and that it has to "
                "listen on 0.0.0.0:$PORT: `uvicorn app:app --host 0.0.0.0 --port $PORT`."
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
            "The hosting platform's own proxy could not do its work. Neither your settings nor "
            "the backend are to blame."
        ),
        remedies=(
            "Wait a few minutes and try again: `edgecheck doctor`.",
            (
                "Look at the platform's status page, and quote the request id that is shown below "
                "to "
                "its support."
            ),
        ),
        when=intermediary.on_platform("error"),
        reproduction=Simulated(),
        refines=("upgrade-unexpected-status", "upgrade-server-error"),
        keywords=("544", "railway proxy error"),
        source='Railway, "Slow deployments and applications"',
    ),
)
