"""Sentences of application servers, frameworks and log-in gateways (pure)."""

from __future__ import annotations

from ...terms import Confidence, Side
from .tell import Tell

_LOG_IN = (
    "People log in there with a browser before they reach the backend. An agent has no browser, so "
    "the gateway has to let the agents' path through. The backend has not seen the request."
)
_AGENTS_ADDRESS = (
    "Ask the backend's team for the address that agents use, if it is another one. The log-in's "
    "own address is not the backend's: the secret would be sent there."
)
_TOO_LARGE = (
    "A server or proxy accepts a request's address and fields up to a size, often 4 or 8 KiB, and "
    "this request exceeds it. The longest is usually the secret, if it is a token, or a field or "
    "cookie that was added with --header."
)
_LARGER = (
    "Ask the administrators of the server to accept larger fields, if the token has to be so long: "
    "nginx `large_client_header_buffers 4 16k;`, Apache `LimitRequestFieldSize`, Node.js "
    "`--max-http-header-size=16384`, Spring `server.max-http-request-header-size`, uvicorn "
    "`--h11-max-incomplete-event-size`."
)
_CHECK_PATH = "Compare the path with the backend's routes: the request went to {url}."
_SHORTER = (
    "Look at {secret_where}: a secret has some 64 characters, and a token of several KiB, or "
    "something else that was pasted there, is too large for this server. Use a shorter one."
)


def _gateway(name: str, line: str, page: str = "", **rest: object) -> Tell:
    """Return the tell of a log-in gateway that answers without a redirect."""
    return Tell(
        "upgrade-login-required",
        f"A log-in gateway stands before {{host}}: {name} (HTTP {{status}})",
        _LOG_IN,
        (f"Ask the administrators of {name} to {line}", _AGENTS_ADDRESS),
        page=page,
        side=Side.INTERMEDIARY,
        **rest,  # type: ignore[arg-type]
    )


TELLS: tuple[Tell, ...] = (
    _gateway(
        "oauth2-proxy",
        'let {endpoint} through without a log-in: `--skip-auth-route="GET=^{endpoint}"`.',
        r"oauth2[-_ ]proxy|action=\"[^\"]*/oauth2/(?:start|sign_in)",
        statuses=(200, 401, 403),
    ),
    _gateway(
        "Authelia",
        "add a rule with `policy: bypass` and `resources: ['^{endpoint}']`.",
        r"authelia",
        statuses=(401, 403),
    ),
    _gateway(
        "Authelia",
        "add a rule with `policy: bypass` and `resources: ['^{endpoint}']`.",
        r"<a href=\"https?://[^\"]*[?&](?:amp;)?(?:rd|rm)=[^\"]*\">401 unauthorized</a>",
        statuses=(401,),
    ),
    _gateway(
        "Authelia",
        "add a rule with `policy: bypass` and `resources: ['^{endpoint}']`.",
        fields=(("set-cookie", r"authelia_session"),),
        statuses=(302, 303, 401, 403),
    ),
    _gateway(
        "authentik",
        "add {endpoint} to the provider's unauthenticated paths.",
        fields=(("x-powered-by", r"authentik"),),
        statuses=(302, 303, 401, 403),
    ),
    _gateway(
        "Pomerium",
        "add a route for {endpoint} with `allow_public_unauthenticated_access: true` and "
        "`allow_websockets: true`.",
        r"pomerium",
        statuses=(302, 401, 403),
    ),
    _gateway(
        "Teleport",
        "publish {endpoint} outside of its application access.",
        r"gravitational|teleport",
        statuses=(302, 401, 403),
    ),
    _gateway(
        "Azure App Service (Easy Auth)",
        "exempt {endpoint}: `excludedPaths` in the app's auth settings.",
        r"you do not have permission to view this directory or page",
        fields=(("www-authenticate", r"bearer realm=\"[^\"]*azurewebsites"),),
        statuses=(401,),
    ),
    # --- requests that are too large ---------------------------------------------------------
    Tell(
        "upgrade-unexpected-status",
        "The fields of the request are too large for the server: HTTP {status}",
        _TOO_LARGE,
        (_SHORTER, _LARGER),
        statuses=(413, 431, 494),
        side=Side.CLIENT,
    ),
    Tell(
        "upgrade-unexpected-status",
        "The address of the request is too long for the server: HTTP {status}",
        "A server or proxy accepts an address up to a length, often 4 or 8 KiB, and this request "
        "exceeds it. The path or a parameter has more than belongs there.",
        (
            "Look at {url_where} and the agent id: something else may have been pasted there.",
            _LARGER,
        ),
        statuses=(414,),
        side=Side.CLIENT,
    ),
    Tell(
        "upgrade-unexpected-status",
        "The server does not do what the request asks for: HTTP {status}",
        "501 says that a server does not implement the request. Servers answer so to a handshake "
        "that lost its Upgrade field on the way through a reverse proxy, and old proxies to any "
        "Upgrade.",
        (
            (
                "Ask the administrators of the reverse proxy to pass the upgrade on. nginx, in the "
                "location of {endpoint}:\n"
                "    proxy_http_version 1.1;\n"
                "    proxy_set_header Upgrade $http_upgrade;\n"
                '    proxy_set_header Connection "upgrade";'
            ),
            _CHECK_PATH,
        ),
        statuses=(501,),
        side=Side.INTERMEDIARY,
        alternatives=("upgrade-header-dropped",),
        general=True,
    ),
    Tell(
        "upgrade-unexpected-status",
        "The path was there once, and was removed: HTTP {status}",
        "410 says that the resource is gone for good: the backend has another path or version now.",
        (
            _CHECK_PATH,
            (
                "Ask the backend's team for the path that replaced {endpoint}; the answer may "
                "name it."
            ),
        ),
        statuses=(410,),
        side=Side.CLIENT,
        general=True,
    ),
    Tell(
        "upgrade-not-found",
        "A server of Java-WebSocket rejects the handshake, for whatever reason: HTTP {status}",
        "The library Java-WebSocket answers 404 to every handshake that its application rejects, "
        "also where the credentials, the agent id or a subprotocol are the reason.",
        (
            (
                "Ask the backend's team what their log says at this moment: the answer hides "
                "whether "
                "they reject the path, the secret or the agent id."
            ),
            _CHECK_PATH,
        ),
        page=r"websocket upgrade failure",
        statuses=(404,),
        side=Side.BACKEND,
        confidence=Confidence.POSSIBLE,
        alternatives=("auth-forbidden", "upgrade-subprotocol-required"),
    ),
    # --- servers' own sentences --------------------------------------------------------------
    Tell(
        "upgrade-header-dropped",
        "uvicorn has no WebSocket library: HTTP {status}",
        "The handshake arrived, and uvicorn says that it cannot upgrade: neither `websockets` nor "
        "`wsproto` is installed beside it.",
        (
            (
                "Tell the backend's team to install it where uvicorn runs: `pip install "
                "'uvicorn[standard]'`, and to restart."
            ),
            "Run `edgecheck doctor` again afterwards: nothing on this machine has to change.",
        ),
        page=r"unsupported upgrade request",
        product="uvicorn",
        side=Side.BACKEND,
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-invalid-response",
        "The backend accepted the handshake, and something changed its 101 to {status}",
        "Sec-WebSocket-Accept in this answer is a server's consent to the WebSocket, which has "
        "the status 101. A firewall module or proxy that rewrites answers (ModSecurity and Coraza "
        "do) made another status of it.",
        (
            (
                "Ask the administrators of the proxy to switch the firewall module (ModSecurity, "
                "Coraza), response rewriting and caching off for {endpoint}."
            ),
            "Ask the backend's team whether it works without the proxy.",
        ),
        fields=(("sec-websocket-accept", r"^[A-Za-z0-9+/]{27}=$"),),
        statuses=tuple(range(200, 300)),
        side=Side.INTERMEDIARY,
    ),
    Tell(
        "upgrade-host-not-allowed",
        "Vite's development server does not accept the host name: HTTP {status}",
        "The words are Vite's: its list of allowed host names does not have this one. It is a "
        "server for development, behind a proxy or tunnel here.",
        (
            (
                "Ask the backend's team to add {host} to `server.allowedHosts` (or "
                "`preview.allowedHosts`) in vite.config.js."
            ),
            (
                "Ask them whether agents should reach Vite's server at all: the backend usually "
                "has "
                "another port."
            ),
        ),
        page=r"blocked request\. this host.{0,200}(?:allowedhosts|is not allowed)",
        side=Side.BACKEND,
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-host-not-allowed",
        "webpack's development server does not accept the host name: HTTP {status}",
        "The words are those of webpack-dev-server and of ASGI's TrustedHostMiddleware: the list "
        "of allowed host names does not have this one.",
        (
            (
                "Ask the backend's team to add {host} to the allowed names: `allowedHosts` of "
                "webpack-dev-server, `allowed_hosts` of TrustedHostMiddleware."
            ),
            (
                "Ask the administrators of the proxy to pass the client's Host on: nginx "
                "`proxy_set_header Host $host;`."
            ),
        ),
        page=r"^(?:[\w ]+\n)?invalid host header\s*$",
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-host-not-allowed",
        "The server compares the port in the Host field with its own: HTTP {status}",
        "The words are those of autobahn: the Host field that arrived has no port, or another one "
        "than the server listens on. A proxy before it passes Host on without the port.",
        (
            (
                "Ask the backend's team to give autobahn its address as clients see it "
                "(`externalPort` of WebSocketServerFactory), or the proxy's administrators to "
                "pass the "
                "whole Host on: nginx `proxy_set_header Host $http_host;`."
            ),
            "Check the port in {url_where} otherwise.",
        ),
        page=r"port (?:\d+ )?in http host header|http host header .{0,80}port",
        side=Side.BACKEND,
        confidence=Confidence.LIKELY,
    ),
    Tell(
        "upgrade-host-not-allowed",
        "Rails does not accept the host name: HTTP {status}",
        "The page is that of Rails' host authorization: {host} is not among `config.hosts`.",
        (
            "Ask the backend's team to add {host} to `config.hosts`.",
            (
                "Ask the administrators of the proxy to pass the client's Host on, if Rails names "
                "another one."
            ),
        ),
        page=r"blocked hosts?:",
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-host-not-allowed",
        "The name in the TLS handshake and the Host field do not fit: HTTP {status}",
        "421 says that this connection is not the one for the requested name. The server compares "
        "the name of the TLS handshake (SNI) with the Host field, or its certificate does not "
        "cover the name; a proxy that connects with another name than it asks for causes it too.",
        (
            (
                "Ask the administrators of the proxy to send the backend's name in TLS: nginx "
                "`proxy_ssl_server_name on; proxy_ssl_name $host;`, Apache `ProxyPreserveHost On`."
            ),
            (
                "Leave out a Host field of your own, and check the host in {url_where}: both names "
                "have to be {host}."
            ),
        ),
        statuses=(421,),
        side=Side.INTERMEDIARY,
        general=True,
        alternatives=("upgrade-unexpected-status",),
    ),
    Tell(
        "upgrade-not-found",
        "Rails' Action Cable may answer, and refuses the Origin or the path: HTTP {status}",
        "Action Cable sends these bytes where it does not allow the Origin (an agent sends none), "
        "where the path is not its own, and where the Upgrade field was lost.",
        (
            (
                "Ask the backend's team, if it is Action Cable, to allow an Origin that agents "
                "send (`config.action_cable.allowed_request_origins`): `edgecheck doctor --origin "
                "https://{host}` tries one."
            ),
            _CHECK_PATH,
        ),
        page=r"^not found\npage not found\s*$",
        statuses=(404,),
        side=Side.BACKEND,
        confidence=Confidence.POSSIBLE,
        alternatives=("upgrade-origin-required", "upgrade-header-dropped"),
    ),
    Tell(
        "upgrade-origin-required",
        "Spring refuses the Origin: HTTP {status}",
        "`Invalid CORS request` is Spring's refusal of an Origin that its WebSocket or CORS "
        "settings do not allow.",
        (
            (
                "Ask the backend's team to allow the Origin for {endpoint}: "
                '`setAllowedOrigins("https://{host}")` of the handler\'s registration.'
            ),
            (
                "Leave out an Origin of your own, or send one that they allow: `edgecheck doctor "
                "--origin https://{host}`."
            ),
        ),
        page=r"invalid cors request",
        side=Side.BACKEND,
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-refused-regardless",
        "Spring refuses the request before the WebSocket: HTTP {status}",
        "The document is Spring Boot's. Spring Security refuses what no rule permits, with the "
        "same answer whatever the secret is: usually {endpoint} is not among the permitted paths, "
        "or its filter does not know the agents' secret.",
        (
            (
                "Ask the backend's team to permit {endpoint} in Spring Security, if the handler "
                "checks "
                'the secret itself: `requestMatchers("{endpoint}").permitAll()`.'
            ),
            _CHECK_PATH,
        ),
        page=r"\"timestamp\":.{0,120}\"status\":\s*40[13].{0,60}\"error\":.{0,120}\"path\":",
        statuses=(401, 403),
        side=Side.BACKEND,
        confidence=Confidence.POSSIBLE,
        alternatives=("auth-forbidden", "upgrade-origin-required"),
    ),
    Tell(
        "upgrade-refused-regardless",
        "aiohttp's application refuses the request: HTTP {status}",
        "aiohttp sends this text where the application forbids a client, before it looks at the "
        "WebSocket. Home Assistant does so for an address that it has banned after failed "
        "log-ins; others for an address or a rule of their own.",
        (
            (
                "Ask the backend's team whether this machine's address, or the proxy's, is banned: "
                "Home Assistant keeps banned addresses in `ip_bans.yaml`; remove the line and "
                "restart."
            ),
            _CHECK_PATH,
            "Stop clients that try again and again with an old secret: they cause the next ban.",
        ),
        page=r"^(?:forbidden\n)?403: forbidden\s*$",
        statuses=(403,),
        side=Side.BACKEND,
        confidence=Confidence.POSSIBLE,
        alternatives=("auth-forbidden", "upgrade-not-found"),
        general=True,
    ),
    Tell(
        "auth-forbidden",
        "Kubernetes' API server answers, and refuses: HTTP {status}",
        "The document is that of a Kubernetes API server: it takes the secret for a token of its "
        "own, or does not allow this user.",
        (
            (
                "Check the host and port in {url_where}: the address is that of a cluster's "
                "API, not "
                "of the backend."
            ),
            "Ask the backend's team for the Ingress' or Service's own address.",
        ),
        page=r"\"kind\":\s*\"status\".{0,200}\"apiversion\"",
        statuses=(401, 403, 404),
        side=Side.CLIENT,
    ),
    Tell(
        "upgrade-bad-gateway",
        "A development proxy cannot reach the backend: HTTP {status}",
        "The words are those of a proxy in Node.js (http-proxy-middleware, Vite, webpack): it "
        "could not connect to its target.",
        (
            (
                "Ask the backend's team whether the backend runs at the proxy's target; "
                "`localhost` there may mean IPv6, and 127.0.0.1 never does."
            ),
            "Ask them whether `ws: true` is set for the target.",
        ),
        page=r"error occurred while trying to proxy|proxy error:.{0,120}(?:econnrefused|"
        r"enotfound|econnreset|etimedout)",
        statuses=(500, 502, 504),
        side=Side.BACKEND,
    ),
)
