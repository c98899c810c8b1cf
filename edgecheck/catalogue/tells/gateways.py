"""Error codes and pages of API gateways, meshes, ingresses and reverse proxies (pure)."""

from __future__ import annotations

from ...terms import Confidence, Side
from .tell import Tell

_AGENTS_KEY = (
    "Ask the backend's team for the gateway's own key and the field that takes it, if agents are "
    "meant to have one, and send it beside the secret. Write `NAME: KEY` into a "
    "file: `edgecheck doctor -H @headers.txt`."
)
_CHECK_URL = (
    "Compare {url_name} in {url_where} with the address that the backend's team gave you; the "
    "request went to {url}."
)


def _no_route(name: str, page: str, *lines: str, fields: tuple[tuple[str, str], ...] = ()) -> Tell:
    """Return the tell of a gateway that has no route for the request."""
    return Tell(
        "upgrade-not-found",
        f"{name} has no route for {{endpoint}} on {{host}}: HTTP {{status}}",
        f"The words are those of {name}, not of the backend: none of its routes matches the host "
        "name and the path of this request, so no backend has seen it. A path of {url_name} that "
        "is wrong looks the same.",
        (*lines, _CHECK_URL),
        page=page,
        fields=fields,
        statuses=(403, 404, 502, 503),
        side=Side.INTERMEDIARY,
    )


def _wants_key(name: str, page: str, line: str, statuses: tuple[int, ...] = (401, 403)) -> Tell:
    """Return the tell of a gateway that wants a key of its own."""
    return Tell(
        "auth-taken-by-platform",
        f"{name} wants a key of its own, or takes the secret for one: HTTP {{status}}",
        f"The words are those of {name}, which checks who calls before the backend is asked. The "
        "agent's secret is not one of its keys, so the backend has not seen the request.",
        (line, _AGENTS_KEY),
        page=page,
        statuses=statuses,
        side=Side.INTERMEDIARY,
    )


def _mesh(page: str, title: str, cause: str, *steps: str, side: Side = Side.BACKEND) -> Tell:
    """Return the tell of one of the sentences of Envoy, which Istio and many gateways are."""
    return Tell(
        "upgrade-bad-gateway",
        f"{title}: HTTP {{status}} from Envoy",
        cause,
        steps,
        page=page,
        statuses=(500, 502, 503, 504),
        side=side,
    )


TELLS: tuple[Tell, ...] = (
    # --- Kong -------------------------------------------------------------------------------------
    Tell(
        "upgrade-bad-request",
        "Kong's route accepts only TLS: {url_name} has to begin with wss://",
        "Kong answers 426 and these words where a route has the protocol https alone and the "
        "request came as plain HTTP.",
        (
            "Write wss:// in place of ws:// in {url_where}, and the port that TLS has there.",
            "Ask the administrators of Kong for the address that serves TLS, if that one does not.",
        ),
        page=r"please use https protocol",
        product="Kong",
        scheme="ws",
        side=Side.CLIENT,
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-redirect-insecure",
        "Kong believes that the request came without TLS: HTTP {status}",
        "Kong answers 426 and these words where a route has the protocol https alone. The request "
        "came over TLS, which ends at a load balancer before Kong. Keep wss://.",
        (
            (
                "Ask the administrators of Kong to name the load balancer before it in "
                "`trusted_ips`, so that its X-Forwarded-Proto counts."
            ),
            "Ask the administrators of the load balancer to send X-Forwarded-Proto.",
        ),
        page=r"please use https protocol",
        scheme="wss",
        side=Side.INTERMEDIARY,
    ),
    _no_route(
        "Kong",
        r"no route matched with those values",
        "Ask the administrators of Kong to add a route for {endpoint} on {host}: its `paths`, "
        "`hosts` and `protocols` (http and https for WebSockets) have to match.",
    ),
    _wants_key(
        "Kong",
        r"no api key found in request|no credentials found for given|invalid authentication "
        r"credentials",
        "Ask the administrators of Kong to leave {endpoint} out of the plugin that asks for "
        "credentials (key-auth, jwt, basic-auth): a route of its own without it.",
    ),
    Tell(
        "upgrade-bad-gateway",
        "Kong finds no backend for its service: HTTP {status}",
        "Kong has a route, and the upstream behind it has no target that is healthy, or whose "
        "name can be resolved.",
        (
            (
                "Ask the backend's team for the health of the targets in Kong's upstream and the "
                "host of the service: `curl http://ADMIN:8001/upstreams/NAME/health`."
            ),
            "Ask the backend's team whether the process runs.",
        ),
        page=r"failure to get a peer from the ring-balancer|name resolution failed",
        side=Side.BACKEND,
        confidence=Confidence.LIKELY,
    ),
    # --- APISIX, Tyk, KrakenD, Gravitee, WSO2, Apigee, Spring Cloud Gateway --------------------
    _no_route(
        "APISIX",
        r"404 route not found",
        "Ask the administrators of APISIX to add a route for {endpoint} on {host}, with "
        "`enable_websocket: true`.",
    ),
    _wants_key(
        "APISIX",
        r"missing api key (?:found )?in request|missing (?:jwt token|authorization) in request|"
        r"invalid api key in request",
        "Ask the administrators of APISIX to leave {endpoint} out of the plugin that asks for "
        "credentials (key-auth, jwt-auth, basic-auth).",
    ),
    _wants_key(
        "Tyk",
        r"access to this api has been disallowed|authorization field missing|key not authori[sz]ed|"
        r"attempted access with (?:malformed|non-existent)|key has expired, please renew",
        "Ask the administrators of Tyk to let {endpoint} through without a key: an API with "
        "`use_keyless: true`, or {endpoint} in the list of ignored paths.",
    ),
    _no_route(
        "Gravitee",
        r"no context-path matches",
        "Ask the administrators of Gravitee to deploy an API whose context path takes {endpoint}, "
        "with WebSocket switched on.",
    ),
    _no_route(
        "Apigee",
        r"unable to identify proxy for host",
        "Ask the administrators of Apigee to deploy a proxy with a base path for {endpoint} on the "
        "virtual host of {host}.",
    ),
    _wants_key(
        "Apigee",
        r"oauth\.v2\.\w+|failed to resolve api ?key variable|steps\.oauth|invalid apikey for given",
        "Ask the administrators of Apigee to leave {endpoint} out of the policy that verifies keys "
        "or tokens.",
    ),
    _wants_key(
        "WSO2",
        r"\b9009\d\d\b.{0,200}(?:credentials|access token|runtime error)|missing credentials.{0,80}"
        r"am:fault|<am:code>9009",
        "Ask the administrators of WSO2 to let {endpoint} through without a token: the auth "
        "type None for "
        "this resource alone, if the backend checks the secret itself.",
    ),
    _no_route(
        "Spring Cloud Gateway",
        r"\"status\":\s*404.{0,200}\"requestid\":",
        "Ask the administrators of the gateway for its route of {endpoint}: `predicates: "
        "Path={endpoint}` with a `uri` that begins with ws:// or lb:ws://.",
    ),
    # --- clouds' gateways --------------------------------------------------------------------
    Tell(
        "upgrade-not-found",
        "API Gateway knows no WebSocket at this path: HTTP {status}",
        "The answer has the id of a WebSocket connection, so the name is that of a WebSocket API. "
        "API Gateway refuses such a request where the path is not that of a stage, where an "
        "authorizer of $connect denies it, and where a resource policy does.",
        (
            (
                "Ask the backend's team for the stage of the WebSocket API: its address is "
                "wss://ID.execute-api.REGION.amazonaws.com/STAGE, and nothing may follow the "
                "stage. A "
                "custom domain has an API mapping in place of the stage."
            ),
            (
                "Ask them whether the $connect route has an authorizer, and what it says of this "
                "request."
            ),
        ),
        page=r"\"message\":\s*\"forbidden\".{0,40}\"connectionid\"",
        statuses=(403,),
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
        alternatives=("auth-taken-by-platform",),
    ),
    Tell(
        "upgrade-server-error",
        "The $connect route of API Gateway fails: HTTP {status}",
        "API Gateway took the handshake and could not run what stands behind $connect: the Lambda "
        "function raised an error or did not answer, or API Gateway may not call it.",
        (
            (
                "Ask the backend's team for the log of the function behind $connect at this "
                "moment, "
                "and whether it returns `statusCode: 200`."
            ),
            "Ask them whether API Gateway is allowed to invoke it (`lambda:InvokeFunction`).",
        ),
        page=r"\"message\":\s*\"internal server error\".{0,40}\"connectionid\"",
        side=Side.BACKEND,
    ),
    _wants_key(
        "Azure API Management",
        r"access denied due to (?:missing|invalid) subscription key",
        "Ask the administrators of API Management to switch `Subscription required` off for this "
        "API, if the backend checks the secret itself. Its key's field is "
        "Ocp-Apim-Subscription-Key.",
    ),
    _no_route(
        "Azure API Management",
        r"\"statuscode\":\s*404.{0,60}\"message\":\s*\"resource not found\"",
        "Ask the administrators of API Management for the WebSocket API's own address: each API "
        "has a URL suffix, and a WebSocket API is a type of its own beside HTTP APIs.",
    ),
    Tell(
        "upgrade-bad-gateway",
        "Application Gateway finds no healthy backend: HTTP {status}",
        "The page is Azure Application Gateway's own. It sends requests only to servers that pass "
        "its health probe, and a server that does WebSockets alone, or answers 404 at the probe's "
        "path, does not pass it.",
        (
            (
                "Ask the administrators of Application Gateway for Backend health, and to set the "
                "health probe's path to one that answers 200 to plain HTTP, with the right host "
                "name "
                "and port."
            ),
            "Ask the backend's team whether the process runs.",
        ),
        product="Azure Application Gateway",
        statuses=(502, 504),
        side=Side.INTERMEDIARY,
        alternatives=("upgrade-unavailable",),
    ),
    Tell(
        "upgrade-blocked",
        "The WAF of Application Gateway refuses the request: HTTP {status}",
        "The page is Azure Application Gateway's own: a rule of its web application firewall "
        "matched. The backend has not seen the request.",
        (
            (
                "Ask the administrators of Application Gateway which WAF rule matched "
                "(ApplicationGatewayFirewallLog), and to exclude it for {endpoint}."
            ),
            (
                "Try from another network: `edgecheck doctor`. If it works there, a rule for the "
                "client's address is the reason."
            ),
        ),
        product="Azure Application Gateway",
        statuses=(403,),
    ),
    Tell(
        "upgrade-bad-gateway",
        "Google's load balancer gets no valid answer from the backend: HTTP {status}",
        "The page is the load balancer's own. No backend passes its health check, the backend "
        "closes the connection, or its firewall does not let the load balancer in.",
        (
            (
                "Ask the backend's team for the health of the backend service: `gcloud compute "
                "backend-services get-health SERVICE --global`. The health check needs a path that "
                "answers 200 to plain HTTP."
            ),
            "Ask them whether the firewall lets 130.211.0.0/22 and 35.191.0.0/16 in.",
        ),
        page=r"<title>502 server error</title>|the server encountered a temporary error and could "
        r"not complete your request",
        statuses=(502, 503),
        side=Side.BACKEND,
    ),
    _no_route(
        "GKE's ingress",
        r"response 404 \(backend notfound\), service rules for the path non-existent",
        "Ask the administrators of the cluster to add a rule for {endpoint} on {host} to the "
        "Ingress.",
    ),
    Tell(
        "upgrade-rate-limited",
        "Cloud Run has no instance left for this request: HTTP {status}",
        "Cloud Run says `Rate exceeded` where all instances are taken and no more may start. Each "
        "open WebSocket takes one of an instance's concurrent requests for as long as it is open.",
        (
            (
                "Ask the backend's team to raise `--max-instances` and `--concurrency` of the "
                "service: each agent takes one place."
            ),
            "Wait a minute and try again: `edgecheck doctor`.",
        ),
        page=r"^too many requests\s+rate exceeded\.\s*$",
        statuses=(429,),
        side=Side.BACKEND,
    ),
    _no_route(
        "The Kubernetes ingress",
        r"^\s*(?:not found\s+)?default backend - 404\s*$",
        "Ask the administrators of the cluster for a rule of an Ingress with the host {host} and "
        "the path {endpoint}: `kubectl get ingress -A`. Its class has to be that of the ingress "
        "that answers.",
    ),
    # --- Envoy, Istio, Linkerd --------------------------------------------------------------------
    Tell(
        "upgrade-header-dropped",
        "The request reached Envoy as HTTP/1.0, which has no upgrade: HTTP 426",
        "Envoy answers 426 by itself to a request in HTTP/1.0. This client asks in HTTP/1.1, so a "
        "reverse proxy before Envoy asks in 1.0, as nginx does by default, and passes no Upgrade "
        "field on.",
        (
            (
                "Ask the administrators of the reverse proxy before Envoy to ask in HTTP/1.1, and "
                "to pass the upgrade on. nginx:\n"
                "    proxy_http_version 1.1;\n"
                "    proxy_set_header Upgrade $http_upgrade;\n"
                '    proxy_set_header Connection "upgrade";'
            ),
            (
                "Ask the administrators of Envoy whether it passes upgrades on: `upgrade_type: "
                "websocket` in the HTTP connection manager."
            ),
        ),
        page=r"^\s*(?:upgrade required)?\s*$",
        fields=(("server", r"envoy"),),
        statuses=(426,),
        side=Side.INTERMEDIARY,
    ),
    Tell(
        "upgrade-blocked",
        "A policy of the mesh refuses the request (RBAC): HTTP {status}",
        "Envoy's words: a role-based rule denies this request. In Istio that is an "
        "AuthorizationPolicy. The backend has not seen it.",
        (
            (
                "Ask the administrators of the mesh for the AuthorizationPolicy that refuses, "
                "and to "
                "allow {endpoint}: `kubectl get authorizationpolicy -A`."
            ),
            (
                "Ask them whether a policy wants a JWT or a client of the mesh; agents send the "
                "backend's secret alone."
            ),
        ),
        page=r"rbac: access denied",
        product="Envoy",
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "auth-taken-by-platform",
        "The mesh takes the secret for a JWT of its own: HTTP {status}",
        "Envoy's words: a filter checks the Authorization field as a JWT (Istio: "
        "RequestAuthentication) before the backend is asked. The agent's secret is not a JWT of "
        "that kind.",
        (
            (
                "Ask the administrators of the mesh to let {endpoint} through without a JWT: a "
                "RequestAuthentication that reads another field (`fromHeaders`), or another "
                "host for "
                "agents."
            ),
            "Ask the backend's team whether agents should send a JWT, and from which issuer.",
        ),
        page=r"jwt (?:is missing|is expired|is not in the form|verification fails|issuer is not "
        r"configured)|audiences in jwt are not allowed|jwks doesn't have key",
        side=Side.INTERMEDIARY,
    ),
    _mesh(
        r"reset reason: overflow|circuit ?breaker|upstream_overflow",
        "A limit of open connections is reached (circuit breaker)",
        "Envoy's own words: the number of connections to the backend has reached the limit that is "
        "set for it. Each WebSocket takes one connection for as long as it is open.",
        "Ask the administrators of the mesh to raise the limit: "
        "`connectionPool.tcp.maxConnections` "
        "and `http.http1MaxPendingRequests` of the DestinationRule; in Envoy `circuit_breakers`.",
        "Ask the backend's team for more instances, if each has its own limit.",
        side=Side.INTERMEDIARY,
    ),
    _mesh(
        r"reset reason: protocol error|http2? protocol error|protocol error.{0,40}upstream",
        "The proxy and the backend speak different versions of HTTP",
        "Envoy spoke HTTP/2 to a backend that knows HTTP/1.1 only, or the other way round. "
        "WebSockets need HTTP/1.1 on that way.",
        "Ask the administrators of the mesh to speak HTTP/1.1 to the backend: the Service's port "
        "named `http` (or `appProtocol: http`), not `http2` or `grpc`, and no `h2UpgradePolicy: "
        "UPGRADE` in its DestinationRule.",
        "Ask the backend's team which protocol the port speaks.",
        side=Side.INTERMEDIARY,
    ),
    _mesh(
        r"tls[_ ]error|wrong_version_number|certificate_verify_failed|ssl routines",
        "The proxy cannot open TLS to the backend",
        "Envoy's own words: TLS between proxy and backend fails. One side expects TLS (mutual TLS "
        "in a mesh) where the other speaks plain HTTP, or the certificate is not accepted.",
        "Ask the administrators of the mesh whether both sides use mutual TLS: the DestinationRule "
        "(`tls.mode`) and the PeerAuthentication of the backend have to agree.",
        "Ask the backend's team whether the port speaks TLS.",
        side=Side.INTERMEDIARY,
    ),
    _mesh(
        r"no healthy upstream",
        "The backend has no healthy instance",
        "Envoy's own words: the route is there, and no instance behind it passes the health check, "
        "or there is none.",
        "Ask the backend's team whether an instance runs and is ready: `kubectl get endpoints "
        "SERVICE` shows none if the labels or the readiness probe are wrong.",
        "Wait a minute and try again: `edgecheck doctor`.",
    ),
    _mesh(
        r"connection refused|remote connection failure|reset reason: (?:local )?connection failure|"
        r"delayed connect error: 111",
        "The backend refuses the proxy's connections",
        "Envoy's own words: the connection to the backend was refused. The process does not run, "
        "listens on another port than the Service names, or on 127.0.0.1 alone.",
        "Ask the backend's team whether the process runs and listens on the Service's targetPort, "
        "on 0.0.0.0.",
        "Wait a minute and try again: `edgecheck doctor`.",
    ),
    _mesh(
        r"reset reason: connection termination|disconnect/reset before headers",
        "The backend closes the proxy's connection without an answer",
        "Envoy's own words: the connection to the backend was opened, and ended before an answer. "
        "The process crashed, expects TLS where the proxy speaks plain HTTP, or closes what it "
        "does not know.",
        "Ask the backend's team for their log at this moment: did the handshake of {endpoint} "
        "arrive, and did the process crash?",
        "Ask the administrators of the mesh whether proxy and backend agree about TLS (the "
        "DestinationRule's `tls.mode`).",
    ),
    Tell(
        "upgrade-bad-gateway",
        "Linkerd's proxy cannot reach the backend: {linkerd}",
        "The field l5d-proxy-error is Linkerd's: its proxy beside the backend got no answer, for "
        "the reason that the field gives.",
        (
            (
                "Ask the backend's team whether the process runs and listens on that port, and "
                "for its "
                "log at this moment."
            ),
            (
                "Ask the administrators of the mesh, if it runs: a port that speaks first, or "
                "TLS, has "
                "to be marked as opaque (`config.linkerd.io/opaque-ports`)."
            ),
        ),
        fields=(("l5d-proxy-error", r"(?P<linkerd>.{1,90})"),),
        statuses=(500, 502, 503, 504),
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-blocked",
        "A policy of Linkerd refuses the request: HTTP {status}",
        "The field l5d-proxy-error is Linkerd's: no AuthorizationPolicy lets this client reach "
        "the backend's port.",
        (
            (
                "Ask the administrators of the mesh for a Server and an AuthorizationPolicy "
                "that allow "
                "{endpoint} to clients outside of the mesh."
            ),
        ),
        fields=(("l5d-proxy-error", r"unauthorized|forbidden|denied"),),
        statuses=(403,),
        confidence=Confidence.CERTAIN,
    ),
    # --- reverse proxies --------------------------------------------------------------------------
    Tell(
        "upgrade-not-found",
        "No route for {endpoint} on {host}: HTTP {status} of Traefik, or of a server in Go",
        "Traefik and servers in Go send exactly these bytes where nothing matches. With Traefik no "
        "router matches host and path, or the container has no router yet. With a server in Go "
        "the path is wrong, or a proxy dropped the Upgrade field.",
        (
            _CHECK_URL,
            (
                "Ask the backend's team for the router, if Traefik is in front: its rule needs "
                "``Host(`{host}`)`` and a path that takes {endpoint}, on the entry point of "
                "this port. "
                "Traefik's dashboard shows routers and their errors."
            ),
        ),
        page=r"^not found\n404 page not found\s*$",
        fields=(("x-content-type-options", "nosniff"),),
        statuses=(404,),
        side=Side.CLIENT,
        confidence=Confidence.POSSIBLE,
        alternatives=("upgrade-header-dropped",),
    ),
    Tell(
        "upgrade-unavailable",
        "Traefik has no healthy server for this service: HTTP {status}",
        "Traefik's own words: the router matches, and no server of its service is up.",
        (
            (
                "Ask the backend's team whether the container or pod runs, passes its health "
                "check, and "
                "is on a network that Traefik is on too."
            ),
            "Wait a minute and try again: `edgecheck doctor`.",
        ),
        page=r"^service unavailable\s+no available server\s*$",
        product="Traefik",
        statuses=(503,),
        side=Side.BACKEND,
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-unavailable",
        "nginx itself answers 503: no endpoint, a limit, or a name that it does not know",
        "The page is nginx' own. An ingress says so for a Service without ready endpoints, the "
        "container nginx-proxy for a host name that no container has, and plain nginx where "
        "`limit_conn` or `limit_req` is reached or maintenance is switched on.",
        (
            (
                "Ask the backend's team whether an instance is ready (`kubectl get endpoints "
                "SERVICE`), "
                "and with nginx-proxy whether a container has VIRTUAL_HOST={host}."
            ),
            (
                "Ask the administrators of nginx whether `limit_conn` or `limit_req` refused this "
                "client: the error log says `limiting`."
            ),
        ),
        page=r"<h1>503 service temporarily unavailable</h1></center>\s*<hr><center>(?:nginx|openr)",
        statuses=(503,),
        side=Side.BACKEND,
        confidence=Confidence.POSSIBLE,
        alternatives=("upgrade-rate-limited",),
    ),
    Tell(
        "upgrade-bad-gateway",
        "Apache cannot find the backend's name: HTTP {status}",
        "Apache's own words: its name server has no address for the backend's host in ProxyPass.",
        (
            (
                "Ask the administrators of Apache to correct the host in ProxyPass, or to start "
                "Apache "
                "after the backend's container: it looks names up once."
            ),
        ),
        page=r"reason:\s*(?:<strong>)?dns lookup failure",
        product="Apache",
        side=Side.INTERMEDIARY,
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-server-error",
        "Apache itself fails: HTTP {status}",
        "The page is Apache's own. For a WebSocket it most often means that no module serves "
        "ws://: mod_proxy_wstunnel (or mod_proxy_http since 2.4.47) is not loaded. Other errors of "
        "its configuration look the same.",
        (
            (
                "Ask the administrators of Apache for its error log at this moment. `AH01144: No "
                "protocol handler was valid` means that a module is missing: `a2enmod proxy "
                "proxy_http "
                "proxy_wstunnel`, then a restart."
            ),
            "Ask them to correct the line that the log names otherwise.",
        ),
        page=r"<title>500 internal server error</title>.{0,900}(?:<address>apache|server "
        r"administrator)",
        statuses=(500,),
        side=Side.INTERMEDIARY,
    ),
    Tell(
        "upgrade-unavailable",
        "IIS answers in place of the application: its application pool is stopped (HTTP {status})",
        "The page is http.sys', below IIS: the application pool of this site does not run. It was "
        "stopped, or crashed so often that IIS gave up.",
        (
            (
                "Ask the backend's team to start the application pool of IIS, and to look for the "
                "reason in the Windows event log (source WAS)."
            ),
            "Run `edgecheck doctor` again afterwards.",
        ),
        page=r"http error 503\. the service is unavailable",
        statuses=(503,),
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-bad-gateway",
        "OpenShift's router has no backend for this route: HTTP {status}",
        "The page is the router's: no pod behind the route of {host} is ready, or there is no "
        "such route.",
        (
            (
                "Ask the backend's team whether a pod is ready and the route's service and port "
                "are "
                "right: `oc get route,endpoints`."
            ),
            "Check the host in {url_where}.",
        ),
        page=r"application is (?:currently )?not (?:available|serving requests)",
        statuses=(503,),
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-bad-gateway",
        "Kubernetes has no endpoint for the service: HTTP {status}",
        "The document is that of Kubernetes: the service is there, and no ready pod is behind it.",
        (
            (
                "Ask the backend's team whether a pod is ready: `kubectl get endpoints "
                "SERVICE`. Labels "
                "of the selector and the readiness probe decide it."
            ),
        ),
        page=r"no endpoints available for service",
        side=Side.BACKEND,
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "platform-app-missing",
        "frp's server has no client for {host}: HTTP {status}",
        "The page is that of frps: no frpc is connected that serves this name, or its "
        "`customDomains` has another one.",
        (
            (
                "Start frpc where the backend runs, and look into its log: `start proxy "
                "success` has to "
                "stand there."
            ),
            "Compare `customDomains` (or `subdomain`) in frpc's configuration with {host}.",
        ),
        page=r"faithfully yours, frp",
        side=Side.BACKEND,
        confidence=Confidence.LIKELY,
    ),
)
