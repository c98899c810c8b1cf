"""What real servers, platforms, portals and filters answer, and what each answer is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.condition import OnStatus, claimed_by
from edgecheck.catalogue.rules.witness import author_of
from edgecheck.diagnose import Verdict, diagnose
from edgecheck.facts import Facts, Failure, HttpResponse, Kind, UpgradeFacts
from edgecheck.terms import Confidence
from tests.sights import HEALTHY, HOST, SPAN, answered

NGINX = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
)


def verdict_of(facts: Facts) -> Verdict:
    """Return the verdict."""
    verdict = diagnose(facts).verdict
    assert verdict is not None
    return verdict


def plain(facts: Facts) -> Facts:
    """Return the same over ws://, where nothing vouches for who answers."""
    return replace(
        facts,
        tls=None,
        target=replace(facts.target, url=f"ws://{HOST}/edge/ws?edge_agent_id=edge_1"),
    )


CLAIMED = {status for problem in PROBLEMS.values() for status in claimed_by(problem.when, OnStatus)}
UNCLAIMED = next(status for status in range(400, 600) if status not in CLAIMED)

ANSWERS: dict[str, tuple[Facts, str]] = {
    # ASGI
    "uvicorn: close before accept": (
        answered(403, content_type="text/plain; charset=utf-8", connection="close"),
        "auth-forbidden",
    ),
    "wsproto: no phrase": (answered(403), "auth-forbidden"),
    "daphne": (answered(403, reason="Access denied"), "auth-forbidden"),
    "FastAPI: 401 before accept": (
        answered(401, '{"detail":"Unauthorized"}', content_type="application/json"),
        "auth-unauthorized",
    ),
    "FastAPI: 403 in JSON": (
        answered(403, '{"detail":"Not authenticated"}', content_type="application/json"),
        "auth-forbidden",
    ),
    "FastAPI: plain HTTP arrived": (
        answered(404, '{"detail":"Not Found"}', server="uvicorn"),
        "upgrade-header-dropped",
    ),
    "FastAPI: plain HTTP arrived at a POST route": (
        answered(405, '{"detail":"Method Not Allowed"}', allow="POST"),
        "upgrade-header-dropped",
    ),
    "FastAPI: a 404 of its own": (answered(404, '{"detail":"No such agent"}'), "upgrade-not-found"),
    "uvicorn: exception before accept": (
        answered(500, "Internal Server Error"),
        "upgrade-server-error",
    ),
    # other servers that miss the Upgrade field
    "websockets: HTTP/1.0": (
        answered(505, "unsupported HTTP version: HTTP/1.0."),
        "upgrade-header-dropped",
    ),
    "websockets: Connection": (
        answered(426, "invalid Connection header: close.", upgrade="websocket"),
        "upgrade-header-dropped",
    ),
    "node ws": (answered(426, "Upgrade Required"), "upgrade-header-dropped"),
    "node ws: 400": (answered(400, "Missing or invalid Upgrade header"), "upgrade-header-dropped"),
    "aiohttp": (
        answered(400, 'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".'),
        "upgrade-header-dropped",
    ),
    "gorilla": (
        answered(
            400,
            (
                "Bad Request: websocket: the client is not using the websocket protocol: 'upgrade' "
                "token not found"
            ),
        ),
        "upgrade-header-dropped",
    ),
    "another version": (answered(426, sec_websocket_version="8, 7"), "upgrade-unexpected-status"),
    "the same version": (answered(426, sec_websocket_version="13"), "upgrade-header-dropped"),
    # nginx
    "nginx: 403": (answered(403, NGINX.format("403 Forbidden"), server="nginx"), "upgrade-blocked"),
    "nginx: 404": (
        answered(404, NGINX.format("404 Not Found"), server="nginx"),
        "upgrade-not-found",
    ),
    "nginx: 400": (
        answered(400, NGINX.format("400 Bad Request"), server="nginx"),
        "upgrade-bad-request",
    ),
    "nginx: 405": (
        answered(405, NGINX.format("405 Not Allowed"), server="nginx"),
        "upgrade-method-not-allowed",
    ),
    "nginx: 429": (
        answered(429, NGINX.format("429 Too Many Requests"), server="nginx", retry_after="30"),
        "upgrade-rate-limited",
    ),
    "nginx: 502": (
        answered(502, NGINX.format("502 Bad Gateway"), server="nginx"),
        "upgrade-bad-gateway",
    ),
    "nginx: 503": (
        answered(503, NGINX.format("503 Service Temporarily Unavailable"), server="nginx"),
        "upgrade-unavailable",
    ),
    "nginx: 504": (
        answered(504, NGINX.format("504 Gateway Time-out"), server="nginx"),
        "upgrade-gateway-timeout",
    ),
    "nginx passes the backend's 403 on": (answered(403, server="nginx"), "auth-forbidden"),
    "nginx: basic authentication": (
        answered(
            401, NGINX.format("401 Authorization Required"), www_authenticate='Basic realm="x"'
        ),
        "auth-basic-in-front",
    ),
    # platforms
    "Railway: no deployment": (
        answered(
            404,
            '{"status":"error","code":404,"message":"Application not found","request_id":"x"}',
            x_railway_fallback="true",
        ),
        "platform-app-missing",
    ),
    "Railway: no field": (
        answered(404, '{"status":"error","code":404,"message":"Application not found"}'),
        "platform-app-missing",
    ),
    "Railway: page": (
        answered(404, "<html>Not Found — The train has not arrived at the station."),
        "platform-app-missing",
    ),
    "Railway: no answer": (
        answered(
            502,
            (
                '{"status":"error","code":502,"message":"Application failed to '
                'respond","request_id":"x"}'
            ),
            x_railway_fallback="true",
        ),
        "platform-app-down",
    ),
    "Railway: its own": (answered(544), "platform-error"),
    "Railway passes the application's 404 on": (
        answered(404, '{"detail":"Not Found"}', server="railway-edge"),
        "upgrade-header-dropped",
    ),
    "Railway passes the application's 502 on": (
        answered(502, '{"detail":"upstream"}', server="railway-edge"),
        "upgrade-bad-gateway",
    ),
    "Railway: an error of its edge": (
        answered(500, x_railway_fallback="true"),
        "platform-error",
    ),
    "Heroku: crashed": (
        answered(503, '<iframe src="//www.herokucdn.com/error-pages/application-error.html">'),
        "platform-app-down",
    ),
    "Heroku: no such app": (
        answered(404, '<iframe src="//www.herokucdn.com/error-pages/no-such-app.html">'),
        "platform-app-missing",
    ),
    "Heroku: its page with another status": (
        answered(500, '<iframe src="//www.herokucdn.com/error-pages/application-error.html">'),
        "upgrade-server-error",
    ),
    "Render: crashed": (answered(503, x_render_routing="dynamic-error"), "platform-app-down"),
    "Vercel: none": (
        answered(404, x_vercel_error="DEPLOYMENT_NOT_FOUND"),
        "platform-app-missing",
    ),
    "Azure: none": (answered(404, "<h1>404 Web Site not found.</h1>"), "platform-app-missing"),
    "Render: none": (
        answered(404, "Not Found", x_render_routing="no-server"),
        "platform-app-missing",
    ),
    "ngrok: offline": (answered(404, "ERR_NGROK_3200"), "platform-app-missing"),
    "ngrok: no upstream": (answered(502, ngrok_error_code="ERR_NGROK_8012"), "platform-app-down"),
    # Cloudflare
    **{
        f"Cloudflare: {status}": (
            answered(status, f"error code: {status}", server="cloudflare", cf_ray="x"),
            "upgrade-bad-gateway",
        )
        for status in (520, 521, 522, 523, 530)
    },
    "Cloudflare: 524": (
        answered(524, "error code: 524", server="cloudflare"),
        "upgrade-gateway-timeout",
    ),
    **{
        f"Cloudflare: {status}": (
            answered(status, f"error code: {status}", server="cloudflare"),
            "upgrade-origin-tls",
        )
        for status in (525, 526)
    },
    "Cloudflare: challenge": (
        answered(
            403,
            "<!DOCTYPE html><title>Just a moment...</title>",
            server="cloudflare",
            cf_mitigated="challenge",
        ),
        "upgrade-blocked",
    ),
    "Cloudflare: rule": (answered(403, "error code: 1020", server="cloudflare"), "upgrade-blocked"),
    "Cloudflare passes the backend's 403 on": (
        answered(403, server="cloudflare", cf_ray="x"),
        "auth-forbidden",
    ),
    # filters and portals
    "Squid": (
        answered(403, "<html>ERR_ACCESS_DENIED", x_squid_error="ERR_ACCESS_DENIED 0"),
        "upgrade-blocked",
    ),
    "FortiGuard": (
        plain(
            answered(403, "<html><title>Web Page Blocked</title>FortiGuard Intrusion Prevention")
        ),
        "upgrade-blocked",
    ),
    "a filter's words with another status": (
        answered(405, "<html><title>Web Page Blocked</title>"),
        "upgrade-blocked",
    ),
    "a portal by the book": (plain(answered(511, "<html>log in")), "upgrade-captive-portal"),
    "a portal's redirect": (
        plain(answered(302, location="http://captive.hotel.example/login?orig=x")),
        "upgrade-captive-portal",
    ),
    "a portal's page": (
        plain(answered(200, "<html><title>Guest Wi-Fi</title>", content_type="text/html")),
        "upgrade-captive-portal",
    ),
    "a router's log-in": (
        plain(answered(302, location="http://192.168.1.1/welcome.htm")),
        "upgrade-captive-portal",
    ),
    # redirects
    "to another server of a private network": (
        plain(answered(302, location="http://192.168.1.1/edge")),
        "upgrade-redirected",
    ),
    "to https": (
        plain(answered(301, location=f"https://{HOST}/edge/ws?edge_agent_id=edge_1")),
        "upgrade-redirected",
    ),
    "to another host": (answered(302, location="https://www.other.example/"), "upgrade-redirected"),
    "to a log-in page of the site": (
        answered(302, location="/login?next=/edge/ws"),
        "upgrade-redirected",
    ),
    "behind a verified certificate no portal": (
        answered(302, location="http://captive.hotel.example/login"),
        "upgrade-redirected",
    ),
    "to nowhere": (answered(302), "upgrade-redirected"),
    # TLS ports
    "nginx's TLS port": (
        plain(
            answered(
                400,
                NGINX.format("400 Bad Request").replace(
                    "<hr>", "<center>The plain HTTP request was sent to HTTPS port</center><hr>"
                ),
            )
        ),
        "upgrade-to-tls-port",
    ),
    "Go's TLS port": (
        plain(answered(400, "Client sent an HTTP request to an HTTPS server.\n")),
        "upgrade-to-tls-port",
    ),
    "Apache's TLS port": (
        plain(
            answered(400, "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />")
        ),
        "upgrade-to-tls-port",
    ),
    # the rest
    "a web site": (
        answered(200, "<!DOCTYPE html><h1>Welcome", content_type="text/html"),
        "upgrade-not-websocket",
    ),
    "an API's front page": (answered(200, '{"status":"ok"}'), "upgrade-not-websocket"),
    "no content": (answered(204), "upgrade-not-websocket"),
    "Express": (
        answered(404, "<pre>Cannot GET /edge/ws</pre>", x_powered_by="Express"),
        # Its HTTP half answers so; a WebSocket's path that it does not know never gets there.
        "upgrade-header-dropped",
    ),
    "Django's own 403": (
        answered(
            403, "<html><h1>Forbidden <span>(403)</span></h1> CSRF verification failed. Django"
        ),
        "auth-forbidden",
    ),
    "451": (
        answered(451, NGINX.format("451 Unavailable For Legal Reasons")),
        "upgrade-unexpected-status",
    ),
    "a status that no entry claims": (answered(UNCLAIMED), "upgrade-unexpected-status"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_called_by_its_name(name: str) -> None:
    """And by no other beside it."""
    facts, code = ANSWERS[name]
    diagnosis = diagnose(facts)

    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == code
    assert diagnosis.findings == ()


@pytest.mark.parametrize(
    ("location", "suggested"),
    [
        (f"https://{HOST}/edge/ws?edge_agent_id=edge_1", f"wss://{HOST}"),
        (f"https://www.{HOST}/edge/ws", f"wss://www.{HOST}"),
        (f"https://{HOST}:8443/edge/ws/", f"wss://{HOST}:8443"),
        (f"https://{HOST}/api/edge/ws", f"wss://{HOST}/api"),
        ("/v2/edge/ws", f"ws://{HOST}/v2"),
        (f"//www.{HOST}/edge/ws", f"ws://www.{HOST}"),
        ("http://[::1", "<the address that the backend's team gives you>"),
        ("", "<the address that the backend's team gives you>"),
    ],
)
def test_a_redirect_says_what_to_write(location: str, suggested: str) -> None:
    """The address to put into BACKEND_URL, as far as it can be told."""
    verdict = verdict_of(plain(answered(301, location=location)))

    assert f"BACKEND_URL={suggested}`" in verdict.remedies[0]


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        ("30", "30 seconds"),
        ("Mon, 05 Jan 2026 10:00:00 GMT", "until Mon, 05 Jan 2026"),
        (None, "a few minutes"),
    ],
)
def test_a_limit_says_how_long(after: str | None, wait: str) -> None:
    """From Retry-After, in both of its forms (RFC 9110, section 10.2.3)."""
    facts = answered(429, **({"retry_after": after} if after is not None else {}))

    assert wait in verdict_of(facts).title


def test_what_proves_a_platform_is_certain() -> None:
    """Its own field; a body alone could be the application's."""
    body = '{"status":"error","code":404,"message":"Application not found"}'

    assert (
        verdict_of(answered(404, body, x_railway_fallback="true")).confidence is Confidence.CERTAIN
    )
    assert verdict_of(answered(404, body)).confidence is Confidence.LIKELY


def test_a_close_without_an_answer_to_plain_text_may_be_a_tls_port() -> None:
    """Where a second look found TLS there."""
    seen = UpgradeFacts(
        SPAN, failure=Failure(Kind.UPGRADE_CLOSED, "closed without an answer"), speaks_tls=True
    )
    facts = plain(replace(HEALTHY, upgrade=seen, session=None))

    assert verdict_of(facts).code == "upgrade-to-tls-port"
    assert (
        verdict_of(replace(facts, upgrade=replace(seen, speaks_tls=None))).code == "upgrade-closed"
    )


def test_an_accepted_upgrade_is_no_refusal_whatever_its_fields() -> None:
    """101 with a platform's field."""
    response = HttpResponse(
        "HTTP/1.1",
        101,
        "Switching Protocols",
        (("X-Railway-Fallback", "true"), ("cf-mitigated", "x")),
    )
    facts = replace(HEALTHY, upgrade=UpgradeFacts(SPAN, response=response))

    assert diagnose(facts).verdict is None
    assert diagnose(facts).findings == ()


def test_a_public_address_that_redirects_to_a_private_one_is_a_portal() -> None:
    """A router answered instead of the server, whatever the path is called."""
    facts = plain(answered(302, location="http://192.168.1.1/edge"))
    assert facts.tcp is not None
    public = replace(facts, tcp=replace(facts.tcp, address="8.8.8.8"))

    assert verdict_of(public).code == "upgrade-captive-portal"


@pytest.mark.parametrize(
    ("seconds", "words", "other"),
    [
        (0.02, "Some servers refuse like that", "auth-forbidden"),
        (1.0, "Socket.IO", "upgrade-other-protocol"),  # Engine.IO's destroyUpgradeTimeout
        (60.0, "gave up at its limit", "upgrade-gateway-timeout"),
    ],
)
def test_how_long_it_took_to_close_tells_who_closed(seconds: float, words: str, other: str) -> None:
    """At once, after Engine.IO's second, or after the limit of a proxy of TCP."""
    span = replace(SPAN, duration_ms=seconds * 1000)
    failure = Failure(Kind.UPGRADE_CLOSED, "closed without an answer")
    verdict = verdict_of(
        replace(HEALTHY, session=None, upgrade=UpgradeFacts(span, failure=failure))
    )

    assert verdict.code == "upgrade-closed"
    assert words in verdict.cause
    assert other in verdict.alternatives


@pytest.mark.parametrize(
    ("server", "author"),
    [("nginx", "nginx"), ("envoy", "Envoy"), ("cloudflare", "nginx"), ("", "nginx")],
)
def test_a_field_has_the_last_word_on_a_page_that_others_have_too(server: str, author: str) -> None:
    """Of a product with the same role."""
    fields = (("Server", server),) if server else ()
    found = author_of(HttpResponse("HTTP/1.1", 404, "", fields, NGINX.format("404 Not Found")))

    assert found is not None
    assert found.name == author


@pytest.mark.parametrize(
    ("facts", "code", "confidence"),
    [
        (answered(405, '{"title": "405 Method Not Allowed"}'), "upgrade-header-dropped", "likely"),
        (answered(400, "Bad WebSocket request"), "upgrade-header-dropped", "possible"),
        (
            answered(
                404,
                "<title>Not Found</title><h1>Not Found</h1>The requested resource was not found on "
                "this server.",
            ),
            "upgrade-header-dropped",
            "likely",
        ),
        (
            answered(
                404,
                "<title>404 Not Found</title><p>The requested URL was not found on the server. If "
                "you entered the URL manually please check your spelling and try again.</p>",
                server="hypercorn-h11",
            ),
            "upgrade-not-found",
            "likely",
        ),
        (answered(400, "400: Bad Request"), "upgrade-host-not-allowed", "possible"),
        (answered(400, date="x", content_length="0"), "upgrade-subprotocol-required", "possible"),
    ],
    ids=["Falcon", "a WebSocket library", "Django", "Quart", "aiohttp", "Kestrel"],
)
def test_the_page_of_a_framework_tells_what_arrived(
    facts: Facts, code: str, confidence: str
) -> None:
    """A proxy passes it on unchanged, whatever it calls itself."""
    verdict = diagnose(facts).verdict

    assert verdict is not None
    assert (verdict.code, str(verdict.confidence)) == (code, confidence)


def test_a_firewall_takes_no_secret_for_its_own() -> None:
    """It blocks, whatever the credentials are."""
    verdict = diagnose(answered(403, x_amzn_ErrorType="WAFException")).verdict

    assert verdict is not None
    assert verdict.code != "auth-taken-by-platform"
