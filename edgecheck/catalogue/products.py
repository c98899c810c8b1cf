"""Who writes which answer, and what its administrators have to change (pure).

A product is recognised by what it leaves in an answer: fields that only it sends, and the pages
that it writes by itself. `rules/witness.py` reads this table; every rule asks there. A `Server`
field says who passed the answer on, a page says who wrote it, and the two may differ. What the
words of a product say about the cause is a `Tell` in `tells/`, which names its product here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from ..frozen import dataclass, field


class Role(StrEnum):
    """What a product is to a connection."""

    SERVER = "the application's server"
    PROXY = "a reverse proxy"
    CDN = "a CDN"
    PLATFORM = "a hosting platform"


class Cure(StrEnum):
    """What a product may have to do otherwise."""

    UPGRADE = "pass the Upgrade field on"
    LIMIT = "keep a connection that is quiet or old"
    FIXED_LIMIT = "a limit that no setting changes"
    AUTHORIZATION = "pass the Authorization field on"
    LOG_IN = "ask for no credentials of its own"
    TLS = "say that TLS ended here"
    ROUTE = "send the path to the backend"
    BACKEND = "find out why it cannot reach the backend"
    RULE = "find the rule that refused, and change it"


@dataclass(frozen=True)
class Product:
    """One product.

    Args:
        name: as its makers write it.
        role: what it is to a connection.
        fields: name and value (a regular expression) of fields that it sends, or adds on the way.
        page: a regular expression of the content that it writes by itself.
        bare: it also answers by itself without any content, and signs that with its Server field.
        refuses_upgrade: the status with which it refuses, without content, an Upgrade that its
            configuration does not allow; 0 if it drops the field, or passes it on.
        maps_upgrades: its configuration maps addresses of WebSockets apart from those of HTTP, and
            what is not mapped is 404.
        signs: its Server field stands in its own answers alone, not in those that it passes on.
        cut: the status with which it answers for a backend whose answer is none, or no HTTP.
        cures: what to change in it, each with its own line of configuration. The text begins with
            a verb's object: it follows "Ask the administrators of NAME to". A limit that no setting
            changes is a sentence of its own, for the client to keep to.
    """

    name: str
    role: Role
    fields: tuple[tuple[str, str], ...] = ()
    page: str = ""
    bare: bool = False
    refuses_upgrade: int = 0
    maps_upgrades: bool = False
    signs: bool = False
    cut: int = 502
    cures: Mapping[Cure, str] = field(default_factory=dict, hash=False)

    @property
    def is_on_the_way(self) -> bool:
        """Whether it stands between the client and the application's server."""
        return self.role is not Role.SERVER


# The most telling first: an answer of a platform also has the Server field of the proxy in it.
PRODUCTS: tuple[Product, ...] = (
    Product(
        "Railway",
        Role.PLATFORM,
        (("x-railway-fallback", ""), ("x-railway-request-id", ""), ("server", "railway")),
        r"the train has not arrived|railway proxy error",
        cures={
            Cure.LIMIT: (
                "look at the deployment's log: Railway has no idle limit for WebSockets, so a "
                "redeployment or the application ended it"
            ),
        },
    ),
    Product(
        "Render",
        Role.PLATFORM,
        (("x-render-origin-server", ""), ("x-render-routing", ""), ("rndr-id", "")),
        r"render\.com",
        cures={
            Cure.LIMIT: "look at the service's events: Render ends WebSockets when it redeploys"
        },
    ),
    Product(
        "Fly.io",
        Role.PLATFORM,
        (("fly-request-id", ""), ("server", r"fly/"), ("via", r"fly\.io")),
        "",
        cures={
            Cure.BACKEND: (
                "compare `internal_port` in fly.toml with the port where the application "
                "listens, on 0.0.0.0, and to look at `fly logs` and `fly status`"
            ),
            Cure.LIMIT: (
                "keep the machine running. In fly.toml:\n"
                '    [http_service]\n      auto_stop_machines = "off"\n      min_machines_running '
                "= 1"
            ),
        },
    ),
    Product(
        "Heroku",
        Role.PLATFORM,
        (("via", r"vegur|heroku"), ("server", r"cowboy|heroku")),
        r"herokucdn\.com/error-pages|heroku \| ",
        cures={
            Cure.FIXED_LIMIT: (
                "Heroku's router ends a WebSocket after 55 s without traffic, and every one within "
                "24 hours, when it restarts the dyno."
            )
        },
    ),
    Product(
        "Cloud Run",
        Role.PLATFORM,
        (("server", r"google frontend"), ("x-cloud-trace-context", "")),
        r"<title>Error: (?:Forbidden|Unauthorized|Server Error|Page not found)</title>",
        cures={
            Cure.ROUTE: (
                "compare {host} with the service's own address, in the right project and "
                "region: `gcloud run services describe SERVICE`"
            ),
            Cure.BACKEND: (
                "look at the log of the revision: it has to listen on 0.0.0.0 and $PORT"
            ),
            Cure.LIMIT: (
                "raise the request time-out, which ends WebSockets too (5 minutes by default, 60 "
                "at most):\n$ gcloud run services update SERVICE --timeout=3600"
            ),
            Cure.LOG_IN: (
                "let callers without a Google identity in:\n"
                "$ gcloud run services add-iam-policy-binding SERVICE --member=allUsers "
                "--role=roles/run.invoker"
            ),
            Cure.UPGRADE: (
                "switch end-to-end HTTP/2 off:\n$ gcloud run services update SERVICE --no-use-http2"
            ),
        },
    ),
    Product(
        "Google's load balancer",
        Role.PLATFORM,
        (("via", r"1\.1 google\b"), ("x-goog-iap-generated-response", "")),
        "",
        cures={
            Cure.ROUTE: ("add a path rule for {endpoint} on {host} to the URL map"),
            Cure.BACKEND: (
                "look at the health of the backend service, whose health check needs a path "
                "that answers 200 to plain HTTP"
            ),
            Cure.LIMIT: (
                "raise the backend service's time-out, which is the longest life of a WebSocket "
                "there (30 s by default):\n"
                "$ gcloud compute backend-services update SERVICE --global --timeout=86400"
            ),
            Cure.LOG_IN: "take {endpoint} out of the identity-aware proxy",
        },
    ),
    Product(
        "Azure App Service",
        Role.PLATFORM,
        (("set-cookie", r"ARRAffinity"), ("x-ms-middleware-request-id", "")),
        r"404 web site not found|azurewebsites|microsoft azure app service",
        cures={
            Cure.UPGRADE: (
                "switch WebSockets on:\n$ az webapp config set --resource-group GROUP --name APP "
                "--web-sockets-enabled true"
            ),
            Cure.FIXED_LIMIT: "Azure App Service ends a WebSocket after 230 s without traffic.",
            Cure.LOG_IN: (
                "exempt {endpoint} from the log-in (Easy Auth): `excludedPaths` in the auth "
                "settings"
            ),
        },
    ),
    Product(
        "Azure Front Door",
        Role.CDN,
        (("x-azure-ref", ""), ("x-msedge-ref", "")),
        r"azure front door|our services aren't available right now",
        cures={
            Cure.ROUTE: ("add a route for {endpoint} on {host}"),
            Cure.BACKEND: (
                "look at the health probe of the origin group, and whether the origin accepts "
                "the host header that Front Door sends"
            ),
            Cure.RULE: ("look at the WAF policy's log, by the reference in x-azure-ref"),
            Cure.FIXED_LIMIT: "Azure Front Door ends every WebSocket after 4 hours at most.",
        },
    ),
    Product(
        "Azure Application Gateway",
        Role.PROXY,
        (("server", r"microsoft-azure-application-gateway"),),
        r"microsoft-azure-application-gateway",
        cures={
            Cure.LIMIT: (
                "raise the request time-out of the backend setting (20 s by default):\n"
                "$ az network application-gateway http-settings update --timeout 3600 …"
            )
        },
    ),
    Product(
        "Cloudflare Access",
        Role.PLATFORM,
        (("cf-access-aud", ""), ("www-authenticate", r"cloudflare-access")),
        r"cloudflareaccess\.com|cdn-cgi/access",
        cures={
            Cure.LOG_IN: (
                "add a bypass policy for the path {endpoint} of this application (Zero Trust, "
                "Access, Applications), or give agents a service token"
            )
        },
    ),
    Product(
        "Cloudflare",
        Role.CDN,
        (("cf-ray", ""), ("cf-mitigated", ""), ("server", r"cloudflare")),
        r"cloudflare|cf-error-details|error code:? ?(?:1\d{3}|5[23]\d)",
        cures={
            Cure.BACKEND: (
                "look at the DNS record of {host} and at the TLS mode, or at cloudflared's log "
                "if it is a tunnel"
            ),
            Cure.RULE: (
                "let {endpoint} through: Security, Events finds the rule by the CF-Ray field "
                "below, and a custom rule with Skip for this path exempts it"
            ),
            Cure.UPGRADE: "switch WebSockets on: Network, WebSockets",
            Cure.FIXED_LIMIT: (
                "Cloudflare ends a WebSocket after 100 s without traffic, and whenever it restarts "
                "one of its servers."
            ),
            Cure.TLS: "set the TLS mode to Full (strict): SSL/TLS, Overview",
        },
    ),
    Product(
        "CloudFront",
        Role.CDN,
        (("x-amz-cf-id", ""), ("via", r"cloudfront"), ("server", r"cloudfront")),
        r"generated by cloudfront|the request could not be satisfied",
        signs=True,
        cures={
            Cure.ROUTE: (
                "add a behaviour for {endpoint} that leads to the backend's origin, with the "
                "origin request policy AllViewer"
            ),
            Cure.BACKEND: (
                "look at the origin: its name, its port, its certificate, and whether its "
                "firewall lets CloudFront in"
            ),
            Cure.UPGRADE: (
                "forward `Sec-WebSocket-*` and all other fields of the viewer: origin request "
                "policy AllViewer"
            ),
            Cure.AUTHORIZATION: (
                "forward the Authorization field: origin request policy AllViewer, cache policy "
                "CachingDisabled"
            ),
            Cure.FIXED_LIMIT: "CloudFront ends a WebSocket after 10 minutes without traffic.",
            Cure.TLS: "set the origin protocol policy to HTTPS only",
        },
    ),
    Product(
        "API Gateway",
        Role.PLATFORM,
        (("x-amzn-errortype", ""), ("apigw-requestid", ""), ("x-amz-apigw-id", "")),
        r'^\s*\{"message": ?"(?:forbidden|missing authentication token|unauthorized|internal '
        r'server error)"',
        cures={
            Cure.UPGRADE: "use a WebSocket API: REST and HTTP APIs cannot open WebSockets",
            Cure.FIXED_LIMIT: (
                "API Gateway ends a WebSocket after 10 minutes without traffic, and every one "
                "after 2 hours."
            ),
            Cure.LOG_IN: (
                "set the authorization of the $connect route to NONE, or to an authorizer that "
                "knows the agents' secret"
            ),
        },
    ),
    Product(
        "AWS load balancer",
        Role.PROXY,
        (("server", r"awselb"),),
        "",
        signs=True,
        cures={
            Cure.ROUTE: (
                "add a listener rule for {endpoint} on {host}: the default action answered"
            ),
            Cure.BACKEND: (
                "look at the health of the target group's targets: the port has to be the "
                "backend's, and the health check needs a path that answers 200 to plain HTTP"
            ),
            Cure.RULE: (
                "look at the web ACL (AWS WAF, Sampled requests) and at listener rules with a "
                "fixed 403"
            ),
            Cure.LIMIT: (
                "raise the idle time-out (60 s by default):\n"
                "$ aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN --attributes "
                "Key=idle_timeout.timeout_seconds,Value=3600"
            ),
            Cure.UPGRADE: "set the target group's protocol version to HTTP1",
            Cure.LOG_IN: "exempt {endpoint} from the listener's authenticate action",
        },
    ),
    Product(
        "Deno Deploy",
        Role.PLATFORM,
        (("server", r"^deno/"), ("x-deno-ray", "")),
        r"the deployment (?:you are looking for )?(?:could not be|was not) found",
    ),
    Product(
        "Vercel",
        Role.PLATFORM,
        (("x-vercel-id", ""), ("x-vercel-error", ""), ("server", r"vercel")),
        r"deployment could not be found on vercel",
        cures={
            Cure.UPGRADE: "host the WebSocket elsewhere: Vercel's functions cannot keep one open"
        },
    ),
    Product(
        "Netlify",
        Role.PLATFORM,
        (("x-nf-request-id", ""), ("server", r"netlify")),
        "",
        cures={Cure.UPGRADE: "host the WebSocket elsewhere: Netlify does not pass WebSockets on"},
    ),
    Product(
        "ngrok",
        Role.PLATFORM,
        (("ngrok-error-code", ""), ("ngrok-agent-ips", "")),
        r"err_ngrok_\d+",
    ),
    Product(
        "Fastly",
        Role.CDN,
        (("x-served-by", r"cache-"), ("x-fastly-request-id", "")),
        r"fastly error",
        cures={
            Cure.UPGRADE: "switch WebSockets on for the service, and `return(upgrade)` in vcl_recv"
        },
    ),
    Product(
        "Akamai",
        Role.CDN,
        (("server", r"akamaighost"), ("akamai-grn", ""), ("x-akamai-request-id", "")),
        r"errors\.edgesuite\.net|reference&#32;&#35;",
        signs=True,
        cures={Cure.UPGRADE: "add the WebSockets behaviour for {endpoint} to the property"},
    ),
    Product(
        "Imperva",
        Role.CDN,
        (("x-iinfo", ""), ("x-cdn", r"imperva|incapsula")),
        r"incapsula|imperva",
    ),
    Product(
        "Sucuri",
        Role.CDN,
        (("x-sucuri-id", ""), ("x-sucuri-block", "")),
        r"sucuri website firewall|cloudproxy",
    ),
    Product(
        "APISIX",
        Role.PROXY,
        (("server", r"^apisix"),),
        r'^\s*\{"error_msg":',
        cures={
            Cure.BACKEND: (
                "look at the nodes of the route's upstream: in a container, 127.0.0.1 is the "
                "gateway itself"
            ),
            Cure.RULE: (
                "look at the plugins ip-restriction, ua-restriction and consumer-restriction of"
                " the route"
            ),
            Cure.UPGRADE: (
                "set `enable_websocket: true` on the route of {endpoint} itself, and to let load "
                "balancers before it (AWS CLB) pass TCP on"
            ),
            Cure.LIMIT: "raise `timeout.read` and `timeout.send` of the route's upstream",
            Cure.LOG_IN: "leave {endpoint} out of its authentication plugin",
        },
    ),
    Product(
        "Tyk",
        Role.PROXY,
        (("x-generator", r"tyk"),),
        cures={
            Cure.UPGRADE: (
                "switch WebSockets on: `http_server_options.enable_websockets: true` in tyk.conf"
            ),
            Cure.LOG_IN: "let {endpoint} through without a key: `use_keyless: true`",
        },
    ),
    Product(
        "Linkerd",
        Role.PROXY,
        (("l5d-proxy-error", ""), ("l5d-proxy-connection", "")),
        cures={
            Cure.UPGRADE: (
                "let WebSockets stay HTTP/1.1: no `appProtocol` or annotation that says HTTP/2 for "
                "the port, or the port as opaque (`config.linkerd.io/opaque-ports`)"
            ),
        },
    ),
    Product(
        "Kong",
        Role.PROXY,
        (
            ("x-kong-response-latency", ""),
            ("x-kong-upstream-latency", ""),
            ("server", r"kong"),
            ("via", r"\bkong/"),
        ),
        r"no route matched with those values|an invalid response was received from the upstream",
        cures={
            Cure.BACKEND: ("look at the service's host and port and the health of its upstream"),
            Cure.RULE: ("look at the plugins ip-restriction, acl and bot-detection of the route"),
            Cure.UPGRADE: (
                "let what stands before Kong pass the upgrade on (a load balancer that speaks HTTP "
                "drops it: AWS CLB needs TCP or TLS listeners). Kong itself does so, for routes "
                "with the protocols http, https, ws or wss"
            ),
            Cure.LIMIT: "raise its limits: `read_timeout` and `write_timeout` of the service",
            Cure.LOG_IN: "leave {endpoint} out of its authentication plugin",
        },
    ),
    Product(
        "nginx (or a Kubernetes ingress)",
        Role.PROXY,
        (),
        r"^default backend - 404|<hr><center>nginx</center>",
        cures={
            Cure.ROUTE: (
                "send {endpoint} on {host} to the backend: a rule for host and path in the "
                "Ingress; in nginx a `location {endpoint}` with `proxy_pass`"
            ),
            Cure.BACKEND: (
                "look at the line of its error log at this moment, which names the backend's "
                "address and the reason; in Kubernetes also at `kubectl get endpoints SERVICE` "
                "and the port in the Ingress"
            ),
            Cure.RULE: (
                "look for `access forbidden by rule` in its error log: `deny`, `allow` or an "
                "annotation `whitelist-source-range` refused"
            ),
            Cure.LIMIT: (
                "raise its limits. Annotations of the Ingress:\n"
                '    nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\n'
                '    nginx.ingress.kubernetes.io/proxy-send-timeout: "3600"'
            ),
            Cure.UPGRADE: (
                "pass the upgrade on. ingress-nginx does so by itself; nginx, in the location of "
                "{endpoint}:\n"
                "    proxy_http_version 1.1;\n"
                "    proxy_set_header Upgrade $http_upgrade;\n"
                '    proxy_set_header Connection "upgrade";'
            ),
            Cure.LOG_IN: (
                "ask for no credentials of its own at {endpoint}: an Ingress for that path without "
                "the annotations `nginx.ingress.kubernetes.io/auth-*`; in nginx itself "
                "`auth_basic off;` in its location"
            ),
            Cure.TLS: "say that TLS ended there: `proxy_set_header X-Forwarded-Proto $scheme;`",
        },
    ),
    Product(
        "nginx",
        Role.PROXY,
        (("server", r"nginx|openresty|tengine|angie"), ("x-nginx-cache", "")),
        r"<center>(?:nginx|openresty|tengine|angie)",
        cures={
            Cure.ROUTE: (
                "send {endpoint} to the backend: a `location {endpoint}` with `proxy_pass` in "
                "the server of {host}. Without it nginx looks for a file"
            ),
            Cure.BACKEND: (
                "look at the line of its error log at this moment: it names the backend's "
                "address and the reason (111 is refused, 110 timed out)"
            ),
            Cure.RULE: (
                "look for `access forbidden by rule` in its error log: `deny`, `allow`, or a "
                "firewall module for {endpoint}"
            ),
            Cure.UPGRADE: (
                "pass the upgrade on, in the location of {endpoint}:\n"
                "    proxy_http_version 1.1;\n"
                "    proxy_set_header Upgrade $http_upgrade;\n"
                '    proxy_set_header Connection "upgrade";'
            ),
            Cure.LIMIT: (
                "raise its limits, in the location of {endpoint}:\n"
                "    proxy_read_timeout 3600s;\n    proxy_send_timeout 3600s;"
            ),
            Cure.AUTHORIZATION: (
                "pass the Authorization field on: `proxy_set_header Authorization "
                "$http_authorization;`"
            ),
            Cure.LOG_IN: (
                "ask for no credentials of its own at {endpoint}, with `auth_basic off;` in its "
                "location"
            ),
            Cure.TLS: ("say that TLS ended there: `proxy_set_header X-Forwarded-Proto $scheme;`"),
        },
    ),
    Product(
        "Apache",
        Role.PROXY,
        (("server", r"^apache(?!-coyote)"),),
        r"<address>apache|maintenance downtime or capacity problems|error reading from remote "
        r"server|the proxy server (?:received an invalid|could not handle)",
        cures={
            Cure.ROUTE: (
                "send {endpoint} to the backend, above any `ProxyPass /`:\n"
                '    ProxyPass "{endpoint}" "http://BACKEND{endpoint}" upgrade=websocket'
            ),
            Cure.BACKEND: (
                "look at its error log at this moment: AH00957 and AH01102 name the backend's "
                "address and the reason"
            ),
            Cure.RULE: (
                "look for `client denied by server configuration` (AH01630) in its error log: "
                "`Require`, `.htaccess` or a firewall module refused"
            ),
            Cure.UPGRADE: (
                "pass the upgrade on (2.4.47 and later; before that, mod_proxy_wstunnel with "
                "ws://):\n"
                '    ProxyPass "{endpoint}" "http://BACKEND{endpoint}" upgrade=websocket'
            ),
            Cure.LIMIT: (
                "raise its limit: `ProxyTimeout 3600`, or `timeout=3600` behind ProxyPass"
            ),
            Cure.AUTHORIZATION: "pass the Authorization field on: `CGIPassAuth On`",
            Cure.LOG_IN: (
                "ask for no credentials of its own at {endpoint}:\n"
                '    <Location "{endpoint}">\n      Require all granted\n    </Location>'
            ),
            Cure.TLS: 'say that TLS ended there: `RequestHeader set X-Forwarded-Proto "https"`',
        },
    ),
    Product(
        "HAProxy",
        Role.PROXY,
        (("x-haproxy-server-state", ""),),
        # Its one-line pages have the same form for every status.
        r"^<html><body><h1>\d{3} [^<\n]*</h1>\n[^<\n]*\n</body></html>\s*$|"
        r"no server is available to handle this request|the server didn't respond in time\.|"
        r"the server returned an invalid or incomplete response\.|your browser didn't send a "
        r"complete request in time\.|request forbidden by administrative rules\.|your browser "
        r"sent an invalid request\.",
        cures={
            Cure.ROUTE: ("add a `use_backend` rule for {endpoint} on {host}"),
            Cure.BACKEND: (
                "look at the state of its servers (`show servers state`), and to speak HTTP/1.1"
                " to the backend for WebSockets: no `alpn h2` on the server line, or `ws h1` "
                "beside it"
            ),
            Cure.RULE: ("look for the rule that denied (`http-request deny`, PR in its log)"),
            Cure.LIMIT: "raise its limit for open WebSockets: `timeout tunnel 1h`",
            Cure.UPGRADE: (
                "pass the upgrade on: remove `option httpclose` and rules that delete Upgrade or "
                "Connection"
            ),
            Cure.LOG_IN: "ask for no credentials of its own at {endpoint}: `http-request auth`",
            Cure.TLS: (
                "say that TLS ended there: `http-request set-header X-Forwarded-Proto https`"
            ),
        },
    ),
    Product(
        "Caddy",
        Role.PROXY,
        (("server", r"caddy"), ("via", r"caddy")),
        bare=True,
        cures={
            Cure.ROUTE: (
                "send {endpoint} to the backend: a `reverse_proxy` for it in the site of {host}"
            ),
            Cure.BACKEND: (
                "look into its log at this moment: what begins with `dial tcp` names the backend's "
                "address and the reason"
            ),
            Cure.RULE: (
                "look for a `respond` with 403, `remote_ip` matchers or a firewall module such "
                "as Coraza"
            ),
            Cure.UPGRADE: (
                "pass the upgrade on: `reverse_proxy` does so by itself, unless `header_up` "
                "removes Upgrade or Connection"
            ),
            Cure.LIMIT: (
                "keep open WebSockets over a reload: `stream_close_delay 1h` in reverse_proxy"
            ),
            Cure.LOG_IN: (
                "ask for no credentials of its own at {endpoint}: a matcher that leaves it out of "
                "`basic_auth`"
            ),
            Cure.TLS: "trust the proxy before it: `trusted_proxies` in its global options",
        },
    ),
    Product(
        "Traefik",
        Role.PROXY,
        (("x-traefik-router", ""),),
        r"^(?:bad gateway|gateway timeout|service unavailable|401 unauthorized)\s*$",
        cut=500,
        cures={
            Cure.ROUTE: (
                "add a router for {endpoint} on {host}: its dashboard shows routers and their "
                "errors"
            ),
            Cure.BACKEND: (
                "compare the port of the service with the one where the container listens "
                "(label `traefik.http.services.NAME.loadbalancer.server.port`), and whether "
                "both are on one network"
            ),
            Cure.RULE: (
                "look for a middleware that refuses (ipAllowList, forwardAuth) on the router"
            ),
            Cure.UPGRADE: (
                "pass the upgrade on: Traefik does so by itself, unless a `headers` middleware "
                "sets Connection or Upgrade"
            ),
            Cure.LIMIT: (
                "raise its limits: `--entryPoints.websecure.transport.respondingTimeouts."
                "readTimeout=0` and `idleTimeout`"
            ),
            Cure.LOG_IN: (
                "ask for no credentials of its own at {endpoint}: a router for that path without "
                "the basicAuth or forwardAuth middleware"
            ),
        },
    ),
    Product(
        "Varnish",
        Role.PROXY,
        (("x-varnish", ""), ("via", r"varnish"), ("server", r"varnish")),
        r"guru meditation",
        cures={
            Cure.BACKEND: ("look at the health of its backends: `varnishadm backend.list`"),
            Cure.RULE: ("look for `return (synth(403))` in its VCL"),
            Cure.UPGRADE: (
                'hand WebSockets through. In vcl_recv `if (req.http.Upgrade ~ "(?i)websocket") '
                "{{ return (pipe); }}`, and in vcl_pipe:\n"
                "    set bereq.http.Upgrade = req.http.Upgrade;\n"
                "    set bereq.http.Connection = req.http.Connection;"
            ),
            Cure.LIMIT: "raise its limit: `-p pipe_timeout=3600`",
        },
    ),
    Product(
        "lighttpd",
        Role.PROXY,
        (("server", r"lighttpd"),),
        r'^<\?xml version="1\.0" encoding="iso-8859-1"\?>\s*<!doctype html public "-//w3c//dtd '
        r"xhtml 1\.0 transitional",
        cut=500,
        cures={
            Cure.ROUTE: ("send {endpoint} to the backend: `proxy.server` for that path"),
            Cure.BACKEND: (
                "look at its error log at this moment: it names the backend's address and the "
                "reason"
            ),
            Cure.RULE: ("look for `url.access-deny` and conditions on the client's address"),
            Cure.UPGRADE: 'pass the upgrade on: `proxy.header = ( "upgrade" => "enable" )`',
            Cure.LIMIT: "raise its limit: `server.max-read-idle = 3600`",
            Cure.LOG_IN: "leave {endpoint} out of `auth.require`",
        },
    ),
    Product(
        "Squid",
        Role.PROXY,
        (("x-squid-error", ""), ("via", r"squid"), ("server", r"squid"), ("x-cache-lookup", "")),
        r"err_[a-z_]{4,}|generated [^<]{0,80}\(squid",
        cures={
            Cure.BACKEND: ("look at cache_peer: its address and port, and the log at this moment"),
            Cure.RULE: ("look for the `http_access deny` that matched"),
            Cure.UPGRADE: (
                "pass the upgrade on: `http_upgrade_request_protocols websocket allow all`"
            ),
            Cure.AUTHORIZATION: "pass the Authorization field on: `login=PASSTHRU` on cache_peer",
            Cure.LIMIT: "raise its limit: `read_timeout 1 hour`",
        },
    ),
    Product(
        "Envoy",
        Role.PROXY,
        (("server", r"envoy"), ("x-envoy-upstream-service-time", ""), ("x-envoy-decorator-", "")),
        r"upstream connect error or disconnect/reset before headers|no healthy upstream|upstream "
        r"request timeout|upstream_reset",
        bare=True,
        refuses_upgrade=403,
        cures={
            Cure.ROUTE: (
                "add a route for {endpoint} on {host} (VirtualService, HTTPRoute, or route_config)"
            ),
            Cure.BACKEND: (
                "look at the flags in its access log at this moment (UF refused, UH no healthy "
                "host, UC closed)"
            ),
            Cure.RULE: ("look for RBAC and external authorization filters on this route"),
            Cure.UPGRADE: (
                "pass the upgrade on: in the HTTP connection manager\n"
                "    upgrade_configs:\n    - upgrade_type: websocket"
            ),
            Cure.LIMIT: (
                "raise its limits: `stream_idle_timeout: 0s`, `timeout: 0s` in the route, and "
                "`max_stream_duration`, which ends every connection at one age"
            ),
        },
    ),
    Product(
        "nghttpx",
        Role.PROXY,
        (("server", r"nghttpx"), ("via", r"nghttpx")),
        r"<footer>nghttpx",
        cures={
            Cure.UPGRADE: "let it be asked with HTTP/1.1: it drops Upgrade from HTTP/1.0",
            Cure.LIMIT: (
                "raise its limits: `--backend-read-timeout=1h --frontend-read-timeout=1h`"
            ),
        },
    ),
    Product(
        "Apache Traffic Server",
        Role.PROXY,
        (("server", r"^ats/"), ("via", r"apachetrafficserver")),
        r"<h1>not found on accelerator</h1>|could not connect to the requested server host|the "
        r"host requested did not return the document correctly|time has passed without sending any",
        maps_upgrades=True,
        cures={
            Cure.UPGRADE: (
                "map the address for WebSockets too, in remap.config:\n"
                "    map ws://HOST{endpoint} ws://BACKEND{endpoint}"
            ),
            Cure.LIMIT: (
                "raise its limits, in records.config:\n"
                "    CONFIG proxy.config.websocket.no_activity_timeout INT 3600\n"
                "    CONFIG proxy.config.websocket.active_timeout INT 0"
            ),
        },
    ),
    Product("websockify", Role.PROXY, (("server", r"websockify"),)),
    Product(
        "IIS",
        Role.PROXY,
        (("server", r"microsoft-iis|microsoft-httpapi"), ("x-powered-by", r"^arr/")),
        r"internet information services|iis web core|httpapi|iis detailed error",
        cures={
            Cure.ROUTE: ("add a binding for {host}, and a rewrite rule of ARR for {endpoint}"),
            Cure.BACKEND: ("look at the server farm's health, and at the application pool"),
            Cure.RULE: ("look at IP restrictions and request filtering for {endpoint}"),
            Cure.UPGRADE: (
                "switch WebSockets on (the feature Web-WebSockets), and in web.config "
                '`<webSocket enabled="true" />`. On Azure App Service: `az webapp config set '
                "--resource-group GROUP --name APP --web-sockets-enabled true`"
            ),
            Cure.LIMIT: "raise the proxy's time-out in ARR: Server Proxy Settings, Time-out",
            Cure.LOG_IN: "switch its own authentication off for {endpoint}",
            Cure.TLS: "let ARR set X-Forwarded-Proto in a rewrite rule's server variable",
        },
    ),
    Product(
        "H2O",
        Role.PROXY,
        (("server", r"^h2o"),),
        cures={
            Cure.UPGRADE: "pass the upgrade on: `proxy.websocket: ON`",
            Cure.LIMIT: "raise its limit: `proxy.websocket.timeout: 3600000`",
        },
    ),
    Product("Pound", Role.PROXY, (("server", r"^pound"),), r"the service is not available\. plea"),
    Product(
        "tinyproxy",
        Role.PROXY,
        (("via", r"tinyproxy"), ("server", r"tinyproxy")),
        "tinyproxy",
        cures={
            Cure.UPGRADE: (
                "put another reverse proxy (nginx, HAProxy, Caddy) before {endpoint}: tinyproxy "
                "removes Upgrade, and has no setting for it"
            )
        },
    ),
    Product("mitmproxy", Role.PROXY, (("server", r"^mitmproxy"),), signs=True),
    Product(
        "LiteSpeed",
        Role.PROXY,
        (("server", r"^litespeed"),),
        r"proudly powered by litespeed web server",
        cures={
            Cure.UPGRADE: (
                "add {endpoint} to the virtual host's Web Socket Proxy, with the backend's address"
            )
        },
    ),
    Product("uvicorn", Role.SERVER, (("server", r"^uvicorn"),)),
    # Any other program that says it passes answers on (RFC 9110, section 7.6.3).
    Product("a proxy", Role.PROXY, (("via", ""), ("x-cache", ""), ("x-proxy-cache", ""))),
)
